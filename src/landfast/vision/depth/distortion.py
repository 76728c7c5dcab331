"""Lenses that bend: points and pictures as a pinhole sees them, and the way back.

A pinhole here has no radial term and its principal point in the middle of the picture.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Float32, Float64, Shaped
from landfast.model.camera import Lens
from landfast.vision.motion.flow import pixel_grid

_EXACT: Final = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-9)
_CENTRED_PX: Final = 0.25


def is_pinhole(lens: Lens) -> bool:
    """True where the pictures need no straightening."""
    off = max(abs(lens.centre_x - (lens.width - 1) / 2), abs(lens.centre_y - (lens.height - 1) / 2))
    return lens.k1 == 0 and off < _CENTRED_PX


def is_folded(lens: Lens) -> bool:
    """True where the lens would fold the corners of the picture over.

    r (1 + k1 r^2) has its summit at r^2 = -1 / (3 k1); beyond, two rays share a pixel.
    """
    x = max(lens.centre_x, lens.width - 1 - lens.centre_x)
    y = max(lens.centre_y, lens.height - 1 - lens.centre_y)
    if lens.k1 >= 0:
        return False
    return bool(np.hypot(x, y) / lens.focal_px >= 2 / 3 * np.sqrt(-1 / (3 * lens.k1)))


def check_unfolded(lens: Lens) -> None:
    """A picture that its lens would fold over cannot be straightened.

    Raises:
        InputError: The corners lie beyond the fold.
    """
    if is_folded(lens):
        raise InputError(
            f"k1 {lens.k1:g} folds the corners of the picture over",
            subject="lens",
            remedy="give the k1 of r' = r (1 + k1 r^2), or undistort the frames first",
        )


def straight_points(
    points: Float64[np.ndarray, "frame point 2"], lens: Lens
) -> Float64[np.ndarray, "frame point 2"]:
    """Pixels of a picture, from the principal point of its pinhole; NaN stays NaN."""
    out = points - [lens.centre_x, lens.centre_y]
    if lens.k1:
        seen = np.isfinite(points[..., 0])
        out[seen] = lens.focal_px * _rays(points[seen], lens)
    return np.asarray(out)


def straight_picture(
    image: Shaped[np.ndarray, "height width"], lens: Lens
) -> Shaped[np.ndarray, "height width"]:
    """A picture (or mask) as the pinhole of the same focal length shows it."""
    size = lens.width, lens.height
    maps = cv2.initUndistortRectifyMap(
        _intrinsic(lens), _bends(lens), None, _middle(lens), size, cv2.CV_32FC1
    )
    how = cv2.INTER_NEAREST if image.dtype == bool else cv2.INTER_LINEAR
    found = cv2.remap(image.astype(np.uint8), *maps, how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found).astype(image.dtype)


def bent_plane(
    plane: Shaped[np.ndarray, "height width"], lens: Lens, *, outside: float
) -> Shaped[np.ndarray, "height width"]:
    """A plane of the pinhole's picture, at the pixels of the lens' own picture.

    Args:
        outside: What stands where the pinhole's picture does not reach.
    """
    grid = pixel_grid(lens.width, lens.height).reshape(-1, 2).astype(np.float64)
    at = lens.focal_px * _rays(grid, lens) + [(lens.width - 1) / 2, (lens.height - 1) / 2]
    maps: Float32[np.ndarray, "height width 2"] = at.reshape(lens.height, lens.width, 2).astype(
        np.float32
    )
    # Nearest: between a near edge and the far ground there is no depth to interpolate.
    found = cv2.remap(
        plane.astype(np.float32),
        maps,
        None,
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=outside,
    )
    return np.asarray(found).astype(plane.dtype)


def _rays(points: np.ndarray, lens: Lens) -> np.ndarray:
    """Points at depth 1 of pixels, point x 2."""
    if not len(points):
        return np.empty((0, 2))
    found = cv2.undistortPoints(
        np.ascontiguousarray(points[:, None]), _intrinsic(lens), _bends(lens), criteria=_EXACT
    )
    return np.asarray(found).reshape(-1, 2)


def _intrinsic(lens: Lens) -> np.ndarray:
    return _matrix(lens.focal_px, lens.centre_x, lens.centre_y)


def _middle(lens: Lens) -> np.ndarray:
    return _matrix(lens.focal_px, (lens.width - 1) / 2, (lens.height - 1) / 2)


def _matrix(focal: float, x: float, y: float) -> np.ndarray:
    return np.array([[focal, 0, x], [0, focal, y], [0, 0, 1.0]])


def _bends(lens: Lens) -> np.ndarray:
    return np.array([lens.k1, 0, 0, 0, 0.0])
