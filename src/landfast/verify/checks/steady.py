"""Steady: no flicker of brightness or colour, in the whole picture or in a part of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.checks.coding import lit, rounding_percent
from landfast.verify.checks.gains import TILES, gains, levels, tile_gains, tile_levels
from landfast.verify.findings import Checked, measured, seconds, shares, unmeasured
from landfast.verify.measure.study import Stretch, Study
from landfast.vision.statistics.medians import known_medians

LIMIT_PERCENT: Final = (0.5, 1.0, 1.0)
"""Of brightness, of red and of blue against green. At 10 Hz the eye sees half a percent of a large
bright area change and is blinder to changes of hue (de Lange, 1958; Kelly, 1974). True frames of
real clips measured 0.00 to 0.16 %, with frames repeated for another rate up to 0.28."""
TILE_LIMIT_PERCENT: Final = 2.0
"""For a twelfth of the picture: moving leaves and glitter move its median."""
_ROUNDING_LEFT: Final = 0.2
"""Of the rounding of brightness when what its colour tells of it is taken out."""
_OVER_FOOTAGE: Final = 2.0
"""Real footage that flickers itself (mains light, auto exposure) sets the limit to its double."""
_OVER_OWN: Final = 3.0
_MOST_OWN_PERCENT: Final = 3.0
"""Without footage a twelfth may do three times what it mostly does, but no fault may excuse itself:
tiles of the tuned clips, leaves and surf among them, stay below 1 %."""
_BLIND_PERCENT: Final = 2.0
"""A fault of twice what is just visible has to be found; where the limit for brightness lies above,
steadiness cannot be told. A take that keeps to the limit of steady footage is steady even so."""
_RUN: Final = Fraction(1, 4)
"""Seconds of links that are looked at together."""
_LEAST_RUN: Final = 5
_UNBIASED: Final = ((5, 6, 7, 8, 10, 12), (1.10, 0.97, 0.94, 0.89, 0.83, 0.82))
"""A link's gain has twice the variance of a frame's, a line is taken out and the strongest of a run
dropped: by the links of a run, the factor that gives back the deviation of simulated white gain
noise."""


def check_steady(study: Study) -> Checked:
    """What is left of the log gains after slow changes and single steps of exposure."""
    found = _series(study.take)
    if not np.isfinite(found).any():
        return Checked((unmeasured("steady", "%", _UNSEEN),))
    allowed, in_tiles = _allowed(study), _allowed_in_tiles(study)
    tiles = _tile_series(study.take)
    whole, parts = allowed.ratio(found), in_tiles.ratio(tiles)
    worst, part = float(whole.max()), float(parts.max(initial=0.0))
    excess = max(worst, part)
    blind = _blind(found, allowed) if excess <= 1 else None
    if blind is not None:
        return Checked((unmeasured("steady", "%", blind),))
    if worst >= part:
        finding = _whole(study, found, whole, allowed.limit)
    else:
        finding = _part(study, tiles, parts, in_tiles.limit)
    series = np.maximum(whole.max(axis=1), parts.reshape(len(parts), -1).max(axis=1, initial=0.0))
    return Checked((finding,), (excess,), frames=_per_frame(series, study.frames))


class _Allowed(NamedTuple):
    """Flicker that is no fault, percent."""

    base: np.ndarray
    rounding: np.ndarray
    """What an encoder's rounding makes by itself: a fault comes on top of it."""

    @property
    def limit(self) -> np.ndarray:
        return np.asarray(np.hypot(self.base, self.rounding))

    def ratio(self, found: np.ndarray) -> np.ndarray:
        """What is left without rounding over the base, so that what rounding explains is no
        evidence; 0 where unmeasured."""
        left = np.nan_to_num(found) ** 2 - self.rounding**2
        return np.asarray(np.sqrt(np.maximum(left, 0.0)) / self.base)


_TOO_DARK: Final = (
    "The picture is so dark that rounding in an encoder flickers as much as a fault that is seen"
)
_RESTLESS: Final = (
    "The footage beside the gap flickers or flashes itself, by more than a fault that is seen"
)
_UNSEEN: Final = "No spot of the scene could be followed from frame to frame to compare its light"


def _blind(found: np.ndarray, allowed: _Allowed) -> str | None:
    """Why flicker that is allowed may be a fault all the same; None where it is none."""
    steady = _Allowed(np.array(LIMIT_PERCENT), allowed.rounding)
    if steady.limit[0] > _BLIND_PERCENT:
        return _TOO_DARK
    is_excused = allowed.limit[0] > _BLIND_PERCENT and steady.ratio(found).max() > 1
    return _RESTLESS if is_excused else None


