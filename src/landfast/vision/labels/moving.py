"""Motion that no camera explains: what none of the motions that the camera could make shows.

A pixel stands still where the frames before or after show the same there, where the motion around,
the whole picture's, or one rigid scene's (plane plus parallax, see
`landfast.vision.geometry.planeparallax`) takes it. What moves by itself shows otherwise into the
past and into the future; what is uncovered differs on one side only (three-frame differencing;
Collins et al. 2000). Weak evidence counts where it hangs together with strong (hysteresis, as
Canny's edges), and only if the thing is found again where it went (see
`landfast.vision.labels.again`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.vision.geometry.planeparallax import fit_rigid
from landfast.vision.labels.again import Box, Glance, Mask, follow_up
from landfast.vision.labels.cues import Cues
from landfast.vision.labels.differing import calm, elsewhere, excess
from landfast.vision.labels.follow import Step
from landfast.vision.motion.flow import warp

Plane = Float32[np.ndarray, "height width"]
Flow = Float32[np.ndarray, "height width 2"]

_REACHES: Final = (2, 6)
"""Frames to the neighbours on either side: over two a slow thing has hardly moved, over six a fast
one is gone."""
_SMALLEST: Final = 6
"""Small pixels that a thing needs."""
_SEED: Final = 3.0
"""Difference over what noise and slope allow, from which a thing moves..."""
_EDGE: Final = 0.3
"""...out to where the difference falls below this share of its peak."""
_GRID: Final = 5
"""Distance of the points, small pixels."""
_TRUSTED: Final = 0.4
"""There and back within this, small pixels."""
_HOLDS: Final = 0.5
"""Share of the evidence that is carried on to the next frame: what goes along with the camera for
a moment has not stopped moving."""
_ROW: Final = 12
"""Points of a row that tell where it goes."""
_SHAKEN_PX: Final = 0.13
"""Rows that miss the rigid scene by more: nothing is said to move. Measured: 0.04 to 0.08 in drone
and hand-held clips, 0.19 to 0.45 with waves of 2 pixels and more across the rows."""
_LEAST_TEXTURE: Final = 2.0
_FOLLOWED: Final = 0.25
"""Share of the textured points whose motion must be sure, or nothing is said to move."""
_FEWEST: Final = 80
_MOST: Final = 0.2
"""Share of the picture that may move; above, the model of the camera has failed."""
FEW: Final = "fewer than three frames between cuts"
LOST: Final = "the motion of the picture is lost"
SHAKEN: Final = "whole rows go their own way: a rolling shutter's wobble"
CROWDED: Final = "more of the picture goes its own way than one camera explains"


def find_moving(
    frames: Sequence[Cues], steps: Sequence[Step], still: Sequence[Plane]
) -> tuple[list[Plane], list[str]]:
    """How surely each pixel of each frame moves by itself, 0 to 1; and why that is not known.

    Args:
        still: Where motion says nothing, 0 to 1: sky and water.

    Returns:
        A plane a frame, and a reason a frame, empty where it could be measured.
    """
    if len(frames) < 3:
        return [np.zeros_like(cues.light) for cues in frames], [FEW] * len(frames)
    found = [_by_itself(k, frames, steps, still[k]) for k in range(1, len(frames) - 1)]
    inner = [np.zeros_like(still[0]) if isinstance(each, str) else each for each in found]
    reasons = [each if isinstance(each, str) else "" for each in found]
    first = warp(inner[0], steps[0].forward, resampling="linear")
    last = warp(inner[-1], steps[-1].backward, resampling="linear")
    seen = [first, *inner, last]
    ahead = _held(seen, [(step.backward, step.error_back) for step in steps])
    back = _held(seen[::-1], [(step.forward, step.error) for step in reversed(steps)])[::-1]
    planes = [np.maximum(a, b) for a, b in zip(ahead, back, strict=True)]
    return planes, [reasons[0], *reasons, reasons[-1]]


def _held(seen: Sequence[Plane], ways: Sequence[tuple[Flow, Plane]]) -> list[Plane]:
    """The evidence of each frame or, where that is more, what is left of the frame before's."""
    out = [seen[0]]
    for own, (way, error) in zip(seen[1:], ways, strict=True):
        carried = np.where(error < _TRUSTED, warp(out[-1], way, resampling="linear"), 0)
        out.append(np.maximum(own, np.float32(_HOLDS) * carried).astype(np.float32))
    return out


def _by_itself(k: int, frames: Sequence[Cues], steps: Sequence[Step], still: Plane) -> Plane | str:
    """From the differences to near and farther neighbours; 0.5 and more where something moves."""
    asked = np.asarray(1 - still, np.float32)
    room = min(k, len(frames) - 1 - k)
    glances: list[Glance] = []
    for reach in sorted({min(reach, room) for reach in _REACHES}):
        seen = _glance(k, reach, frames, steps, asked)
        if isinstance(seen, Glance):
            glances.append(seen)
        elif reach <= _REACHES[0]:
            return seen
    found = [_things(each, [one for one in glances if one is not each]) for each in glances]
    known = [each for each in found if each is not None]
    return np.asarray(np.maximum.reduce(known)) if known else CROWDED


