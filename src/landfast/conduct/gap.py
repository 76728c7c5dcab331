"""One gap of a run: the real frames that it needs, and who fills it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landfast.compose.conform import resized
from landfast.conduct.controls.request import controls_for
from landfast.conduct.depth import is_deep, takes_depth
from landfast.conduct.job import Job
from landfast.conduct.ladder import as_asked, retime_of
from landfast.conduct.patching import Patching
from landfast.conduct.rungs import FootageRung
from landfast.conduct.surroundings import Around, Ends
from landfast.conduct.writing import Grid
from landfast.generators.base import Control, Frame, Generator, Material
from landfast.generators.remote.generator import RemoteGenerator
from landfast.model.arrays import UInt8
from landfast.model.plan import Generate
from landfast.model.take import Request
from landfast.planning.ladder import RETIME

Image = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Gap:
    """One segment to be filled, with the real frames it needs, decoded when first asked for."""

    job: Job
    segment: Generate

    @classmethod
    def of(cls, job: Job, segment: Generate, asked: Request) -> Gap:
        """A planned segment as a request is for it: retiming has a window of its own."""
        return cls(job, as_asked(segment, asked, job.clip))

    @property
    def around(self) -> Around:
        """The real frames that its takes are made from and judged by."""
        return self.job.footage.around(self.job.anchors(self.segment))

    def material(self, asked: Request) -> Material:
        """The real frames for the generator in the take's size, and the controls it takes."""
        around = self.around

        def fitted(images: tuple[Frame, ...]) -> tuple[Frame, ...]:
            return tuple(resized(image, asked.width, asked.height) for image in images)

        deep = is_deep(self.job.clip) and takes_depth(self.job.maker_of(asked))
        first, last = fitted(around.anchors(deep=deep))
        before, after = (fitted(side) for side in around.beside())
        return Material(first, last, before, after, self._controls(asked, around.gap))

    def _controls(self, asked: Request, anchors: Ends) -> tuple[Control, ...]:
        profile, patching = self.job.maker_of(asked).profile, self.patching(asked)
        if patching is not None:
            return patching.controls(asked, profile) if patching.masked else ()
        return controls_for(
            asked,
            profile,
            self.job.source,
            self.job.clip,
            anchors=anchors,
            faults=[one.fault for one in self.segment.replaces],
            progress=self.job.progress,
        )

    def patching(self, asked: Request) -> Patching | None:
        """The take that a part is laid into; None for requests for whole pictures.

        Raises:
            LedgerCorrupt: That take is gone from disk.
        """
        if asked.patch is None:
            return None
        base = self.job.ledger.take(asked.patch.base)
        assert base.take is not None
        path = self.job.take_file(base.take.file, base.take.sha256)
        masked = self.job.maker_of(asked).profile.fills_regions
        return Patching(path, asked.patch.regions, masked)

    def grid(self, asked: Request) -> Grid:
        """The footage's own frames, in the take's size: a model's are brought onto them.

        A take of which only a part is new is as large as the footage.
        """
        if asked.patch is not None:
            clip = self.job.clip
            return Grid(self.segment.frames, self.segment.fps, clip.width, clip.height)
        return Grid(self.segment.frames, self.segment.fps, asked.width, asked.height)

    def sent(self, asked: Request) -> tuple[Image, Image]:
        """The anchors as the generator saw them: what its take is judged against."""
        maker = self.job.maker_of(asked)
        if isinstance(maker, RemoteGenerator) and asked.patch is None:
            return maker.sent(asked, self.material(asked))
        around = self.around
        return around.first, around.last


def maker_at(gap: Gap, asked: Request) -> Generator:
    """The generator of a request, bound to the footage where it shows real frames."""
    maker, job = gap.job.maker_of(asked), gap.job
    if not isinstance(maker, FootageRung):
        return maker
    planned = next(one for one in job.plan.generated if one.name == gap.segment.name)
    retime = retime_of(planned) if maker.name == RETIME else None
    return maker.at(job.source, job.clip, gap.segment, retime)
