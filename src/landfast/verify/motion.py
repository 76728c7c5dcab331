"""Motion: continues the footage at both joins; no freeze, no jump, no dissolve in its place."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.coding import LAG, unsure_px
from landfast.verify.dissolve import mixed_share
from landfast.verify.findings import Checked, measured, seconds, unmeasured
from landfast.verify.links import Link, speeds
from landfast.verify.study import Stretch, Study

FROZEN_LIMIT: Final = 1.5
"""Frames in a row that may repeat: one is a frame-rate conform, two are a stop."""
REPEATED_LIMIT: Final = 0.3
"""Share of all frames that may: 24 to 30 frames a second repeats one in five. Footage that repeats
frames itself (30 frames a second in a file of 60) may be continued so: 1.4 times its share."""
_OVER_CADENCE: Final = 1.4
_STILL: Final = 0.15
_EXPECTED_PX: Final = 0.4
"""A link is frozen if its speed falls below 15 % of what is normal around it, where normal is at
least 0.4 px a frame, and ..."""
_SAME: Final = 0.4
_ENCODED: Final = 0.05
"""... if it repeats even the noise: a camera that stops still has grain, and its difference stays
at the usual difference after motion. 0.05 grey levels for what an encoder adds."""
JUMP_PX: Final = 1.5
_JUMP_SHARE: Final = 1.0
_OVER_FOOTAGE: Final = 2.5
"""Departure from the motion before and after: 1.5 px or the speed around it and what an encoder
lags by, or 2.5 times the worst of the real footage (a shaken camera jumps by itself)."""
_OVER_OWN: Final = 4.5
"""Without footage, times the take's own median."""
_CUT: Final = 3.0
_CUT_LEVELS: Final = 5.0
"""A cut leaves three times the usual difference after motion, and at least 5 grey levels."""
MIXED_LIMIT: Final = 0.5
_MIXED_FRAMES: Final = 9
JOIN_PX: Final = 0.6
_JOIN_SHARE: Final = 0.35
"""Change of velocity at a join: 0.6 px a frame, 35 % of the speed, or 2.5 times the worst that the
footage does by itself over the same time."""
_JOIN_CODED: Final = 2.0
"""And twice what coding moves points by: blocks lag in the mean of two links too."""
_LENGTH_SHARE: Final = 0.05
_LENGTH_FRAMES: Final = 2.0
"""A take may be longer or shorter than its gap by 5 % and two frames: what a change of frame rate
and counting with or without the anchors make."""
_RUN: Final = 2
"""Links whose mean is the velocity at a join."""


def check_motion(study: Study) -> Checked:
    """The parts of the check, one finding each."""
    parts = [_freeze(study), _jump(study), _mixture(study), _joins(study), *_lasts(study)]
    frames = np.zeros(study.frames, np.float32)
    excess = []
    for finding, ratio, series in parts:
        if finding.state != "unknown":
            excess.append(ratio)
        frames = np.maximum(frames, series)
    return Checked(tuple(part[0] for part in parts), tuple(excess), frames=frames)


Part = tuple[Finding, float, np.ndarray]


def _lasts(study: Study) -> list[Part]:
    """Whether the take is as long as the gap that it was made for; nothing where that is open."""
    if study.gap_s is None:
        return []
    gap, length = float(study.gap_s), float((study.frames - 1) / study.fps)
    value = abs(length - gap)
    limit = _LENGTH_SHARE * gap + _LENGTH_FRAMES / float(study.footage_fps)
    finding = measured(
        "motion",
        value,
        limit,
        "s",
        good=f"The take lasts {length:.2f} s, as long as its gap",
        bad=f"The take lasts {length:.2f} s, its gap {gap:.2f} s",
        part="length",
    )
    return [(finding, value / limit, np.zeros(study.frames, np.float32))]


def _still(study: Study) -> np.ndarray:
    """Links over which the picture stands though the camera should move; bool."""
    links = study.take.links
    pace, change = speeds(links), np.array([one.difference for one in links])
    noise = float(np.median([one.unexplained for one in links]))
    real = [speeds(side.links) for side in study.real]
    usual = np.array([_usual(pace, k, real) for k in range(len(pace))])
    still = (pace < _STILL * usual) & (usual > _EXPECTED_PX)
    return np.asarray(still & (change < _SAME * noise + _ENCODED))


