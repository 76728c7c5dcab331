"""Where one shot ends and the next begins: hard cuts and fades, flashes told apart.

A cut is a frame whose detail the frame before does not explain once the camera's motion is taken
out, whose points could not be followed, and whose change stands alone in time. A fast pan fails
the first test, a flash is undone when the light returns, a fade runs through black.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Bool, Float32
from landfast.vision.analysis.layout import CELLS
from landfast.vision.statistics.windows import running_quantile, runs

Column = Float32[np.ndarray, " frame"]
Layouts = Float32[np.ndarray, "frame 112"]

_CUT_SCORE = 0.45
_ALONE = 1.8
"""A cut's score is at least so many times the mean score of its neighbours."""
_NEARBY = 12
_OTHER_LAYOUT, _OTHER_DETAIL = 2.0, 6.0
"""Times the median of twelve frames on either side. Frames left out of real flights, as far as they
are found at all: 2.5 and 10; rendered rolling shutter: 1.6 and 5 at most."""
_COLOUR = CELLS * CELLS * 3
_FLASH_FRAMES = 4
_FLASH_JUMP = 0.3
_FLASH_LUMA = 18.0
_FLASH_SCORE = 0.5
_BLACK_P99 = 24.0
_BLACK_MEAN = 10.0
_FADE_STEP = 0.02


@dataclass(frozen=True, slots=True)
class Breaks:
    """Columns of the table that tell shots apart."""

    cut_score: Column
    is_cut: Bool[np.ndarray, " frame"]
    fade: Column
    flash_score: Column


def find_breaks(
    *,
    decorrelation: Column,
    inliers: Column,
    luma_mean: Column,
    luma_p99: Column,
    layout: Layouts,
) -> Breaks:
    """Cuts, fades and flashes from the columns of the table.

    Args:
        inliers: Share of points that follow the motion *into* each frame; NaN where none was
            measured.
    """
    score = cut_score(decorrelation, inliers, layout)
    flash = flash_score(score, luma_mean, layout)
    fade, middles = fades(luma_mean, luma_p99)
    is_cut = _isolated(np.where((flash > _FLASH_SCORE) | _near(fade > 0), 0, score))
    is_cut &= _unusual(score, decorrelation, layout)
    is_cut[np.array(middles, np.int64)] = True
    is_cut[:1] = False
    return Breaks(score, is_cut, fade, flash)


def cut_score(decorrelation: Column, inliers: Column, layout: Layouts) -> Column:
    """Unexplained detail times lost points; where there is no detail, the jump in colour."""
    lost = np.where(np.isnan(inliers), 1, 1 - inliers)
    score = np.nan_to_num(decorrelation) * lost
    jump = np.zeros_like(score)
    colour = layout[:, :_COLOUR]
    jump[1:] = np.linalg.norm(colour[1:] - colour[:-1], axis=1) / (CELLS * np.sqrt(3))
    plain = np.isnan(inliers) & (decorrelation < 0.3)
    blank = np.where(plain, np.clip(4 * jump, 0, 1), 0)
    return np.asarray(np.maximum(score, blank), dtype=np.float32)


def _isolated(score: Column) -> Bool[np.ndarray, " frame"]:
    """Scores that are high and stand out of those of the two frames on either side.

    The first frame has none: where a clip begins and ends, the frames that there are speak.
    """
    beside = np.array([1, 1, 0, 1, 1], np.float64)
    there = (np.arange(len(score)) > 0).astype(np.float64)
    total = np.convolve(score * there, beside)[2:-2]
    around = total / np.maximum(np.convolve(there, beside)[2:-2], 1)
    return np.asarray((score >= _CUT_SCORE) & (score >= _ALONE * around))


def _unusual(score: Column, decorrelation: Column, layout: Layouts) -> Bool[np.ndarray, " frame"]:
    """Frames at which the layout, or else the detail, changes far more than it does nearby.

    Where rolling shutter bends a picture, no one motion explains it and detail is lost now in one
    frame, now in another; but its layout goes on as it did.
    """
    step = np.zeros(len(layout))
    step[1:] = np.linalg.norm(layout[1:] - layout[:-1], axis=1)
    moved = step >= _OTHER_LAYOUT * running_quantile(step, _NEARBY, 0.5)
    usual = running_quantile(np.nan_to_num(decorrelation), _NEARBY, 0.5)
    return np.asarray(moved | (score >= _OTHER_DETAIL * usual))


def _near(flags: Bool[np.ndarray, " frame"]) -> Bool[np.ndarray, " frame"]:
    near = flags.copy()
    near[1:] |= flags[:-1]
    return np.asarray(near)


def flash_score(score: Column, luma_mean: Column, layout: Layouts) -> Column:
    """How far up to four frames differ from both sides, which are alike.

    Both edges must be abrupt. The score stands in the flashed frames and the one after, where
    the light returns.
    """
    step = np.abs(np.diff(luma_mean, prepend=luma_mean[:1]))
    abrupt = (score > _FLASH_JUMP) | (step > _FLASH_LUMA)
    flash = np.zeros(len(score), np.float32)
    for start in np.flatnonzero(abrupt).tolist():
        for stop in range(start + 1, min(start + 1 + _FLASH_FRAMES, len(score))):
            if start > 0 and abrupt[stop]:
                value = _returns(layout, start, stop)
                flash[start : stop + 1] = np.maximum(flash[start : stop + 1], value)
    return flash


def _returns(layout: Layouts, start: int, stop: int) -> float:
    """1 where the frames before and after a stretch are alike and the stretch is not; down to 0."""
    before = layout[start - 1]
    away = float(np.linalg.norm(layout[start:stop] - before, axis=1).min())
    across = float(np.linalg.norm(layout[stop] - before))
    return min(max((away - 2 * across) / (away + 0.1), 0.0), 1.0)


def fades(luma_mean: Column, luma_p99: Column) -> tuple[Column, list[int]]:
    """How far each frame has gone to black, and where shots meet in the middle of black.

    Black at the start or end of the clip is a fade in or out, and parts no shots.
    """
    black = (luma_p99 <= _BLACK_P99) & (luma_mean <= _BLACK_MEAN)
    fade = np.zeros(len(luma_mean), np.float32)
    middles: list[int] = []
    if black.all():
        return fade, middles
    for start, stop in runs(black):
        fade[start:stop] = 1
        _ramp(fade, luma_mean, start, -1)
        _ramp(fade, luma_mean, stop - 1, 1)
        if start > 0 and stop < len(black):
            middles.append((start + stop + 1) // 2)
    return fade, middles


def _ramp(fade: Column, luma_mean: Column, edge: int, way: int) -> None:
    """Mark the frames beside black through which the light sinks or rises, in place."""
    at = edge
    while (
        0 <= at + way < len(luma_mean)
        and luma_mean[at + way] > luma_mean[at] * (1 + _FADE_STEP) + 0.5
    ):
        at += way
    whole = float(luma_mean[at])
    ramp = np.arange(edge + way, at, way)
    if len(ramp) and whole > 0:
        fade[ramp] = np.maximum(fade[ramp], 1 - luma_mean[ramp] / whole)
