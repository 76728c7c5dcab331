"""How well `verify` tells faults from clean takes, beside the metrics people use."""
