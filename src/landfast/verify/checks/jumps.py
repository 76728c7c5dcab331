"""Jumps: a frame that departs from the motion before and after, or is out of its order."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from landfast.verify.checks.coding import LAG, unsure_px
from landfast.verify.checks.pace import Part, length, pixels
from landfast.verify.checks.stops import FROZEN_LIMIT, halts
from landfast.verify.findings import measured, seconds, unmeasured
from landfast.verify.measure.links import Link, speeds
from landfast.verify.measure.study import Stretch, Study
from landfast.vision.statistics.medians import medians

JUMP_PX: Final = 1.5
_JUMP_SHARE: Final = 1.25
OVER_FOOTAGE: Final = 2.5
"""Departure from the motion before and after: 1.5 px at 960 px wide, or the speed around it and a
quarter (footage of 30 frames a second conformed to 24 leaves out one frame at a time, which is the
speed; two are a jump) and what an encoder lags by, or 2.5 times the worst of the real footage (a
shaken camera jumps by itself)."""
_OVER_OWN: Final = 4.5
"""Without footage, times the take's own median, ..."""
_EVEN: Final = 0.5
_SHAKEN: Final = 1.2
"""... and 1.2 times that where travel departs by less than half of its own limit: a shake turns the
camera, a leap goes on with its travel."""
_LOST: Final = 2.0
_USUALLY_LOST: Final = 0.1
"""And by so many times as much more as the neighbours lose of their cells beyond a tenth."""
_TWICE_PX: Final = 16.0
"""Speed, px a frame at 960 wide, at which blocks lag twice as far as near the ends, where what
coding does is measured and a pan is slow."""
_FOLLOWED: Final = 0.5
"""Share of the cells that have to come home: of a bare wall or a whip past the lens less does, and
what such a link departs by is noise, from another one as well as where it stands between two."""
_CUT: Final = 3.0
_CUT_LEVELS: Final = 5.0
"""A cut leaves three times the usual difference after motion, and at least 5 grey levels."""
Motion = Literal["all", "travel"]
"""All motion, or what is left of it without the turns of a shaken camera, which hide a leap along
the way."""
_MOTIONS: Final[tuple[Motion, ...]] = ("all", "travel")
ORDER_LIMIT: Final = 1.6
"""Times that motion becomes more even when two frames change places. Links of true frames: 0.6 on
the tuned clips, 1.2 on one that jumps; two frames that did change places 2.0 to 4.8."""
_UNEVEN_PX: Final = 0.3
_MOST_EVEN: Final = 10.0


def jumps(study: Study) -> Part:
    """The link that departs most from the motion before and after."""
    links = study.take.links
    if len(links) < 3:
        reason = "Too few frames to tell a jump from motion"
        finding = unmeasured("motion", "px", reason, part="jump")
        return finding, 0.0, np.zeros(study.frames, np.float32)
    values, limits = np.stack([_departing(study, left) for left in _MOTIONS], axis=1)
    if not study.real:
        limits[0] *= np.where(values[1] < _EVEN * limits[1], _SHAKEN, 1.0)
    for start, stop in halts(study):
        # A frame shown again departs by all of the speed, which is told of stops, and the leap that
        # makes up for a longer stop is part of it.
        values[:, start : stop + (stop - start > FROZEN_LIMIT)] = 0.0
    over = values / limits
    ratio = np.maximum(over.max(axis=0), _cut_ratios(links))
    worst = int(np.argmax(ratio))
    limit = limits[over[:, worst].argmax()]
    scale = study.source_scale
    size, most = float(ratio[worst] * limit[worst]) * scale, float(limit[worst]) * scale
    finding = measured(
        "motion",
        size,
        most,
        "px",
        part="jump",
        good=f"Motion is even: no frame departs from its neighbours by more than {size:.2g} px",
        bad=f"The picture jumps by {size:.2g} px between two frames",
        span=seconds(worst, worst + 2, study.fps),
    )
    series = np.zeros(study.frames, np.float32)
    series[1:] = ratio
    return finding, float(ratio[worst]), series


