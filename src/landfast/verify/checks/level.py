"""A horizon that is known in one frame, followed through others.

Finding a horizon in a single frame needs a firm edge; compression, blur or noise take it away
though the eye still follows the line. Where both anchors show one, only its tilt and height are
sought: slopes across the picture are summed along lines about the foreseen one, every column
weighted and signed as the anchor shows it there (a Hough transform, Duda and Hart, 1972, with a
template).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np

from landfast.vision.horizon.finder import HorizonFinder

_COLUMNS: Final = 64
_SLOPE: Final = np.array([[-0.0545, -0.2442, -0.3481, 0.0, 0.3481, 0.2442, 0.0545]]).T / 2
"""Gaussian of one pixel, then the central difference."""
_SOFT: Final = 1.0
"""Slope in grey levels a pixel at which a column counts half."""
_ROW: Final = 0.5
"""Pixels from one sampled row to the next."""
_NEAR: Final = (1.5, 0.035)
"""Degrees of tilt and share of the height about the foreseen line that are searched."""
_WIDE: Final = (6.0, 0.10)
"""The same where the line is not found there."""
_STEP_DEG: Final = 0.5
_FINE_DEG: Final = 0.1
FOUND: Final = 0.5
"""Share of the anchors' own support from which the line counts as seen."""
_CONFIDENT: Final = 0.3
_PULL: Final = (0.06, 1.5)
"""Support that a degree, and the picture's height, away from the guess has to bring: compression
takes a horizon's contrast, and an edge of the haze beside it stands out as well as it does."""
_PEAK: Final = 8
"""Rows about the place so chosen in which the line is then measured, as it stands."""


class Line(NamedTuple):
    """Tilt in degrees, positive where the right end is lower; height at the centre column, share
    of the picture's height from the top."""

    tilt: float
    height: float

    def plus(self, tilt: float, height: float) -> Line:
        """The line turned and moved."""
        return Line(self.tilt + tilt, self.height + height)


@dataclass(frozen=True, slots=True)
class Seen:
    """A followed line and the support it has, as a share of the anchors' own."""

    line: Line
    support: float


@dataclass(frozen=True, slots=True)
class Template:
    """What a horizon looks like: the slope across it, column by column; NaN beyond what the
    picture that it was taken from shows."""

    slope: np.ndarray

    def weights(self) -> np.ndarray:
        """Signed weight of every column."""
        slope = np.nan_to_num(self.slope)
        return np.asarray(slope / (np.abs(slope) + _SOFT))

    def slid(self, share: float) -> Template:
        """The same where the scene has moved by a share of the width, positive to the right."""
        columns = np.arange(_COLUMNS)
        from_column = columns - share * _COLUMNS
        return Template(np.interp(from_column, columns, self.slope, left=np.nan, right=np.nan))

    def mixed(self, other: Template, share: float) -> Template:
        """Between this one and another; where one knows nothing, the other alone."""
        parts = np.stack([self.slope, other.slope])
        weights = np.array([[1 - share], [share]]) * np.isfinite(parts)
        total = weights.sum(axis=0)
        mean = (weights * np.nan_to_num(parts)).sum(axis=0) / np.where(total > 0, total, 1)
        return Template(np.where(np.isfinite(parts).any(axis=0), mean, np.nan))


@dataclass(frozen=True, slots=True)
class Slopes:
    """A picture for following a line in."""

    down: np.ndarray
    """Slopes down the picture of broad columns, grey levels a pixel; rows x columns."""
    width: int
    """Of the picture, pixels."""

    @property
    def height(self) -> int:
        """Of the picture, pixels."""
        return len(self.down)


def likely(*sizes: np.ndarray) -> list[tuple[Line, float]]:
    """Horizons that one picture may show, and how sure each is: one from every size it is given
    in, as a faint line is clearer in one of them and another may win in the next."""
    found = [HorizonFinder(aspect=1.0).see(grey) for grey in sizes]
    return [
        (Line(one.angle_deg, one.height), one.confidence)
        for one in found
        if one.confidence >= _CONFIDENT
    ]


def seek(grey: np.ndarray, near: Line, look: Template) -> Line | None:
    """The line that a template shows in another picture, from where it stood; None if unseen."""
    seen = _nearby(slopes_of(grey), near, look)
    return seen.line if seen.support >= FOUND else None


def course(first: Line, last: Line, share: float) -> Line:
    """Where a line stands on its even way from one place to another."""
    tilt, height = (a * (1 - share) + b * share for a, b in zip(first, last, strict=True))
    return Line(tilt, height)


def lean(seen: Sequence[Seen], foreseen: Sequence[Line]) -> np.ndarray:
    """Degrees and shares of the height off the foreseen line, and support, frames x 3; NaN, NaN
    and the support where the line is not seen."""
    out = np.full((len(seen), 3), np.nan)
    for row, one, line in zip(out, seen, foreseen, strict=True):
        row[2] = one.support
        if one.support >= FOUND:
            row[:2] = one.line.tilt - line.tilt, one.line.height - line.height
    return out


