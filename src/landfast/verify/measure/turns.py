"""Flow where it has a choice: on what repeats itself the camera's own motion is believed."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float, Float32, Float64, UInt8
from landfast.vision.motion.flow import warp
from landfast.vision.statistics.medians import median
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

_FAR_PX: Final = 0.5
"""Cells that move by more besides the camera's turn are looked at, px at working size, ..."""
_PERIOD_PX: Final = 3.0
_FEWEST: Final = 0.002
"""... where this share of the picture moves by as much as only what repeats itself may be off."""
_POINTS: Final = 300
"""Cells that a turn is fitted to: products of more rows start threads, which sum in their order."""
_ROUNDS: Final = 8
_USUAL_PX: Final = 0.05
_AROUND: Final = 5
"""Cells along the side of the patch that has to be explained."""
_AS_WELL: Final = (1.1, 1.5)
_LEVELS: Final = 0.1
"""A turn explains a patch as well if it leaves 1.1 times what the flow leaves, and 0.1 levels; 1.5
times where both lie farther apart, as what repeats itself does: a flow that has found a patch a
period off fits it finely, a turn does not."""


def turned(
    flow: Float32[np.ndarray, "rows columns 2"],
    left: UInt8[np.ndarray, "height width"],
    a: UInt8[np.ndarray, "height width"],
    b: UInt8[np.ndarray, "height width"],
) -> Float32[np.ndarray, "rows columns 2"]:
    """A flow, with the motion of the picture's commonest plane where that explains it as well.

    A facade, a fence or a tiled roof is found a period off there and back, over whole surfaces.

    Args:
        flow: Motion of cells from picture `a` to `b`, in pixels at working size, which is twice
            theirs.
        left: What the same motion, by pixels, leaves of the difference of both pictures.
        a: The picture, grey.
        b: The other.
    """
    plane = _plane(flow)
    off = np.hypot(*np.moveaxis(flow - plane, 2, 0))
    if np.mean(off > _PERIOD_PX) < _FEWEST:
        return flow
    far, size = off > _FAR_PX, a.shape[1::-1]
    turn = cv2.resize(plane / 2, size, interpolation=cv2.INTER_LINEAR)
    by_turn = cv2.absdiff(a, warp(b, turn, resampling="linear"))
    ours, flows = (_patches(one, far.shape) for one in (by_turn, left))
    most = np.where(off > _PERIOD_PX, *_AS_WELL[::-1]) * flows + _LEVELS
    votes = np.dstack([far, far & (ours <= most)]).astype(np.float32)
    every, some = cv2.split(cv2.boxFilter(votes, -1, (_AROUND, _AROUND)))
    choice = far & (some > every / 2)
    return np.where(choice[..., None], plane, flow)


def _patches(differences: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Mean difference around every cell."""
    small = cv2.resize(differences, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.boxFilter(small, cv2.CV_32F, (_AROUND, _AROUND)))


def _plane(flow: np.ndarray) -> Float32[np.ndarray, "rows columns 2"]:
    """Motion of the commonest plane, fitted robustly: eight terms, as a homography has."""
    rows, columns = flow.shape[:2]
    across, down = _terms(rows, columns)
    every = rows * columns
    some = np.linspace(0, every - 1, min(every, _POINTS)).round().astype(int)
    x, y = across.reshape(every, 8)[some], down.reshape(every, 8)[some]
    u, v = flow.reshape(every, 2)[some].astype(np.float64).T
    weights, plane = np.ones(len(some)), np.zeros(8)
    for _ in range(_ROUNDS):
        wx, wy = (x * weights[:, None]).T, (y * weights[:, None]).T
        normal = wx @ x + wy @ y + 1e-6 * np.eye(8)
        plane = np.linalg.solve(normal, (wx @ u + wy @ v)[:, None])[:, 0]
        off = np.hypot(u - x @ plane, v - y @ plane)
        weights = geman_mcclure(off, 2 * (MAD_TO_SIGMA * median(off) + _USUAL_PX))
    return np.stack([across @ plane, down @ plane], axis=2).astype(np.float32)


@lru_cache(maxsize=4)
def _terms(
    rows: int, columns: int
) -> tuple[Float64[np.ndarray, "rows columns 8"], Float64[np.ndarray, "rows columns 8"]]:
    """How cells move with the eight parameters, x and y."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    x, y = 2 * x / columns - 1, (2 * y - rows) / columns
    return plane_terms(x, y)


def plane_terms(
    x: Float[np.ndarray, "..."], y: Float[np.ndarray, "..."]
) -> tuple[Float[np.ndarray, "... 8"], Float[np.ndarray, "... 8"]]:
    """How points move across and down with the eight parameters of a plane's motion."""
    one, none = np.ones_like(x), np.zeros_like(x)
    across = [one, x, y, none, none, none, x * x, x * y]
    down = [none, none, none, one, x, y, x * y, y * y]
    return np.stack(across, axis=-1), np.stack(down, axis=-1)
