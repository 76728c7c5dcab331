"""What lies between the scene and the footage: a lens that bends, rows read in turn."""
