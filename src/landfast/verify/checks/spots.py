"""From maps of a measure over time to the spot that is worst, against what is normal there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.verify.findings import Box, seconds, shares
from landfast.verify.measure.links import sample
from landfast.verify.measure.study import Stretch, Study

Maps = Sequence[tuple[int, np.ndarray]]
"""Frame and map, in order of time."""
Measure = Callable[[Stretch], Maps]

_REACH: Final = 7
"""Cells along the side of the patch whose worst is normal for its middle."""
_UNSEEN: Final = -1.0
"""Stands for unknown: below all that is known."""
_BELONGS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Spots:
    """Value over limit per cell of several frames, zero where nothing is claimed."""

    at: tuple[int, ...]
    ratio: tuple[np.ndarray, ...]

    @property
    def fail(self) -> bool:
        """Whether anything is over its limit."""
        return any(field.max() > 1 for field in self.ratio)

    @property
    def worst(self) -> tuple[int, int, int]:
        """Number of the map, row and column of the greatest ratio."""
        number = int(np.argmax([one.max() for one in self.ratio]))
        row, column = np.unravel_index(int(self.ratio[number].argmax()), self.ratio[number].shape)
        return number, int(row), int(column)


def normal(study: Study, measure: Measure) -> Callable[[int], np.ndarray]:
    """What a measure reaches in the footage at the cells of any frame of the take; NaN where the
    footage does not show the spot. It is fetched along smoothed ways: what moves by itself cannot
    be followed from frame to frame, and has to be excused most."""
    first = _side(study.before, measure, last=True)
    last = _side(study.after, measure, last=False)

    def at(t: int) -> np.ndarray:
        rows, columns = study.take.tones[0].shape[:2]
        out = np.full((rows, columns), np.nan, np.float32)
        for field, end in ((first, 0), (last, study.frames - 1)):
            if field is not None:
                places = study.take.ways.course(t, end)
                out = np.fmax(out, np.where(places.known, sample(field, places.at), np.nan))
        return out

    return at


def _side(stretch: Stretch | None, measure: Measure, *, last: bool) -> np.ndarray | None:
    """Worst of every cell of the anchor over the real frames beside it; NaN where none tells."""
    maps = () if stretch is None else measure(stretch)
    if stretch is None or not maps:
        return None
    anchor = len(stretch.reel) - 1 if last else 0
    worst = None
    for at, one in maps:
        field = np.nan_to_num(one, nan=_UNSEEN).astype(np.float32)
        wide = cv2.dilate(field, np.ones((_REACH, _REACH), np.uint8))
        here = sample(wide, stretch.ways.course(anchor, at).at)
        worst = here if worst is None else np.maximum(worst, here)
    return None if worst is None else np.where(worst < 0, np.float32(np.nan), worst)


def span_of(study: Study, spots: Spots) -> tuple[float, float] | None:
    """Time from the first frame over the limit to the last."""
    hits = [t for t, r in zip(spots.at, spots.ratio, strict=True) if r.max() > 1]
    if not hits:
        return None
    half = (spots.at[1] - spots.at[0]) // 2 if len(spots.at) > 1 else 0
    return seconds(max(0, hits[0] - half), min(study.frames, hits[-1] + half + 1), study.fps)


def region_of(spots: Spots) -> Box:
    """Box of the connected patch around the worst cell; half of its evidence belongs to it."""
    number, row, column = spots.worst
    field = spots.ratio[number]
    mask = (field >= _BELONGS * float(field[row, column])).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, across, down, _ = stats[labels[row, column]]
    rows, columns = field.shape
    return shares(left / columns, top / rows, across / columns, down / rows)


def spread(spots: Spots, frames: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Every frame takes the nearest map: its greatest ratio, and the map."""
    at = np.array(spots.at)
    nearest = [int(np.argmin(np.abs(at - t))) for t in range(frames)]
    tops = np.array([r.max() for r in spots.ratio], np.float32)
    return tops[nearest], tuple(spots.ratio[n] for n in nearest)
