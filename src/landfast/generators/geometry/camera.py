"""The camera's motion between the anchors and beside them, and its smooth path through the gap.

Points are normalised: `(x - centre) / focal`, with a guessed focal length. For the small turns
inside a gap a wrong guess is absorbed by the depths and the translation, so that it hardly
matters for where a pixel goes; it is no calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.generators.geometry.correspond import field_scale, field_size
from landfast.generators.geometry.easing import MEMORY, Memories, ease
from landfast.model.arrays import Float, Float32, Float64

FOCAL: Final = 0.9
"""Guessed focal length in picture widths: 58 degrees across."""
_NOISE_PX: Final = 1.5
_FIT_ROUNDS: Final = 6
LEAST_POINTS: Final = 24
"""Matches that cameras are fitted to at least."""
_LEAST_AHEAD: Final = 0.8
"""Share of points that must lie in front of both cameras."""

Points = Float[np.ndarray, "*grid 2"]
Values = Float[np.ndarray, "*grid"]


@dataclass(frozen=True, slots=True)
class Lens:
    """Pixels to normalised points and back."""

    width: int
    height: int
    zoom: float = 0.0
    """Natural logarithm of the focal length over the guessed one."""
    bend: float = 0.0
    """Radial distortion: a point at distance r (focal lengths) is seen from `r / (1 + bend r^2)`
    (division model, Fitzgibbon 2001); below zero is a barrel."""

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return FOCAL * max(self.width, self.height) * float(np.exp(self.zoom))

    @property
    def terms(self) -> Float64[np.ndarray, " 2"]:
        """Zoom and bend."""
        return np.array([self.zoom, self.bend])

    def changed(self, terms: Float64[np.ndarray, " 2"]) -> Lens:
        """With this added to zoom and bend."""
        zoom, bend = self.terms + terms
        return Lens(
            self.width, self.height, float(np.clip(zoom, -1, 1.5)), float(np.clip(bend, -0.6, 0.3))
        )

    def shrinking(self, pixels: Points) -> Values:
        """How much smaller the undistorted picture is at pixels."""
        seen = (pixels - self._centre) / self.focal
        return np.asarray(1 / self._spread(seen))

    def normalise(self, pixels: Points) -> Points:
        """Normalised points of pixels."""
        seen = (pixels - self._centre) / self.focal
        if not self.bend:
            return np.asarray(seen)
        spread = self._spread(seen)
        return np.stack([seen[..., 0] / spread, seen[..., 1] / spread], axis=-1)

    def seen(self, points: Points) -> Points:
        """Points as the lens bends them, still in focal lengths."""
        if not self.bend:
            return points
        far = points[..., 0] ** 2 + points[..., 1] ** 2
        root = np.sqrt(np.maximum(1 - np.float32(4 * self.bend) * far, np.float32(0)))
        shrunk = 2 / (1 + root)
        return np.stack([points[..., 0] * shrunk, points[..., 1] * shrunk], axis=-1)

    def cells(self, points: Float32[np.ndarray, "*grid 2"]) -> Float32[np.ndarray, "*grid 2"]:
        """Field cells of normalised points."""
        across, down = np.float32(self.focal) / field_scale(self.width, self.height)
        cols, rows = field_size(self.width, self.height)
        seen = self.seen(points)
        x, y = seen[..., 0] * across, seen[..., 1] * down
        return np.stack([x + np.float32((cols - 1) / 2), y + np.float32((rows - 1) / 2)], axis=-1)

    def pixels(self, points: Points) -> Points:
        """Pixels of normalised points."""
        seen = self.seen(points) * np.float32(self.focal)
        x, y = self._centre
        return np.stack([seen[..., 0] + x, seen[..., 1] + y], axis=-1)

    @property
    def _centre(self) -> Float32[np.ndarray, " 2"]:
        return np.array([(self.width - 1) / 2, (self.height - 1) / 2], np.float32)

    def _spread(self, seen: Points) -> Values:
        return np.asarray(1 + self.bend * (seen[..., 0] ** 2 + seen[..., 1] ** 2))


@dataclass(frozen=True, slots=True)
class Motion:
    """A camera's rigid motion: a point X goes to `R X + T`."""

    turn: Float64[np.ndarray, " 3"]
    """Rotation vector, radians."""
    shift: Float64[np.ndarray, " 3"]
    """Translation, in units of the anchors' distance."""

    @property
    def rotation(self) -> Float64[np.ndarray, "3 3"]:
        """Rotation matrix."""
        return np.asarray(cv2.Rodrigues(self.turn)[0])

    def inverse(self) -> Motion:
        """The motion back."""
        return Motion(-self.turn, -(self.rotation.T @ self.shift))

    def after(self, first: Motion) -> Motion:
        """`first`, then this one."""
        turned = self.rotation @ first.rotation
        return Motion(cv2.Rodrigues(turned)[0].ravel(), self.rotation @ first.shift + self.shift)

    def project(self, points: Points, nearness: Values) -> Points:
        """Where points of the given nearness (inverse depth) go; clamped before the camera."""
        r = self.rotation.astype(np.float32)
        t = self.shift.astype(np.float32)
        x, y = points[..., 0], points[..., 1]
        ahead = np.maximum(r[2, 0] * x + r[2, 1] * y + r[2, 2] + t[2] * nearness, 0.05)
        across = r[0, 0] * x + r[0, 1] * y + r[0, 2] + t[0] * nearness
        down = r[1, 0] * x + r[1, 1] * y + r[1, 2] + t[1] * nearness
        return np.stack([across / ahead, down / ahead], axis=-1)

    def depth_ratio(self, points: Points, nearness: Values) -> Values:
        """Depth after the motion by depth before it."""
        r, t = self.rotation, self.shift
        ratio = points[..., 0] * r[2, 0] + points[..., 1] * r[2, 1] + r[2, 2] + nearness * t[2]
        return np.asarray(np.maximum(ratio, 0.05), np.float32)

    def stretch(self, points: Points) -> Values:
        """How far a unit of nearness moves points, normalised units."""
        t = self.shift.astype(np.float32)
        return np.asarray(np.hypot(t[0] - points[..., 0] * t[2], t[1] - points[..., 1] * t[2]))

    def nearness_terms(self, points: Points, targets: Points) -> tuple[Values, Values]:
        """Numerator and weight of the least-squares nearness that takes points to targets.

        The weight is the squared length, in normalised units, that a unit of nearness moves a
        point: terms of several motions can be added before dividing.
        """
        r, t = self.rotation.astype(np.float32), self.shift.astype(np.float32)
        x, y, to_x, to_y = points[..., 0], points[..., 1], targets[..., 0], targets[..., 1]
        ahead = r[2, 0] * x + r[2, 1] * y + r[2, 2]
        miss_x = r[0, 0] * x + r[0, 1] * y + r[0, 2] - to_x * ahead
        miss_y = r[1, 0] * x + r[1, 1] * y + r[1, 2] - to_y * ahead
        pull_x, pull_y = t[0] - to_x * t[2], t[1] - to_y * t[2]
        return -(miss_x * pull_x + miss_y * pull_y), pull_x * pull_x + pull_y * pull_y


