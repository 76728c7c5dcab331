"""From real frames to where both anchors show any view inside the gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

from landfast.errors import Unsupported
from landfast.generators.base import Frame, Material
from landfast.generators.geometry.correspond import (
    Cell,
    Field,
    Flow,
    Gray,
    Side,
    agreement,
    beside_flow,
    field_scale,
    flow_over,
    outward_flow,
    thicken,
    thin,
    working_gray,
)
from landfast.generators.geometry.filling import filled
from landfast.generators.geometry.likeness import Shown, detail
from landfast.generators.geometry.lookup import FlowLookup, Lookup, SceneLookup, unit_of
from landfast.generators.geometry.path import departure, motion
from landfast.generators.geometry.scene import Scene, build_scene
from landfast.generators.geometry.shake import shaken
from landfast.vision.geometry.features import corners, follow
from landfast.vision.geometry.twoview import TwoView, relate, relate_matches
from landfast.vision.motion.flow import Preset, homography_flow

T = TypeVar("T")


class _Footage(NamedTuple):
    """One anchor's motion to real frames on its own side, and how far away they are."""

    outward: Field | None
    reach: int
    beside: Field | None
    beside_reach: int
    shaken: bool
    shown: Shown


VELOCITY_FRAMES: Final = 2
"""Velocity at an anchor is taken over so many frames: more lag behind, fewer are noise."""

_CORNERS: Final = 1500
"""Corners that the camera's motion is fitted to."""
_FOLLOWED: Final = 0.15
"""Share of corners that must be followed in agreement for the quick relation to count."""

_AGREED: Final = 0.5
_LOST: Final = 0.4
"""Share of the picture with trusted flow below which features lead the way across the gap."""
_ENOUGH: Final = 60
"""Feature matches that make a relation surer than one by flow."""
_SECOND_LOOKS: Final = 3
"""Rounds of flow, and of cameras by it, on top of the scene that the round before has shown."""


def measure(material: Material, *, steps: int) -> Lookup:
    """Where both anchors show any view inside the gap.

    Args:
        material: Anchors and footage around them.
        steps: Frame intervals in the gap.

    Raises:
        Unsupported: No rigid relation explains the anchors' matches.
    """
    a, b = working_gray(material.first), working_gray(material.last)
    relation = _relation(a, b)
    if relation.homography is None:
        raise Unsupported(
            f"cannot bridge the anchors: {relation.reason}",
            subject="generator geometry",
            remedy="choose anchors that show the same scene",
        )
    shakes = shaken(material, relation.homography, a.shape[1], steps=steps)
    footage = _footage(material, a, b, shakes)
    sides = _sides(a, b, _plane_guess(relation, a), footage, "fast")
    if _lost(sides):
        relation = _surer(relation, a, b)
    scene = _scene(relation, a, sides, (footage[0].shown, footage[1].shown), steps)
    if scene is None:
        sides = _believed(sides)
        guess = thicken(sides[0].across, *a.shape[::-1]), thicken(sides[1].across, *a.shape[::-1])
        sides = _believed(_sides(a, b, guess, footage, "medium"))
        onward, backward = motion(*sides, steps=steps), motion(*sides[::-1], steps=steps)
        return FlowLookup(onward, backward, sides[0].scale)
    found = corners(a, count=_CORNERS), corners(b, count=_CORNERS)
    for _ in range(_SECOND_LOOKS if _lost(sides) else 1):
        sides = _sides(a, b, _scene_guess(scene, a), footage, "medium")
        scene = scene.again(found, sides, steps=steps)
    onward = departure(*sides, (scene.first, scene.last), steps=steps)
    backward = departure(*sides[::-1], (scene.last, scene.first), steps=steps)
    return SceneLookup(scene, (onward, backward), sides[0].scale, unit_of(scene))