def template(grey: np.ndarray, line: Line) -> Template:
    """Slope across a known line."""
    slope = _rows(slopes_of(grey), line, np.zeros(1, np.float32))[0]
    return Template(cv2.blur(slope[None], (5, 1))[0])


def follow(
    frames: Sequence[Slopes], foreseen: Sequence[Line], templates: Sequence[Template]
) -> list[Seen]:
    """Follow a line frame by frame from the first, which shows it where it is foreseen.

    Args:
        frames: Slopes of pictures of one size.
        foreseen: Where the line is without any departure; a departure is carried to the next.
        templates: What it looks like in each.
    """
    out: list[Seen] = []
    away = (0.0, 0.0)
    for slopes, line, look in zip(frames, foreseen, templates, strict=True):
        seen = _nearby(slopes, line.plus(*away), look)
        if seen.support >= FOUND:
            away = seen.line.tilt - line.tilt, seen.line.height - line.height
        out.append(seen)
    return out


def _nearby(slopes: Slopes, guess: Line, look: Template) -> Seen:
    """The best line near the guess; farther away only where none is there."""
    seen = _search(slopes, guess, look, _NEAR)
    if seen.support >= FOUND:
        return seen
    wide = _search(slopes, guess, look, _WIDE)
    return wide if wide.support >= FOUND else seen


def slopes_of(grey: np.ndarray) -> Slopes:
    """What a line is looked for in, the same whichever way frames are followed."""
    size = (_COLUMNS, grey.shape[0])
    narrow = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return Slopes(np.asarray(cv2.filter2D(narrow, cv2.CV_32F, _SLOPE)), grey.shape[1])


def _across(width: int) -> np.ndarray:
    """Centres of the broad columns from the picture's centre, pixels."""
    return (np.arange(_COLUMNS) + 0.5) * width / _COLUMNS - width / 2


def _rows(slopes: Slopes, line: Line, offsets: np.ndarray) -> np.ndarray:
    """Slopes along lines parallel to a line, offsets x columns."""
    turned = math.tan(math.radians(line.tilt)) * _across(slopes.width)
    along = turned + line.height * slopes.height - 0.5
    y = (offsets[:, None] + along).astype(np.float32)
    x = np.broadcast_to(np.arange(_COLUMNS, dtype=np.float32), y.shape)
    there = cv2.remap(slopes.down, np.ascontiguousarray(x), y, cv2.INTER_LINEAR)
    return np.asarray(there)


def _search(slopes: Slopes, guess: Line, look: Template, reach: tuple[float, float]) -> Seen:
    """Tilt and height of greatest support within reach of a guess."""
    turn = math.tan(math.radians(reach[0])) * slopes.width / 2
    most = math.ceil((reach[1] * slopes.height + turn) / _ROW)
    offsets = (np.arange(-most, most + 1) * _ROW).astype(np.float32)
    strip = _rows(slopes, guess, offsets)
    votes = strip / (np.abs(strip) + np.float32(_SOFT)) * look.weights().astype(np.float32)
    inner = round(reach[1] * slopes.height / _ROW)
    turns = np.arange(-reach[0], reach[0] + 1e-9, _STEP_DEG)
    own = max(float((look.weights() ** 2).sum()), 1e-6)
    heights = np.arange(-inner, inner + 1)
    tally = _tally(votes, turns, inner, slopes.width) / own
    tally -= _PULL[0] * np.abs(turns)[:, None] + _PULL[1] * np.abs(heights) * _ROW / slopes.height
    row, place = (int(n) for n in np.argwhere(tally == tally.max())[0])
    turns = np.clip(turns[row] + np.arange(-6, 7) * _FINE_DEG, -reach[0], reach[0])
    tally = _tally(votes, turns, inner, slopes.width) / own
    there = np.where(np.abs(heights + inner - place) <= _PEAK, tally, -np.inf)
    row, column = (int(n) for n in np.argwhere(there == there.max())[0])
    tilt = float(turns[row]) + _FINE_DEG * _peak(tally[:, column], row)
    height = (column - inner + _peak(tally[row], column)) * _ROW / slopes.height
    return Seen(guess.plus(tilt, height), float(tally[row, column]))


def _tally(votes: np.ndarray, turns: np.ndarray, inner: int, width: int) -> np.ndarray:
    """Sum of the votes along every line, turns x heights."""
    centre = len(votes) // 2
    shift = np.rint(np.tan(np.radians(turns))[:, None] * _across(width) / _ROW).astype(np.int64)
    rows = centre + np.arange(-inner, inner + 1)[None, :, None] + shift[:, None, :]
    rows = np.clip(rows, 0, len(votes) - 1)
    at = rows * _COLUMNS + np.arange(_COLUMNS)
    return np.asarray(votes.ravel().take(at).sum(axis=2))


def _peak(values: np.ndarray, at: int) -> float:
    """Where a parabola through a maximum and its neighbours has its top."""
    if at in (0, len(values) - 1):
        return 0.0
    left, middle, right = (float(v) for v in values[at - 1 : at + 2])
    bend = left - 2 * middle + right
    return 0.0 if bend >= -1e-9 else min(max(0.5 * (left - right) / bend, -0.5), 0.5)
