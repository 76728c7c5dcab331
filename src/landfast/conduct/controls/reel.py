"""The footage of one span as control pictures: decoded in order, cropped and scaled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

from landfast.generators.controls.fit import fitted, scaled
from landfast.media.cameras import lens_at
from landfast.media.decode import decode
from landfast.media.grid import Grid
from landfast.model.arrays import UInt8
from landfast.model.camera import Focal, Lens
from landfast.model.clip import Clip
from landfast.model.controls import ControlFrame, ControlGrid
from landfast.model.time import Span

Image = UInt8[np.ndarray, "height width 3"]

MEASURED_SIDE: Final = 640
"""Longer side of the pictures in which depth and labels are measured, pixels."""
EDGE_SIDE: Final = 832
"""The same for edges."""


@dataclass(frozen=True)
class Reel:
    """What the control videos of a span are made from; several frames may show one picture."""

    path: Path
    clip: Clip
    grid: ControlGrid
    frames: tuple[ControlFrame, ...]

    @cached_property
    def shown(self) -> tuple[int, ...]:
        """The footage frames that are shown, in order, each once."""
        return tuple(index for index, _ in groupby(frame.source_index for frame in self.frames))

    @property
    def times(self) -> tuple[Fraction, ...]:
        """Their times, seconds of the clip."""
        return tuple(self.clip.time_of(index) for index in self.shown)

    @cached_property
    def place(self) -> tuple[int, ...]:
        """For every control frame, where its footage frame stands among `shown`."""
        at = {index: place for place, index in enumerate(self.shown)}
        return tuple(at[frame.source_index] for frame in self.frames)

    def pictures(self) -> Iterator[Image]:
        """One picture a control frame, in the grid's size; decoded anew each time."""
        counts = [len(list(same)) for _, same in groupby(self.place)]
        for picture, count in zip(self.shown_pictures(), counts, strict=True):
            for _ in range(count):
                yield picture

    def small(self, side: int) -> tuple[Image, ...]:
        """The shown frames, the longer side at most `side`; for measuring."""
        longer = max(self.grid.width, self.grid.height)
        width = min(self.grid.width, round(self.grid.width * side / longer))
        size = Grid.working((self.grid.width, self.grid.height), width).size
        return tuple(scaled(picture, size) for picture in self.shown_pictures())

    @cached_property
    def measured(self) -> tuple[Image, ...]:
        """The shown frames at the size in which depth and labels are measured."""
        return self.small(MEASURED_SIDE)

    def lens(self, focal: Focal) -> Lens:
        """The lens of the pictures in `measured`, from the focal length of the whole footage."""
        whole = focal.lens(self.clip.width, self.clip.height)
        x, y, width, height = self.grid.crop
        cut = whole.model_copy(
            update={
                "width": width,
                "height": height,
                "centre_x": whole.centre_x - x,
                "centre_y": whole.centre_y - y,
            }
        )
        tall, wide = self.measured[0].shape[:2]
        return lens_at(cut, wide, tall)

    def shown_pictures(self) -> Iterator[Image]:
        """One picture a shown footage frame, in the grid's size; decoded anew each time."""
        wanted = set(self.shown)
        span = Span(
            start=self.clip.time_of(self.shown[0]), stop=self.clip.time_of(self.shown[-1] + 1)
        )
        for picture in decode(self.path, self.clip, span=span):
            if picture.index in wanted:
                yield fitted(picture.rgb(), self.grid)
