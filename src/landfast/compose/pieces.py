"""The pictures that are made anew: generated ones, and real ones in broken groups."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from av.video.frame import VideoFrame

from landfast.compose import pcm
from landfast.compose.avc import SequenceSet
from landfast.compose.bits import Reader, unescaped
from landfast.compose.fill import Fill
from landfast.compose.groups import Entry, Stretch
from landfast.compose.nal import Header, unit_type
from landfast.compose.native import native_frame
from landfast.compose.recode import Encoded, Recipe, Recoder
from landfast.compose.restart import known_drops
from landfast.errors import Unsupported
from landfast.media.container import open_source
from landfast.media.decode import decode
from landfast.media.native import frames_from
from landfast.model.clip import Clip
from landfast.model.time import Span

Way = Literal["plain samples", "lossless", "close"]
"""How real frames in broken groups are written: the first two are bit-exact."""

PLAIN_LIMIT_BYTES = 512 << 20
"""Plain samples are as large as raw video; beyond this the frames are visually lossless."""
_HIGHEST_SEQUENCE = 31
_HIGHEST_PICTURE = 255


def plain_bytes(sequence: SequenceSet) -> int:
    """Size of a picture of plain samples."""
    across, down = sequence.blocks
    samples = {0: 256, 1: 384, 2: 512, 3: 768}[sequence.chroma]
    return across * down * samples * sequence.depth // 8


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Makes the pictures of one film."""

    path: Path
    clip: Clip
    fills: Sequence[Fill]
    recipe: Recipe
    header: Header
    way: Way
    entries: Sequence[Entry]
    """Every packet of the footage."""
    sequence: SequenceSet | None
    """H.264: what plain samples go by; None where there are none."""
    light: tuple[bytes, ...] = ()
    """Units that say under which light the footage is to be seen; key pictures carry them."""

    def sets_for_header(self) -> tuple[bytes, ...]:
        """H.264: parameter sets of all new pictures, to stand beside the footage's own."""
        made = Recoder(self.recipe, "close", number=self._number(7)).sets
        if self.sequence is None:
            return made
        return (*made, pcm.picture_set(self.sequence, number=self._plain_number))

    def make(self, stretch: Stretch) -> Iterator[Encoded]:
        """The pictures of a stretch, in order; HEVC's carry their parameter sets."""
        if stretch.kind == "rebuilt":
            return _led(self._rebuilt(stretch), self.light)
        frames = frames_for(self.path, self.clip, stretch.frames, self.fills)
        if stretch.kind == "kept" and self.way == "plain samples":
            return _led(self._plain(stretch, frames), self.light)
        if self.recipe.coding == "h264":
            recoder = Recoder(self.recipe, "close", number=self._number(7))
            return _led(recoder.encode(frames), self.light)
        lossless = stretch.kind == "kept" and self.way == "lossless"
        recoder = Recoder(self.recipe, "lossless" if lossless else "close")
        return _led(recoder.encode(frames), (*recoder.sets, *self.light))

    def _plain(self, stretch: Stretch, frames: Iterator[VideoFrame]) -> Iterator[Encoded]:
        for index, frame in zip(stretch.frames, frames, strict=True):
            yield self._pictured(frame, pcm.Place(reset=index % 2))

    def _rebuilt(self, stretch: Stretch) -> Iterator[Encoded]:
        """The footage's pictures once more, numbered from an IDR on."""
        ticks = [self.entries[number].pts for number in stretch.packets]
        frames = _in_order(_uncropped(self.path, ticks), ticks)
        yield self._pictured(next(frames), pcm.Place(reset=stretch.frames.start % 2))
        for number, frame in zip(stretch.packets[1:], frames, strict=True):
            head = self.entries[number].head
            assert head is not None and stretch.shift is not None and self.sequence is not None
            position, order = stretch.shift.numbers(self.sequence, head)
            place = pcm.Place(
                is_reset=False,
                importance=head.importance,
                number=position,
                order=order,
                dropped=known_drops(head, position),
            )
            yield self._pictured(frame, place)

    def _pictured(self, frame: VideoFrame, place: pcm.Place) -> Encoded:
        assert self.sequence is not None
        unit = pcm.picture(self.sequence, frame, place, number=self._plain_number)
        return Encoded([unit], place.is_reset)

    @property
    def _plain_number(self) -> int:
        # The encoder's picture set has the number of its sequence set.
        return self._number(8, taken=self._number(7))

    def _number(self, kind: int, *, taken: int = 0) -> int:
        """A number that no parameter set of this kind in the footage uses.

        Raises:
            Unsupported: All are taken.
        """
        used = {_number_of(unit) for unit in self.header.sets if unit_type("h264", unit) in (7, 8)}
        most = _HIGHEST_SEQUENCE if kind == 7 else _HIGHEST_PICTURE
        free = (number for number in range(1, most + 1) if number not in used | {taken})
        found = next(free, None)
        if found is None:
            raise Unsupported("leaves no number for new parameter sets", subject="the footage")
        return found


def _led(pictures: Iterator[Encoded], head: tuple[bytes, ...]) -> Iterator[Encoded]:
    """Key pictures with these units in front."""
    for encoded in pictures:
        yield Encoded([*head, *encoded.units], True) if encoded.is_key else encoded


def _number_of(unit: bytes) -> int:
    return Reader(unescaped(unit), 32 if unit_type("h264", unit) == 7 else 8).ue()


def _in_order(
    frames: Iterator[tuple[int, VideoFrame]], ticks: Sequence[int]
) -> Iterator[VideoFrame]:
    """Frames that come in the order they are shown, in the order of these ticks."""
    waiting: dict[int, VideoFrame] = {}
    for tick in ticks:
        while tick not in waiting:
            waiting.update((next(frames),))
        yield waiting.pop(tick)


def _uncropped(path: Path, ticks: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
    """Frames by tick, with the samples that cropping hides: others may refer to these too."""
    missing = set(ticks)
    with open_source(path) as source:
        source.video.codec_context.options |= {"apply_cropping": "0"}
        for frame in frames_from(source, min(ticks)):
            if frame.pts in missing:
                missing.discard(frame.pts)
                yield frame.pts, frame
            if not missing:
                return
