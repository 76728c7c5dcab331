"""What comes and goes between the ends: it differs from both more than frames farther away do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from landfast.verify.checks.excuses import excuses
from landfast.verify.checks.spots import Spots
from landfast.verify.findings import Box
from landfast.verify.measure.links import Link, places_between, sample
from landfast.verify.measure.study import Stretch, Study

_EXCUSED: Final = 0.5
"""Of what frames farther away differ by, on top of it."""
_MOST: Final = 90.0
_BELONGS: Final = 0.25
_FEW: Final = 8
"""A frame with more places over the limit is not explained by what moves in it."""

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
    excused = excuses(study)
    ratios: Maps = []
    for one in found.between:
        sides = zip((one.first, one.last), excused(one.at), strict=True)
        usual = base(one.at)
        new = np.fmin(*((levels - most) / (usual + _EXCUSED * most) for levels, most in sides))
        over = np.nan_to_num(new - _everywhere(new)).clip(min=0) / limit(one.at)
        ratios.append((one.at, over.astype(np.float32)))
    lasting = _lasting(ratios, study.take.links, found.enduring)
    left = unexplained(study.take, lasting)
    return Spots(tuple(at for at, _ in left), tuple(field for _, field in left))


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


def unexplained(take: Stretch, series: Maps) -> Maps:
    """The maps without what can be followed to both ends from any of them: the camera goes along
    with it, or it passes slowly."""
    places: dict[int, list[Box]] = {}
    for at, field in series:
        for row, column in _peaks(field):
            for t, box in take.closeups.followed(at, row, column).items():
                places.setdefault(t, []).append(box)
    return [(at, _without(field, places.get(at, []))) for at, field in series]


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
        touched = labels[max(0, y - 1) : bottom, max(0, x - 1) : right]
        field = np.where(np.isin(labels, touched[touched > 0]), np.float32(0), field)
    return field
