"""The overlay itself: its own pixels, and how they move."""