def _things(glance: Glance, others: Sequence[Glance]) -> Plane | None:
    """What differs, hangs together and is found again elsewhere; None where too much differs."""
    odd = glance.odd
    doubtful = odd > _EDGE * _SEED
    count, parts = cv2.connectedComponents(doubtful.astype(np.uint8), connectivity=8)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, parts[doubtful], odd[doubtful])
    edge = (_EDGE * peaks)[parts]
    moves = (edge > _EDGE * _SEED) & (odd > edge)
    if float(moves.mean()) > _MOST:
        return None
    gone = np.zeros_like(moves)
    for box, part in _parts(moves):
        own = follow_up(part, box, glance, others) if part.sum() >= _SMALLEST else None
        if own is not None:
            gone |= own
    return np.asarray(np.clip(odd / (2 * np.maximum(edge, 1e-6)), 0, 1) * gone, np.float32)


def _parts(moves: Mask) -> list[tuple[Box, Mask]]:
    """What hangs together: its box and its pixels."""
    shown = moves.astype(np.uint8)
    _, parts, boxes, _ = cv2.connectedComponentsWithStats(shown, connectivity=8)
    rows = list(enumerate(boxes.tolist()))[1:]
    return [((x, y, wide, tall), parts == number) for number, (x, y, wide, tall, _) in rows]


def _glance(
    k: int, reach: int, frames: Sequence[Cues], steps: Sequence[Step], asked: Plane
) -> Glance | str:
    """What differs from what the camera's motion brings, to either side in time; or why not."""
    ways = (_way(k, reach, 1, steps), _way(k, reach, -1, steps))
    rigid = _rigid(k, ways, frames[k], steps, asked)
    if isinstance(rigid, str):
        return rigid
    if rigid.shaken and reach <= _REACHES[0]:
        return SHAKEN
    grays = (frames[k + reach].gray, frames[k - reach].gray)
    guesses = [[*elsewhere(way), *more] for way, more in zip(ways, rigid.ways, strict=True)]
    odd = excess(frames[k].gray, list(zip(grays, guesses, strict=True)), asked)
    after, before = (
        warp(calm(gray), guess[-1], resampling="linear")
        for gray, guess in zip(grays, guesses, strict=True)
    )
    return Glance(reach, odd * (asked > 0.5), calm(frames[k].gray), (after, before), rigid.push)


class Rigid(NamedTuple):
    """The rigid scene that explains most of the flow."""

    ways: list[list[Flow]]
    """Its motion after and before; empty where too little is seen."""
    push: Float32[np.ndarray, "2 height width 2"]
    shaken: bool
    """Whether whole rows go their own way."""


def _rigid(
    k: int, ways: Sequence[Flow], cues: Cues, steps: Sequence[Step], asked: Plane
) -> Rigid | str:
    """The rigid scene, or a reason where the motion is lost."""
    height, width = cues.gray.shape
    y, x = np.mgrid[_GRID // 2 : height : _GRID, _GRID // 2 : width : _GRID]
    at = (y.ravel(), x.ravel())
    textured = (cues.rough[at] > _LEAST_TEXTURE) & (asked[at] > 0.5)
    good = textured & (steps[k].error[at] < _TRUSTED) & (steps[k - 1].error_back[at] < _TRUSTED)
    if good.sum() < _FOLLOWED * textured.sum():
        return LOST
    if good.sum() < _FEWEST:
        return Rigid([[], []], np.zeros((2, height, width, 2), np.float32), False)
    points = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)
    moved = np.stack([points + way[at] for way in ways])
    fit = fit_rigid(points, moved, np.stack([good, good]), width=width, height=height)
    left, push = (
        each.reshape(2, *y.shape, 2).astype(np.float32) for each in (fit.residual, fit.push)
    )
    size = (width, height)
    return Rigid(
        [[np.asarray(way - cv2.resize(one, size))] for way, one in zip(ways, left, strict=True)],
        np.stack([cv2.resize(one, size) for one in push]),
        _astray(left, good.reshape(y.shape)) > _SHAKEN_PX,
    )


def _astray(left: Float32[np.ndarray, "2 rows columns 2"], good: np.ndarray) -> float:
    """How far rows of points together miss the rigid scene, root mean square, small pixels."""
    rows = [row for row, seen in enumerate(good) if seen.sum() >= _ROW]
    medians = [np.median(left[:, row, good[row]], axis=1) for row in rows]
    return float(np.sqrt(2 * np.mean(np.square(medians)))) if rows else 0.0


def _way(k: int, reach: int, side: int, steps: Sequence[Step]) -> Float32[np.ndarray, "h w 2"]:
    """Motion from frame k to the one `reach` frames away."""
    ways = (
        [step.forward for step in steps[k : k + reach]]
        if side > 0
        else [step.backward for step in reversed(steps[k - reach : k])]
    )
    total = ways[0]
    for way in ways[1:]:
        total = total + warp(way, total, resampling="linear")
    return np.asarray(total)
