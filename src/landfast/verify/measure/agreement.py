"""How far the structure of two pictures laid over each other agrees, spot by spot."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8

Field = Float32[np.ndarray, "height width"]

_COARSE: Final = (1.4, 25)
"""Structure between about 3 and 25 px at half the working size: what persists."""
_FINE: Final = (0.4, 3)
"""Detail below 3 px: what crawls, boils and melts."""
_WINDOW: Final = 11
"""Side of the window in which structure is compared, px at half the working size."""
_NOISE_LEVELS: Final = 2.0


def structure(grey: UInt8[np.ndarray, "height width"]) -> Field:
    """What a picture shows besides light and noise."""
    return _band(grey, *_COARSE)


def detail(grey: UInt8[np.ndarray, "height width"]) -> Field:
    """The fine part of it."""
    return _band(grey, *_FINE)


def energy(field: Field) -> Field:
    """Mean square in the window around each pixel."""
    return np.asarray(cv2.blur(field * field, (_WINDOW, _WINDOW)))


def agreement(a: Field, b: Field, of_a: Field, of_b: Field) -> Field:
    """Twice the covariance over the sum of variances: 1 for the same, 0 for nothing in common.

    Unlike correlation it sees structure that one picture lacks altogether; unlike a difference it
    does not see light (the structure term of SSIM, Wang et al., 2004).
    """
    both = cv2.blur(a * b, (_WINDOW, _WINDOW))
    noise = np.float32(_NOISE_LEVELS**2)
    return np.asarray((2 * both + noise) / (of_a + of_b + noise))


def _band(grey: np.ndarray, sigma: float, side: int) -> np.ndarray:
    plain = grey.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(plain, (0, 0), sigma) - cv2.blur(plain, (side, side)))
