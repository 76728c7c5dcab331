"""The horizon: a straight boundary across the picture with nothing but sky above it.

Every column votes with its edges; an edge counts by the share it has in all the edges from the
top of the picture down to it, so the lower border of the sky speaks loudest. The votes are
gathered by a Hough transform (Duda and Hart, 1972), the line is refined to a fraction of a pixel
by robust least squares, and the columns that then carry it give the confidence. A skyline of
hills, trees or houses is not straight and finds no support.

A line that is known is followed: the camera's motion tells where it must be, and only the picture
down to there is looked at. The whole picture is searched now and then, and where it is lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from landfast.model.arrays import Bool, Float32, Float64, UInt8
from landfast.vision.horizon.edges import Edges, find_band, find_edges
from landfast.vision.horizon.far import FarCheck
from landfast.vision.horizon.haze import HazeCheck
from landfast.vision.horizon.line import judge, shortlist
from landfast.vision.horizon.path import UNPROVEN, Line, carried
from landfast.vision.horizon.search import candidates
from landfast.vision.horizon.skyline import find_skyline

Gray = UInt8[np.ndarray, "height width"]
Column = Float32[np.ndarray, " frame"]
Motion = Float64[np.ndarray, "3 3"]

_WIDE_REACH = 6.0
"""Distance from a candidate, pixels, within which its edge is looked for at first."""
_REACHES = (3.0, 2.0)
"""The same while it is refined."""
_NEAR_REACHES = (4.0, 2.0)
"""The same where the line of the frame before is known."""
_SHORTLIST = 4
_MARGIN = 12
"""Rows on either side of a known line that are looked at with it."""
_SKY_EVERY = 8
"""Frames after which the sky above a known line is looked at again."""
_LEAST_CONFIDENCE = 0.15
_LEAST_RAGGED = 0.05
_RAGGED_BAND = 0.12
"""A skyline needs more sky above it than an edge that is straight."""
_LEAST_SIZE = 48
_TRUSTED = 0.3
_AFRESH = 40
"""Frames after which the whole picture is searched again where a horizon is in sight."""
_RETRY = 10
"""And where none is."""
_HELD = 30
"""Frames through which a skyline is carried by the camera's motion alone."""
_FADES = 0.9
"""What its confidence keeps of itself in each of them."""
_BETTER = 1.3
"""How many times surer another line must be to be taken instead of a known one."""
_VAGUE = 0.005
"""Share of the picture's height to which haze may leave a horizon that counts as sure."""
_GAIN = 0.35
"""Share of a skyline's new place that is believed over the one that the motion foretells."""


class HorizonLine(NamedTuple):
    """A horizon as in the table's columns; NaN, NaN, 0 where there is none."""

    angle_deg: float
    height: float
    confidence: float
    near_px: float = math.nan
    """Motion beside the line that a far one would not show; NaN where not measured."""
    streaks: float = math.nan
    """Detail across the line over that along it, just below it; NaN where not measured."""


NO_HORIZON = HorizonLine(math.nan, math.nan, 0.0)


class _Found(NamedTuple):
    kind: Literal["none", "straight", "ragged"]
    confidence: float
    line: Line
    carries: Bool[np.ndarray, " column"]
    """The columns that show it."""


_NOWHERE = _Found("none", 0.0, (0.0, 0.0), np.zeros(0, bool))


