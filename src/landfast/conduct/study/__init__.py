"""The consistency experiment: the same request many times, and what came of it."""
