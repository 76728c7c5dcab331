"""A model's take fitted between its anchors: laid on them, in time, as colourful, sharp and grainy.

Adjustments, each measured before and after and left out where it does not help: placement
(`placing`), the clock (`retime`), what it leaves of velocity at the seams (`joining`), colour
(`colour`). Frames that the footage's rate asks for and the take does not have are made along its
motion (`inbetween`). Then its fine detail becomes as strong as the footage's (`detail`). Last,
where the footage shows grain, frames get grain of their own up to the same strength.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from landfast.compose.colour import ColourLock, fit_grade
from landfast.compose.detail import Sharpness, fit_sharpness
from landfast.compose.fill import Picture as Image
from landfast.compose.inbetween import pictures_at
from landfast.compose.joining import Join, fit_join, no_join
from landfast.compose.midway import key_frames, midway
from landfast.compose.placing import STAYS, Placement, fit_placement, placed, working_gray
from landfast.compose.retime import STEPS, Seam, SeamSpeed, TimeMap, fit_time
from landfast.errors import InputError
from landfast.vision.grain import Grain, grain_of

_REACH: Final = 8
"""Frames of a take, counted from either end, in which a seam's velocity is sought."""


@dataclass(frozen=True, slots=True)
class Real:
    """The real frames that a take has to meet; pictures of one size.

    Attributes:
        first: The start anchor.
        last: The end anchor.
        before: Frames that end just before `first`, oldest first.
        after: Frames that start just after `last`.
        length: Frames from anchor to anchor, both included.
    """

    first: Image
    last: Image
    before: Sequence[Image]
    after: Sequence[Image]
    length: int


