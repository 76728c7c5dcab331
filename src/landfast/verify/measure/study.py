"""Everything measured once and shared by the checks: the take, its surroundings, their motion."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np

from landfast.verify.measure.alignment import Alignment, align
from landfast.verify.measure.changes import Changes
from landfast.verify.measure.closeups import CloseUps
from landfast.verify.measure.lattice import Corners, Lattice, cell_colours
from landfast.verify.measure.links import Link, Places, cells, link, places_in_first, places_in_last
from landfast.verify.measure.neighbours import Baseline
from landfast.verify.measure.parallel import Once, in_order
from landfast.verify.measure.reel import (
    FootageFrames,
    Image,
    Reel,
    TakeFrames,
    beat,
    reel,
    working_size,
)
from landfast.verify.measure.rigidity import detailed, windows
from landfast.verify.measure.sway import swaying
from landfast.verify.measure.tints import lab
from landfast.verify.measure.views import View, views
from landfast.verify.measure.ways import Ways
from landfast.verify.measure.window import Window

_MOST_FOOTAGE: Final = 12
"""Beats of real frames used on each side: enough for three windows, and half a second of motion."""

_STRIDE: Final[dict[Baseline, int]] = {"near": 2, "wide": 3}
_VIEWS_STRIDE: Final = 2
_LONG: Final[dict[Baseline, int]] = {"near": 40, "wide": 24}
"""Beats from one measure to the next, one more in a take of over so many: what breathes is seen
by near windows only where they stand close, and so does what views tell."""

_FOOTAGE_STRIDE: Final = 3
"""And in the footage beside the gap, of which only what is normal is asked: three measures a side
tell it as well as five do."""

_HELD: Final = 64
"""Frames whose corners and detail are held: several windows of both baselines ask for them."""

_SHORT: Final = 17
_A_DOUBLING: Final = 0.3
"""True frames of 32 in all reach 1.16 times the limits of 17, of 62 they reach 1.3 (karma and
hand-held)."""

Progress = Callable[[int, int], None]


class Stretch:
    """A reel with the motion between its frames, measured when first asked for."""

    def __init__(self, frames: Reel, *, footage: bool = False) -> None:
        self.reel = frames
        self._footage = footage
        self.corners = lru_cache(maxsize=_HELD)(self._corners)
        """The points to follow in a frame, by its number."""
        self.detail = lru_cache(maxsize=_HELD)(self._detail)
        """The picture that patches of a frame are compared on, by its number."""

    @Once
    def links(self) -> tuple[Link, ...]:
        """Motion from each frame to the next."""
        return link(self.reel)

    @Once
    def tones(self) -> tuple[np.ndarray, ...]:
        """Mean colour of every cell: rows x columns x 3 float32, 0 to 255."""
        shape = cells(self.reel.size)
        return tuple(in_order(lambda half: cell_colours(half, shape), self.reel.half))

    @Once
    def labs(self) -> tuple[np.ndarray, ...]:
        """The same in CIE Lab, L 0 to 100."""
        return tuple(in_order(lab, self.tones))

    @Once
    def near_windows(self) -> tuple[Window, ...]:
        """What no rigid scene explains within a few frames."""
        return self._windows("near")

    @Once
    def wide_windows(self) -> tuple[Window, ...]:
        """The same over half a second and more."""
        return self._windows("wide")

    @Once
    def sways(self) -> tuple[Window, ...]:
        """How far spots stand off their place, as windows of both baselines tell."""
        return swaying(self.near_windows, self.wide_windows, self.links, self.reel.beat)

    def windows(self, baseline: Baseline) -> tuple[Window, ...]:
        """What no rigid scene explains, measured once per baseline."""
        return self.near_windows if baseline == "near" else self.wide_windows

    def _windows(self, baseline: Baseline) -> tuple[Window, ...]:
        stride = self._stride(_STRIDE[baseline], baseline)
        seen = self.corners, self.detail
        return windows(self.reel, self.links, *seen, stride=stride, baseline=baseline)

    def _stride(self, beats: int, baseline: Baseline) -> int:
        """Frames from one measure to the next."""
        beat = self.reel.beat
        if self._footage:
            return _FOOTAGE_STRIDE * beat
        return (beats + (len(self.reel) > _LONG[baseline] * beat)) * beat

    def _corners(self, at: int) -> Corners:
        return Lattice(*self.reel.size).corners(self.reel.grey[at])

    def _detail(self, at: int) -> np.ndarray:
        return detailed(self.reel.grey[at])

    @Once
    def views(self) -> tuple[View, ...]:
        """Frames beside what the ends of the stretch and the frames next to them show."""
        stride = self._stride(_VIEWS_STRIDE, "near")
        return views(self.reel, self.ways, self.in_first, self.in_last, stride=stride)

    @Once
    def changes(self) -> Changes:
        """What frames show that those a quarter of a second away do not."""
        return Changes(self.reel, self.ways)

    @Once
    def closeups(self) -> CloseUps:
        """What frames show that neither end of the stretch does."""
        return CloseUps(self.reel, self.ways)

    @Once
    def ways(self) -> Ways:
        """Smoothed ways from frames to others."""
        return Ways(self.reel, self.links)

    @Once
    def in_first(self) -> list[Places]:
        """Where the cells of each frame stand in the first frame."""
        return places_in_first(self.links)

    @Once
    def in_last(self) -> list[Places]:
        """Where the cells of each frame stand in the last frame."""
        return places_in_last(self.links)


@dataclass(frozen=True)
class Study:
    """A take beside what is real, all at one working size."""

    take: Stretch
    anchors: Reel
    """Two frames: the start and the end anchor."""
    before: Stretch | None
    """Real frames up to and including the start anchor."""
    after: Stretch | None
    """Real frames from the end anchor on."""
    footage_fps: Fraction
    gap_s: Fraction | None
    """Seconds that the take is to last from anchor to anchor; None where nobody said."""
    source_scale: float
    """Source pixels a pixel at working size."""

    @Once
    def laid(self) -> tuple[Alignment, Alignment]:
        """How the first frame lies over the start anchor, and the last over the end anchor."""
        small, anchors = self.take.reel.small, self.anchors.small
        return align(small[0], anchors[0]), align(small[-1], anchors[1])

    @property
    def fps(self) -> Fraction:
        """Frames a second of the take."""
        return self.take.reel.fps

    @property
    def frames(self) -> int:
        """Frames of the take."""
        return len(self.take.reel)

    @property
    def longer(self) -> float:
        """Factor on limits that a take's worst spot is held to: the worst of more frames is worse,
        and what moves by itself has more time than the footage beside the gap shows. 1 up to 15
        frames between the anchors, 0.3 more with every doubling."""
        beats = (self.frames - 1) / self.take.reel.beat + 1
        return 1 + _A_DOUBLING * max(0.0, math.log2(beats / _SHORT))

    @property
    def real(self) -> tuple[Stretch, ...]:
        """The real stretches that are there."""
        return tuple(side for side in (self.before, self.after) if side is not None)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Real stretches with what they were measured for; several takes of one gap share them."""

    footage: FootageFrames
    ends: tuple[Image, Image]
    size: tuple[int, int]
    before: Stretch | None
    after: Stretch | None


