"""The horizon: found, followed, measured, and silent where there is none."""
