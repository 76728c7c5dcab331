"""Horizon: where the anchors show one it runs evenly from its place at one to the other's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.checks.level import (
    Line,
    Template,
    course,
    follow,
    lean,
    slopes_of,
)
from landfast.verify.checks.sights import Sight, sights_of
from landfast.verify.checks.slip import kept
from landfast.verify.findings import Checked, measured, seconds_over, unmeasured
from landfast.verify.measure.links import Places
from landfast.verify.measure.parallel import in_order
from landfast.verify.measure.study import Stretch, Study

LIMIT_DEG: Final = 0.8
"""Departure of the tilt from the line between both ends. Viewers see a horizon that is off level
by about a degree; most true frames, noisy or compressed, were measured within 0.3, one at 0.81."""
LIMIT_HEIGHT: Final = 3.0
"""Departure of the height, percent of the picture's; a camera may nod a little on its way."""
_TURNED: Final = 0.2
"""Of the change from anchor to anchor: a real camera eases in and out of a turn."""
_OVER_FOOTAGE: Final = 2.5
_SUSPECT: Final = 0.5
_ALONE: Final = 1.5
"""Factor of the height's limit where nothing shows how the camera nods."""
_SHARE: Final = 0.6
"""Share of the frames that have to show it."""
_LEAST: Final = 5
_PARTED_DEG: Final = 0.7
_ABOUT_AS_WELL: Final = 0.85
_BESIDE: Final = 0.08
"""Share of the picture's height beside the horizon that tells how far it has moved along."""
_LEAST_KNOWN: Final = 0.1


@dataclass(frozen=True, slots=True)
class _Part:
    """Departures in one quantity: positive numbers a frame, NaN where unseen."""

    away: np.ndarray
    limit: float

    @property
    def value(self) -> float:
        """The second greatest: one frame may be measured badly."""
        return float(np.sort(np.nan_to_num(self.away))[-2])

    @property
    def ratio(self) -> np.ndarray:
        return np.asarray(np.nan_to_num(self.away) / self.limit, np.float32)


def check_horizon(study: Study) -> Checked:
    """Tilt and height of the horizon in every frame against the line between the anchors'.

    It is looked for in the anchors alone. Where both show it, the take is searched for that line
    only; a take that loses it is unknown and not excused by having none.
    """
    sights = sights_of(study)
    if sights is None or study.frames < _LEAST:
        return Checked((unmeasured("horizon", "degrees", _UNSEEN),))
    plain = _departing(study, sights)
    parts = None if plain is None else _limited(study, sights, *plain)
    if parts is not None and max(part.value / part.limit for part in parts) > 1:
        # What looks like a fault may be another edge that the line has slid onto.
        borne = _departing(study, sights, borne_out=True)
        parts = None if borne is None else _limited(study, sights, *borne)
    if parts is None:
        return Checked((unmeasured("horizon", "degrees", _LOST),), expected=True)
    findings = _tilt(study, parts[0]), _height(study, parts[1])
    excess = tuple(part.value / part.limit for part in parts)
    return Checked(findings, excess, frames=np.maximum(parts[0].ratio, parts[1].ratio))


_UNSEEN: Final = "No horizon is in sight in both anchors"
_LOST: Final = "Both anchors show a horizon, but the take loses it"


def _tilt(study: Study, part: _Part) -> Finding:
    return measured(
        "horizon",
        part.value,
        part.limit,
        "degrees",
        good=f"The horizon stays within {part.value:.2f} degrees of its course",
        bad=f"The horizon tilts by {part.value:.1f} degrees off its course between the anchors",
        span=seconds_over(part.ratio, study.fps),
    )


def _height(study: Study, part: _Part) -> Finding:
    return measured(
        "horizon",
        part.value,
        part.limit,
        "% of the height",
        part="height",
        good=f"The horizon keeps its height to {part.value:.1f} % of the picture's",
        bad=f"The horizon rises or sinks by {part.value:.1f} % of the picture's height off its "
        "course between the anchors",
        span=seconds_over(part.ratio, study.fps),
    )


def _departing(
    study: Study, sights: tuple[Sight, Sight], *, borne_out: bool = False
) -> tuple[np.ndarray, np.ndarray] | None:
    """Degrees and percent of the height off the line between the anchors, drawn over time or over
    the camera's own way; NaN where unseen; None where mostly unseen.

    The height is taken against the take's own ends: a generator may crop.
    borne_out: only where the line moved as the picture beside it did.
    """
    best = _followed(study, sights)
    if borne_out:
        best = np.where(_borne_out(study, sights, best)[:, None], best, np.nan)
    if np.isfinite(best[:, 0]).mean() < _SHARE:
        return None
    shares = np.linspace(0.0, 1.0, study.frames)
    turn, nod = (b - a for a, b in zip(sights[0].line, sights[1].line, strict=True))
    early = _moved(study) - shares
    tilt, height = _calm(best[:, 0]), _off_own_line(_calm(best[:, 1]))
    return np.abs(_outside(tilt, early * turn)), 100 * np.abs(_outside(height, early * nod))


def _borne_out(study: Study, sights: tuple[Sight, Sight], away: np.ndarray) -> np.ndarray:
    """Frames whose line moved along with the picture, from where the anchors have it; bool."""
    shares = np.linspace(0.0, 1.0, study.frames)[:, None]
    lines = np.array(sights[0].line) * (1 - shares) + np.array(sights[1].line) * shares
    lines[1:-1] += away[1:-1]
    return kept(lines, study.take.links, study.take.reel.size[1])