_latest: list[_Sides] = []


def _sides(
    footage: FootageFrames, ends: tuple[Image, Image], size: tuple[int, int]
) -> tuple[Stretch | None, Stretch | None]:
    """The real frames as stretches; those of the gap judged last are not measured again."""
    for one in _latest:
        same = one.footage is footage and one.size == size
        if same and one.ends[0] is ends[0] and one.ends[1] is ends[1]:
            return one.before, one.after
    most = _MOST_FOOTAGE * beat(footage.fps)
    leading = [*footage.before[-most:], ends[0]]
    trailing = [ends[1], *footage.after[:most]]
    before = Stretch(reel(leading, footage.fps, size), footage=True) if len(leading) > 1 else None
    after = Stretch(reel(trailing, footage.fps, size), footage=True) if len(trailing) > 1 else None
    _latest[:] = [_Sides(footage, ends, size, before, after)]
    return before, after


def study(take: TakeFrames, start: Image, end: Image, footage: FootageFrames | None) -> Study:
    """Bring everything to the take's working size."""
    size = working_size(take)
    frames = reel(take.images, take.fps, size)
    anchors = reel([start, end], take.fps, size)
    before = after = None
    if footage is not None:
        before, after = _sides(footage, (start, end), size)
    scale = (take.source_width or take.images[0].shape[1]) / size[0]
    fps = take.fps if footage is None else footage.fps
    gap_s = None if footage is None else footage.gap_s
    return Study(Stretch(frames), anchors, before, after, fps, gap_s, scale)
