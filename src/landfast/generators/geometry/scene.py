"""The rigid scene: one camera path, and how near every pixel of both anchors is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from landfast.generators.geometry.bundle import Bundle, Seen, adjust
from landfast.generators.geometry.camera import (
    LEAST_POINTS,
    CameraPath,
    Lens,
    Motion,
    fit_motion,
    relative_motion,
)
from landfast.generators.geometry.correspond import Side, field_pixels, field_scale, staying
from landfast.generators.geometry.easing import memories_of
from landfast.generators.geometry.likeness import Detail, Shown, likeliest
from landfast.generators.geometry.nearness import smoothed
from landfast.model.arrays import Float32
from landfast.vision.motion.flow import fetch

_NOISE_PX: Final = 0.1
"""Least residual, pixels, at which a point loses weight in fitting a motion."""

_TRUSTED: Final = 0.5

_FEW: Final = 150
"""Points that the first cameras are fitted to, enough to tell a wrong heading."""
_DOUBTFUL: Final = 0.1
"""Share missed by which a heading is: a wrong one missed 0.13 of a scene without noise, and 0.34 of
a real one, where right ones miss up to 0.23."""
_MANY: Final = 600
"""Points that the last ones are fitted to."""

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
        outward: Motion to the farthest real frame on this anchor's own side; None without footage.
        beside: Motion to the one that shows the velocity.
        entry: Motion from this anchor to the first; None for the first itself.
        shown: The anchor's picture and that of the real frame on its own side.
    """

    lens: Lens
    points: Float32[np.ndarray, "rows cols 2"]
    nearness: Float32[np.ndarray, "rows cols"]
    camera: CameraPath
    whole: Motion
    outward: Motion | None
    beside: Motion | None
    entry: Motion | None
    shown: Shown

    def motion(self, t: float) -> Motion:
        """Camera motion after a share `t` of the gap, counted from this anchor."""
        return self.camera.at(t) if self.entry is None else self.camera.at(1 - t).after(self.entry)

    def at(self, t: float) -> Float32[np.ndarray, "rows cols 2"]:
        """Displacement, working pixels, after a share `t` of the gap from this anchor."""
        return self.moved(self.motion(t))

    def moved(self, motion: Motion) -> Float32[np.ndarray, "rows cols 2"]:
        """Displacement, working pixels, by a motion of the camera from this anchor."""
        seen = motion.project(self.points, self.nearness)
        return np.asarray(self.lens.pixels(seen) - self.lens.pixels(self.points))

    def seen_by(self, side: Side, other: Detail) -> View:
        """The same view with the nearness that the flows show, and the other anchor's detail."""
        seen = [(self.whole, side.across, side.trust, other)]
        if side.outward is not None and self.outward is not None and self.shown.beyond is not None:
            stays = staying(side.outward, side.scale)
            seen.append((self.outward, side.outward, stays, self.shown.beyond))
        pixels = self.lens.pixels(self.points)
        proposed = []
        for motion, flow, trust, _ in seen:
            targets = self.lens.normalise(pixels + flow)
            top, weight = motion.nearness_terms(self.points, targets)
            proposed.append(smoothed(top * trust, weight * trust, focal=self.lens.focal))
        pictures = [(motion, picture) for motion, _, _, picture in seen]
        nearness = likeliest(proposed, self.shown.own, pictures, self.lens)
        return replace(self, nearness=nearness)


@dataclass(frozen=True, slots=True)
class Scene:
    """Both anchors' views of one rigid scene."""

    first: View
    last: View

    def seen_by(self, sides: tuple[Side, Side]) -> Scene:
        """The same cameras with the nearness that flows and pictures show."""
        return Scene(
            self.first.seen_by(sides[0], self.last.shown.own),
            self.last.seen_by(sides[1], self.first.shown.own),
        )

    def again(
        self, corners: tuple[Points, Points], sides: tuple[Side, Side], *, steps: int
    ) -> Scene:
        """The scene with cameras and nearness fitted anew to surer flows.

        Args:
            corners: Pixels of either working picture that have structure: flying ahead, most of the
                last one's are in the first too, and few the other way round.
            sides: The flows, measured on top of this scene.
            steps: Frame intervals in the gap.
        """
        lens = self.first.lens
        size = lens.width, lens.height
        ours, there = _followed(corners[0], sides[0], size)
        theirs, back = _followed(corners[1], sides[1], size)
        matched = np.concatenate([ours, back]), np.concatenate([there, theirs])
        if len(matched[0]) < LEAST_POINTS:
            return self.seen_by(sides)
        bundle = _bundle(self.first.whole, lens, _some(*matched, most=_MANY), sides)
        return _scene_of(bundle, sides, (self.first.shown, self.last.shown), steps)


