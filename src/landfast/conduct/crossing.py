"""How far the picture moves across a fault, in steps of the footage's own motion beside it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from landfast.media.decode import stills
from landfast.media.grid import Grid
from landfast.media.stills import image_id
from landfast.model.arrays import Bool, Float32, Float64, UInt8
from landfast.model.clip import Clip
from landfast.model.measured import Anchor
from landfast.model.plan import Retime
from landfast.planning.retiming import Sides, stretch
from landfast.vision.motion.flow import agreement_px, dense_flow, forward_backward_error

_WIDTH: Final = 640
_JOINED: Final = 0.5
"""Share of the picture that must be followed across the fault."""
_STILL: Final = 0.0003
"""Motion a frame, as a share of the width, below which nothing moves."""
_ASTRAY: Final = 0.5
"""Share of the way across that the footage's own motion may leave unexplained."""
_UNSEEN_PX: Final = 0.5
"""Departure that nobody sees: compression moves still pictures as much."""

Gray = UInt8[np.ndarray, "height width"]
Flow = Float32[np.ndarray, "height width 2"]


@dataclass(frozen=True, slots=True)
class _Followed:
    flow: Flow
    sure: Bool[np.ndarray, "height width"]


def retiming(path: Path, clip: Clip, sides: Sides) -> Retime | str:
    """How real frames beside a fault can be shown so that they cover it, or why they cannot.

    Args:
        path: The footage.
        clip: What it holds.
        sides: The good frames nearest to the fault.
    """
    near = (sides.left - 1, sides.left, sides.right, sides.right + 1)
    hop = _hop([_gray(image) for image in _pictures(path, clip, near).values()], sides)
    if isinstance(hop, str):
        return hop
    found = stretch(hop, sides, fps=clip.fps)
    if isinstance(found, str):
        return found
    ends = sides.left - found.width, sides.right + found.width
    images = _pictures(path, clip, ends)
    start, end = (
        Anchor(time=clip.time_of(at), image=image_id(images[at]), score=1.0, reason=_REASON)
        for at in ends
    )
    return Retime(
        start=start,
        left=clip.time_of(sides.left),
        right=clip.time_of(sides.right),
        end=end,
        hop=Fraction(round(hop * 1000), 1000),
        slowest=found.slowest,
        fastest=found.fastest,
    )


_REASON: Final = "a real frame at the end of the stretch that is shown at another speed"


def words(retime: Retime, clip: Clip) -> str:
    """What a retiming does, in a sentence."""
    times = (retime.start.time, retime.left, retime.right, retime.end.time)
    start, left, right, end = (clip.index_at(time) for time in times)
    missing, hop = right - left - 1, float(retime.hop)
    across = f"the picture moves {hop:.1f} of its own steps across {missing} bad frames"
    moved = (left - start) + (end - right)
    if not moved:
        return f"{across}: pictures are made along that motion"
    speed = retime.slowest if retime.slowest < 1 else retime.fastest
    reached = f"{speed:.2f} times their speed"
    return (
        f"{across}: {moved} real frames beside them are shown at no {_WORSE[speed < 1]} {reached}"
    )


_WORSE: Final = {True: "less than", False: "more than"}


def _hop(frames: list[Gray], sides: Sides) -> float | str:
    """The way across in own steps, by least squares over what can be followed."""
    across = _followed(frames[1], frames[2])
    width = frames[0].shape[1]
    if across.sure.mean() < _JOINED:
        return f"only {across.sure.mean():.0%} of the picture can be followed across it"
    steps = [_followed(frames[1], frames[0]), _followed(frames[2], frames[3])]
    sure = across.sure & steps[0].sure & steps[1].sure
    if sure.mean() < _JOINED / 2:
        return "the motion beside it cannot be measured"
    own = ((steps[1].flow - steps[0].flow) / 2)[sure].astype(np.float64)
    way = across.flow[sure].astype(np.float64)
    usual, length = _size(own), _size(way)
    if usual < _STILL * width:
        still = length < 2 * _STILL * width
        return float(sides.missing + 1) if still else "the camera stands still beside it"
    hop = float((own * way).sum() / (own * own).sum())
    left = _size(way - hop * own)
    if hop <= 0 or left > max(_UNSEEN_PX, _ASTRAY * max(length, usual)):
        return "the picture does not go on across it as it moves beside it"
    return max(hop, 0.1)


def _size(moves: Float64[np.ndarray, "pixels 2"]) -> float:
    """How far the faster quarter moves: what is far away hardly moves at all."""
    return float(np.percentile(np.linalg.norm(moves, axis=1), 75))


def _followed(a: Gray, b: Gray) -> _Followed:
    there, back = dense_flow(a, b), dense_flow(b, a)
    limit = agreement_px(a.shape[1])
    return _Followed(there, np.asarray(forward_backward_error(there, back) < limit))


def _pictures(path: Path, clip: Clip, indices: tuple[int, ...]) -> dict[int, np.ndarray]:
    times = [clip.time_of(at) for at in indices]
    return {picture.index: picture.rgb() for picture in stills(path, clip, times)}


def _gray(image: UInt8[np.ndarray, "_ _ 3"]) -> Gray:
    size = Grid.working((image.shape[1], image.shape[0]), _WIDTH).size
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
