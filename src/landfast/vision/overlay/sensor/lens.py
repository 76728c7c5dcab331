"""A lens that bends: the scene is measured as a pinhole sees it, the overlay stays as it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Float64, UInt8

Points = Float64[np.ndarray, "point 2"]
Gray = UInt8[np.ndarray, "height width"]

USUAL_FOCAL = 0.9
"""Focal length over width where none is given."""
_EXACT = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-10)
_FOLDED = 0.05
"""Least growth of the distorted radius with the true one, at the corners."""


@dataclass(frozen=True, slots=True)
class Distortion:
    """Radial distortion r' = r (1 + k1 r^2 + k2 r^4) about the middle of the picture.

    Radii are in focal lengths.
    """

    width: int
    height: int
    focal_px: float
    k1: float
    k2: float = 0.0

    def check(self) -> None:
        """Refuse a lens under which two rays share a pixel.

        Raises:
            InputError: They do: the picture would be folded over.
        """
        if not self.is_unfolded():
            raise InputError(
                f"k1 {self.k1:g}, k2 {self.k2:g} fold the corners of the picture over",
                subject="--distortion",
                remedy="give the k1,k2 of r' = r (1 + k1 r^2 + k2 r^4), with --focal in pixels",
            )

    def is_unfolded(self) -> bool:
        """Whether two rays never share a pixel."""
        corner = float(np.hypot(self.width, self.height)) / 2 / self.focal_px
        radii = np.linspace(0, 1.5 * corner, 200)
        bent = radii * (1 + self.k1 * radii**2 + self.k2 * radii**4)
        slopes = 1 + 3 * self.k1 * radii**2 + 5 * self.k2 * radii**4
        inside = bent < corner
        return not (slopes[inside] < _FOLDED).any() and bool(bent.max() >= corner)

    def scaled(self, width: int, height: int) -> Distortion:
        """The same lens for pictures of another size."""
        return Distortion(width, height, self.focal_px * width / self.width, self.k1, self.k2)

    def straight(self, points: Points) -> Points:
        """Pixels as the pinhole of the same focal length has them; NaN stays NaN."""
        result = np.full_like(points, np.nan)
        known = np.isfinite(points).all(axis=1)
        if known.any():
            found = cv2.undistortPoints(
                np.ascontiguousarray(points[known][:, None]), self._camera, self._bends,
                None, self._camera, criteria=_EXACT,
            )  # fmt: skip
            result[known] = np.asarray(found).reshape(-1, 2)
        return result

    def bent(self, points: Points) -> Points:
        """Pixels of the lens from those of the pinhole."""
        middle = np.array([(self.width - 1) / 2, (self.height - 1) / 2])
        rays = (points - middle) / self.focal_px
        square = np.square(rays).sum(axis=1, keepdims=True)
        grown = 1 + self.k1 * square + self.k2 * square**2
        return np.asarray(rays * grown * self.focal_px + middle)

    def straight_picture(self, gray: Gray) -> Gray:
        """A picture as the pinhole shows it."""
        size = self.width, self.height
        maps = cv2.initUndistortRectifyMap(
            self._camera, self._bends, None, self._camera, size, cv2.CV_32FC1
        )
        found = cv2.remap(gray, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, np.uint8)

    @property
    def _camera(self) -> Float64[np.ndarray, "3 3"]:
        f = self.focal_px
        return np.array([[f, 0, (self.width - 1) / 2], [0, f, (self.height - 1) / 2], [0, 0, 1.0]])

    @property
    def _bends(self) -> Float64[np.ndarray, "5"]:
        return np.array([self.k1, self.k2, 0, 0, 0])
