"""Depth from motion: camera poses over a span, and dense inverse depth in one scale."""

from landfast.vision.depth.measure import measure_depth
from landfast.vision.depth.solve import Engine
from landfast.vision.depth.span import DepthSpan

__all__ = ["DepthSpan", "Engine", "measure_depth"]
