"""How well the chance of acceptance that a gap states is borne out."""
