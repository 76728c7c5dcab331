"""`lock`: overlays without their swim, takes pulled back; files in, files out."""
