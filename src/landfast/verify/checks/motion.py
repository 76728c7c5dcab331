"""Motion: continues the footage at both joins; no freeze, no jump, no dissolve in its place."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.verify.checks.cadence import cadence
from landfast.verify.checks.coding import unsure_px
from landfast.verify.checks.dissolve import mixed_shares
from landfast.verify.checks.jumps import OVER_FOOTAGE, disorder, jumps
from landfast.verify.checks.pace import Part, length
from landfast.verify.checks.stops import stops
from landfast.verify.findings import Checked, measured, seconds, unmeasured
from landfast.verify.measure.links import Link
from landfast.verify.measure.study import Study

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
_FEWEST_REPEATS: Final = 3
"""Repeats that make a cadence: two may be the ends, held for a frame each."""


def check_motion(study: Study) -> Checked:
    """The parts of the check, one finding each."""
    parts = [
        stops(study),
        jumps(study),
        disorder(study),
        _mixture(study),
        _joins(study),
        *_lasts(study),
    ]
    frames = np.zeros(study.frames, np.float32)
    excess = []
    for finding, ratio, series in parts:
        if finding.state != "unknown":
            excess.append(ratio)
        frames = np.maximum(frames, series)
    return Checked(tuple(part[0] for part in parts), tuple(excess), frames=frames)


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


def _mixture(study: Study) -> Part:
    small = study.take.reel.small
    first, last = study.anchors.small
    evenly = np.linspace(1, study.frames - 2, _MIXED_FRAMES).round().astype(int)
    at = sorted({k for k in evenly.tolist() if 0 < k < study.frames - 1})
    found = mixed_shares([small[k] for k in at], first, last)
    series = np.zeros(study.frames, np.float32)
    if not found:
        reason = "The anchors are too alike to tell a dissolve from motion; it would not show"
        alike = measured(
            "motion", 0.0, MIXED_LIMIT, "share", part="dissolve", good=reason, bad=reason
        )
        return alike, 0.0, series
    known = list(zip(at, found, strict=True))
    ordered = sorted(found)
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
        bad=f"{value:.0%} of what differs between the anchors dissolves instead of moving",
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
    beside, usual = _moving(side.links)
    links, share = _moving(study.take.links)
    real = beside[-_RUN:] if at == "start" else beside[:_RUN]
    made = links[:_RUN] if at == "start" else links[-_RUN:]
    came = _mean(real) * np.float32(usual)
    change = _mean(made) * np.float32(share * float(study.fps / study.footage_fps)) - came
    trusted = made[0].trusted & real[0].trusted
    speed = length(came, real[0].trusted)
    limit = max(JOIN_PX, _JOIN_SHARE * speed, OVER_FOOTAGE * usual * _own_change(beside))
    limit += _JOIN_CODED * unsure_px(study)
    return at, length(change, trusted), limit


def _moving(links: tuple[Link, ...]) -> tuple[tuple[Link, ...], float]:
    """The links that a conversion of the frame rate did not put in, and their share of all: where a
    repeat falls says nothing about velocity."""
    again = cadence(links).again
    if again.sum() < _FEWEST_REPEATS:
        return links, 1.0
    moving = tuple(link for link, same in zip(links, again, strict=True) if not same)
    return moving, len(moving) / len(links)


def _mean(links: tuple[Link, ...]) -> np.ndarray:
    mean: np.ndarray = np.mean([one.forward for one in links], axis=0)
    return mean


def _own_change(links: tuple[Link, ...]) -> float:
    """The worst change of velocity that the footage makes by itself over as many links."""
    changes = [
        length(_mean(links[k : k + _RUN]) - _mean(links[k - _RUN : k]), links[k].trusted)
        for k in range(_RUN, len(links) - _RUN + 1)
    ]
    return max(changes, default=0.0)
