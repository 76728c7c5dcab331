"""Horizon: where one is in sight it runs evenly from its place at one anchor to the other's."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.verify.findings import Checked, measured, seconds, unmeasured
from landfast.verify.reel import Reel
from landfast.verify.study import Stretch, Study
from landfast.vision.horizon import HorizonFinder

LIMIT_DEG: Final = 0.8
"""Departure of the tilt from the line between both ends. Viewers see a horizon that is off level
by about a degree; drones with a gimbal hold it to a tenth."""
_OVER_FOOTAGE: Final = 2.5
_CONFIDENT: Final = 0.3
_SHARE: Final = 0.6
"""Share of the frames, both ends among them, that have to show it."""
_LEAST: Final = 8


def check_horizon(study: Study) -> Checked:
    """Tilt of the horizon in every frame against the straight line between the ends'."""
    tilt = tilts(study.take.reel)
    away = departure(tilt)
    if away is None:
        return Checked((unmeasured("horizon", "degrees", _UNSEEN),))
    limit = _limit(study)
    size = np.abs(np.nan_to_num(away))
    value = float(np.sort(size)[-2])
    over = np.flatnonzero(size > limit)
    span = seconds(int(over[0]), int(over[-1]) + 1, study.fps) if len(over) else None
    finding = measured(
        "horizon",
        value,
        limit,
        "degrees",
        good=f"The horizon stays within {value:.2f} degrees of its course between the anchors",
        bad=f"The horizon tilts by {value:.1f} degrees off its course between the anchors",
        span=span,
    )
    return Checked((finding,), (value / limit,), frames=(size / limit).astype(np.float32))


_UNSEEN: Final = "No horizon is in sight from one end of the take to the other"


def tilts(reel: Reel) -> np.ndarray:
    """Tilt of the horizon in degrees, one a frame; NaN where it is not surely seen."""
    finder = HorizonFinder(aspect=1.0)
    lines = [finder.see(grey) for grey in reel.small]
    return np.array([x.angle_deg if x.confidence >= _CONFIDENT else np.nan for x in lines])


def departure(tilt: np.ndarray) -> np.ndarray | None:
    """Degrees off the line between the ends, after a median of three frames; None where too few
    frames show a horizon. The ends are the medians of the first and the last three."""
    known = np.isfinite(tilt)
    first, last = tilt[:3][known[:3]], tilt[-3:][known[-3:]]
    if len(tilt) < _LEAST or known.mean() < _SHARE or not len(first) or not len(last):
        return None
    line = np.linspace(float(np.median(first)), float(np.median(last)), len(tilt))
    away = tilt - line
    padded = np.pad(np.nan_to_num(away), 1, mode="edge")
    middle: np.ndarray = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    return np.where(known, middle, np.nan)


def _limit(study: Study) -> float:
    """What the footage's own horizon does over as long a time sets the least."""
    worst = [_own(side) for side in study.real]
    return max(LIMIT_DEG, _OVER_FOOTAGE * max(worst, default=0.0))


def _own(side: Stretch) -> float:
    away = departure(tilts(side.reel))
    return 0.0 if away is None else float(np.nanmax(np.abs(away)))