@dataclass(frozen=True, slots=True)
class Fit:
    """What makes a take meet the footage.

    Attributes:
        start: Where its first frame lies against the start anchor.
        end: Where its last frame lies against the end anchor.
        time: The explicit time map.
        joins: How the frames beside the start and the end anchor are moved then.
        colour: The colour lock.
        sharpness: What its detail is multiplied by.
        grain: What grain the footage shows; its frames get as much.
    """

    start: Placement
    end: Placement
    time: TimeMap
    joins: tuple[Join, Join]
    colour: ColourLock
    sharpness: Sharpness
    grain: Grain | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What was changed and what it brought, a sentence each; empty where nothing was."""
        said = []
        if self.start is not STAYS or self.end is not STAYS:
            off = max(self.start.off, self.end.off)
            said.append(f"laid on the anchors: its corners were off by {off:.2%} of the width")
        for at, speed in (("start", self.time.start), ("end", self.time.end)):
            if not self.time.is_even and _changed(speed):
                said.append(
                    f"re-timed: velocity at the {at} seam was off by {speed.before:.2g} px a frame "
                    f"at 960 wide, now by {speed.after:.2g}"
                )
        for at, join in zip(("start", "end"), self.joins, strict=True):
            if not join.is_identity:
                said.append(
                    f"course bent: beside the {at} anchor, where velocity was still off by "
                    f"{join.before:.2g} px a frame at 960 wide, now by {join.after:.2g}"
                )
        for at, grade in (("start", self.colour.start), ("end", self.colour.end)):
            if not grade.is_identity:
                said.append(
                    f"colours locked: at the {at} delta E was {grade.before:.1f}, "
                    f"now {grade.after:.1f}"
                )
        if self.colour.between:
            said.append("colours in between held against both anchors as well")
        if not self.sharpness.is_identity:
            had = 1 / np.sqrt(self.sharpness.start[0] * self.sharpness.end[0])
            said.append(f"fine detail as strong as the footage's, where it had {had:.0%} of that")
        if self.grain is not None:
            said.append("grain of the footage laid over it, as far as it has less")
        return tuple(said)

    def apply(self, images: Iterator[Image], frames: int) -> Iterator[Image]:
        """The take on the footage's own frames.

        Args:
            images: The take's frames in order.
            frames: How many there are.
        """
        shown = pictures_at(images, self.time.positions)
        last = len(self.time.positions) - 1
        for step, (position, image) in enumerate(zip(self.time.positions, shown, strict=True)):
            place = float(position / (frames - 1))
            way = self.joins[0].at(step) + self.joins[1].at(last - step)
            laid = placed(image, self.start, self.end, place, way)
            graded = self.sharpness.apply(self.colour.apply(laid, place), place)
            yield graded if self.grain is None else self.grain.added(graded, place)


def fit_take(images: Callable[[], Iterator[Image]], frames: int, real: Real) -> Fit:
    """Measure how a take has to be moved, re-timed and graded. Pictures are read once.

    Args:
        images: The take's frames from anchor to anchor, in the anchors' size.
        frames: How many there are.
        real: What it has to meet.

    Raises:
        InputError: The take has fewer frames than it says, or fewer than two.
    """
    if frames < 2:
        raise InputError("has fewer than two frames", subject="take")
    ends = _ends(images(), frames)
    start, end = _placements(ends[0], ends[frames - 1], real)
    laid = {index: placed(image, start, end, index / (frames - 1)) for index, image in ends.items()}
    colour = ColourLock(fit_grade(laid[0], real.first), fit_grade(laid[frames - 1], real.last))
    keys = {index / (frames - 1): laid[index] for index in key_frames(frames)}
    colour = midway(colour, keys, real.first, real.last)
    graded = {index: colour.apply(one, index / (frames - 1)) for index, one in laid.items()}
    inwards = [graded[k] for k in range(min(_REACH, frames))]
    from_end = [graded[frames - 1 - k] for k in range(min(_REACH, frames))]
    time = fit_time(
        frames=frames,
        length=real.length,
        start=_seam(real.before[::-1], real.first, inwards),
        end=_seam(real.after, real.last, from_end),
    )
    back = [frames - 1 - position for position in time.positions[::-1]]
    joins = (
        _join(real.before[::-1], real.first, inwards, time.positions),
        _join(real.after, real.last, from_end, back),
    )
    grain = grain_of(real.first, real.last, before=real.before, after=real.after)
    sharpness = fit_sharpness((graded[0], graded[frames - 1]), (real.first, real.last))
    return Fit(start, end, time, joins, colour, sharpness, grain)


def _placements(first: Image, last: Image, real: Real) -> tuple[Placement, Placement]:
    """Where both ends lie; measured in the anchors' colours, since flow compares brightness."""
    rough = ColourLock(fit_grade(first, real.first), fit_grade(last, real.last))
    return (
        fit_placement(rough.apply(first, 0.0), real.first),
        fit_placement(rough.apply(last, 1.0), real.last),
    )


def _ends(images: Iterator[Image], frames: int) -> dict[int, Image]:
    """The frames near both ends and the key frames, by their numbers."""
    keys = key_frames(frames)
    kept = {
        index: image
        for index, image in enumerate(images)
        if index < _REACH or index >= frames - _REACH or index in keys
    }
    if not kept or max(kept) != frames - 1:
        raise InputError(f"has no frame {frames - 1}", subject="take")
    return kept


def _seam(outward: Sequence[Image], anchor: Image, take: Sequence[Image]) -> Seam | None:
    if len(outward) < STEPS:
        return None
    gray = tuple(working_gray(one) for one in take)
    return Seam(working_gray(outward[STEPS - 1]), working_gray(anchor), gray)


def _join(
    outward: Sequence[Image], anchor: Image, take: Sequence[Image], positions: Sequence[Fraction]
) -> Join:
    """What is left of velocity, with frames of the take and positions counted from one end."""
    beside = positions[1 : STEPS + 1]
    if len(outward) < STEPS or len(positions) < 4 * STEPS or max(beside) > len(take) - 1:
        return no_join()
    near, far = (working_gray(one) for one in outward[:STEPS])
    made = [working_gray(one) for one in pictures_at(iter(take), beside)]
    return fit_join(working_gray(anchor), (near, far), (made[0], made[1]), len(positions))


def _changed(speed: SeamSpeed) -> bool:
    return speed.before is not None and speed.after is not None and speed.after < speed.before
