"""The face at the terminal: words and bars to stderr, results to stdout."""
