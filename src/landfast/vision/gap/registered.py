"""What two registered anchors share, and what differs where both look: light, colour, things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, Float64, UInt8
from landfast.vision.geometry.twoview import TwoView, sampson_error
from landfast.vision.motion.flow import dense_flow, fetch, forward_backward_error, pixel_grid

Image = UInt8[np.ndarray, "height width 3"]
Gray = UInt8[np.ndarray, "height width"]
Field = Float32[np.ndarray, "height width 2"]
Mask = Bool[np.ndarray, "height width"]

_CONSISTENT: Final = 0.004
"""Forward and backward flow agree within this share of the picture's width."""
_STRAYED: Final = 0.006
"""Farther than this share of the width from where a rigid scene could be is a thing that moved."""
_WINDOW: Final = 15
"""Side of the window in which detail is compared, pixels."""
_DETAIL: Final = 4.0
"""Standard deviation of grey levels in a window from which there is detail to compare."""
_ALIKE: Final = 0.5
"""Correlation of the detail below which it is not the same detail."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Two pictures brought together; shares from 0 to 1.

    Attributes:
        hidden: Share of the first picture that the second does not show.
        light: Median CIE76 delta E over what both show; None where nothing is.
        colour: Median difference in a* and b* alone, likewise.
        churn: Share of the detail that both have in view and that changed or moved by itself;
            None where there is no detail.
    """

    hidden: float
    light: float | None
    colour: float | None
    churn: float | None


def register(a: Image, b: Image, relation: TwoView) -> Registered:
    """Bring two pictures of one scene together, along a homography and dense flow on top.

    Args:
        a: RGB.
        b: RGB, of the same size.
        relation: Of the two; it must have a homography.
    """
    assert relation.homography is not None, "nothing to register by"
    grays = [np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)) for image in (a, b)]
    flow, outside, apart = _correspondence(grays[0], grays[1], relation.homography)
    shared = ~(outside | apart)
    at = pixel_grid(*a.shape[1::-1]) + flow
    light, colour = _colour_change(a, fetch(b, at), shared)
    churn = _churn(grays[0], fetch(grays[1], at), ~outside, shared & _strayed(flow, relation))
    return Registered(float((~shared).mean()), light, colour, churn)


def _correspondence(
    a: Gray, b: Gray, homography: Float64[np.ndarray, "3 3"]
) -> tuple[Field, Mask, Mask]:
    """Flow from `a` to `b`; pixels that leave the picture; pixels whose way back differs."""
    height, width = a.shape
    grid = pixel_grid(width, height)
    registered = fetch(b, _moved(grid, homography), border="black", resampling="linear")
    forward, backward = dense_flow(a, registered), dense_flow(registered, a)
    landed = _moved(grid + forward, homography)
    x, y = landed[..., 0], landed[..., 1]
    outside: np.ndarray = (x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)
    apart: np.ndarray = forward_backward_error(forward, backward) > max(1.0, _CONSISTENT * width)
    return landed - grid, outside, apart


def _moved(points: Field, homography: Float64[np.ndarray, "3 3"]) -> Field:
    moved: np.ndarray = cv2.perspectiveTransform(points.reshape(1, -1, 2), homography)
    return moved.reshape(points.shape)


def _colour_change(a: Image, b: Image, shared: Mask) -> tuple[float | None, float | None]:
    """Delta E and its part in a* and b*, medians; None where nothing is shared.

    Pictures are smoothed first, so that small misregistration of fine texture does not count.
    """
    if not shared.any():
        return None, None
    away = (_lab(a) - _lab(b))[shared]
    return (
        float(np.median(np.linalg.norm(away, axis=1))),
        float(np.median(np.linalg.norm(away[:, 1:], axis=1))),
    )


def _lab(image: Image) -> Float32[np.ndarray, "height width 3"]:
    soft = cv2.GaussianBlur(image, (0, 0), max(1.0, image.shape[1] / 200))
    return np.asarray(cv2.cvtColor(soft.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def _strayed(flow: Field, relation: TwoView) -> Mask:
    """Pixels that went where no rigid scene could have taken them."""
    height, width = flow.shape[:2]
    from_ = pixel_grid(width, height).reshape(-1, 2).astype(np.float64)
    to = from_ + flow.reshape(-1, 2)
    limit = max(2.0, _STRAYED * width)
    if relation.fundamental is not None:
        away = sampson_error(relation.fundamental, from_, to)
    else:
        assert relation.homography is not None
        there = cv2.perspectiveTransform(from_[None], relation.homography)[0]
        away = np.linalg.norm(there - to, axis=1)
        limit += relation.parallax_px or 0.0
    strayed: np.ndarray = (away > limit).reshape(height, width)
    return strayed


def _churn(a: Gray, b: Gray, inside: Mask, strayed: Mask) -> float | None:
    """Share of detail in view of both that is other detail now or moved by itself."""
    mean_a, spread_a, mean_b, spread_b, both = _moments(a, b)
    detail = inside & (np.maximum(spread_a, spread_b) > _DETAIL)
    if detail.mean() < 0.02:
        return None
    likeness = (both - mean_a * mean_b) / np.maximum(spread_a * spread_b, _DETAIL)
    return float(((likeness < _ALIKE) | strayed)[detail].mean())


def _moments(a: Gray, b: Gray) -> tuple[np.ndarray, ...]:
    """Means, standard deviations and mean product over windows."""
    x, y = a.astype(np.float32), b.astype(np.float32)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.boxFilter(values, -1, (_WINDOW, _WINDOW)))

    mean_x, mean_y = mean(x), mean(y)
    spread_x = np.sqrt(np.maximum(mean(x * x) - mean_x**2, 0))
    spread_y = np.sqrt(np.maximum(mean(y * y) - mean_y**2, 0))
    return mean_x, spread_x, mean_y, spread_y, mean(x * y)
