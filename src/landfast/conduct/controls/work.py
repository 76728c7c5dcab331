"""What a span's controls are made from, each thing measured once and only when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from landfast.conduct.controls.depth import FoundDepth, How, Unknown, find_depth
from landfast.conduct.controls.reel import EDGE_SIDE, Reel
from landfast.conduct.controls.region import Region, of_file, of_label, whole
from landfast.conduct.progress import Progress, silent
from landfast.generators.controls.pictures import generated
from landfast.model.arrays import Bool, UInt8
from landfast.model.camera import Focal
from landfast.model.controls import ControlGap, Convention, Origin
from landfast.vision.depth import Engine
from landfast.vision.edges import stable_edges
from landfast.vision.labels import LABELS, Labels, label_span
from landfast.vision.labels.learned import LearnedLabels, label_span_learned

Mask = Bool[np.ndarray, "height width"]
Image = UInt8[np.ndarray, "height width 3"]
Edges = UInt8[np.ndarray, "height width"]


_PART: Final = 32
"""Frames whose edges are found together: their motion is held in memory, 20 MB a frame."""
_LAP: Final = 8
"""Frames of the parts before and after that are looked at as well."""


def edges_in_parts(images: Sequence[Image]) -> tuple[Edges, ...]:
    """Edges of any number of frames, in parts that overlap so that lines carry on between them."""
    edges: list[Edges] = []
    for start in range(0, len(images), _PART):
        before = max(0, start - _LAP)
        found = stable_edges(images[before : start + _PART + _LAP])
        edges += found[start - before : start - before + _PART]
    return tuple(edges)


@dataclass(frozen=True)
class Work:
    """One span, on its way to become control videos."""

    reel: Reel
    convention: Convention
    gap: ControlGap
    mask: str = ""
    """A label, a file, or nothing for the whole picture."""
    how: How = "auto"
    """Where depth comes from."""
    depth_model: str = ""
    label_model: str = ""
    """A segmenter's file; without it labels are measured."""
    focal: Focal | None = None
    engine: Engine = "measured"
    progress: Progress | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of every control picture."""
        return self.reel.grid.width, self.reel.grid.height

    @cached_property
    def depth(self) -> FoundDepth | Unknown:
        """Depth, measured when first asked for."""
        self._say("depth")
        return find_depth(
            self.reel,
            self.convention.depth_polarity,
            how=self.how,
            model=self.depth_model,
            focal=self.focal,
            engine=self.engine,
        )

    @cached_property
    def labels(self) -> Labels:
        """Labels, measured when first asked for.

        Raises:
            InputError: The segmenter cannot be used.
            Unsupported: The extra `onnx` is not installed.
        """
        self._say("labels")
        if not self.label_model:
            return label_span(self.reel.measured)
        segmenter = LearnedLabels.of(Path(self.label_model))
        return label_span_learned(self.reel.measured, segmenter)

    @property
    def labels_origin(self) -> Origin:
        """Where labels come from."""
        return "learned" if self.label_model else "measured"

    @cached_property
    def edges(self) -> tuple[Edges, ...]:
        """Edges of the shown frames, measured when first asked for."""
        self._say("edges")
        return edges_in_parts(self.reel.small(EDGE_SIDE))

    @cached_property
    def region(self) -> Region | Unknown:
        """Which part of the picture is to be generated."""
        if not self.mask:
            return whole(self.reel)
        if self.mask in LABELS:
            return of_label(self.reel, self.labels, self.mask, self.labels_origin)
        return of_file(self.reel, Path(self.mask))

    def generated(self, region: Region) -> Iterator[Mask]:
        """A control frame after another: the pixels that are to be generated."""
        for k, mask in enumerate(region.masks()):
            yield generated(mask, self.gap.start <= k < self.gap.stop, self.size)

    def _say(self, stage: str) -> None:
        (self.progress or silent)(stage, 0, 0)
