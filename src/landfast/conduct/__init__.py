"""Reads like the method: the only code that knows all the wings."""
