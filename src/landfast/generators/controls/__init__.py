"""Measurements as pictures in a model's grid and grey levels."""
