"""What comes and goes between the ends: it differs from both more than frames farther away do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from landfast.verify.excuses import excuses
from landfast.verify.links import Link, places_between, sample
from landfast.verify.spots import Spots
from landfast.verify.study import Stretch, Study

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
    return Spots(
        tuple(at for at, _ in lasting), tuple(_unseen(study.take, *one) for one in lasting)
    )


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


def _unseen(take: Stretch, at: int, field: np.ndarray) -> np.ndarray:
    """The map without what both ends show near the same place of the picture: the camera follows
    it, or it moves along."""
    _, labels = cv2.connectedComponents((field > _BELONGS).astype(np.uint8), connectivity=8)
    wrong = [int(one) for one in np.unique(labels[field > 1])]
    if len(wrong) > _FEW:
        return field
    for one in wrong:
        here = np.where(labels == one, field, np.float32(0))
        row, column = np.unravel_index(int(here.argmax()), here.shape)
        if take.closeups.shown(at, float(row), float(column)):
            field = field - here
    return field