@dataclass(slots=True)
class HorizonFinder:
    """Finds the horizon frame by frame; looks first where it was, and afresh now and then."""

    aspect: float = 1.0
    """Source pixels per working pixel down over those across."""
    _last: _Found = _NOWHERE
    _far: FarCheck = field(default_factory=FarCheck)
    _haze: HazeCheck = field(default_factory=HazeCheck)
    _age: int = _AFRESH
    _held: int = 0
    _least: float = 0.0
    _above: Float32[np.ndarray, " column"] | None = None
    """Sharpest slope above the last line."""
    _above_age: int = 0

    def see(self, gray: Gray, motion: Motion | None = None) -> HorizonLine:
        """Horizon of the next frame.

        Args:
            gray: Luma at working width.
            motion: Homography from the frame before to this one, working pixels, where known.
        """
        if min(gray.shape) < _LEAST_SIZE:
            return NO_HORIZON
        self._age += 1
        self._last = self._follow(gray, motion)
        if self._last.kind == "none":
            self._far.see(gray, None, self._last.carries)
            self._haze.see(gray, None, self._last.carries)
            return NO_HORIZON
        tilt, height = self._last.line
        beside = self._far.see(gray, self._last.line, self._last.carries)
        is_straight = self._last.kind == "straight"
        haze = self._haze.see(gray, self._last.line if is_straight else None, self._last.carries)
        angle = math.degrees(math.atan(tilt * self.aspect))
        height = (height - haze.shift + 0.5) / len(gray)
        sure = UNPROVEN if haze.doubt > _VAGUE * len(gray) else 1.0
        return HorizonLine(angle, height, min(self._last.confidence, sure), *beside)

    def _follow(self, gray: Gray, motion: Motion | None) -> _Found:
        """The line where the last one must be now, or else the best one anywhere."""
        last = self._last
        if last.kind == "none":
            return _NOWHERE if self._age < _RETRY else self._search(gray, _NOWHERE)
        guess = carried(last.line, motion, gray.shape[1])
        if last.kind == "straight":
            found = _straight(edges := self._beside(gray, guess), np.array([guess]), _NEAR_REACHES)
            patience = _AFRESH if found.confidence >= _TRUSTED else _RETRY
            if edges.top == 0 and found.kind != "none":
                self._above, self._above_age = edges.above(found.line), 0
        else:
            edges = find_edges(gray, bottom=_extent(guess, gray.shape[1])[1], least=self._least)
            found, patience = self._ragged(edges, guess, motion), _RETRY
        if found.kind == "none" or self._age >= patience:
            return self._search(gray, found)
        return found

    def _beside(self, gray: Gray, guess: Line) -> Edges:
        """Edges beside a known line; now and then with all that lies above it."""
        rows = _extent(guess, gray.shape[1])
        self._above_age += 1
        if self._above is None or self._above_age >= _SKY_EVERY:
            return find_edges(gray, bottom=rows[1], least=self._least)
        return find_band(gray, rows, above=self._above, least=self._least)

    def _search(self, gray: Gray, known: _Found) -> _Found:
        """The best straight line in the whole picture, or else a skyline's foot."""
        self._age, self._above = 0, None
        edges = find_edges(gray)
        self._least = edges.least
        lines = shortlist(edges, candidates(edges), reach=_WIDE_REACH, most=_SHORTLIST)
        found = _straight(edges, lines, _REACHES) if len(lines) else _NOWHERE
        if known.kind == "straight" and found.confidence <= _BETTER * known.confidence:
            return known
        if found.kind == "straight":
            return found
        found = _skyline(edges, None)
        if found.confidence <= _BETTER * known.confidence:
            return known
        self._held = 0
        return found

    def _ragged(self, edges: Edges, guess: Line, motion: Motion | None) -> _Found:
        """A skyline's foot near where it must be; carried by the motion where it is faint."""
        found = _skyline(edges, guess)
        if motion is None:
            return found
        if found.kind == "none":
            self._held += 1
            faded = self._last.confidence * _FADES
            if self._held > _HELD or not _is_inside(edges, guess) or faded < _LEAST_RAGGED:
                return _NOWHERE
            return self._last._replace(line=guess, confidence=faded)
        self._held = 0
        tilt, height = (
            old + _GAIN * (new - old) for old, new in zip(guess, found.line, strict=True)
        )
        return found._replace(line=(tilt, height))


def _straight(
    edges: Edges, lines: Float64[np.ndarray, "line 2"], reaches: tuple[float, ...]
) -> _Found:
    judged = judge(edges, lines, reaches)
    best = int(judged.confidence.argmax())
    if judged.confidence[best] < _LEAST_CONFIDENCE:
        return _NOWHERE
    tilt, height = judged.lines[best].tolist()
    return _Found("straight", float(judged.confidence[best]), (tilt, height), judged.carries[best])


def _skyline(edges: Edges, near: Line | None) -> _Found:
    """The horizon behind a skyline, if there is one."""
    ragged = find_skyline(edges, near)
    if ragged is None or ragged.confidence < _LEAST_RAGGED:
        return _NOWHERE
    if not _is_inside(edges, ragged.line):
        return _NOWHERE
    return _Found("ragged", ragged.confidence, ragged.line, ragged.carries)


def _is_inside(edges: Edges, line: Line) -> bool:
    return _RAGGED_BAND <= line[1] / edges.height <= 1 - _RAGGED_BAND


def _extent(line: Line, width: int) -> tuple[int, int]:
    """First and last row of what is looked at beside a line."""
    aside = abs(line[0]) * width / 2 + _MARGIN
    return math.floor(line[1] - aside), max(0, math.ceil(line[1] + aside))
