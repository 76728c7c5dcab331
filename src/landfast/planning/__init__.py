"""Measurements to intentions: faults, anchors, gaps, segments, price, requests. Pure."""
