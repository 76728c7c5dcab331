"""One module a constraint, and what only that one looks at."""
