"""Turning of the camera, with its focal length: the whole picture, or only what is far away.

A camera that turns moves all pixels by K R K^-1, whatever their depth; one that travels moves
only what is far away so. Over sea, sky and haze there are few corners to follow, so beside the
points the pixels themselves are laid over each other: Gauss-Newton on points and grey values
together (Lucas and Kanade 1981; Baker and Matthews, IJCV 2004), with robust weights. Along the
horizon it finds height and roll from the edge, and bearing from whatever breaks it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.horizon.finder import HorizonFinder
from landfast.vision.overlay.maps import Map, moved, unit
from landfast.vision.overlay.pixels import Patches, Sampled, far_patches, sampled, whole_patches
from landfast.vision.overlay.scene.near import Box
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure
from landfast.vision.statistics.windows import quantile

Gray = UInt8[np.ndarray, "height width"]

_USUAL_FOCAL = 0.87
"""Focal length over width where nothing tells it: 60 degrees across."""
_FOCAL_SPREAD = 0.35
"""Standard deviation of its logarithm."""
_POINT_PX = 0.12
_DENSE_CAUTION = 6.0
"""Neighbouring pixels say the same thing over again: their count is divided by this."""
_ROUNDS = 5
_ENOUGH_POINTS = 60
_LEADING_POINTS = 30
_LED_PX = 0.6
"""Misfit of the whole picture's rotation up to which the far layer's is looked for beside it."""
_BELOW_HORIZON_PX = 12.0
_ON_HORIZON = 0.03
"""Share of the height below the horizon down to which something stands on it."""
_HELD_PX = 20.0
"""How far the picture may turn from one frame to the next without evidence."""
_LEAST_CONFIDENCE = 0.3
_STEPS = np.array([1e-5, 1e-5, 1e-5, 1e-4])
_KEPT_INFORMATION = 0.03
"""Share of a frame's evidence on the focal length that is new."""


@dataclass(frozen=True, slots=True)
class Turned:
    """Rotations from an anchor frame to a later one, as homographies."""

    whole: Map | None
    far: Map | None
    misfit_px: float
    """Median distance of all points from the whole picture's rotation."""
    whole_error_px: float
    """Standard error of the whole picture's rotation at the overlay, in the worse direction."""
    far_error_px: float
    """The same of the far layer; infinite where there is none."""


@dataclass(slots=True)
class _Layer:
    """One set of evidence, solved anew for every frame."""

    patches: Patches
    values: Float64[np.ndarray, "4"]
    """Rotation vector and logarithm of focal length over width."""
    is_new: bool = True