def _followed(study: Study, sights: tuple[Sight, Sight]) -> np.ndarray:
    """Degrees and shares of the height off the even course between the anchors' horizons, frames x
    2; NaN where unseen. Followed from both ends."""
    shares = np.linspace(0.0, 1.0, study.frames)
    first, last = sights
    foreseen = [course(first.line, last.line, float(share)) for share in shares]
    from_first = _carried(first.look, study.take.in_first, foreseen)
    from_last = _carried(last.look, study.take.in_last, foreseen)
    looks = [a.mixed(b, float(x)) for a, b, x in zip(from_first, from_last, shares, strict=True)]
    frames = in_order(slopes_of, study.take.reel.grey)
    onward = lean(follow(frames, foreseen, looks), foreseen)
    back = lean(follow(frames[::-1], foreseen[::-1], looks[::-1]), foreseen[::-1])[::-1]
    best = np.stack([onward, back])[_believed(onward, back), np.arange(len(shares))]
    return np.asarray(best[:, :2])


def _moved(study: Study) -> np.ndarray:
    """Share of its way that the camera has gone at every frame: one that eases turns as it goes."""
    way = np.cumsum([0.0, *(one.speed for one in study.take.links)])
    return np.asarray(way / way[-1]) if way[-1] > 0 else np.linspace(0.0, 1.0, study.frames)


def _outside(away: np.ndarray, other: np.ndarray) -> np.ndarray:
    """What is left of departures from one course where another is as good: nothing between both."""
    return np.asarray(away - np.clip(away, np.minimum(other, 0), np.maximum(other, 0)))


def _carried(look: Template, places: list[Places], lines: Sequence[Line]) -> list[Template]:
    """How the horizon of an end looks in every frame: it moves along with what stands on it."""
    return [look.slid(-_slide(place, line)) for place, line in zip(places, lines, strict=True)]


def _slide(place: Places, line: Line) -> float:
    """How far to the right of a frame's own columns the end has them, share of the width: the
    median along the horizon; none where too little of it is known."""
    rows, columns = place.known.shape
    beside = np.abs(np.arange(rows) + 0.5 - line.height * rows) <= max(1.0, _BESIDE * rows)
    known = place.known & beside[:, None]
    if known.mean() < _LEAST_KNOWN * beside.mean():
        return 0.0
    to_right = (place.at[..., 0] - np.arange(columns))[known]
    return float(np.median(to_right) / columns)


def _believed(onward: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Which of the two ways counts in every frame: the one with more support, but of two that are
    seen about as well the one nearer to its course. The other has slid onto an edge beside it."""
    surer = (back[:, 2] > onward[:, 2]).astype(int)
    away = np.abs(np.stack([onward[:, 0], back[:, 0]]))
    calmer = (away[1] < away[0]).astype(int)
    support = np.stack([onward[:, 2], back[:, 2]])
    close = support.min(axis=0) >= _ABOUT_AS_WELL * support.max(axis=0)
    parted = np.abs(away[1] - away[0]) > _PARTED_DEG
    return np.where(close & parted, calmer, surer)


def _calm(away: np.ndarray) -> np.ndarray:
    """Median of three frames; NaN where the middle one is unseen."""
    known = np.isfinite(away)
    filled = (
        np.interp(np.arange(len(away)), np.flatnonzero(known), away[known]) if known.any() else away
    )
    padded = np.pad(filled, 1, mode="edge")
    middle = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    return np.asarray(np.where(known, middle, np.nan))


def _off_own_line(values: np.ndarray) -> np.ndarray:
    """What is left once the line between the first and the last known value is taken out."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 2:
        return np.zeros_like(values)
    ends = known[[0, -1]]
    return np.asarray(values - np.interp(np.arange(len(values)), ends, values[ends]))


def _limited(
    study: Study, sights: tuple[Sight, Sight], tilt: np.ndarray, height: np.ndarray
) -> tuple[_Part, _Part]:
    """What the camera does from anchor to anchor sets the least, and what it did beside the gap,
    which is measured only where it can matter."""
    turned, nodded = (
        abs(float(a - b)) for a, b in zip(sights[0].line, sights[1].line, strict=True)
    )
    least = LIMIT_HEIGHT * (1.0 if study.real else _ALONE) + _TURNED * 100 * nodded
    parts = _Part(tilt, LIMIT_DEG + _TURNED * turned), _Part(height, least)
    if not study.real or max(float(part.ratio.max()) for part in parts) <= _SUSPECT:
        return parts
    own = _own(study, sights)
    tilting, nodding = (max(p.limit, _OVER_FOOTAGE * o) for p, o in zip(parts, own, strict=True))
    return _Part(tilt, tilting), _Part(height, nodding)


def _own(study: Study, sights: tuple[Sight, Sight]) -> tuple[float, float]:
    """How far the horizon of the footage leaves a straight course: degrees, percent of height."""
    worst = np.zeros(2)
    for side, sight in ((study.before, sights[0]), (study.after, sights[1])):
        if side is not None:
            worst = np.maximum(worst, _bend(side, sight, backward=side is study.before))
    return float(worst[0]), 100 * float(worst[1])


def _bend(side: Stretch, sight: Sight, *, backward: bool) -> np.ndarray:
    """The same in one stretch, followed away from its anchor."""
    grey = side.reel.grey[::-1] if backward else side.reel.grey
    still = [sight.line] * len(grey)
    places = side.in_last[::-1] if backward else side.in_first
    frames = in_order(slopes_of, grey)
    away = lean(follow(frames, still, _carried(sight.look, places, still)), still)
    bends = [np.abs(_off_own_line(_calm(away[:, k]))) for k in (0, 1)]
    return np.array([float(np.nan_to_num(bend).max()) for bend in bends])
