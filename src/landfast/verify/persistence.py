"""Persistence: what the ends show is there all the way, and nothing else is."""

from __future__ import annotations

from typing import Final

import numpy as np

from landfast.verify.findings import Checked, measured, unmeasured
from landfast.verify.spots import Spots, lasting, normal, region_of, span_of, spread
from landfast.verify.study import Study

LIMIT: Final = 0.36
"""Share of a spot's structure that neither end explains. Views of one scene stay below 0.2 where
the camera shows the spot at both ends; a thing put in or wiped out reaches 0.8 to 1."""
ALONE: Final = 0.45
_LARGE_CELLS: Final = 3
_SMALL_CELLS: Final = 2
_SMALL: Final = 0.6
"""A spot of 16 px must be more foreign than one of 24 px by this factor: poles and twigs seldom
land on each other."""
_FLOOR: Final = 1.5
_RESTLESS: Final = 0.4
"""Spots that the footage itself changes by more are water, leaves or traffic."""
_LEAST: Final = 0.05
"""Share of cells that has to be comparable."""
_NOTHING: Final = (
    "Too little of the picture can be followed from both ends to tell what is new in it"
)


def check_persistence(study: Study) -> Checked:
    """Structure of each frame against both ends, laid over it along smoothed ways."""
    views = study.take.views
    if len(views) < 2:
        return Checked((unmeasured("persistence", "share", _NOTHING),))
    floor = normal(study, lambda view: view.foreign)
    ratios, values, known = [], [], []
    for view in views:
        usual = floor(view.at)
        claimed = np.isfinite(view.foreign) & ~(usual > _RESTLESS)
        known.append(float(claimed.mean()))
        base = LIMIT if study.real else ALONE
        limit = np.maximum(base, base * 0.6 + _FLOOR * np.nan_to_num(usual, nan=0.1))
        ratios.append(np.where(claimed, view.foreign / limit, 0.0))
        values.append(view.foreign)
    if np.mean(known) < _LEAST:
        return Checked((unmeasured("persistence", "share", _NOTHING),))
    maps = [
        np.maximum(large, _SMALL * small)
        for large, small in zip(
            lasting(ratios, _LARGE_CELLS), lasting(ratios, _SMALL_CELLS), strict=True
        )
    ]
    spots = Spots(tuple(v.at for v in views), tuple(maps), tuple(values))
    return _checked(study, spots)


def _checked(study: Study, spots: Spots) -> Checked:
    number, row, column = spots.worst
    excess = float(spots.ratio[number][row, column])
    limit = LIMIT if study.real else ALONE
    value = excess * limit
    finding = measured(
        "persistence",
        value,
        limit,
        "share",
        good="Every frame shows what the two ends show, nothing new and nothing missing",
        bad="Something is there that neither end shows, or is missing though both show it",
        span=span_of(study, spots),
        region=region_of(spots),
    )
    frames, heat = spread(spots, study.frames)
    return Checked((finding,), (excess,), frames=frames, heat=heat)
