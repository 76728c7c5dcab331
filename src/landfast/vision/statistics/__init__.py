"""Robust and running statistics, faster than the general ones."""