def departures(stretch: Stretch, left: Motion = "all") -> np.ndarray:
    """How far the motion of each link departs from both its neighbours, px: the lesser of the
    two, since a camera may start or stop at once, but a jump is there for one link only. The first
    and the last have one neighbour, and count half."""
    flows = [one.forward for one in stretch.links]
    lost = [one.trusted.mean() < _FOLLOWED for one in stretch.links]
    out = np.zeros(len(flows))
    for k, flow in enumerate(flows):
        trusted = stretch.links[k].trusted
        beside = [n for n in (k - 1, k + 1) if 0 <= n < len(flows)]
        if any(lost[n] for n in beside) if lost[k] else all(lost[n] for n in beside):
            continue
        share = len(beside) / 2
        out[k] = share * min((_size(flow - flows[n], trusted, left) for n in beside), default=0.0)
    return out


def _size(field: np.ndarray, trusted: np.ndarray, left: Motion) -> float:
    """Length of a field of motion, or of what a turn of the camera, which moves the whole picture
    alike, leaves of it."""
    if left == "travel":
        field = field - medians(field[trusted] if trusted.any() else field.reshape(-1, 2))
    return length(field, trusted)


def _departing(study: Study, left: Motion) -> tuple[np.ndarray, np.ndarray]:
    """How far each link departs from its neighbours, and how far it may, px."""
    value = departures(study.take, left)
    pace = np.array([_size(one.forward, one.trusted, left) for one in study.take.links])
    around = np.array([np.median(pace[max(0, k - 3) : k + 4]) for k in range(len(pace))])
    lag = LAG * unsure_px(study) * (1 + speeds(study.take.links) / pixels(study, _TWICE_PX))
    base = np.maximum(pixels(study, JUMP_PX), _JUMP_SHARE * around) + lag
    real = [departures(side, left) for side in study.real if len(side.links) >= 3]
    if real:
        return value, np.maximum(base, OVER_FOOTAGE * max(float(r.max()) for r in real))
    told = value[value > 0]
    usual = float(np.median(told)) if len(told) else 0.0
    return value, np.maximum(base, _OVER_OWN * usual) * (1 + _LOST * _lost_beside(study))


def _lost_beside(study: Study) -> np.ndarray:
    """Share of the cells of a link's neighbours that do not come home, beyond what is usual: past
    what is near the lens motion is noisier. The link's own are lost in a leap too."""
    lost = np.pad([1 - one.trusted.mean() for one in study.take.links], 1, mode="edge")
    return np.asarray(np.maximum((lost[:-2] + lost[2:]) / 2 - _USUALLY_LOST, 0.0))


def _cut_ratios(links: tuple[Link, ...]) -> np.ndarray:
    left = np.array([one.unexplained for one in links])
    lost = np.array([1 - one.trusted.mean() for one in links])
    ratio = left / np.maximum(_CUT * np.median(left), _CUT_LEVELS)
    return np.where(lost > 0.5, ratio, 0.0)


def disorder(study: Study) -> Part:
    """Two neighbours that have changed places: motion goes on twice as fast, back, and twice as
    fast again, slow as it may be."""
    gain = _gains(study)
    worst = int(np.argmax(gain)) if len(gain) else 0
    value = float(gain[worst]) if len(gain) else 0.0
    finding = measured(
        "motion",
        value,
        ORDER_LIMIT,
        "times",
        part="order",
        good="No two frames have changed places",
        bad=f"Two frames have changed places: motion is {value:.1f} times as even in their order",
        span=seconds(worst, worst + 2, study.fps),
    )
    series = np.zeros(study.frames, np.float32)
    series[: len(gain)] = series[1 : len(gain) + 1] = gain / np.float32(ORDER_LIMIT)
    return finding, value / ORDER_LIMIT, series


def _gains(study: Study) -> np.ndarray:
    """By how much evener the motion around every link is with its two frames exchanged."""
    links = study.take.links
    out = np.zeros(len(links))
    for k in range(2, len(links) - 2):
        before, here, after = (links[n].forward for n in (k - 1, k, k + 1))
        even = (links[k - 2].forward + links[k + 2].forward) / 2
        trusted = links[k].trusted
        found = sum(length(one - even, trusted) for one in (before, here, after)) / 3
        if found > pixels(study, _UNEVEN_PX):
            exchanged = (before + here, -here, here + after)
            left = sum(length(one - even, trusted) for one in exchanged) / 3
            out[k] = min(_MOST_EVEN, found / max(left, found / _MOST_EVEN))
    return out
