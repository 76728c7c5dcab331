"""Retiming: how many real frames on both sides must move in time to cover a fault, and how far."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from landfast.model.arrays import Float64
from landfast.model.clip import Clip
from landfast.model.constraint import Constraint
from landfast.model.measured import Unusable
from landfast.model.plan import Generate, Retime
from landfast.planning.runs import closed
from landfast.planning.segments import between, frames_of, rate
from landfast.vision.analysis.table import FrameTable

UNSEEN: Final = (2 / 3, 3 / 2)
"""Speeds that pass unnoticed in footage of a moving camera."""
BOUNDS: Final = (1 / 2, 2.0)
"""Slowest and fastest that real frames may be shown."""
REACH_S: Final = Fraction(1, 2)
"""How far from a fault real frames may be moved in time."""
MOST_HOP: Final = 6.0
"""Longest way without a real picture, in steps of the footage's own motion: five lost frames."""
MOST_MISSING_S: Final = Fraction(1, 2)
"""Longest fault that is looked at."""
_NEAR: Final = 12
"""Frames on either side of a freeze that show how the picture usually moves."""
_HELD: Final = 0.3
"""Share of the usual motion below which a frame is a repeat."""
_DENOMINATOR: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Sides:
    """The good frames nearest to a fault, and how far good footage reaches on either side."""

    left: int
    right: int
    before: int
    """Good frames before `left` in its shot that nothing else uses."""
    after: int
    """Good frames after `right`."""

    @property
    def missing(self) -> int:
        """Frames between the sides."""
        return self.right - self.left - 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window of real frames shown at other times.

    Attributes:
        width: Frames before the left side, and after the right, that are moved in time.
        slowest: Least speed in it.
        fastest: Greatest speed.
    """

    width: int
    slowest: float
    fastest: float


def rooms_of(segments: Sequence[Generate], clip: Clip) -> dict[str, range]:
    """For each segment, in order of time, the frames that its neighbours leave it."""
    ends = [(clip.index_at(one.start.time), clip.index_at(one.end.time)) for one in segments]
    if not ends:
        return {}
    edges = [0, *((a[1] + b[0]) // 2 for a, b in itertools.pairwise(ends)), clip.frames]
    rooms = itertools.starmap(range, itertools.pairwise(edges))
    return {one.name: room for one, room in zip(segments, rooms, strict=True)}


def sides_of(
    segment: Generate,
    table: FrameTable,
    clip: Clip,
    *,
    shots: Sequence[range],
    avoid: frozenset[int],
    room: range,
) -> Sides | str:
    """Where retiming could hold on to real footage, or why it could not.

    Args:
        segment: To be filled.
        table: Measurements of every frame.
        clip: The footage.
        shots: Its shots.
        avoid: Frames with a fault.
        room: Frames that no neighbouring segment uses.
    """
    bad = _bad_frames(segment.replaces, table, clip)
    if bad is None:
        return "there are several faults in it, with real frames between them"
    if len(bad) > MOST_MISSING_S * clip.fps:
        return f"{len(bad)} frames are more than the real ones beside them can cover"
    left, right = bad.start - 1, bad.stop
    lower = max(_shot(left, shots).start, room.start)
    upper = min(_shot(right, shots).stop, room.stop)
    # Frames beside a jump are good: a plan only gives them up to have room for a bridge.
    jumps = [frames_of(one.span, clip) for one in segment.replaces if one.fault == "jump"]
    own = frozenset(bad).union(*jumps)
    before = _good_before(left, lower, avoid - own)
    after = _good_after(right, upper, avoid - own)
    if min(before, after) < 1:
        return "there are no good real frames beside the fault"
    return Sides(left, right, before, after)


def _bad_frames(faults: Sequence[Unusable], table: FrameTable, clip: Clip) -> range | None:
    """The frames that must not be shown: none at a jump, which lies between two good ones."""
    runs = closed([_bad(fault, table, clip) for fault in faults], 0)
    return runs[0] if len(runs) == 1 else None


def _bad(fault: Unusable, table: FrameTable, clip: Clip) -> range:
    frames = frames_of(fault.span, clip)
    if fault.fault == "frozen":
        return _all_held(frames, np.asarray(table.motion_px, np.float64))
    if fault.fault != "jump":
        return frames
    steps = np.nan_to_num(np.asarray(table.motion_px[frames.start : frames.stop - 1]))
    cut = np.asarray(table.is_cut[frames.start + 1 : frames.stop])
    found = cut if cut.any() else steps
    at = frames.start + 1 + int(np.argmax(found)) if len(found) else frames.stop
    return range(at, at)


def _all_held(frames: range, motion: Float64[np.ndarray, " frame"]) -> range:
    """A freeze with the repeats on both sides that a key frame made look a little different."""
    beside = np.r_[motion[max(0, frames.start - _NEAR) : frames.start - 1]]
    beside = np.r_[beside, motion[frames.stop : frames.stop + _NEAR]]
    still = _HELD * float(np.nanmedian(beside)) if np.isfinite(beside).any() else 0.0
    start, stop = frames.start, frames.stop
    while start > 1 and motion[start - 2] < still:
        start -= 1
    while stop < len(motion) and motion[stop - 1] < still:
        stop += 1
    return range(start, stop)


def _shot(index: int, shots: Sequence[range]) -> range:
    return next((shot for shot in shots if index in shot), range(index, index + 1))


def _good_before(left: int, lower: int, avoid: frozenset[int]) -> int:
    bad = max((at for at in avoid if lower <= at <= left), default=lower - 1)
    return left - bad - 1


def _good_after(right: int, upper: int, avoid: frozenset[int]) -> int:
    bad = min((at for at in avoid if right <= at < upper), default=upper)
    return bad - right - 1


def stretch(hop: float, sides: Sides, *, fps: Fraction) -> Stretch | str:
    """The narrowest window in which speed changes unnoticed, or why there is none.

    Args:
        hop: Motion from the left to the right side, in steps of the footage's own.
        sides: Where it holds on.
        fps: Frames a second.
    """
    if hop > MOST_HOP:
        return f"the picture moves by {hop:.1f} of its own steps across it, at most {MOST_HOP:g}"
    most = min(sides.before, sides.after, round(REACH_S * fps))
    least = 0 if sides.missing else 1
    windows = [_stretch(hop, sides.missing, width) for width in range(least, most + 1)]
    for slowest, fastest in (UNSEEN, BOUNDS):
        for one in windows:
            if one.slowest >= slowest and one.fastest <= fastest:
                return one
    if not windows:
        return "there are too few good real frames beside it"
    last = windows[-1]
    speed = last.slowest if last.slowest < BOUNDS[0] else last.fastest
    bounds = f"{BOUNDS[0]:g} to {BOUNDS[1]:g} at most"
    return f"real frames would be shown at {speed:.2f} of their speed, {bounds}"


def _stretch(hop: float, missing: int, width: int) -> Stretch:
    length = 2 * width + missing + 1
    extreme = 2 * (2 * width + hop) / length - 1
    return Stretch(width, round(min(1.0, extreme), 4), round(max(1.0, extreme), 4))


def widened(segment: Generate, retime: Retime, clip: Clip) -> Generate:
    """The segment with the window of a retiming in place of its own span and anchors.

    The real frames in it show things that neither end of the window does: there that is no fault,
    so that persistence is measured and decides nothing.
    """
    start, end = clip.index_at(retime.start.time), clip.index_at(retime.end.time)
    images = {"start": retime.start.image, "end": retime.end.image}
    return segment.model_copy(
        update={
            "span": between(start, end, clip),
            "start": retime.start,
            "end": retime.end,
            "frames": end - start + 1,
            "fps": rate(start, end, clip),
            "constraints": tuple(_held(one, images) for one in segment.constraints),
        }
    )


def _held(constraint: Constraint, images: Mapping[str, str]) -> Constraint:
    if constraint.kind == "endpoint":
        return constraint.model_copy(update={"image": images[constraint.at]})
    if constraint.kind == "persistence":
        return constraint.model_copy(update={"strength": "preferred"})
    return constraint


def clock(retime: Retime, clip: Clip) -> tuple[tuple[range, range], tuple[Fraction, ...]]:
    """What is shown when: the real frames in order, and where among them each picture lies.

    Speed is the footage's own at both ends of the window and changes as a raised cosine between
    them, so that motion is continuous at both seams.

    Returns:
        The frames up to the left side and from the right side on, by index in the clip; and for
        every frame from the start anchor to the end anchor, both included, its position in these
        frames counted through from 0, never decreasing.
    """
    times = (retime.start.time, retime.left, retime.right, retime.end.time)
    start, left, right, end = (clip.index_at(time) for time in times)
    steps, before, hop = end - start, left - start, float(retime.hop)
    way = before + hop + (end - right)
    shown = [_place(_way(k, steps, way), before, hop) for k in range(steps + 1)]
    positions = [Fraction(round(at * _DENOMINATOR), _DENOMINATOR) for at in shown]
    last = Fraction(before + 1 + end - right)
    positions[0], positions[-1] = Fraction(0), last
    frames = range(start, left + 1), range(right, end + 1)
    return frames, tuple(min(last, max(Fraction(0), at)) for at in positions)


def _way(k: int, steps: int, way: float) -> float:
    """How far the picture has come after `k` of `steps` frames, in its own steps."""
    share = k / steps
    return k + (way - steps) * (share - math.sin(2 * math.pi * share) / (2 * math.pi))


def _place(at: float, before: int, hop: float) -> float:
    """The same as a position among the real frames, between whose middle two lies the hop."""
    if at <= before:
        return at
    return before + (at - before) / hop if at < before + hop else before + 1 + (at - before - hop)