def build_scene(
    corners: Points,
    sides: tuple[Side, Side],
    size: tuple[int, int],
    *,
    steps: int,
    shown: tuple[Shown, Shown],
    matched: tuple[Points, Points] | None = None,
) -> Scene | None:
    """The scene that one moving camera saw; None where no parallax shows its depth.

    Args:
        corners: Pixels of the first working picture that have structure.
        sides: Flows measured so far.
        size: Width and height of the working pictures.
        steps: Frame intervals in the gap.
        shown: What nearness is tried on, of either anchor.
        matched: Pixels of both working pictures that are matched otherwise, in place of corners,
            where flow cannot be relied on.
    """
    guess = Lens(*size)
    if matched is None:
        a, b = _followed(corners, sides[0], size)
    else:
        a, b = matched
    whole = relative_motion(guess.normalise(a), guess.normalise(b), guess)
    if whole is None:
        return None
    few = _some(a, b, most=_FEW)
    found = [_bundle(whole, guess, few, sides)]
    if found[0].missed > _DOUBTFUL:
        found += [_bundle(one, guess, few, sides) for one in _headings(guess, few, sides, steps)]
    return _scene_of(min(found, key=lambda one: one.missed), sides, shown, steps)


def _scene_of(
    bundle: Bundle, sides: tuple[Side, Side], shown: tuple[Shown, Shown], steps: int
) -> Scene:
    """The scene that cameras saw, with the nearness that flows and pictures show."""
    lens, whole = bundle.lens, bundle.motions[0]
    left, right, start, stop = _beside(bundle, sides)
    if sides[0].shaken:
        camera = _shaken_path(whole, (left, start), (right, stop), sides, steps)
    else:
        camera = _camera_path(whole, start, stop, sides, steps)
    points = lens.normalise(field_pixels(lens.width, lens.height))
    blank = np.zeros(points.shape[:2], np.float32)
    back = whole.inverse()
    first = View(lens, points, blank, camera, whole, left, start, None, shown[0])
    last = View(lens, points, blank, camera, back, right, stop, back, shown[1])
    return Scene(first, last).seen_by(sides)


