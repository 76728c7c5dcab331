"""Persistence: what the ends show is there all the way, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.checks.ground import ground_cells
from landfast.verify.checks.passing import ghosts, passing, unexplained
from landfast.verify.checks.spots import Spots, normal, region_of, span_of, spread
from landfast.verify.findings import Box, Checked, measured, unmeasured
from landfast.verify.measure.changes import APART, Change, kept, unlike
from landfast.verify.measure.links import places_between, sample
from landfast.verify.measure.study import Study
from landfast.verify.measure.views import View

LIMIT: Final = 0.5
"""Share of a spot's structure that neither end explains. Views of one scene stay below 0.2 where
the camera shows the spot at both ends; near ground that a walker passes, at the border of the
picture, reaches 0.41; a thing put in or wiped out 0.8 to 1."""
ALONE: Final = 0.75
"""Without footage: slow traffic reaches 0.62."""
_LARGE_CELLS: Final = 3
_SMALL_CELLS: Final = 2
_SMALL: Final = 0.6
"""A spot of 16 px must be more foreign than one of 24 px by this factor: poles and twigs seldom
land on each other."""
_FLOOR: Final = 1.5
_RESTLESS: Final = 0.4
"""Spots that the footage itself changes by more are water, leaves or traffic."""
_BOILING: Final = 0.4
_BEYOND: Final = 0.2
_BOILS: Final = 5
"""Spots whose fine detail is this far from where the frames beside them have it, mean of what is
known over squares of so many cells: what is nowhere the same from frame to frame was not put in,
and how restless a spot may be is told by texture. Caustics and blurred road reach 0.5 to 0.9."""
_LEAST: Final = 0.05
"""Share of cells that has to be comparable."""
_QUIET_LEVELS: Final = 2.0
"""What encoding and resampling do to any spot in a quarter of a second, grey levels."""
_REDRAWN: Final = 90.0
_MOST_REDRAWN: Final = 3.0
"""And what the take makes of all but a tenth of the anchors it starts and ends on."""
_CHANGED: Final = 1.2
_BY_FOOTAGE: Final = 1.1
"""A patch of 24 px may change by 1.2 times what is normal at it, and by 1.1 times as much as any
patch of the footage changes in as long: near twigs, glass and foam are not where they will be
in the gap. True middle frames of real clips reach 0.95 of that."""
_MOST_BY_FOOTAGE: Final = 3.0
_UNKNOWN_FOOTAGE: Final = 4.6
"""Taken for it where there is no footage: more than any of the tuned clips does."""
_ON_GROUND: Final = 0.5
"""Ground may differ from both ends by half of 2 grey levels, what the take makes of its anchors, a
quarter of what the footage does at the spot and half of what is excused there. Short takes of true
frames, recompressed and noisy, stay at 0.25, slow traffic at 0.38."""
_LONGER_SHARE: Final = 2.5
"""Of what longer takes are allowed elsewhere: in a second or two surf and crowns change for longer
than a quarter of a second. Takes of 61 true frames reach twice the limit of short ones."""
_ANYWHERE: Final = 2.4
"""Times as much off the ground: people and cars stop there for a moment."""
_BY_FOOTAGE_THERE: Final = 0.25
_GHOST: Final = 4.5
"""Grey levels by which a spot may be a mixture of before and after for a quarter of a second, and
more in longer takes. Crowns and surf stay below 3 in true takes of a second. More by what the
footage there changes by in a quarter of a second, up to half: water may flow over into other
water."""
_MOST_OWN: Final = 2.5
_NOTHING: Final = (
    "Too little of the picture can be followed from both ends to tell what is new in it"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one of the measures tells, before what moves by itself is taken out."""

    spots: Spots
    name: str
    limit: float
    unit: str
    region: Callable[[Study, Spots], Box]
    firm: Spots | None = None
    """What does not move by itself, at the same frames."""


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a spot differs by over a quarter of a second by itself, grey levels."""

    at: Callable[[int], np.ndarray]
    """In the footage, at the cells of a frame; NaN where it does not show them."""
    redrawn: float
    """What generator and encoder put between the take's ends and the anchors."""


