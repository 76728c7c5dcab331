"""Things that move by themselves taken out of what both anchors show of the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from landfast.generators.base import Material
from landfast.generators.geometry.camera import Motion
from landfast.generators.geometry.correspond import Field, Flow, Gray, thicken, thin, working_gray
from landfast.generators.geometry.lookup import FlowLookup, Lookup, SceneLookup
from landfast.generators.geometry.measure import VELOCITY_FRAMES
from landfast.generators.geometry.movers import (
    LEAST_FRAMES,
    Pair,
    Still,
    Stills,
    Thing,
    pairs,
    things,
)
from landfast.generators.geometry.path import Way
from landfast.generators.geometry.scene import View
from landfast.generators.geometry.sprite import Sprite, sprite
from landfast.model.arrays import Float32, Float64
from landfast.vision.geometry.features import follow
from landfast.vision.motion.flow import homography_flow

_RIM: Final = 7
"""Working pixels around a thing that flow does not tell from it."""
_FILL: Final = 6.0
"""Field cells from which the scene behind a thing is taken (standard deviation)."""
_OFF_LINE_PX: Final = 4.0
"""What stands still is so near to its epipolar line in the other anchor, at a width of 960."""
_LEAST: Final = 16
"""Corners that must be followed to say how a frame is laid on an anchor."""

Cells = Float32[np.ndarray, "rows cols"]


def apart(material: Material, lookup: Lookup, *, steps: int) -> tuple[Lookup, tuple[Sprite, ...]]:
    """The lookup of what stands still, and the things that move by themselves.

    Args:
        material: Anchors and footage around them.
        lookup: Where both anchors show a view, as flow tells.
        steps: Frame intervals in the gap.
    """
    if min(len(material.before), len(material.after)) < LEAST_FRAMES:
        return lookup, ()
    a, b = working_gray(material.first), working_gray(material.last)
    before = [working_gray(one) for one in material.before[::-1]]
    after = [working_gray(one) for one in material.after]
    ours = _stills(a, before, b, lookup.scene.first if isinstance(lookup, SceneLookup) else None)
    theirs = _stills(b, after, a, lookup.scene.last if isinstance(lookup, SceneLookup) else None)
    if ours is None or theirs is None:
        return lookup, ()
    found = pairs(things(a, before, ours), things(b, after, theirs), a, b, steps)
    found = [pair for pair in found if _moves(pair, a, b)]
    if not found:
        return lookup, ()
    over_a = _covered([pair.first for pair in found], a.shape)
    over_b = _covered([pair.last for pair in found], b.shape)
    made = [sprite(material.first, material.last, pair, a.shape[1], steps) for pair in found]
    return _without(lookup, over_a, over_b), tuple(made)


def _stills(own: Gray, outwards: Sequence[Gray], other: Gray, view: View | None) -> Stills | None:
    """Frames beside an anchor and the other anchor, with how what stands still moves to them."""
    frames = (outwards[VELOCITY_FRAMES - 1], outwards[-1], other)
    if view is None:
        flows = [_plane(own, frame) for frame in frames]
    else:
        motions = (view.beside, view.outward, view.whole)
        flows = [_seen(view, motion, own.shape) for motion in motions]
    known = [flow for flow in flows if flow is not None]
    if len(known) < len(frames):
        return None
    return Stills(*(Still(*each) for each in zip(frames, known, strict=True)))


def _seen(view: View, motion: Motion | None, shape: tuple[int, ...]) -> Flow | None:
    """By the scene and the camera's motion."""
    return None if motion is None else thicken(view.moved(motion), *shape[::-1])


def _plane(own: Gray, other: Gray) -> Flow | None:
    """By the homography that most corners agree with."""
    found = follow(own, other)
    if len(found.points_a) < _LEAST:
        return None
    cv2.setRNGSeed(0)
    laid, _ = cv2.findHomography(found.points_a, found.points_b, cv2.USAC_MAGSAC, 1.0)
    return None if laid is None else homography_flow(laid, *own.shape[::-1])


def _moves(pair: Pair, a: Gray, b: Gray) -> bool:
    """True where no depth explains a thing's way: it leaves its epipolar line."""
    found = follow(a, b)
    if len(found.points_a) < _LEAST:
        return False
    cv2.setRNGSeed(0)
    relation, _ = cv2.findFundamentalMat(found.points_a, found.points_b, cv2.USAC_MAGSAC, 1.0)
    if relation is None or relation.shape != (3, 3):
        return False
    line: Float64[np.ndarray, " 3"] = relation @ np.append(pair.first.centre, 1)
    off = abs(float(line @ np.append(pair.arrived, 1))) / max(float(np.hypot(*line[:2])), 1e-12)
    return bool(off > _OFF_LINE_PX * a.shape[1] / 960)


def _covered(found: Sequence[Thing], shape: tuple[int, ...]) -> Cells:
    """1 where an anchor's cells show a thing, 0 where they show the scene."""
    mask = np.zeros(shape, np.float32)
    for one in found:
        rows, cols = one.mask.shape
        x, y = one.corner
        mask[y : y + rows, x : x + cols] = np.maximum(
            mask[y : y + rows, x : x + cols], one.mask > 0
        )
    wide = cv2.dilate(mask, np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8))
    return np.asarray(thin(np.dstack([wide, wide]))[..., 0])


def _without(lookup: Lookup, first: Cells, last: Cells) -> Lookup:
    """Both anchors' scene behind the things as around them."""
    if isinstance(lookup, FlowLookup):
        ways = _still(lookup.onward, first), _still(lookup.backward, last)
        return replace(lookup, onward=ways[0], backward=ways[1], covered=(first, last))
    scene = lookup.scene
    views = [
        replace(view, nearness=_behind(view.nearness, cover))
        for view, cover in ((scene.first, first), (scene.last, last))
    ]
    ways = _still(lookup.departures[0], first), _still(lookup.departures[1], last)
    scene = replace(scene, first=views[0], last=views[1])
    return replace(lookup, scene=scene, departures=ways, covered=(first, last))


def _still(way: Way, covered: Cells) -> Way:
    fields = (way.end, way.start_change, way.end_change)
    end, start_change, end_change = (_behind(field, covered) for field in fields)
    return replace(way, end=end, start_change=start_change, end_change=end_change)


def _behind(values: Cells | Field, covered: Cells) -> np.ndarray:
    """Values where the scene is seen; behind things the mean of those around."""
    seen = (covered < 0.01).astype(np.float32)
    weight = cv2.GaussianBlur(seen, (0, 0), _FILL) + np.float32(1e-6)
    shape = (*seen.shape, *[1] * (values.ndim - 2))
    mean = cv2.GaussianBlur(values * seen.reshape(shape), (0, 0), _FILL) / weight.reshape(shape)
    return np.asarray(np.where(seen.reshape(shape) > 0, values, mean), np.float32)
