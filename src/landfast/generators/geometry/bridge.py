"""Views between two anchors: each anchor's pixels moved along their paths, then blended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from landfast.generators.base import Image, Material
from landfast.generators.geometry.correspond import correspond
from landfast.generators.geometry.path import Path, trace
from landfast.vision.flow import fetch, pixel_grid

_ROUNDS: Final = 3
"""Fixed-point rounds that turn a path into the place a pixel came from."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Everything measured once for a gap; `view` makes one picture of it."""

    first: UInt8[np.ndarray, "height width 3"]
    last: UInt8[np.ndarray, "height width 3"]
    onward: Path
    backward: Path

    def view(self, t: float) -> Image:
        """The picture after a share `t` of the gap, 0 < t < 1."""
        from_first, seen_first = _moved(self.first, self.onward, t)
        from_last, seen_last = _moved(self.last, self.backward, 1 - t)
        share = seen_first * (1 - t)
        share /= share + seen_last * t + 1e-6
        return _blend(from_first, from_last, share)


def build_bridge(material: Material, *, frames: int) -> Bridge:
    """Measure a gap.

    Args:
        material: The anchors and the footage around them.
        frames: Frames of the take, anchors included.

    Raises:
        Unsupported: Nothing relates the anchors.
    """
    near, far = correspond(material)
    steps = frames - 1
    return Bridge(
        material.first,
        material.last,
        trace(near, far, steps=steps),
        trace(far, near, steps=steps),
    )


def _moved(image: Image, path: Path, t: float) -> tuple[Image, Float32[np.ndarray, "rows cols"]]:
    """An anchor's picture moved along its path, and where it shows the scene (0 to 1)."""
    height, width, _ = image.shape
    source = _origin(path.at(t))
    rows, cols = source.shape[:2]
    seen = _within(source)
    if (rows, cols) != (height, width):
        scale = np.array([width / cols, height / rows], np.float32)
        source = cv2.resize((source + 0.5) * scale - 0.5, (width, height))
        seen = cv2.resize(seen, (width, height))
    return np.asarray(fetch(image, source, resampling="cubic")), seen


def _origin(moved: Float32[np.ndarray, "height width 2"]) -> Float32[np.ndarray, "height width 2"]:
    """For each pixel of the view the place in the anchor that moves there."""
    height, width = moved.shape[:2]
    grid = pixel_grid(width, height)
    source: np.ndarray = grid - moved
    for _ in range(_ROUNDS):
        source = grid - fetch(moved, source, resampling="linear")
    return source


def _within(source: Float32[np.ndarray, "height width 2"]) -> Float32[np.ndarray, "height width"]:
    """1 well inside the picture, falling to 0 at its edge over a few pixels."""
    height, width = source.shape[:2]
    x, y = source[..., 0], source[..., 1]
    depth = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    seen: np.ndarray = np.clip(depth / 4 + 1, 1e-3, 1).astype(np.float32)
    return seen


def _blend(a: Image, b: Image, share: Float32[np.ndarray, "height width"]) -> Image:
    """`a` where share is 1, `b` where it is 0."""
    weight = cv2.merge([share, share, share])
    mixed = cv2.add(b, cv2.multiply(cv2.subtract(a, b, dtype=cv2.CV_32F), weight), dtype=cv2.CV_8U)
    return np.asarray(mixed)