def _freeze(study: Study) -> Part:
    still = _still(study)
    most = max([REPEATED_LIMIT, *(_OVER_CADENCE * _repeated(side) for side in study.real)])
    runs = _runs(still)
    longest = max((stop - start for start, stop in runs), default=0)
    where = max(runs, key=lambda r: r[1] - r[0], default=(0, 0))
    share = float(still.mean())
    series = np.zeros(study.frames, np.float32)
    for start, stop in runs:
        series[start : stop + 1] = (stop - start) / FROZEN_LIMIT
    if share / most > longest / FROZEN_LIMIT:
        return _cadence(study, share, most), share / most, series
    finding = measured(
        "motion",
        float(longest),
        FROZEN_LIMIT,
        "frames",
        part="freeze",
        good="The picture never stops",
        bad=f"The picture stands still for {longest} frames while the camera should move",
        span=seconds(where[0], where[1] + 1, study.fps),
    )
    return finding, longest / FROZEN_LIMIT, series


def _repeated(side: Stretch) -> float:
    """Share of the footage's frames that repeat the one before."""
    change = np.array([one.difference for one in side.links] or [np.inf])
    return float((change < _SAME / 2 * np.percentile(change, 75)).mean())


def _cadence(study: Study, share: float, most: float) -> Finding:
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


def _usual(pace: np.ndarray, k: int, real: list[np.ndarray]) -> float:
    """Speed that is normal around a link: the upper half of its neighbourhood, the footage, and
    what leads from one end to the other."""
    near = pace[max(0, k - 8) : k + 9]
    values = [float(np.percentile(near, 75)), *(float(np.median(r)) for r in real if len(r))]
    return max(*values, float(pace.mean()))


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Half-open runs of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _jump(study: Study) -> Part:
    links = study.take.links
    if len(links) < 3:
        reason = "Too few frames to tell a jump from motion"
        finding = unmeasured("motion", "px", reason, part="jump")
        return finding, 0.0, np.zeros(study.frames, np.float32)
    value = departures(study.take)
    limit = _jump_limits(study, value)
    for start, stop in _runs(_still(study)):
        if stop - start > FROZEN_LIMIT:
            # The leap that makes up for a stop is part of it.
            value[stop : stop + 1] = 0.0
    ratio = np.maximum(value / limit, _cut_ratios(links))
    worst = int(np.argmax(ratio))
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


def departures(stretch: Stretch) -> np.ndarray:
    """How far the motion of each link departs from both its neighbours, px: the lesser of the
    two, since a camera may start or stop at once, but a jump is there for one link only. The first
    and the last have one neighbour, and count half."""
    flows = [one.forward for one in stretch.links]
    out = np.zeros(len(flows))
    for k, flow in enumerate(flows):
        trusted = stretch.links[k].trusted
        beside = [n for n in (k - 1, k + 1) if 0 <= n < len(flows)]
        share = len(beside) / 2
        out[k] = share * min((_length(flow - flows[n], trusted) for n in beside), default=0.0)
    return out


def _length(field: np.ndarray, trusted: np.ndarray) -> float:
    """Upper quartile of the length over trusted cells, over all where few are: far ground and sky
    hardly move, so a median would miss what the near ground does."""
    length = np.hypot(field[..., 0], field[..., 1])
    return float(np.percentile(length[trusted] if trusted.sum() > 40 else length, 75))


def _jump_limits(study: Study, value: np.ndarray) -> np.ndarray:
    pace = speeds(study.take.links)
    around = np.array([np.median(pace[max(0, k - 3) : k + 4]) for k in range(len(pace))])
    base = np.maximum(JUMP_PX, _JUMP_SHARE * around) + LAG * unsure_px(study)
    real = [departures(side) for side in study.real if len(side.links) >= 3]
    if real:
        return np.maximum(base, _OVER_FOOTAGE * max(float(r.max()) for r in real))
    return np.maximum(base, _OVER_OWN * float(np.median(value)))


