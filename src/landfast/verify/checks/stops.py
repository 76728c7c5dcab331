"""Stops: the picture stands still though the camera should move."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.checks.cadence import Cadence, cadence
from landfast.verify.checks.coding import LAG, unsure_at_ends, unsure_px
from landfast.verify.checks.pace import Part, pixels, runs
from landfast.verify.findings import measured, seconds
from landfast.verify.measure.links import speeds
from landfast.verify.measure.study import Study
from landfast.vision.geometry.twoview import relate

FROZEN_LIMIT: Final = 1.5
"""Frames in a row that may repeat: one is a frame-rate conform, two are a stop."""
REPEATED_LIMIT: Final = 0.3
"""Share of all frames that may: 24 to 30 frames a second repeats one in five. Footage that repeats
frames itself (30 frames a second in a file of 60) may be continued so: 1.4 times its share, and as
many in a row. Without footage a take may that repeats them evenly all the way (cadence.py)."""
_OVER_CADENCE: Final = 1.4
_MOST_HELD: Final = 2
"""Repeats in a row of 24 frames a second shown at 60."""
_STILL: Final = 0.15
_EXPECTED_PX: Final = 0.4
"""A link is frozen if its speed falls below 15 % of what is normal around it, where normal is at
least 0.4 px a frame at 960 px wide, and ..."""
_BREAKS: Final = 0.4
_NEXT: Final = 3
"""Motion breaks off where the next link is as fast as that of the fastest of three."""
_SPARED: Final = 4.0
"""Most that a last frame's coding counts, times the first's: one never reached is no coding."""
_SAME: Final = 0.4
_ENCODED: Final = 0.05
"""... if it repeats even the noise: a camera that stops still has grain, and its difference stays
at the usual difference after motion. 0.05 grey levels for what an encoder adds."""
_FULL_OF_SMALL: Final = 2.0
"""Pixels at working size in one of the pictures that anchors are related on."""


def stops(study: Study) -> Part:
    """The longest stop, or the share of all frames that repeat the one before."""
    usual = _cadences(study)
    most = max([REPEATED_LIMIT, *(_OVER_CADENCE * one.share for one in usual)])
    in_a_row = max([1, *(one.held for one in usual)]) + FROZEN_LIMIT - 1
    found = halts(study)
    longest = max((stop - start for start, stop in found), default=0)
    where = max(found, key=lambda r: r[1] - r[0], default=(0, 0))
    share = sum(stop - start for start, stop in found) / len(study.take.links)
    series = np.zeros(study.frames, np.float32)
    for start, stop in found:
        series[start : stop + 1] = (stop - start) / in_a_row
    if share / most > longest / in_a_row:
        return _stutter(study, share, most), share / most, series
    finding = measured(
        "motion",
        float(longest),
        in_a_row,
        "frames",
        part="freeze",
        good="The picture never stops",
        bad=f"The picture stands still for {longest} frames while the camera should move",
        span=seconds(where[0], where[1] + 1, study.fps),
    )
    return finding, longest / in_a_row, series


def _cadences(study: Study) -> list[Cadence]:
    """How the footage repeats frames; without it, how the take does if it goes on all the way."""
    if study.real:
        return [cadence(side.links) for side in study.real]
    own = cadence(study.take.links)
    return [own] if own.even and own.held <= _MOST_HELD else []


def halts(study: Study) -> list[tuple[int, int]]:
    """Half-open runs of links over which the picture stands still at once."""
    return [run for run in runs(still(study)) if _abrupt(study, run)]


def _abrupt(study: Study, run: tuple[int, int]) -> bool:
    """Whether motion breaks off at both sides of a stop: a camera comes to rest and sets off by and
    by, and an encoder repeats a frame until the next one has moved far enough to be worth it."""
    pace = speeds(study.take.links)
    usual = float(_usual(study, pace)[run[0] : run[1]].max())
    if usual * (run[1] - run[0]) < LAG * _unsure(study, run):
        return False
    here = float(np.median(pace[run[0] : run[1]]))
    before, after = _beside(study, pace, run)
    return all(
        side[0] > max(here / _STILL, _BREAKS * max(side)) for side in (before, after) if side
    )


def _unsure(study: Study, run: tuple[int, int]) -> float:
    """How far coding moves points, px; where a take ends, as there: encoders spare bits at last."""
    least = unsure_px(study)
    last = unsure_at_ends(study)[1]
    if run[1] < len(study.take.links) or not np.isfinite(last):
        return least
    return min(last, _SPARED * least)


def _beside(
    study: Study, pace: np.ndarray, run: tuple[int, int]
) -> tuple[list[float], list[float]]:
    """Speeds of the links on either side of a run, the nearest first; those of the footage where
    the take has none."""
    rate = float(study.footage_fps / study.fps)
    real = [
        rate * speeds(side.links) if side else np.empty(0) for side in (study.before, study.after)
    ]
    every = np.concatenate([real[0], pace, real[1]])
    start, stop = (n + len(real[0]) for n in run)
    return list(every[max(0, start - _NEXT) : start][::-1]), list(every[stop : stop + _NEXT])


def _stutter(study: Study, share: float, most: float) -> Finding:
    return measured(
        "motion",
        share,
        most,
        "share",
        part="freeze",
        good=f"{share:.0%} of the frames repeat the one before",
        bad=f"{share:.0%} of the frames repeat the one before: motion stutters",
        span=seconds(0, study.frames, study.fps),
    )


def still(study: Study) -> np.ndarray:
    """Links over which the picture stands though the camera should move; bool."""
    links = study.take.links
    pace, change = speeds(links), np.array([one.difference for one in links])
    noise = float(np.median([one.unexplained for one in links]))
    same = change < _SAME * noise + _ENCODED
    least = pixels(study, _EXPECTED_PX)
    usual = _usual(study, pace)
    if _mostly(same & (usual <= least)):
        usual = np.maximum(usual, _needed(study))
    return np.asarray(same & (pace < _STILL * usual) & (usual > least))


def _mostly(flags: np.ndarray) -> bool:
    return bool(flags.mean() > REPEATED_LIMIT)


def _usual(study: Study, pace: np.ndarray) -> np.ndarray:
    """Speed that is normal around every link: the upper half of its neighbourhood, the footage, and
    what leads from one end to the other along the take."""
    near = [float(np.percentile(pace[max(0, k - 8) : k + 9], 75)) for k in range(len(pace))]
    real = [float(np.median(speeds(side.links))) for side in study.real if side.links]
    return np.maximum(near, max([float(pace.mean()), *real]))


def _needed(study: Study) -> float:
    """Speed that leads from one anchor to the other, px a frame: a leap from end to end is farther
    than motion between neighbours can be measured."""
    found = relate(*study.anchors.small)
    if found.model == "none":
        return 0.0
    away = np.hypot(*(found.points_b - found.points_a).T)
    return _FULL_OF_SMALL * float(np.percentile(away, 75)) / len(study.take.links)
