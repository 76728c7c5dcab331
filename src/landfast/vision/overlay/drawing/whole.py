"""An overlay too small for corners: all its pixels are laid over the anchor's at once.

Enhanced correlation (Evangelidis and Psarakis, PAMI 2008). Around it all is clear, so that all of
its outline counts. The smaller it is, the less is asked: a shift alone, or turn and size with it;
what is not asked is taken from the scene.
"""

from __future__ import annotations

import cv2
import numpy as np

from landfast.model.arrays import UInt8
from landfast.vision.overlay.maps import Map

Gray = UInt8[np.ndarray, "height width"]

SMALL_PX = 40
"""Shorter side of a box below which an overlay is laid over its anchor as a whole."""
_SHIFT_PX = 22
"""The same, mean of both sides, below which only its shift is asked."""
_CLEARLY, _TURN = 0.95, 0.15
"""Turn and size are believed where they leave less than this share of what a shift leaves, and are
no more than this off what was expected: a round thing may turn as it likes."""
_EXACT = 1e-4
"""What a shift may leave for nothing more to be asked."""
_ROUNDS, _SETTLED = 60, 1e-5
_SMOOTH = 5
_LEAST_LIGHT = 4


def laid_over(shaped: Gray, now: Gray, *, border: int, least: float) -> Map | None:
    """From a picture of the anchor, moved as expected, to the overlay as it is now.

    Args:
        shaped: The anchor, at about its place.
        now: The overlay with clear pixels around it, of the same size.
        border: How many.
        least: Correlation from which on the two show the same.

    Returns:
        None where they do not show the same.
    """
    if shaped.max() < _LEAST_LIGHT or now.max() < _LEAST_LIGHT:
        return None
    shift = _aligned(shaped, now, cv2.MOTION_TRANSLATION)
    if shift is None:
        return None
    best = shift
    if 1 - shift[0] > _EXACT and float(np.mean(now.shape)) - 2 * border >= _SHIFT_PX:
        turned = _aligned(shaped, now, cv2.MOTION_AFFINE, start=shift[1])
        near = turned is not None and np.abs(turned[1][:2, :2] - np.eye(2)).max() < _TURN
        if turned is not None and near and 1 - turned[0] < _CLEARLY * (1 - shift[0]):
            best = turned
    return best[1] if best[0] >= least else None


def _aligned(
    shaped: Gray, now: Gray, kind: int, *, start: Map | None = None
) -> tuple[float, Map] | None:
    """Correlation and the map that it holds for; None where it does not settle."""
    rule = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ROUNDS, _SETTLED)
    first = np.eye(3) if start is None else start
    begin = np.ascontiguousarray(first[:2], np.float32)
    try:
        alike, found = cv2.findTransformECC(shaped, now, begin, kind, rule, None, _SMOOTH)
    except cv2.error:
        return None
    by = np.eye(3)
    by[:2] = found
    return float(alike), by
