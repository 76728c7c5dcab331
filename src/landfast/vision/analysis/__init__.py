"""One pass over a clip: what every frame is asked, and the table and shots that come of it."""
