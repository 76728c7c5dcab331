"""Steady: no flicker of brightness or colour, in the whole picture or in a part of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.findings import Checked, measured, seconds, shares, unmeasured
from landfast.verify.gains import TILES, gains, tile_gains
from landfast.verify.study import Stretch, Study

LIMIT_PERCENT: Final = 0.8
"""Flicker of 1 % standard deviation is just visible on a large bright area (contrast sensitivity
near 10 Hz); real clips measured 0.05 to 0.3 %, so there is room on both sides."""
TILE_LIMIT_PERCENT: Final = 2.0
"""For a twelfth of the picture: moving leaves and glitter move its median."""
_OVER_FOOTAGE: Final = 2.0
"""Real footage that flickers itself (mains light, auto exposure) sets the limit to its double."""
_RUN: Final = 5
"""Second differences that are looked at together: a fifth of a second."""


def check_steady(study: Study) -> Checked:
    """Second difference of the log gain: an honest ramp of exposure leaves nothing in it."""
    found = _series(study.take)
    if not np.isfinite(found).any():
        return Checked((unmeasured("steady", "%", _UNSEEN),))
    floor = _worst([_series(side) for side in study.real])
    limit = max(LIMIT_PERCENT, _OVER_FOOTAGE * floor)
    tiles, tile_limit = _tile_series(study.take), _tile_limit(study)
    whole = float(np.nanmax(found))
    ratio = np.where(np.isfinite(tiles), tiles, 0.0) / tile_limit
    part = float(ratio.max(initial=0.0))
    excess = max(whole / limit, part)
    finding = (
        _whole(study, found, limit) if whole / limit >= part else _part(study, tiles, tile_limit)
    )
    series = np.fmax(found / limit, ratio.reshape(len(ratio), -1).max(axis=1, initial=0.0))
    return Checked((finding,), (excess,), frames=_per_frame(series, study.frames))


_UNSEEN: Final = "No spot of the scene could be followed from frame to frame to compare its light"


def flicker(log_gain: np.ndarray) -> np.ndarray:
    """Standard deviation in percent of white gain noise that would give these second differences,
    over runs of five; one value a frame but the first and last, NaN where unmeasured."""
    second = np.diff(log_gain, axis=0)
    if not len(second):
        return second
    power = np.where(np.isfinite(second), second**2, 0.0)
    count = np.isfinite(second).astype(float)
    run = min(_RUN, len(second))
    total, seen = (_moving_sum(series, run) for series in (power, count))
    # A difference of second order of white noise has six times its variance.
    sigma = 100 * np.sqrt(total / np.maximum(seen, 1) / 6)
    return np.where(seen >= (run + 1) // 2, sigma, np.nan)


def _moving_sum(series: np.ndarray, run: int) -> np.ndarray:
    """Sum over a centred run, same length; at the ends over the run that fits."""
    start = np.clip(np.arange(len(series)) - run // 2, 0, len(series) - run)
    total = np.cumsum(np.concatenate([np.zeros_like(series[:1]), series]), axis=0)
    moving: np.ndarray = total[start + run] - total[start]
    return moving


def _series(stretch: Stretch) -> np.ndarray:
    """Flicker per inner frame: the worse of brightness and colour balance."""
    log_gain = gains(stretch)
    light = log_gain.mean(axis=1)
    balance = np.stack([log_gain[:, 0] - log_gain[:, 1], log_gain[:, 2] - log_gain[:, 1]], axis=1)
    tint = flicker(balance)
    return np.fmax(flicker(light), tint.max(axis=1) if tint.size else flicker(light))


def _tile_series(stretch: Stretch) -> np.ndarray:
    return flicker(tile_gains(stretch))


def _worst(series: list[np.ndarray]) -> float:
    known = np.concatenate([s[np.isfinite(s)].ravel() for s in series]) if series else np.empty(0)
    return float(known.max()) if len(known) else 0.0


def _tile_limit(study: Study) -> np.ndarray:
    """Limit per tile; restless tiles of the footage are given their due."""
    limit = np.full(TILES, TILE_LIMIT_PERCENT)
    for side in study.real:
        series = _tile_series(side)
        if len(series):
            worst = np.where(np.isfinite(series), series, 0.0).max(axis=0)
            limit = np.maximum(limit, _OVER_FOOTAGE * worst)
    if not study.real:
        own = _tile_series(study.take)
        if len(own):
            quiet = np.median(np.where(np.isfinite(own), own, 0.0), axis=0)
            limit = np.maximum(limit, 3 * quiet)
    return limit


def _whole(study: Study, series: np.ndarray, limit: float) -> Finding:
    value = float(np.nanmax(series))
    return measured(
        "steady",
        value,
        limit,
        "%",
        good=f"Brightness and colour balance are steady to {value:.2f} %",
        bad=f"The whole picture flickers by {value:.1f} %, steady footage by at most {limit:.1f} %",
        span=_span(study, series > limit),
    )


def _part(study: Study, tiles: np.ndarray, limit: np.ndarray) -> Finding:
    ratio = np.where(np.isfinite(tiles), tiles, 0.0) / limit
    frame, row, column = np.unravel_index(int(ratio.argmax()), ratio.shape)
    value, most = float(tiles[frame, row, column]), float(limit[row, column])
    rows, columns = TILES
    return measured(
        "steady",
        value,
        most,
        "%",
        good=f"No part of the picture flickers by more than {value:.2f} %",
        bad=f"A part of the picture flickers by {value:.1f} %, allowed there is {most:.1f} %",
        span=_span(study, ratio[:, row, column] > 1),
        region=shares(column / columns, row / rows, 1 / columns, 1 / rows),
    )


def _span(study: Study, over: np.ndarray) -> tuple[float, float] | None:
    hits = np.flatnonzero(over)
    return seconds(int(hits[0]), int(hits[-1]) + 3, study.fps) if len(hits) else None


def _per_frame(series: np.ndarray, frames: int) -> np.ndarray:
    out = np.zeros(frames, np.float32)
    out[1 : 1 + len(series)] = np.where(np.isfinite(series), series, 0.0)
    return out
