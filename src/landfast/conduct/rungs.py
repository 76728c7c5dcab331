"""The rungs that take nothing but real frames: kept as they are, or shown at other times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from landfast.compose.inbetween import pictures_at
from landfast.conduct.depth import in_depth, is_deep
from landfast.errors import Unsupported
from landfast.generators.base import Image, Material, Progress
from landfast.generators.profiles import shipped_profile
from landfast.media.decode import decode
from landfast.model.clip import Clip
from landfast.model.plan import Generate, Retime
from landfast.model.profile import Profile
from landfast.model.take import Request
from landfast.model.time import Span
from landfast.planning.ladder import KEEP, RETIME
from landfast.planning.retiming import clock

_TITLES: Final = {
    KEEP: "The real frames as they are, judged like a take",
    RETIME: "Real frames beside the fault at other times, and pictures between them",
}


@dataclass(frozen=True, slots=True)
class FootageRung:
    """A rung whose takes are made of the footage around a gap; `at` binds it to one."""

    name: str

    @property
    def profile(self) -> Profile:
        """Any size and length, free of charge."""
        update = {"generator": self.name, "title": _TITLES[self.name]}
        return shipped_profile("geometry").model_copy(update=update)

    def make(
        self,
        request: Request,
        material: Material,  # noqa: ARG002
        *,
        progress: Progress | None = None,  # noqa: ARG002
    ) -> Iterator[Image]:
        """Anchors alone hold no frames to show.

        Raises:
            Unsupported: Always; see `at`.
        """
        raise Unsupported(
            "needs the footage between and beside the anchors",
            subject=f"{self.name}, {request.segment}",
            remedy="use it by --generator auto",
        )

    def at(self, path: Path, clip: Clip, segment: Generate, retime: Retime | None) -> Shown:
        """This rung at one gap.

        Args:
            path: The footage.
            clip: What it holds.
            segment: As the rung fills it.
            retime: How real frames are moved in time; None for the rung that keeps them.
        """
        return Shown(self.profile, path, clip, segment, retime)


@dataclass(frozen=True, slots=True)
class Shown:
    """Real frames of one gap as a take."""

    profile: Profile
    path: Path
    clip: Clip
    segment: Generate
    retime: Retime | None

    def make(
        self,
        request: Request,
        material: Material,  # noqa: ARG002
        *,
        progress: Progress | None = None,
    ) -> Iterator[Image]:
        """The frames; see `Generator.make`."""
        for done, image in enumerate(self._images(), 1):
            yield image
            if progress is not None:
                progress(done, request.frames)

    def _images(self) -> Iterator[Image]:
        if self.retime is None:
            ends = (self.segment.start.time, self.segment.end.time)
            first, last = (self.clip.index_at(time) for time in ends)
            return self._real(range(first, last + 1))
        (before, after), positions = clock(self.retime, self.clip)
        return pictures_at(self._joined(before, after), positions)

    def _joined(self, before: range, after: range) -> Iterator[Image]:
        yield from self._real(before)
        yield from self._real(after)

    def _real(self, frames: range) -> Iterator[Image]:
        span = Span(start=self.clip.time_of(frames.start), stop=self.clip.time_of(frames.stop))
        # What is kept is the footage itself; what is moved in time is made of these.
        deep = self.retime is not None and is_deep(self.clip)
        shown = decode(self.path, self.clip, span=span)
        return (in_depth(picture, deep=deep) for picture in shown)
