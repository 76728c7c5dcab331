"""Laying a generated frame over the anchor it should be: crop, scale and colour taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float64, UInt8
from landfast.verify.measure.lattice import block_means
from landfast.vision.motion.flow import dense_flow, forward_backward_error, pixel_grid
from landfast.vision.statistics.medians import median
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

_ROUNDS: Final = 8
_STEP: Final = 6
_BLOCK: Final = 16
_CONTRAST: Final = 3.0
"""Standard deviation in grey levels that a block of the anchor needs to be compared."""
_FEWEST: Final = 12


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a frame lies over an anchor, measured on pictures of half the working size."""

    transform: Float64[np.ndarray, "2 3"]
    """Similarity from anchor to frame, px of the pictures given."""
    shift_px: float
    """Root mean square displacement of the picture's corners under it."""
    scale: float
    likeness: float | None
    """Median correlation of structure over blocks of the anchor after alignment, -1 to 1; None
    where the anchor has no structure."""


def align(
    frame: UInt8[np.ndarray, "height width"], anchor: UInt8[np.ndarray, "height width"]
) -> Alignment:
    """Estimate the similarity between an anchor and a frame, then compare their structure.

    Correlation of local structure ignores gain and offset, so colour needs no separate model.
    """
    transform = _similarity(dense_flow(anchor, frame), dense_flow(frame, anchor))
    height, width = anchor.shape
    laid = cv2.warpAffine(
        frame, transform, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float)
    moved = corners @ transform.T - corners[:, :2]
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    shift = float(np.sqrt((moved**2).sum(axis=1).mean()))
    return Alignment(transform, shift, scale, likeness(laid, anchor))


def displacement(
    frame: UInt8[np.ndarray, "height width"],
    anchor: UInt8[np.ndarray, "height width"],
    transform: Float64[np.ndarray, "2 3"],
) -> float | None:
    """How far structure lies off the anchor once a frame is laid over it by a given transform.

    Upper quartile over textured spots whose flow returns, px: unlike a similarity it sees the near
    ground move when the camera flew forward. None where too little can be matched.
    """
    height, width = anchor.shape
    laid = cv2.warpAffine(
        frame,
        transform,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    there, back = dense_flow(anchor, laid), dense_flow(laid, anchor)
    structure = cv2.blur(_detail(anchor) ** 2, (9, 9)) > _CONTRAST**2
    margin = width // 20
    structure[:margin] = structure[-margin:] = False
    structure[:, :margin] = structure[:, -margin:] = False
    use = structure & (forward_backward_error(there, back) < 1.5)
    if use.sum() < max(200, 0.2 * structure.sum()):
        return None
    return float(np.percentile(np.hypot(there[..., 0], there[..., 1])[use], 75))


def likeness(
    a: UInt8[np.ndarray, "height width"], anchor: UInt8[np.ndarray, "height width"]
) -> float | None:
    """Median over the anchor's textured blocks of their correlation with the same block of a."""
    x, y = (_detail(picture) for picture in (a, anchor))
    xx, yy, xy = (block_means(p, _BLOCK) for p in (x * x, y * y, x * y))
    textured = yy > _CONTRAST**2
    if textured.sum() < _FEWEST:
        return None
    correlation = xy / np.sqrt(np.maximum(xx, 1e-3) * np.maximum(yy, 1e-3))
    return median(correlation[textured])


def _similarity(there: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Robust least squares of x' = a x - b y + c, y' = b x + a y + d on flow that returns."""
    height, width = there.shape[:2]
    inner = (slice(_STEP, height - _STEP, _STEP), slice(_STEP, width - _STEP, _STEP))
    miss = forward_backward_error(there, back)[inner].ravel()
    at = pixel_grid(width, height)[inner].reshape(-1, 2).astype(np.float64)
    to = at + there[inner].reshape(-1, 2)
    use = miss < 1.5
    identity = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    if use.sum() < _FEWEST:
        return identity
    at, to = at[use], to[use]
    one, zero = np.ones(len(at)), np.zeros(len(at))
    rows = np.stack(
        [
            np.stack([at[:, 0], -at[:, 1], one, zero], axis=1),
            np.stack([at[:, 1], at[:, 0], zero, one], axis=1),
        ]
    )
    weights = np.ones(len(at))
    solved = np.array([1.0, 0, 0, 0])
    for _ in range(_ROUNDS):
        normal = np.einsum("cni,n,cnj->ij", rows, weights, rows) + 1e-9 * np.eye(4)
        solved = np.linalg.solve(normal, np.einsum("cni,n,nc->i", rows, weights, to))
        left = np.hypot(*(to - np.einsum("cni,i->nc", rows, solved)).T)
        weights = geman_mcclure(left, 2 * max(0.3, MAD_TO_SIGMA * median(left)))
    a, b, c, d = solved
    return np.array([[a, -b, c], [b, a, d]])


def _detail(picture: np.ndarray) -> np.ndarray:
    """Structure between about 3 and 30 px: finer a generator softens, coarser is light."""
    plain = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.2)
    return np.asarray(plain - cv2.blur(plain, (31, 31)))