def check_persistence(study: Study) -> Checked:
    """Structure of each frame against both ends, what comes or goes within a moment, and what
    comes and goes between the ends."""
    usual = _Usual(
        normal(study, lambda s: [(c.at, c.levels) for c in s.changes.inner]), _redrawn(study)
    )
    found = (_structure(study), _things(study, usual), _between(study, usual))
    told = [part for part in found if part is not None]
    if not told:
        return Checked((unmeasured("persistence", "share", _NOTHING),))
    left = unexplained(study.take, [part.spots for part in told])
    parts = [_finding(study, one, spots) for one, spots in zip(told, left, strict=True)]
    series, heats = zip(*(spread(part[2], study.frames) for part in parts), strict=True)
    frames: np.ndarray = np.maximum.reduce(series)
    heat = tuple(np.maximum.reduce(maps) for maps in zip(*heats, strict=True))
    return Checked(tuple(p[0] for p in parts), tuple(p[1] for p in parts), frames=frames, heat=heat)


def _structure(study: Study) -> _Part | None:
    """Structure of each frame against both ends, laid over it along smoothed ways."""
    views = study.take.views
    if len(views) < 2:
        return None
    floor = normal(study, lambda s: [(v.at, v.foreign) for v in s.views])
    limit = (LIMIT if study.real else ALONE) * study.longer
    ratios, known = [], []
    for view in views:
        usual = floor(view.at)
        claimed = np.isfinite(view.foreign) & ~(usual > _RESTLESS) & ~_boiling(view)
        known.append(float(claimed.mean()))
        most = np.maximum(limit, limit * 0.6 + _FLOOR * np.nan_to_num(usual, nan=0.1))
        ratios.append(np.where(claimed, view.foreign / most, 0.0).astype(np.float32))
    if np.mean(known) < _LEAST:
        return None
    at = tuple(view.at for view in views)
    sizes = [[_firm(r, side) for r in ratios] for side in (_LARGE_CELLS, _SMALL_CELLS)]
    large, small = (kept(tuple(zip(at, maps, strict=True)), study.take.links) for maps in sizes)
    maps = tuple(np.maximum(a, _SMALL * b) for a, b in zip(large, small, strict=True))
    return _Part(Spots(at, maps), "structure", limit, "share", _region)


def _boiling(view: View) -> np.ndarray:
    """Cells of a frame that its neighbours, a moment before and after, do not show either; bool."""
    known = np.isfinite(view.unsteady).astype(np.float32)
    total, count = (cv2.blur(f, (_BOILS, _BOILS)) for f in (np.nan_to_num(view.unsteady), known))
    everywhere = float(np.nanmedian(view.unsteady)) if known.any() else 0.0
    least = np.float32(max(_BOILING, everywhere + _BEYOND))
    return np.asarray(total > least * np.maximum(count, 1e-6))


def _firm(ratio: np.ndarray, side: int) -> np.ndarray:
    """The least of every square of `side` cells, at all its cells."""
    square = np.ones((side, side), np.uint8)
    return np.asarray(cv2.morphologyEx(ratio, cv2.MORPH_OPEN, square))


def _things(study: Study, usual: _Usual) -> _Part | None:
    """What one frame shows and another up to eight frames away does not."""
    found = study.take.changes
    several = [one for one in (found.from_first, found.inner, found.to_last) if one]
    known = [np.isfinite(c.levels).mean() for series in several for c in series]
    if not known or np.mean(known) < _LEAST:
        return None
    limit = (_CHANGED + _BY_FOOTAGE * _own_change(study)) * study.longer
    at: dict[int, np.ndarray] = {}
    for series in several:
        ratios = tuple(
            (c.at, _over(c.levels, usual.at(c.at), usual.redrawn) / np.float32(limit))
            for c in series
        )
        fields = kept(ratios, study.take.links)
        for one, field in zip(series, fields, strict=True):
            t, here = (one.at, field) if series is not found.inner else _midway(study, one, field)
            at[t] = np.maximum(at[t], here) if t in at else here
    spots = Spots(tuple(sorted(at)), tuple(at[t] for t in sorted(at)))
    return _Part(spots, "things", limit * 2 * _QUIET_LEVELS, "grey levels", _thing)


