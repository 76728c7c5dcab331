"""How an overlay moves against the scene that it lies over."""
