"""The linear model of plane plus parallax: motions of points, what cameras explain of them.

The projective equations multiplied out, so that large motion bends nothing:
x' = (h1 x + h2 y + h3 + d tx) / (h7 x + h8 y + 1 + d tz), d the inverse depth. Arrays run along
the points last: that is the long axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from landfast.vision.statistics.medians import median
from landfast.vision.statistics.robust import MAD_TO_SIGMA

HOMOGRAPHY: Final = 8
PLANE: Final = 13
"""Parameters without translation: eight of the homography, four of the rolling shutter (second
and third power of the row, in x and in y), one of radial distortion."""
ALL: Final = 16
OF: Final = np.array([[0, 1, 2, 8, 9, 12, 6, 7, 13, 15], [3, 4, 5, 10, 11, 12, 6, 7, 14, 15]])
"""Parameters that motion across and motion down depend on: those that stand with x, y, 1, the row's
second and third power and the radial term, the homography's last two, two of the translation."""
FLAT: Final = 8
"""How many of these ten are not of the translation."""
_BASIS: Final = 6
_NOISE_PX: Final = 0.15
"""Least scale of the robust weights: what tracking loses on textured, compressed footage
(0.1 to 0.2 px median on real clips, 0.02 px on rendered scenes)."""


@dataclass(frozen=True)
class Field:
    """Points and their motions in units of half the width."""

    at: np.ndarray
    """2 x points."""
    to: np.ndarray
    """neighbours x 2 x points."""
    seen: np.ndarray
    """neighbours x points."""
    unit: float
    """Pixels a unit."""

    def only(self, some: np.ndarray) -> Field:
        """The field of some points."""
        return Field(self.at[:, some], self.to[..., some], self.seen[:, some], self.unit)

    @cached_property
    def _basis(self) -> np.ndarray:
        """What the linear parameters of x and of y are multiplied by, 2 x 6 x points."""
        x, y = self.at
        radial = self.at * (x * x + y * y)
        return np.stack([[x, y, np.ones_like(x), y**2, y**3, one] for one in radial])

    @cached_property
    def columns(self) -> np.ndarray:
        """What the parameters `OF` are multiplied by, neighbours x 2 x 10 x points; the last two
        wait for a factor d."""
        out = np.empty((len(self.to), 2, OF.shape[1], self.at.shape[1]))
        out[:, :, :_BASIS] = self._basis
        out[:, :, 6], out[:, :, 7] = -self.to * self.at[0], -self.to * self.at[1]
        out[:, :, 8] = 1.0
        out[:, :, 9] = -self.to
        return out

    def push(self, camera: np.ndarray) -> np.ndarray:
        """Motion per unit of inverse depth, neighbours x 2 x points."""
        moved: np.ndarray = camera[:, 13:15, None] - self.to * camera[:, 15, None, None]
        return moved

    def residual(self, camera: np.ndarray, depth: np.ndarray | None = None) -> np.ndarray:
        """Measured minus explained, neighbours x 2 x points."""
        x, y = self.at
        left: np.ndarray = self.to * (1 + camera[:, 6, None] * x + camera[:, 7, None] * y)[:, None]
        # Not a product of matrices: on many points BLAS may sum on several threads.
        left -= np.einsum("kxc,xcp->kxp", camera[:, OF[:, :_BASIS]], self._basis)
        if depth is not None:
            left -= depth * self.push(camera)
        return left

    def plane_of(self, depth: np.ndarray) -> np.ndarray:
        """The plane nearest to the depths: what it rises by in x and in y, and its middle."""
        base = np.stack([*self.at, np.ones(len(depth))])
        plane: np.ndarray = np.linalg.solve(base @ base.T + 1e-9 * np.eye(3), base @ depth[:, None])
        return plane[:, 0]

    def weights(self, residual: np.ndarray) -> np.ndarray:
        """Robust weights, neighbours x points; their scale comes from the median."""
        squared = residual[:, 0] ** 2
        squared += residual[:, 1] ** 2
        squared *= self.unit**2
        middle = math.sqrt(median(squared[self.seen])) if self.seen.any() else 0.0
        scale = max(_NOISE_PX, MAD_TO_SIGMA * middle)
        squared *= 1 / (4 * scale**2)
        squared += 1
        squared *= squared
        weights: np.ndarray = self.seen / squared
        return weights


def field_of(
    points: np.ndarray, moved: np.ndarray, seen: np.ndarray, *, width: int, height: int
) -> Field:
    """Points (points x 2) and where neighbours show them (neighbours x points x 2), px, seen from
    the picture's middle."""
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    at = np.ascontiguousarray(((points - middle) / (width / 2)).T)
    to = np.ascontiguousarray(((moved - middle) / (width / 2)).transpose(0, 2, 1))
    return Field(at, to, seen, width / 2)