def _relation(a: Gray, b: Gray) -> TwoView:
    """The relation of the anchors: quickly where the motion is small enough, else by features."""
    followed = follow(a, b)
    quick = relate_matches(followed, width=a.shape[1], height=a.shape[0])
    return quick if quick.inliers >= _FOLLOWED * followed.features_a > 0 else relate(a, b)


def _surer(quick: TwoView, a: Gray, b: Gray) -> TwoView:
    """The relation by features, which do not mind how far things went; the quick one if better."""
    by_features = relate(a, b)
    return by_features if by_features.inliers >= _ENOUGH else quick


def _lost(sides: tuple[Side, Side]) -> bool:
    """True where dense flow lost most of the picture on its way across the gap."""
    return min(float((side.trust > _AGREED).mean()) for side in sides) < _LOST


def _scene(
    relation: TwoView,
    a: Gray,
    sides: tuple[Side, Side],
    shown: tuple[Shown, Shown],
    steps: int,
) -> Scene | None:
    """The rigid scene, where the anchors show its depth."""
    if relation.model != "epipolar":
        return None
    matched = (relation.points_a, relation.points_b) if _lost(sides) else None
    found = corners(a, count=_CORNERS)
    size = a.shape[1], a.shape[0]
    return build_scene(found, sides, size, steps=steps, shown=shown, matched=matched)


def _footage(material: Material, a: Gray, b: Gray, shakes: bool) -> tuple[_Footage, _Footage]:
    """Motion to the real frames on both sides: the farthest, and one that shows the velocity."""
    return _at_once(_beside, (a, material.before[::-1], shakes), (b, material.after, shakes))


def _beside(anchor: Gray, outwards: Sequence[Frame], shakes: bool) -> _Footage:
    """Motion to the frames on one side of an anchor, nearest first."""
    own = detail(anchor)
    if not outwards:
        return _Footage(None, 0, None, 0, shakes, Shown(own, None))
    beyond = working_gray(outwards[-1])
    reach, near = len(outwards), min(len(outwards), VELOCITY_FRAMES)
    return _Footage(
        outward_flow(anchor, beyond),
        reach,
        beside_flow(anchor, outwards[near - 1]),
        near,
        shakes,
        Shown(own, detail(beyond)),
    )


def _sides(
    a: Gray,
    b: Gray,
    guess: tuple[Flow, Flow],
    footage: tuple[_Footage, _Footage],
    preset: Preset,
) -> tuple[Side, Side]:
    flows = _at_once(flow_over, (a, b, guess[0], preset), (b, a, guess[1], preset))
    there, back = map(thin, flows)
    scale = field_scale(a.shape[1], a.shape[0])
    return (
        _side(there, back, footage[0], scale),
        _side(back, there, footage[1], scale),
    )


def _side(there: Field, back: Field, footage: _Footage, scale: Cell) -> Side:
    trust = agreement(there, back, scale)
    return Side(there, trust, *footage[:4], scale, footage.shaken)


def _believed(sides: tuple[Side, Side]) -> tuple[Side, Side]:
    """With motion that is not found again on the way back as around it."""
    first, last = (
        replace(side, across=filled(side.across, side.trust, side.scale)) for side in sides
    )
    return first, last


def _at_once(work: Callable[..., T], first: tuple[Any, ...], last: tuple[Any, ...]) -> tuple[T, T]:
    """The same work for both anchors, each in a thread of its own."""
    with ThreadPoolExecutor(2) as pool:
        both = pool.submit(work, *first), pool.submit(work, *last)
        return both[0].result(), both[1].result()


def _plane_guess(relation: TwoView, a: Gray) -> tuple[Flow, Flow]:
    assert relation.homography is not None
    height, width = a.shape
    return (
        homography_flow(relation.homography, width, height),
        homography_flow(np.linalg.inv(relation.homography), width, height),
    )


def _scene_guess(scene: Scene, a: Gray) -> tuple[Flow, Flow]:
    height, width = a.shape
    return (
        thicken(scene.first.at(1.0), width, height),
        thicken(scene.last.at(1.0), width, height),
    )