def flicker(log_gain: np.ndarray, fps: Fraction) -> np.ndarray:
    """Standard deviation in percent of the white gain noise behind these log gains.

    Over a quarter of a second, after their line is taken out (exposure that settles, faster and
    slower) and the strongest link is dropped (one step of exposure, a switch of lens): what
    remains repeats. One value a link, NaN where unmeasured.
    """
    run = min(max(_LEAST_RUN, int(_RUN * fps)), len(log_gain))
    if run < 4:
        return np.full(log_gain.shape, np.nan)
    return np.stack(
        [_deviation(log_gain[_around(k, run, len(log_gain))]) for k in range(len(log_gain))]
    )


def _around(k: int, run: int, count: int) -> slice:
    """The run centred on k; at the ends the run that fits."""
    start = min(max(k - run // 2, 0), count - run)
    return slice(start, start + run)


def _deviation(part: np.ndarray) -> np.ndarray:
    """Deviation in percent along the first axis from its line, whose slope is the median of all
    pairs (Theil and Sen); NaN where under four links are measured."""
    count = np.isfinite(part).sum(axis=0)
    early, late = np.triu_indices(len(part), 1)
    apart = (late - early).reshape(-1, *(1,) * (part.ndim - 1))
    steps = np.arange(len(part)).reshape(-1, *(1,) * (part.ndim - 1))
    flat = part - known_medians((part[late] - part[early]) / apart) * steps
    away = np.nan_to_num(flat - known_medians(flat)) ** 2
    factor = np.interp(len(part), *_UNBIASED)
    rest = (away.sum(axis=0) - away.max(axis=0)) / np.maximum(count - 1, 1)
    return np.asarray(np.where(count >= 4, 100 * factor * np.sqrt(rest), np.nan))


def _series(stretch: Stretch) -> np.ndarray:
    """Flicker per inner frame: of brightness, of red and of blue against green; frames x 3."""
    log_gain = gains(stretch)
    red, green, blue = log_gain.T
    every = np.stack([lit(log_gain, levels(stretch)), red - green, blue - green], axis=1)
    return flicker(every, stretch.reel.fps)


def _allowed(study: Study) -> _Allowed:
    """What is allowed of each of the three."""
    floor = _worst([_series(side) for side in study.real])
    base = np.maximum(LIMIT_PERCENT, _OVER_FOOTAGE * floor)
    bright, red, blue = rounding_percent(levels(study.take))
    return _Allowed(np.asarray(base), np.array((_ROUNDING_LEFT * bright, red, blue)))


def _tile_series(stretch: Stretch) -> np.ndarray:
    return flicker(lit(tile_gains(stretch), tile_levels(stretch)), stretch.reel.fps)


def _worst(series: list[np.ndarray]) -> float:
    known = np.concatenate([s[np.isfinite(s)].ravel() for s in series]) if series else np.empty(0)
    return float(known.max()) if len(known) else 0.0


def _allowed_in_tiles(study: Study) -> _Allowed:
    """The same per tile; restless tiles of the footage are given their due."""
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
            limit = np.maximum(limit, np.minimum(_OVER_OWN * quiet, _MOST_OWN_PERCENT))
    rounding = rounding_percent(tile_levels(study.take))[..., 0]
    return _Allowed(limit, _ROUNDING_LEFT * rounding)


def _whole(study: Study, series: np.ndarray, ratio: np.ndarray, limits: np.ndarray) -> Finding:
    kind = int(ratio.max(axis=0).argmax())
    value, limit = float(np.nanmax(series[:, kind])), float(limits[kind])
    return measured(
        "steady",
        value,
        limit,
        "%",
        good=f"Brightness and colour balance are steady to {value:.2f} %",
        bad=f"The whole picture flickers by {value:.1f} %, steady footage by at most {limit:.1f} %",
        span=_span(study, ratio.max(axis=1) > 1),
    )


def _part(study: Study, tiles: np.ndarray, ratio: np.ndarray, limit: np.ndarray) -> Finding:
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
    return seconds(int(hits[0]), int(hits[-1]) + 2, study.fps) if len(hits) else None


def _per_frame(series: np.ndarray, frames: int) -> np.ndarray:
    out = np.zeros(frames, np.float32)
    out[1 : 1 + len(series)] = np.where(np.isfinite(series), series, 0.0)
    return out