@dataclass(slots=True)
class Turner:
    """Finds the rotation from the last anchor to every frame."""

    size: tuple[int, int]
    focal_px: float | None = None
    _line: tuple[float, float] | None = None
    """Steepness and height at the middle column of the anchor's horizon."""
    _smooth: Float32[np.ndarray, "height width"] | None = None
    _whole: _Layer | None = None
    _far: _Layer | None = None
    _log_focal: float = math.log(_USUAL_FOCAL)
    _information: float = 1 / _FOCAL_SPREAD**2
    has_horizon: bool = False

    def __post_init__(self) -> None:
        if self.focal_px is not None:
            self._log_focal = math.log(self.focal_px / self.size[0])
            self._information = 1e8

    @property
    def focal(self) -> float:
        """Focal length in working pixels, as far as it is known by now."""
        return math.exp(self._log_focal) * self.size[0]

    def anchor(self, gray: Gray, covered: Box | None = None) -> None:
        """Hold later frames against this one; what is covered in it is not the scene."""
        seen = HorizonFinder().see(gray)
        self._line = None
        if seen.confidence >= _LEAST_CONFIDENCE:
            tilt = math.tan(math.radians(seen.angle_deg))
            self._line = tilt, seen.height * gray.shape[0] - 0.5
            self.has_horizon = True
        smooth, shown = _smooth(gray), np.ones(gray.shape, bool)
        if covered is not None:
            left, top, right, bottom = (max(0, round(side)) for side in covered)
            shown[top:bottom, left:right] = False
        values = np.array([0.0, 0.0, 0.0, self._log_focal])
        self._whole, self._far = _Layer(whole_patches(smooth, shown), values.copy()), None
        if self._line is not None:
            self._far = _Layer(far_patches(smooth, self._line, shown), values)

    def see(
        self,
        gray: Gray,
        start: Float32[np.ndarray, "point 2"],
        arrived: Float32[np.ndarray, "point 2"],
        box: Box,
    ) -> Turned | None:
        """Rotations to a frame from the points found in it and from its pixels."""
        if self._whole is None:
            return None
        smooth = _smooth(gray)
        middle = np.array([[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]])
        enough = len(start) >= _ENOUGH_POINTS and self._line is None
        dense = None if enough else smooth
        if dense is not None and len(start) >= _LEADING_POINTS:
            # Points reach further than grey values do: those begin where points have led.
            self._solved(self._whole, start, arrived, None, middle, learn=False)
        whole = self._solved(self._whole, start, arrived, dense, middle, learn=self._far is None)
        misfit = float("nan")
        if whole is not None and len(start):
            left = moved(whole[0], start) - arrived
            misfit = quantile(np.hypot(left[:, 0], left[:, 1]), 0.5)
        far = None
        if self._far is not None and self._line is not None:
            if whole is not None and (self._far.is_new or misfit < _LED_PX):
                self._far.is_new = False
                self._far.values[:3] = self._whole.values[:3]
            above = start[:, 1] < _height(self._line, start[:, 0], self.size) + _BELOW_HORIZON_PX
            far = self._solved(self._far, start[above], arrived[above], smooth, middle, learn=True)
        if whole is None and far is None:
            return None
        nowhere: tuple[Map | None, float] = (None, float("inf"))
        (turn, error), (distant, far_error) = whole or nowhere, far or nowhere
        return Turned(turn, distant, misfit, error, far_error)

    def is_above(self, box: Box) -> bool:
        """Whether what lies there in the anchor frame stands on the horizon or over it."""
        if self._line is None:
            return False
        middle = np.array([(box[0] + box[2]) / 2], np.float32)
        line = float(_height(self._line, middle, self.size)[0])
        return box[3] < line + _ON_HORIZON * self.size[1] or (box[1] + box[3]) / 2 < line

    def _solved(
        self,
        layer: _Layer,
        start: Float32[np.ndarray, "point 2"],
        arrived: Float32[np.ndarray, "point 2"],
        smooth: Float32[np.ndarray, "height width"] | None,
        middle: Float64[np.ndarray, "1 2"],
        *,
        learn: bool,
    ) -> tuple[Map, float] | None:
        """The map and its standard error at the overlay; None where evidence is too thin."""
        if len(start) + (0 if smooth is None else len(layer.patches.points)) < 8:
            return None
        values = layer.values.copy()
        normal = np.eye(4)
        held = (self.focal / _HELD_PX) ** 2
        for _ in range(_ROUNDS):
            normal, pull = self._equations(values, layer.patches, start, arrived, smooth)
            # Where nothing tells the bearing it stays what it was.
            normal[:3, :3] += np.eye(3) * held
            pull[:3] += held * (layer.values[:3] - values[:3])
            change = np.linalg.solve(normal, pull)
            values = values + change
            if np.abs(change[:3]).max() * self.size[0] < 2e-3:
                break
        if not np.isfinite(values).all() or np.abs(values[:3]).max() > 1.0:
            return None
        layer.values = values
        covariance = np.linalg.inv(normal)
        if learn:
            self._learn(values[3], float(covariance[3, 3]))
        slopes = self._slopes(values, middle)[0]
        spread = slopes @ covariance @ slopes.T
        return self.map(values), float(np.sqrt(np.linalg.eigvalsh(spread)[-1]))

    def _equations(
        self,
        values: Float64[np.ndarray, "4"],
        patches: Patches,
        start: Float32[np.ndarray, "point 2"],
        arrived: Float32[np.ndarray, "point 2"],
        smooth: Float32[np.ndarray, "height width"] | None,
    ) -> tuple[Float64[np.ndarray, "4 4"], Float64[np.ndarray, "4"]]:
        """Normal equations of points, pixels and what is known of the focal length."""
        normal = np.zeros((4, 4))
        pull = np.zeros(4)
        normal[3, 3] = self._information
        pull[3] = self._information * (self._log_focal - values[3])
        if len(start):
            off = arrived - moved(self.map(values), start)
            slopes = self._slopes(values, start.astype(np.float64))
            size = np.hypot(off[:, 0], off[:, 1])
            scale = max(MAD_TO_SIGMA * quantile(size, 0.5), _POINT_PX)
            weights = geman_mcclure(size, 2 * scale) / scale**2
            pulled = (slopes * weights[:, None, None]).reshape(-1, 4)
            normal += pulled.T @ slopes.reshape(-1, 4)
            pull += pulled.T @ off.ravel()
        if smooth is not None and len(patches.points) >= 8:
            seen = sampled(smooth, moved(self.map(values), patches.points), patches.grey)
            more = self._dense(values, patches, seen)
            normal, pull = normal + more[0], pull + more[1]
        return normal, pull

    def _dense(
        self, values: Float64[np.ndarray, "4"], patches: Patches, seen: Sampled
    ) -> tuple[Float64[np.ndarray, "4 4"], Float64[np.ndarray, "4"]]:
        slopes = self._slopes(values, patches.points)
        toward = (seen.slope[:, :, None] * slopes).sum(axis=1)
        scale = max(MAD_TO_SIGMA * quantile(np.abs(seen.off), 0.5), 0.5)
        weights = geman_mcclure(seen.off, 2 * scale, seen.inside)
        weights = weights / (_DENSE_CAUTION * scale**2)
        normal = toward.T @ (weights[:, None] * toward)
        return normal, -(toward.T @ (weights * seen.off))

    def _learn(self, log_focal: float, variance: float) -> None:
        """Take a frame's evidence on the focal length into account."""
        if self.focal_px is not None:
            return
        fresh = max(0.0, 1 / variance - self._information) * _KEPT_INFORMATION
        total = self._information + fresh
        self._log_focal += fresh / total * (log_focal - self._log_focal)
        self._log_focal = min(max(self._log_focal, math.log(0.3)), math.log(12.0))
        self._information = min(total, 1e6)

    def map(self, values: Float64[np.ndarray, "4"]) -> Map:
        """The homography of a rotation."""
        focal = math.exp(values[3]) * self.size[0]
        x, y = (self.size[0] - 1) / 2, (self.size[1] - 1) / 2
        camera = np.array([[focal, 0, x], [0, focal, y], [0, 0, 1.0]])
        back = np.array([[1, 0, -x], [0, 1, -y], [0, 0, focal]]) / focal
        rotation, _ = cv2.Rodrigues(values[:3].reshape(3, 1))
        return unit(camera @ rotation @ back)

    def _slopes(
        self, values: Float64[np.ndarray, "4"], points: Float64[np.ndarray, "point 2"]
    ) -> Float64[np.ndarray, "point 2 4"]:
        """How the points' places change with each value; the map's slopes by differences."""
        maps = np.empty((5, 3, 3))
        maps[0] = self.map(values)
        for k, step in enumerate(_STEPS):
            up, down = values.copy(), values.copy()
            up[k] += step
            down[k] -= step
            maps[k + 1] = (self.map(up) - self.map(down)) / (2 * step)
        there = maps[..., :2] @ points.T + maps[..., 2:]
        place, slopes = there[0, :2] / there[0, 2], there[1:]
        found = (slopes[:, :2] - place * slopes[:, 2:]) / there[0, 2]
        return np.ascontiguousarray(found.transpose(2, 1, 0))


def _smooth(gray: Gray) -> Float32[np.ndarray, "height width"]:
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), 1.2)).astype(np.float32)


def _height(
    line: tuple[float, float], x: Float32[np.ndarray, " point"], size: tuple[int, int]
) -> Float64[np.ndarray, " point"]:
    return np.asarray(line[0] * (x - (size[0] - 1) / 2) + line[1], np.float64)