def _cut_ratios(links: tuple[Link, ...]) -> np.ndarray:
    left = np.array([one.unexplained for one in links])
    lost = np.array([1 - one.trusted.mean() for one in links])
    ratio = left / np.maximum(_CUT * np.median(left), _CUT_LEVELS)
    return np.where(lost > 0.5, ratio, 0.0)


def _mixture(study: Study) -> Part:
    small = study.take.reel.small
    first, last = study.anchors.small
    at = np.unique(np.linspace(1, study.frames - 2, _MIXED_FRAMES).round().astype(int))
    at = at[(at > 0) & (at < study.frames - 1)]
    found = [(int(k), mixed_share(small[k], first, last)) for k in at]
    known = [(k, share) for k, share in found if share is not None]
    series = np.zeros(study.frames, np.float32)
    if not known:
        reason = "The anchors are too alike to tell a dissolve from motion; it would not show"
        alike = measured(
            "motion", 0.0, MIXED_LIMIT, "share", part="dissolve", good=reason, bad=reason
        )
        return alike, 0.0, series
    ordered = sorted(share for _, share in known)
    value = ordered[-2] if len(ordered) > 2 else ordered[0]
    for k, share in known:
        series[k] = share / MIXED_LIMIT
    hits = [k for k, share in known if share > MIXED_LIMIT]
    finding = measured(
        "motion",
        value,
        MIXED_LIMIT,
        "share",
        part="dissolve",
        good="Frames are views of the scene, not mixtures of the anchors",
        bad=f"{value:.0%} of the picture is a dissolve between the anchors instead of motion",
        span=seconds(hits[0], hits[-1] + 1, study.fps) if hits else None,
    )
    return finding, value / MIXED_LIMIT, series


def _joins(study: Study) -> Part:
    series = np.zeros(study.frames, np.float32)
    sides = [side for side in (_join(study, "start"), _join(study, "end")) if side is not None]
    if not sides:
        reason = "Without the footage around the gap the motion at the joins cannot be compared"
        return unmeasured("motion", "px", reason, part="joins"), 0.0, series
    for at, value, limit in sides:
        series[0 if at == "start" else -1] = value / limit
    at, value, limit = max(sides, key=lambda side: side[1] / side[2])
    last = study.frames - 1
    span = seconds(0, _RUN, study.fps) if at == "start" else seconds(last - 1, last + 1, study.fps)
    value, most = value * study.source_scale, limit * study.source_scale
    finding = measured(
        "motion",
        value,
        most,
        "px",
        part="joins",
        good=f"Motion continues the footage at the joins within {value:.2g} px a frame",
        bad=f"Motion breaks off at the {at} join by {value:.2g} px a frame",
        span=span,
    )
    return finding, value / most, series


def _join(study: Study, at: str) -> tuple[str, float, float] | None:
    """Change of velocity at one join and what is allowed, px a frame of the footage."""
    side = study.before if at == "start" else study.after
    if side is None or not side.links or not study.take.links:
        return None
    real = side.links[-_RUN:] if at == "start" else side.links[:_RUN]
    made = study.take.links[:_RUN] if at == "start" else study.take.links[-_RUN:]
    rate = np.float32(float(study.fps / study.footage_fps))
    change = _mean(made) * rate - _mean(real)
    trusted = made[0].trusted & real[0].trusted
    speed = _length(_mean(real), real[0].trusted)
    limit = max(JOIN_PX, _JOIN_SHARE * speed, _OVER_FOOTAGE * _own_change(side))
    limit += _JOIN_CODED * unsure_px(study)
    return at, _length(change, trusted), limit


def _mean(links: tuple[Link, ...]) -> np.ndarray:
    mean: np.ndarray = np.mean([one.forward for one in links], axis=0)
    return mean


def _own_change(side: Stretch) -> float:
    """The worst change of velocity that the footage makes by itself over as many links."""
    links = side.links
    changes = [
        _length(_mean(links[k : k + _RUN]) - _mean(links[k - _RUN : k]), links[k].trusted)
        for k in range(_RUN, len(links) - _RUN + 1)
    ]
    return max(changes, default=0.0)
