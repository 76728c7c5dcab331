"""Each claim about speed or accuracy, printed beside its peers in one run."""
