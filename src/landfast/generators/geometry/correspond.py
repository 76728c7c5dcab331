"""Where every pixel of an anchor is in the other anchor and in the real frames beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from landfast.errors import Unsupported
from landfast.generators.base import Material
from landfast.vision.flow import dense_flow, fetch, forward_backward_error, pixel_grid
from landfast.vision.twoview import relate

WORKING_WIDTH: Final = 960
"""Motion is measured on pictures at most this wide."""


@dataclass(frozen=True, slots=True)
class Side:
    """Motion seen from one anchor, in pixels of the working picture.

    Attributes:
        across: To the other anchor.
        error: How far a pixel lands from itself after going across and back; inf outside.
        outward: To the farthest real frame on this anchor's own side; None without footage.
        reach: How many frames that one is away.
    """

    across: Float32[np.ndarray, "height width 2"]
    error: Float32[np.ndarray, "height width"]
    outward: Float32[np.ndarray, "height width 2"] | None
    reach: int


def correspond(material: Material) -> tuple[Side, Side]:
    """The motion from the first anchor and from the last.

    Raises:
        Unsupported: No rigid relation explains the anchors' matches.
    """
    first, last = working_gray(material.first), working_gray(material.last)
    relation = relate(first, last)
    if relation.homography is None:
        raise Unsupported(
            f"cannot bridge the anchors: {relation.reason}",
            subject="generator geometry",
            remedy="choose anchors that show the same scene",
        )
    there = _across(first, last, relation.homography)
    back = _across(last, first, np.linalg.inv(relation.homography))
    before = material.before[0] if material.before else None
    after = material.after[-1] if material.after else None
    return (
        Side(
            there,
            forward_backward_error(there, back),
            _outward(first, before),
            len(material.before),
        ),
        Side(back, forward_backward_error(back, there), _outward(last, after), len(material.after)),
    )


def working_gray(image: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "rows cols"]:
    """Luma at the working size."""
    gray: np.ndarray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height, width = gray.shape
    if width <= WORKING_WIDTH:
        return gray
    size = (WORKING_WIDTH, max(2, round(height * WORKING_WIDTH / width)))
    small: np.ndarray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return small


def _across(
    a: UInt8[np.ndarray, "height width"],
    b: UInt8[np.ndarray, "height width"],
    homography: np.ndarray,
) -> Float32[np.ndarray, "height width 2"]:
    """Flow over a wide gap: the homography first, then what is left of the motion."""
    height, width = a.shape
    grid = pixel_grid(width, height)
    there = _move(grid, homography)
    left = dense_flow(a, fetch(b, there, resampling="linear"))
    flow: np.ndarray = _move(grid + left, homography) - grid
    return flow


def _move(
    points: Float32[np.ndarray, "height width 2"], homography: np.ndarray
) -> Float32[np.ndarray, "height width 2"]:
    moved: np.ndarray = cv2.perspectiveTransform(points.reshape(1, -1, 2), homography)
    return moved.reshape(points.shape)


def _outward(
    anchor: UInt8[np.ndarray, "height width"], frame: UInt8[np.ndarray, "rows cols 3"] | None
) -> Float32[np.ndarray, "height width 2"] | None:
    return None if frame is None else dense_flow(anchor, working_gray(frame))
