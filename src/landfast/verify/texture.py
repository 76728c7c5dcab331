"""Texture: detail stays on its surface; it does not boil, melt, or soften and come back."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.findings import Checked, measured, unmeasured
from landfast.verify.spots import Spots, lasting, normal, region_of, span_of, spread
from landfast.verify.study import Study

MELTING: Final = 0.42
"""Share of fine detail that is not where the frames beside it have it, beyond what the whole frame
and the footage there do: noise and compression spoil detail everywhere alike."""
SOFTER: Final = 0.35
"""Share of the amplitude of detail that a region may lose against the ends, beyond the frame."""
SOFTER_WHOLE: Final = 0.4
"""And the whole frame: encoders keep their ends sharper than the frames between."""
_ALONE: Final = 1.3
_RESTLESS: Final = 0.7
_UNSEEN: Final = 0.3
"""What is taken for normal at spots that the footage does not show."""
_PATCH: Final = 5
"""Cells along the side of the smallest patch that boils: single waves and tree tops are smaller."""
_SMOOTH: Final = 7
"""Cells along the side of the patch over which lost detail is averaged."""
_LEAST: Final = 0.03
_NOTHING: Final = "Too little fine detail can be followed to tell whether it stays on its surface"

Part = tuple[Finding, float, Spots]


def check_texture(study: Study) -> Checked:
    """Two findings: detail that moves or is made anew, and detail that fades."""
    views = study.take.views
    if len(views) < 2 or np.mean([np.isfinite(v.unsteady).mean() for v in views]) < _LEAST:
        return Checked((unmeasured("texture", "share", _NOTHING),))
    parts = [_melting(study), _softening(study)]
    series, heats = zip(*(spread(part[2], study.frames) for part in parts), strict=True)
    frames: np.ndarray = np.maximum(*series)
    heat = tuple(np.maximum(a, b) for a, b in zip(*heats, strict=True))
    return Checked(tuple(p[0] for p in parts), tuple(p[1] for p in parts), frames=frames, heat=heat)


def _melting(study: Study) -> Part:
    floor = normal(study, lambda view: view.unsteady)
    ratios, values = [], []
    for view in study.take.views:
        usual = floor(view.at)
        everywhere = _median(view.unsteady)
        expected = np.fmax(np.nan_to_num(usual, nan=_UNSEEN), everywhere)
        limit = (MELTING + 1.2 * expected) * (1.0 if study.real else _ALONE)
        claimed = np.isfinite(view.unsteady) & (expected < _RESTLESS)
        ratios.append(np.where(claimed, view.unsteady / limit, 0.0))
        values.append(view.unsteady)
    spots = Spots(
        tuple(v.at for v in study.take.views), tuple(lasting(ratios, _PATCH)), tuple(values)
    )
    number, row, column = spots.worst
    excess = float(spots.ratio[number][row, column])
    finding = measured(
        "texture",
        excess * MELTING,
        MELTING,
        "share",
        good="Fine detail stays where the frames beside it have it",
        bad="Fine detail crawls, boils or melts: it is not where the frames beside it have it",
        part="detail",
        span=span_of(study, spots),
        region=region_of(spots),
    )
    return finding, excess, spots


def _softening(study: Study) -> Part:
    floor = normal(study, lambda view: _lost(view.softer))
    ratios, whole = [], []
    for view in study.take.views:
        usual = np.nan_to_num(floor(view.at), nan=0.0)
        everywhere = max(0.0, 1 - float(np.exp(-_median(view.softer))))
        whole.append(everywhere / SOFTER_WHOLE)
        known = np.isfinite(view.softer)
        lost = _lost(view.softer)
        limit = (SOFTER + np.maximum(usual, everywhere)) * (1.0 if study.real else _ALONE)
        ratios.append(np.where(known, lost / limit, 0.0))
    maps = lasting(ratios, 3)
    # A loss all over the frame has no place in it, but a time.
    spots = Spots(tuple(v.at for v in study.take.views), tuple(maps), tuple(ratios))
    number, row, column = spots.worst
    part, every = float(spots.ratio[number][row, column]), _second(whole)
    if every > part:
        spots = Spots(
            spots.at,
            tuple(np.full_like(m, w) for m, w in zip(maps, whole, strict=True)),
            tuple(ratios),
        )
    excess = max(part, every)
    finding = measured(
        "texture",
        excess * SOFTER,
        SOFTER,
        "share",
        good="Detail is as sharp all the way as at both ends",
        bad=f"{'The whole picture' if every > part else 'A part of the picture'} goes soft between "
        "its ends",
        part="sharpness",
        span=span_of(study, spots),
        region=None if every > part else region_of(spots),
    )
    return finding, excess, spots


def _second(values: list[float]) -> float:
    """Second greatest: one soft frame is a stroke of motion blur."""
    return sorted(values)[-2] if len(values) > 1 else 0.0


def _median(field: np.ndarray) -> float:
    known = field[np.isfinite(field)]
    return float(np.median(known)) if len(known) else 0.0


def _lost(softer: np.ndarray) -> np.ndarray:
    """Share of the amplitude of detail that a patch has lost."""
    known = np.isfinite(softer).astype(np.float32)
    filled = np.where(known > 0, np.clip(softer, -1.5, 1.5), 0.0).astype(np.float32)
    total, count = (cv2.blur(f, (_SMOOTH, _SMOOTH)) for f in (filled, known))
    mean = np.where(count > 0.3, total / np.maximum(count, 1e-6), 0.0)
    return np.asarray(np.maximum(0.0, 1 - np.exp(-mean)), np.float32)
