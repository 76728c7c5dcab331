"""A take of which only a part is left to fill: what the model is shown, and how it is laid in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import numpy as np

from landfast.compose.conform import resized
from landfast.compose.inbetween import pictures_at
from landfast.compose.patch import Regions, feathered, grown, inside, laid_in
from landfast.conduct.depth import Image, in_depth, is_deep
from landfast.generators.base import Control
from landfast.generators.controls.pictures import mask_picture, source_picture
from landfast.generators.conventions import convention_of
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.media.stills import image_id
from landfast.model.arrays import Bool, UInt8
from landfast.model.clip import Clip
from landfast.model.constraint import KeepRegion
from landfast.model.controls import Convention
from landfast.model.profile import Profile
from landfast.model.take import Patch, Request
from landfast.verify.checks.region import Plate
from landfast.verify.measure.reel import WORKING_WIDTH

Mask = Bool[np.ndarray, "height width"]
Used = Literal["part", "all"]
"""What of a take is laid into another."""
WHOLE: Final = ((0.0, 0.0, 1.0, 1.0),)


def kept(regions: Regions, size: tuple[int, int]) -> UInt8[np.ndarray, "height width"]:
    """White where a take that is laid in shows nothing of itself."""
    return np.where(feathered(inside(regions, size)) > 0, 0, 255).astype(np.uint8)


def patched(asked: Request, patch: Patch, clip: Clip, profile: Profile) -> Request:
    """A request for a part of the picture; of a model that takes masks, that the rest stay."""
    if not profile.fills_regions:
        return asked.model_copy(update={"patch": patch})
    keep = KeepRegion(mask=image_id(kept(patch.regions, (clip.width, clip.height))))
    constraints = (*asked.constraints, keep)
    return asked.model_copy(update={"patch": patch, "constraints": constraints})


@dataclass(frozen=True)
class Patching:
    """The take whose pixels stay, and where they do not.

    Attributes:
        base: Its file.
        regions: What failed in it.
        masked: Whether the model is told so and fills nothing else. Of one that takes no mask the
            whole picture is at hand: what is used of it goes as far as the two takes differ.
    """

    base: Path
    regions: Regions
    masked: bool

    @cached_property
    def clip(self) -> Clip:
        """Of the base."""
        return probe(self.base)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the base."""
        return self.clip.width, self.clip.height

    def frames(self, width: int | None = None) -> Iterator[Image]:
        """The base's frames."""
        return (picture.rgb(width) for picture in decode(self.base, self.clip))

    def lay(
        self, take: Callable[[], Iterable[Image]], used: Used = "part"
    ) -> tuple[Iterator[Image], str]:
        """The base with a take laid into it, as deep as the base, and how much of it.

        Args:
            take: Its frames, each time from the first.
            used: What of it.
        """
        part = inside(self.regions if used == "part" else WHOLE, self.size)
        if not self.masked and used == "part":
            part = grown(self.regions, self.frames(), take(), self.size)
        deep = is_deep(self.clip)
        base = (in_depth(picture, deep=deep) for picture in decode(self.base, self.clip))
        words = f"only {float(part.mean()):.0%} of the picture is taken from it"
        if used == "all":
            words = "all of the picture is taken from it, since a part did not pass"
        return laid_in(base, take(), feathered(part)), words

    def plates(self) -> dict[str, Plate]:
        """What must show outside the regions, by the mask's content id."""
        if not self.masked:
            return {}
        mask = kept(self.regions, self.size)
        return {image_id(mask): Plate(mask, tuple(self.frames(WORKING_WIDTH)))}

    def controls(self, asked: Request, profile: Profile) -> tuple[Control, ...]:
        """The base on the request's own frames, and the mask of what is wanted."""
        convention, count = convention_of(profile, asked.fps), asked.frames
        reason = "the part of the picture that failed"
        return (
            Control("source", count, lambda: self._source(asked, convention), reason=reason),
            Control("mask", count, lambda: self._masks(asked, convention), reason=reason),
        )

    def _wanted(self, asked: Request) -> Iterator[Mask]:
        """What is to be generated: nothing in the anchors."""
        size = asked.width, asked.height
        part = feathered(inside(self.regions, size)) > 0
        for k in range(asked.frames):
            yield part if 0 < k < asked.frames - 1 else np.zeros_like(part)

    def _masks(self, asked: Request, convention: Convention) -> Iterator[Image]:
        return (mask_picture(wanted, convention) for wanted in self._wanted(asked))

    def _source(self, asked: Request, convention: Convention) -> Iterator[Image]:
        last = self.clip.frames - 1
        places = [Fraction(k * last, asked.frames - 1) for k in range(asked.frames)]
        shown = pictures_at(self.frames(), places)
        for image, wanted in zip(shown, self._wanted(asked), strict=True):
            sized = resized(image, asked.width, asked.height)
            yield source_picture(sized, wanted, convention.unknown_level)
