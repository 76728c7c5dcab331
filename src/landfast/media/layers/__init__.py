"""Overlays: frames with alpha, read from and written to files."""
