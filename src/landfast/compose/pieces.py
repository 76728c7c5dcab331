"""The pictures that are made anew: generated ones, and real ones in broken groups."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from av.video.frame import VideoFrame

from landfast.compose import pcm
from landfast.compose.bits import read_ue, unescaped
from landfast.compose.fill import Fill
from landfast.compose.groups import Stretch
from landfast.compose.nal import Header, unit_type
from landfast.compose.native import native_frame
from landfast.compose.recode import Encoded, Recipe, Recoder
from landfast.errors import Unsupported
from landfast.media.decode import decode
from landfast.model.clip import Clip
from landfast.model.time import Span

Way = Literal["plain samples", "lossless", "close"]
"""How real frames in broken groups are written: the first two are bit-exact."""

PLAIN_LIMIT_BYTES = 64 << 20
"""Plain samples are as large as raw video; beyond this the frames are visually lossless."""
_HIGHEST_NUMBER = 31


def way_for(recipe: Recipe, kept: int) -> Way:
    """The best way for this many real frames."""
    if recipe.coding == "hevc":
        return "lossless"
    raw = kept * recipe.width * recipe.height * 3 // 2
    fits = recipe.pixel_format in pcm.FORMATS and raw <= PLAIN_LIMIT_BYTES
    return "plain samples" if fits else "close"


def frames_for(
    path: Path, clip: Clip, indices: range, fills: Sequence[Fill]
) -> Iterator[VideoFrame]:
    """Frames of a stretch in the clip's own format: generated where a fill has them, else real."""
    for fill, run in itertools.groupby(indices, lambda index: _fill_at(fills, index)):
        wanted = list(run)
        if fill is None:
            span = Span(start=clip.time_of(wanted[0]), stop=clip.time_of(wanted[-1] + 1))
            yield from (picture.native for picture in decode(path, clip, span=span))
        else:
            skipped = wanted[0] - fill.frames.start
            images = itertools.islice(fill.images(), skipped, skipped + len(wanted))
            yield from (native_frame(image, clip) for image in images)


def _fill_at(fills: Sequence[Fill], index: int) -> Fill | None:
    return next((fill for fill in fills if index in fill.frames), None)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Makes the pictures of one film."""

    path: Path
    clip: Clip
    fills: Sequence[Fill]
    recipe: Recipe
    header: Header
    way: Way
    light: tuple[bytes, ...] = ()
    """Units that say under which light the footage is to be seen; key pictures carry them."""

    def sets_for_header(self) -> tuple[bytes, ...]:
        """H.264: parameter sets of all new pictures, to stand beside the footage's own."""
        coded, plain = _free_numbers(self.header)
        made = Recoder(self.recipe, "close", number=coded).sets
        return made + (pcm.parameter_sets(self._sequence(plain)) if self._is_plain else ())

    def make(self, stretch: Stretch) -> Iterator[Encoded]:
        """The pictures of a stretch, in order; HEVC's carry their parameter sets."""
        frames = frames_for(self.path, self.clip, stretch.frames, self.fills)
        if stretch.kind == "kept" and self._is_plain:
            return _led(self._plain(frames), self.light)
        lossless = stretch.kind == "kept" and self.way == "lossless"
        if self.recipe.coding == "h264":
            number = _free_numbers(self.header)[0]
            return _led(Recoder(self.recipe, "close", number=number).encode(frames), self.light)
        recoder = Recoder(self.recipe, "lossless" if lossless else "close")
        return _led(recoder.encode(frames), (*recoder.sets, *self.light))

    @property
    def _is_plain(self) -> bool:
        return self.way == "plain samples"

    def _plain(self, frames: Iterator[VideoFrame]) -> Iterator[Encoded]:
        sequence = self._sequence(_free_numbers(self.header)[1])
        for number, frame in enumerate(frames):
            yield Encoded([pcm.picture(sequence, frame, number=number)], True)

    def _sequence(self, number: int) -> pcm.Sequence:
        own = next(unit for unit in self.header.sets if unit_type("h264", unit) == 7)
        recipe = self.recipe
        return pcm.Sequence(
            width=recipe.width,
            height=recipe.height,
            profile=own[1] if own[1] in (66, 77, 88) else 100,
            level=own[3],
            number=number,
            full_range=recipe.full_range,
            primaries=recipe.primaries,
            transfer=recipe.transfer,
            matrix=recipe.matrix,
            sample_aspect=recipe.sample_aspect,
        )


def _led(pictures: Iterator[Encoded], head: tuple[bytes, ...]) -> Iterator[Encoded]:
    """Key pictures with these units in front."""
    for encoded in pictures:
        yield Encoded([*head, *encoded.units], True) if encoded.is_key else encoded


def _free_numbers(header: Header) -> tuple[int, int]:
    """Two numbers that no parameter set of the footage uses.

    Raises:
        Unsupported: All are taken.
    """
    used = {_number(unit) for unit in header.sets if unit_type("h264", unit) in (7, 8)}
    free = [number for number in range(1, _HIGHEST_NUMBER + 1) if number not in used]
    if len(free) < 2:
        raise Unsupported("leaves no number for new parameter sets", subject="the footage")
    return free[0], free[1]


def _number(unit: bytes) -> int:
    plain = unescaped(unit)
    return read_ue(plain, 32 if unit_type("h264", unit) == 7 else 8)[0]