@dataclass(frozen=True, slots=True)
class CameraPath:
    """The camera through the gap: eased in rotation vector and translation (see `easing`).

    Velocities are per whole gap.
    """

    whole: Motion
    start: Motion
    stop: Motion
    steps: int
    memories: Memories = (MEMORY, MEMORY)

    def at(self, t: float) -> Motion:
        """Motion from the first anchor after a share `t` of the gap."""
        leave, arrive = ease(t, self.steps, self.memories)
        rise = t - leave - arrive
        turn = rise * self.whole.turn + leave * self.start.turn + arrive * self.stop.turn
        shift = rise * self.whole.shift + leave * self.start.shift + arrive * self.stop.shift
        return Motion(turn, shift)


def relative_motion(
    a: Float32[np.ndarray, "n 2"], b: Float32[np.ndarray, "n 2"], lens: Lens
) -> Motion | None:
    """The camera motion that takes matched points `a` to `b`; None where no parallax shows it.

    Essential matrix by MAGSAC++ on normalised points, then the one of its four motions that has
    the points in front of both cameras (Hartley & Zisserman 9.6).
    """
    if len(a) < LEAST_POINTS:
        return None
    from_, to = a.astype(np.float64), b.astype(np.float64)
    essential, kept = cv2.findEssentialMat(
        from_, to, np.eye(3), cv2.USAC_MAGSAC, 0.9999, _NOISE_PX / lens.focal, 2000
    )
    if essential is None or essential.shape != (3, 3):
        return None
    agreeing = int(kept.sum())
    ahead, rotation, shift = cv2.recoverPose(
        essential, from_, to, np.eye(3), distanceThresh=1e9, mask=kept
    )[:3]
    if agreeing < LEAST_POINTS or ahead < _LEAST_AHEAD * agreeing:
        return None
    return Motion(cv2.Rodrigues(rotation)[0].ravel(), shift.ravel())


def fit_motion(
    points: Float32[np.ndarray, "n 2"],
    nearness: Float32[np.ndarray, " n"],
    targets: Float32[np.ndarray, "n 2"],
    *,
    noise: float,
) -> Motion:
    """The small motion that takes points of known nearness to targets.

    Gauss-Newton with Geman-McClure weights; `noise` is the least scale of the weights, in
    normalised units.
    """
    motion = Motion(np.zeros(3), np.zeros(3))
    for _ in range(_FIT_ROUNDS):
        at = motion.project(points, nearness).astype(np.float64)
        miss = targets - at
        ratio = motion.depth_ratio(points, nearness)
        step = _solve_step(at, (nearness / ratio).astype(np.float64), miss, noise)
        motion = Motion(step[:3], step[3:]).after(motion)
    return motion


def _solve_step(
    at: Float64[np.ndarray, "n 2"],
    near: Float64[np.ndarray, " n"],
    miss: Float64[np.ndarray, "n 2"],
    noise: float,
) -> Float64[np.ndarray, " 6"]:
    x, y, zero = at[:, 0], at[:, 1], np.zeros(len(at))
    across = np.stack([-x * y, 1 + x * x, -y, near, zero, -near * x], axis=1)
    down = np.stack([-(1 + y * y), x * y, x, zero, near, -near * y], axis=1)
    far = np.hypot(miss[:, 0], miss[:, 1])
    scale = max(1.5 * float(np.median(far)), noise)
    weight = 1 / (1 + (far / scale) ** 2) ** 2
    left = np.einsum("ni,nj,n->ij", across, across, weight)
    left += np.einsum("ni,nj,n->ij", down, down, weight)
    right = np.einsum("ni,n,n->i", across, miss[:, 0], weight)
    right += np.einsum("ni,n,n->i", down, miss[:, 1], weight)
    return np.linalg.solve(left + 1e-9 * np.trace(left) * np.eye(6) + 1e-12 * np.eye(6), right)
