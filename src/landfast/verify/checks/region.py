"""Region: pixels under a mask are the footage's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import UInt8
from landfast.model.constraint import KeepRegion
from landfast.verify.findings import Checked, measured, seconds, unmeasured
from landfast.verify.measure.reel import Image
from landfast.verify.measure.study import Study

LIMIT_LEVELS: Final = 4.0
"""Mean difference under the mask: an encode at good quality stays below 2 grey levels."""


@dataclass(frozen=True, slots=True)
class Plate:
    """What must show through a mask.

    mask: white is kept, height x width uint8, of the take's shape.
    frames: the reference, one picture for all frames or one a frame.
    """

    mask: UInt8[np.ndarray, "height width"]
    frames: Sequence[Image]


def check_region(study: Study, constraint: KeepRegion, plates: Mapping[str, Plate]) -> Checked:
    """Mean absolute difference to the plate under the mask, per frame."""
    plate = plates.get(constraint.mask)
    if plate is None or len(plate.frames) not in (1, study.frames):
        return Checked((unmeasured("region", "grey levels", _MISSING),))
    size = study.take.reel.size
    mask = cv2.resize(plate.mask, size, interpolation=cv2.INTER_AREA) > 127
    if not mask.any():
        return Checked((unmeasured("region", "grey levels", "The mask keeps no pixel"),))
    series = np.array([_difference(study, plate, mask, t) for t in range(study.frames)])
    worst = int(series.argmax())
    value = float(series[worst])
    over = np.flatnonzero(series > LIMIT_LEVELS)
    finding = measured(
        "region",
        value,
        LIMIT_LEVELS,
        "grey levels",
        good=f"The kept region is the footage's within {value:.1f} grey levels",
        bad=f"The kept region differs from the footage by {value:.1f} grey levels",
        span=seconds(int(over[0]), int(over[-1]) + 1, study.fps) if len(over) else None,
        region=_box(mask),
    )
    ratio = (series / LIMIT_LEVELS).astype(np.float32)
    return Checked((finding,), (value / LIMIT_LEVELS,), frames=ratio)


_MISSING: Final = "The mask and the footage to compare with were not given"


def _difference(study: Study, plate: Plate, mask: np.ndarray, t: int) -> float:
    reference = plate.frames[t if len(plate.frames) > 1 else 0]
    size = study.take.reel.size
    if (reference.shape[1], reference.shape[0]) != size:
        reference = cv2.resize(reference, size, interpolation=cv2.INTER_AREA)
    apart = cv2.absdiff(study.take.reel.rgb[t], reference).mean(axis=2)
    return float(apart[mask].mean())


def _box(mask: np.ndarray) -> tuple[float, float, float, float]:
    height, width = mask.shape
    x, y, across, down = cv2.boundingRect(mask.astype(np.uint8))
    return (
        round(x / width, 3),
        round(y / height, 3),
        round(across / width, 3),
        round(down / height, 3),
    )
