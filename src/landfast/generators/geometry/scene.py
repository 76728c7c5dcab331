"""The rigid scene: one camera path, and how near every pixel of both anchors is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32

from landfast.generators.geometry.camera import (
    CameraPath,
    Lens,
    Motion,
    fit_motion,
    relative_motion,
)
from landfast.generators.geometry.correspond import Side, field_pixels
from landfast.vision.flow import fetch

SMOOTH: Final = 1.0
"""Nearness is averaged over this many field cells, weighted by how well it is known."""
_NOISE_PX: Final = 0.1
"""Least residual, pixels, at which a point loses weight in fitting a motion."""

_TRUSTED: Final = 0.5

Points = Float32[np.ndarray, "_ 2"]


@dataclass(frozen=True, slots=True)
class View:
    """One anchor's pixels as points of the scene.

    Attributes:
        lens: Pixels to normalised points.
        points: Normalised points of the field cells.
        nearness: Inverse depth in units of the anchors' distance.
        camera: The path, counted from the first anchor.
        whole: Motion to the other anchor.
        outward: Motion to the real frame on this anchor's own side; None without footage.
        entry: Motion from this anchor to the first; None for the first itself.
    """

    lens: Lens
    points: Float32[np.ndarray, "rows cols 2"]
    nearness: Float32[np.ndarray, "rows cols"]
    camera: CameraPath
    whole: Motion
    outward: Motion | None
    entry: Motion | None

    def motion(self, t: float) -> Motion:
        """Camera motion after a share `t` of the gap, counted from this anchor."""
        return self.camera.at(t) if self.entry is None else self.camera.at(1 - t).after(self.entry)

    def at(self, t: float) -> Float32[np.ndarray, "rows cols 2"]:
        """Displacement, working pixels, after a share `t` of the gap from this anchor."""
        moved = self.motion(t).project(self.points, self.nearness) - self.points
        return np.asarray(moved * np.float32(self.lens.focal))

    def seen_by(self, side: Side) -> View:
        """The same view with the nearness that the flows show."""
        focal = np.float32(self.lens.focal)
        top, weight = self.whole.nearness_terms(self.points, self.points + side.across / focal)
        top, weight = top * side.trust, weight * side.trust
        if side.outward is not None and self.outward is not None:
            more = self.outward.nearness_terms(self.points, self.points + side.outward / focal)
            top, weight = top + more[0], weight + more[1]
        top, weight = (cv2.GaussianBlur(one, (0, 0), SMOOTH) for one in (top, weight))
        nearness = np.maximum(top / (weight + np.float32(1e-9)), 0)
        return replace(self, nearness=nearness.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Scene:
    """Both anchors' views of one rigid scene."""

    first: View
    last: View

    def seen_by(self, sides: tuple[Side, Side]) -> Scene:
        """The same cameras with the nearness that the flows show."""
        return Scene(self.first.seen_by(sides[0]), self.last.seen_by(sides[1]))


def build_scene(
    corners: Points,
    sides: tuple[Side, Side],
    size: tuple[int, int],
    *,
    steps: int,
    matched: tuple[Points, Points] | None = None,
) -> Scene | None:
    """The scene that one moving camera saw; None where no parallax shows its depth.

    Args:
        corners: Pixels of the first working picture that have structure.
        sides: Flows measured so far.
        size: Width and height of the working pictures.
        steps: Frame intervals in the gap.
        matched: Pixels of both working pictures that are matched otherwise, in place of corners,
            where flow cannot be relied on.
    """
    lens = Lens(*size)
    if matched is not None:
        a, b = (lens.normalise(points) for points in matched)
    else:
        a, b = _followed(lens.normalise(corners), sides[0], lens)
    whole = relative_motion(a, b, lens)
    if whole is None:
        return None
    top, weight = whole.nearness_terms(a, b)
    near = np.maximum(top / np.maximum(weight, np.float32(1e-12)), 0)
    left = _outward(a, near, sides[0], lens)
    right = _outward(b, near / whole.depth_ratio(a, near), sides[1], lens)
    camera = _camera_path(whole, left, right, sides, steps)
    points = lens.normalise(field_pixels(*size))
    blank = np.zeros(points.shape[:2], np.float32)
    first = View(lens, points, blank, camera, whole, left, None)
    last = View(lens, points, blank, camera, whole.inverse(), right, whole.inverse())
    return Scene(first, last).seen_by(sides)


def _followed(points: Points, side: Side, lens: Lens) -> tuple[Points, Points]:
    """The points whose way to the other anchor is trusted, and where it leads."""
    trusted = points[_sampled(side.trust, points, lens) > _TRUSTED]
    return trusted, trusted + _sampled(side.across, trusted, lens) / np.float32(lens.focal)


def _outward(points: Points, nearness: np.ndarray, side: Side, lens: Lens) -> Motion | None:
    """Camera motion from an anchor to the real frame on its own side."""
    if side.outward is None:
        return None
    targets = points + _sampled(side.outward, points, lens) / np.float32(lens.focal)
    return fit_motion(points, nearness, targets, noise=_NOISE_PX / lens.focal)


def _sampled(flow: np.ndarray, points: Points, lens: Lens) -> np.ndarray:
    """A field's values at normalised points."""
    return np.asarray(fetch(flow, lens.cells(points).reshape(1, -1, 2), resampling="linear")[0])


def _camera_path(
    whole: Motion,
    left: Motion | None,
    right: Motion | None,
    sides: tuple[Side, Side],
    steps: int,
) -> CameraPath:
    """The path that keeps the velocity which the footage shows at both ends."""
    start = stop = whole
    if left is not None:
        rate = -steps / sides[0].reach
        start = Motion(left.turn * rate, left.shift * rate)
    if right is not None:
        rate = steps / sides[1].reach
        turn = right.turn * rate
        stop = Motion(turn, np.cross(turn, whole.shift) + right.shift * rate)
    return CameraPath(whole, start, stop, steps)
