"""What comes and goes between the ends: it differs from both more than frames farther away do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from landfast.verify.checks.excuses import excuses
from landfast.verify.checks.spots import Spots
from landfast.verify.findings import Box
from landfast.verify.measure.changes import APART
from landfast.verify.measure.closeups import Between, CloseUps
from landfast.verify.measure.following import followed
from landfast.verify.measure.links import Link, identity, places_between, sample
from landfast.verify.measure.relaying import once_more
from landfast.verify.measure.study import Stretch, Study

_EXCUSED: Final = 0.5
"""Of what frames farther away differ by, on top of it."""
_MOST: Final = 90.0
_BELONGS: Final = 0.25
_FEW: Final = 8
"""A frame with more places over the limit is not explained by what moves in it."""
_DOUBTED: Final = 0.5
"""Cells that are looked at once more where anything is over the limit, ..."""
_RIM: Final = 7
"""... and those around, in a square of so many: patches in the next but one reach into a cell."""
_AT_ONCE: Final = 2.0
"""Times as far over larger patches, in a single frame. Leaves reach 0.65 of that in true takes, and
mostly less than half."""
_TWICE: Final = 3.0
"""Grey levels more in two comparisons in a row, growing with the take as all limits do. True takes
reach 0.7 of the limit, things that move and H.264 at crf 28 0.8."""
_AROUND: Final = 4
"""Cells around a thing whose motion is that of the scene it stands before."""

Maps = list[tuple[int, np.ndarray]]


def passing(
    study: Study, base: Callable[[int], np.ndarray], limit: Callable[[int], np.ndarray]
) -> Spots | None:
    """Value over limit at the cells of frames all the way; None in a take too short for it.

    Args:
        study: What is judged.
        base: What is normal at the cells of a frame, grey levels.
        limit: Times as much, and as half of what is excused, that a cell may differ by.
    """
    found = study.take.closeups
    if len(found.between) < found.enduring:
        return None

    def ratios(series: tuple[Between, ...]) -> Maps:
        excused = excuses(study, series)
        return [(one.at, over(one, excused(one.at))) for one in series]

    def over(one: Between, excused: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        sides = zip((one.first, one.last), excused, strict=True)
        usual = base(one.at)
        new = np.fmin(*((levels - most) / (usual + _EXCUSED * most) for levels, most in sides))
        beyond = np.nan_to_num(new - _everywhere(new)).clip(min=0) / limit(one.at)
        return np.asarray(beyond, np.float32)

    def borne_out(series: tuple[Between, ...], told: Maps, count: int) -> Spots:
        """What is over the limit though frames are looked at once more where it is."""
        spots = _spots(_lasting(told, links, count))
        if not spots.fail:
            return spots
        left = _lasting(ratios(_relooked(found, series, spots)), links, count)
        return Spots(spots.at, tuple(map(np.minimum, spots.ratio, _spots(left).ratio)))

    links, told = study.take.links, ratios(found.between)
    spots = borne_out(found.between, told, found.enduring)
    if spots.fail or not _spots(_lasting(told, links, found.enduring - 1)).fail:
        return spots
    # One comparison short of enough: the frames halfway between them tell how long it is there.
    finer = borne_out(found.finer, ratios(found.finer), 2 * found.enduring - 1)
    return Spots(spots.at, finer.ratio[::2])


def _spots(maps: Maps) -> Spots:
    return Spots(tuple(at for at, _ in maps), tuple(field for _, field in maps))


def _relooked(found: CloseUps, series: tuple[Between, ...], spots: Spots) -> tuple[Between, ...]:
    """The frames looked at once more where they are doubted."""
    around = np.ones((_RIM, _RIM), np.uint8)

    def seen(one: Between, field: np.ndarray) -> Between:
        doubted = cv2.dilate((field > _DOUBTED).astype(np.uint8), around) > 0
        return once_more(found, one, doubted) if doubted.any() else one

    return tuple(map(seen, series, spots.ratio))


def ghosts(study: Study, most: Callable[[int], np.ndarray]) -> Spots:
    """What is a mixture of before and after, over how far it may be: most grey levels in small
    patches for a quarter of a second, more in two comparisons in a row, as a fade is at half for a
    moment only, some times that in larger ones however briefly, as to fade within a few frames is
    as wrong. What else happens there excuses none: either of both differs from such a frame by a
    part of what it differs by from the other."""
    found, links = study.take.closeups, study.take.links
    limits = [most(one.at) for one in found.between]
    pairs = tuple(zip(found.between, limits, strict=True))
    more = np.float32(_TWICE * study.longer)
    small = [(one.at, one.mixed / limit) for one, limit in pairs]
    brief = [(one.at, one.mixed / (limit + more)) for one, limit in pairs]
    large = [one.faded / (np.float32(_AT_ONCE) * limit) for one, limit in pairs]
    lasting = zip(_lasting(small, links, found.enduring), _lasting(brief, links, 2), strict=True)
    worst = [
        np.maximum.reduce([a, b, c]) for ((_, a), (_, b)), c in zip(lasting, large, strict=True)
    ]
    return Spots(tuple(one.at for one in found.between), tuple(worst))


def _everywhere(new: np.ndarray) -> np.float32:
    """What all but a tenth of the frame does: a blurred or repainted frame is no thing in it."""
    known = new[np.isfinite(new)]
    return np.float32(max(0.0, np.percentile(known, _MOST)) if len(known) else 0.0)


def _lasting(series: Maps, links: tuple[Link, ...], count: int) -> Maps:
    """What so many consecutive maps agree on at the same spot of the scene or of the picture: a
    gull or a car that crosses the ground is nowhere so long."""

    def seen(at: int, of: tuple[int, np.ndarray]) -> np.ndarray:
        places = places_between(links, at, of[0])
        return np.where(places.known, sample(of[1], places.at), np.float32(0))

    out = [np.zeros(field.shape, np.float32) for _, field in series]
    for first in range(len(series) - count + 1):
        run = series[first : first + count]
        at = run[count // 2][0]
        firm = (at, np.minimum.reduce([seen(at, one) for one in run]))
        still = np.minimum.reduce([field for _, field in run])
        for k, (t, field) in enumerate(run, first):
            out[k] = np.maximum.reduce([out[k], np.minimum(field, seen(t, firm)), still])
    return [(t, field) for (t, _), field in zip(series, out, strict=True)]


def unexplained(take: Stretch, measures: list[Spots]) -> list[Spots]:
    """The maps without what can be followed to both ends from any of them: it passes, or the camera
    goes along with it. Where it is, where it stood at the ends and where it was or will be in the
    frame compared with, the scene looks different by right."""
    places: dict[int, list[Box]] = {}
    for spots in measures:
        for at, field in zip(spots.at, spots.ratio, strict=True):
            for row, column in _peaks(_without(field, _seen(take, at, places))):
                for t, box in _thing_at(take, at, row, column).items():
                    places.setdefault(t, []).append(box)
    return [_left(take, spots, places) for spots in measures] if places else measures


def _left(take: Stretch, spots: Spots, places: dict[int, list[Box]]) -> Spots:
    pairs = zip(spots.at, spots.ratio, strict=True)
    return Spots(spots.at, tuple(_without(one, _seen(take, at, places)) for at, one in pairs))


def _thing_at(take: Stretch, at: int, row: int, column: int) -> dict[int, Box]:
    """Where frames show the thing at a cell, or the one that an end shows there."""
    for there in (at, *take.closeups.others(at)):
        y, x = places_between(take.links, at, there).at[row, column][::-1]
        found = followed(take.closeups, there, float(y), float(x))
        if found:
            return found
    return {}


def _seen(take: Stretch, at: int, places: dict[int, list[Box]]) -> list[Box]:
    """Boxes of a frame, and those of the ends and of frames compared with it as what stands around
    them is seen from it."""
    half = APART // 2
    out = list(places.get(at, ()))
    for there in {0, take.closeups.last, at - half, at + half} - {at}:
        out += [_carried(take, there, at, box) for box in places.get(there, ())]
    return out


def _carried(take: Stretch, at: int, to: int, box: Box) -> Box:
    """A box of one frame where the scene around it stands in another."""
    way = places_between(take.links, at, to)
    rows, columns = way.known.shape
    x, y, across, down = box
    ring = np.zeros((rows, columns), np.uint8)
    for side, inside in ((_AROUND, 1), (1, 0)):
        first = int(x * columns) - side, int(y * rows) - side
        last = int((x + across) * columns) + side, int((y + down) * rows) + side
        cv2.rectangle(ring, first, last, inside, cv2.FILLED)
    some = (ring > 0) & way.known
    if not some.any():
        return box
    dx, dy = np.median((way.at - identity(rows, columns))[some], axis=0)
    return x + float(dx) / columns, y + float(dy) / rows, across, down


def _peaks(field: np.ndarray) -> list[tuple[int, int]]:
    """The worst cell of every place over the limit; none where there are many."""
    count, labels = cv2.connectedComponents((field > 1).astype(np.uint8), connectivity=8)
    if count - 1 > _FEW:
        return []
    worst = [np.where(labels == one, field, 0).argmax() for one in range(1, count)]
    columns = field.shape[1]
    return [(int(at) // columns, int(at) % columns) for at in worst]


def _without(field: np.ndarray, boxes: list[Box]) -> np.ndarray:
    """A map without the places that touch one of these boxes, a cell of slack allowed."""
    rows, columns = field.shape
    _, labels = cv2.connectedComponents((field > _BELONGS).astype(np.uint8), connectivity=8)
    for left, top, across, down in boxes:
        x, y = int(left * columns), int(top * rows)
        right, bottom = int((left + across) * columns) + 2, int((top + down) * rows) + 2
        touched = labels[max(0, y - 1) : max(0, bottom), max(0, x - 1) : max(0, right)]
        field = np.where(np.isin(labels, touched[touched > 0]), np.float32(0), field)
    return field
