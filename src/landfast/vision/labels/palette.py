"""Which colours and textures carry a label in this span: what a rule found, learned and read back.

A rule that holds anywhere finds part of a thing; the rest of it has the same colours in the same
light. The shares of each label in the cells of a colour and texture histogram, pooled over the
span, are the model (as GrabCut's; Rother et al., 2004, with a histogram for the mixture).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from landfast.model.arrays import Float32, Float64, Int64
from landfast.vision.labels.cues import Cues
from landfast.vision.labels.record import LABELS

Planes = Float32[np.ndarray, "label height width"]
Cells = Int64[np.ndarray, "height width"]

_SAMPLES: Final = 8
"""Frames of a span that its colours are learned from."""
_BINS: Final = (20, 12, 16, 9)
"""Lightness, a*, b*, roughness."""
_KEPT: Final = [LABELS.index("sky"), LABELS.index("built")]
_FEW: Final = 2.0
"""Pixels of no label in every cell: what is seen once is not learned."""


def picked(count: int) -> list[int]:
    """Numbers of the frames to learn from, evenly spread."""
    every = np.linspace(0, count - 1, min(count, _SAMPLES))
    return [int(k) for k in np.rint(every)]


def cells(cues: Cues) -> Cells:
    """Number of each pixel's cell in the colour and texture histogram."""
    scaled = (cues.light / 5, (cues.a + 30) / 5, (cues.b + 40) / 5, 2 * np.log2(1 + cues.rough))
    each = [
        np.clip(value, 0, n - 1).astype(np.int64) for value, n in zip(scaled, _BINS, strict=True)
    ]
    return np.asarray(np.ravel_multi_index(tuple(each), _BINS))


def learn(places: Sequence[Cells], planes: Sequence[Planes]) -> Float32[np.ndarray, "label cell"]:
    """Share of every label among the pixels of each cell."""
    count = int(np.prod(_BINS))
    where = np.concatenate([cell.ravel() for cell in places])
    seen = _smoothed(np.bincount(where, minlength=count).astype(np.float64)) + _FEW
    weights = np.concatenate([plane.reshape(len(plane), -1) for plane in planes], axis=1)
    return np.stack(
        [(_smoothed(np.bincount(where, one, count)) / seen).astype(np.float32) for one in weights]
    )


def settled(frames: Sequence[Cues], planes: Sequence[Planes]) -> list[Planes]:
    """Confidences halfway between what each pixel says and what its colour means in the span.

    The sky stays as it is, for the same colours elsewhere are clouds in a window or a lake; and so
    does what is built, for its colours are those of soil and rock.
    """
    places = [cells(cues) for cues in frames]
    some = picked(len(frames))
    means = learn([places[k] for k in some], [planes[k] for k in some])
    out = [(own + means[:, place]) / 2 for own, place in zip(planes, places, strict=True)]
    for own, both in zip(planes, out, strict=True):
        both *= 1 - own[_KEPT].sum(axis=0)
        both[_KEPT] = own[_KEPT]
    return out


def _smoothed(counts: Float64[np.ndarray, " cell"]) -> Float64[np.ndarray, " cell"]:
    """Counts spread over the neighbouring cells."""
    grid = counts.reshape(_BINS)
    for axis in range(4):
        padded = np.pad(grid, [(1, 1) if k == axis else (0, 0) for k in range(4)])
        take = [np.take(padded, range(s, s + grid.shape[axis]), axis) for s in range(3)]
        grid = 0.2 * take[0] + 0.6 * take[1] + 0.2 * take[2]
    return np.asarray(grid.ravel())
