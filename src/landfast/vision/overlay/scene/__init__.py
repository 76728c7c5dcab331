"""What an overlay may hang on: how the scene moves over, under and around it."""