def _between(study: Study, usual: _Usual) -> _Part | None:
    """What comes and goes between the ends."""
    least = _ON_GROUND * (1 + _LONGER_SHARE * (study.longer - 1))

    def base(t: int) -> np.ndarray:
        by_footage = np.nan_to_num(usual.at(t), nan=_QUIET_LEVELS)
        return np.asarray(_QUIET_LEVELS + usual.redrawn + _BY_FOOTAGE_THERE * by_footage)

    def limit(t: int) -> np.ndarray:
        return np.where(ground_cells(study.take, t), least, least * _ANYWHERE)

    spots = passing(study, base, limit)
    if spots is None:
        return None

    def mixed_limit(t: int) -> np.ndarray:
        restless = np.nan_to_num(usual.at(t)).astype(np.float32)
        own = np.minimum(restless, np.float32(_MOST_OWN))
        return np.asarray(np.float32(_GHOST * study.longer + usual.redrawn) + own)

    mixed = ghosts(study, mixed_limit)
    return _Part(spots, "ground", least * _QUIET_LEVELS, "grey levels", _thing, mixed)


def _thing(study: Study, spots: Spots) -> Box:
    """Box of what is at the worst spot, in the middle of the time that anything is over limit."""
    number, row, column = spots.worst
    hits = [t for t, r in zip(spots.at, spots.ratio, strict=True) if r.max() > 1]
    worst, middle = spots.at[number], hits[len(hits) // 2]
    places = places_between(study.take.links, worst, middle)
    closeups = study.take.closeups
    if places.known[row, column]:
        x, y = places.at[row, column]
        box = closeups.box(middle, float(y), float(x))
    else:
        box = closeups.box(worst, row, column)
    return box or region_of(spots)


def _midway(study: Study, change: Change, field: np.ndarray) -> tuple[int, np.ndarray]:
    """The frame between the two that were compared, and the map as seen from it."""
    t = change.at + APART // 2
    places = places_between(study.take.links, t, change.at)
    return t, np.where(places.known, sample(field, places.at), np.float32(0))


def _over(levels: np.ndarray, usual: np.ndarray, redrawn: float = 0.0) -> np.ndarray:
    """Change of a patch of 3 x 3 cells over what is normal at its cells."""
    base = np.nan_to_num(usual, nan=_QUIET_LEVELS) + _QUIET_LEVELS + redrawn
    return np.asarray(cv2.blur((np.nan_to_num(levels) / base).astype(np.float32), (3, 3)))


def _redrawn(study: Study) -> float:
    """Grey levels that generator and encoder put between the take's ends and the anchors."""
    ends = [unlike(study.take.reel, study.anchors, (k, k)) for k in (0, -1)]
    return min(_MOST_REDRAWN, max(float(np.nanpercentile(e, _REDRAWN)) for e in ends))


def _own_change(study: Study) -> float:
    """Greatest change of a patch anywhere in the footage, over what is normal for any."""
    worst = []
    for side in study.real:
        series = side.changes.inner
        blank = [np.full(c.levels.shape, np.nan, np.float32) for c in series]
        maps = tuple((c.at, _over(c.levels, b)) for c, b in zip(series, blank, strict=True))
        worst += [float(m.max()) for m in kept(maps, side.links)]
    return min(_MOST_BY_FOOTAGE, max(worst)) if worst else _UNKNOWN_FOOTAGE


def _region(_: Study, spots: Spots) -> Box:
    return region_of(spots)


def _finding(study: Study, part: _Part, spots: Spots) -> tuple[Finding, float, Spots]:
    if part.firm is not None:
        pairs = zip(spots.ratio, part.firm.ratio, strict=True)
        spots = Spots(spots.at, tuple(np.maximum(a, b) for a, b in pairs))
    limit = part.limit
    number, row, column = spots.worst
    excess = float(spots.ratio[number][row, column])
    finding = measured(
        "persistence",
        excess * limit,
        limit,
        part.unit,
        good="Every frame shows what the two ends show, nothing new and nothing missing",
        bad="Something is there that neither end shows, or is missing though both show it",
        part=part.name,
        span=span_of(study, spots),
        region=part.region(study, spots) if excess > 1 else None,
    )
    return finding, excess, spots