def _some(a: Points, b: Points, *, most: int) -> tuple[Points, Points]:
    """Matches thinned out evenly."""
    every = max(1, -(-len(a) // most))
    return a[::every], b[::every]


def _headings(
    lens: Lens, matched: tuple[Points, Points], sides: tuple[Side, Side], steps: int
) -> list[Motion]:
    """The motion across the gap if that beside either anchor went on through it.

    A long gap's two views of a nearly flat scene suit a wrong camera about as well; over so few
    frames a camera hardly turns.
    """
    found = []
    for side, pixels, way in zip(sides, matched, (-1, 1), strict=True):
        if side.outward is None:
            continue
        seen = pixels + _sampled(side.outward, pixels, (lens.width, lens.height))
        motion = relative_motion(lens.normalise(pixels), lens.normalise(seen), lens)
        if motion is not None:
            found.append(Motion(motion.turn * (way * steps / side.reach), motion.shift * way))
    return found


def _followed(points: Points, side: Side, size: tuple[int, int]) -> tuple[Points, Points]:
    """The pixels whose way to the other anchor is trusted, and where it leads."""
    trusted = _sampled(side.trust, points, size) > _TRUSTED
    moved = points + _sampled(side.across, points, size)
    return points[trusted], moved[trusted]


def _bundle(
    whole: Motion, lens: Lens, matched: tuple[Points, Points], sides: tuple[Side, Side]
) -> Bundle:
    """All cameras together: the other anchor's, then those of the footage on both sides."""
    a, b = matched
    size = lens.width, lens.height
    from_, to = lens.normalise(a), lens.normalise(b)
    top, weight = whole.nearness_terms(from_, to)
    near = np.maximum(top / np.maximum(weight, np.float32(1e-12)), 0)
    motions, frames = [whole], [Seen(b, np.ones(len(b), np.float32))]
    for side, pixels, entry in ((sides[0], a, None), (sides[1], b, whole)):
        for flow in (side.outward, side.beside):
            if flow is None:
                continue
            seen = pixels + _sampled(flow, pixels, size)
            points = lens.normalise(pixels)
            nearness = near if entry is None else near / entry.depth_ratio(from_, near)
            moved = fit_motion(points, nearness, lens.normalise(seen), noise=_NOISE_PX / lens.focal)
            motions.append(moved if entry is None else moved.after(entry))
            frames.append(Seen(seen, _inside(seen, size)))
    return adjust(Bundle(lens, tuple(motions), near.astype(np.float64)), a, frames)


def _inside(pixels: Points, size: tuple[int, int]) -> np.ndarray:
    """1 for pixels inside the picture, else 0."""
    at = (pixels >= 0) & (pixels <= np.array(size, np.float32) - 1)
    return np.asarray(at.all(axis=1), np.float32)


def _beside(
    bundle: Bundle, sides: tuple[Side, Side]
) -> tuple[Motion | None, Motion | None, Motion | None, Motion | None]:
    """Motions from each anchor to the far and to the near frame on its own side."""
    rest = list(bundle.motions[1:])
    back = bundle.motions[0].inverse()
    left = start = right = stop = None
    if sides[0].outward is not None:
        left, start = rest[:2]
        rest = rest[2:]
    if sides[1].outward is not None:
        right, stop = (one.after(back) for one in rest)
    return left, right, start, stop


def _sampled(flow: np.ndarray, points: Points, size: tuple[int, int]) -> np.ndarray:
    """A field's values at pixels."""
    scale = field_scale(*size)
    cells = (points + np.float32(0.5)) / scale - np.float32(0.5)
    return np.asarray(fetch(flow, cells.reshape(1, -1, 2), resampling="linear")[0])


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
        rate = -steps / sides[0].beside_reach
        start = Motion(left.turn * rate, left.shift * rate)
    if right is not None:
        rate = steps / sides[1].beside_reach
        stop = _added(right, whole, rate)
    return CameraPath(whole, start, stop, steps, memories_of(sides, steps))


def _shaken_path(
    whole: Motion,
    before: tuple[Motion | None, Motion | None],
    after: tuple[Motion | None, Motion | None],
    sides: tuple[Side, Side],
    steps: int,
) -> CameraPath:
    """The path that goes over at both ends to where the frames beside the anchors lie on average.

    Args:
        whole: From the first anchor to the last.
        before: From the first anchor to the far and the near frame before it.
        after: The same on the last anchor's side.
        sides: How many frames away these are.
        steps: Frame intervals in the gap.
    """
    ends = []
    still = Motion(np.zeros(3), np.zeros(3))
    for motions, entry, side, way in ((before, still, sides[0], -1), (after, whole, sides[1], 1)):
        turn, shift = whole.turn.copy(), whole.shift.copy()
        for motion, reach in zip(motions, (side.reach, side.beside_reach), strict=True):
            if motion is not None:
                off = _added(motion, entry, 1.0)
                turn += (off.turn - whole.turn * (way * reach / steps)) / 3
                shift += (off.shift - whole.shift * (way * reach / steps)) / 3
        ends.append(Motion(turn, shift))
    return CameraPath(whole, ends[0], ends[1], steps, memories_of(sides, steps))


def _added(small: Motion, entry: Motion, rate: float) -> Motion:
    """What a small motion after `entry` adds to it, times `rate`."""
    turn = small.turn * rate
    return Motion(turn, np.cross(turn, entry.shift) + small.shift * rate)
