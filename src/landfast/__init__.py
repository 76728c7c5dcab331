"""landfast keeps generated video fast to real footage."""

__version__ = "0.1.0"
