"""Pixels to measurements: one shared pass over a clip, and geometry between frames on demand."""
