"""Writes a film whose untouched groups of pictures are the footage's own packets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

import av
import av.error
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from landfast.compose.fill import Fill
from landfast.compose.groups import Entry, Kind, Stretch, decoding_times, stretches
from landfast.compose.light import light_units
from landfast.compose.nal import Coding, Header, join, split, starts_afresh
from landfast.compose.pieces import Way, Workshop, way_for
from landfast.compose.recode import Encoded, Recipe
from landfast.errors import Unsupported
from landfast.media.container import Source, open_source
from landfast.model.clip import Clip

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a film is put together."""

    stretches: tuple[Stretch, ...]
    way: Way
    """How real frames in broken groups are written."""
    audio: str
    """What happened to the sound."""

    def frames(self, kind: Kind) -> frozenset[int]:
        """Indices of the frames treated that way."""
        return frozenset(
            index for stretch in self.stretches if stretch.kind == kind for index in stretch.frames
        )


def splice(
    path: Path,
    clip: Clip,
    fills: Sequence[Fill],
    out: Path,
    *,
    progress: Progress | None = None,
) -> Layout:
    """Write the film as MP4.

    Raises:
        Unsupported: The footage's coding, container or structure does not allow it.
        InputError: The footage cannot be read.
    """
    with open_source(path) as source:
        coding = _coding(clip)
        header = Header.parse(coding, bytes(source.video.codec_context.extradata or b""))
        entries = _entries(source, coding, header)
    shown = [clip.ticks[index] + int(clip.start / clip.time_base) for index in range(clip.frames)]
    cut = stretches(entries, shown, [index for fill in fills for index in fill.frames])
    recipe = _recipe(path, coding)
    kept = sum(len(stretch.frames) for stretch in cut if stretch.kind == "kept")
    light = _light(path, coding, header)
    workshop = Workshop(path, clip, fills, recipe, header, way_for(recipe, kept), light)
    with open_source(path) as source:
        writer = _Writer(source, clip, out, workshop, entries, cut)
        writer.write(progress)
    return Layout(cut, workshop.way, writer.audio)


def _coding(clip: Clip) -> Coding:
    if clip.codec not in ("h264", "hevc"):
        raise Unsupported(
            f"is coded as {clip.codec}, whose packets cannot be cut", subject="the footage"
        )
    return cast(Coding, clip.codec)


def _recipe(path: Path, coding: Coding) -> Recipe:
    with open_source(path) as source:
        frame = next(source.container.decode(source.video))
        return Recipe.of(source.video, frame, coding)


def _light(path: Path, coding: Coding, header: Header) -> tuple[bytes, ...]:
    """What the footage's first picture says about light."""
    with open_source(path) as source:
        first = next(one for one in source.container.demux(source.video) if one.size)
        return light_units(coding, split(bytes(first), header.size_bytes))


def _entries(source: Source, coding: Coding, header: Header) -> list[Entry]:
    pts: list[int] = []
    dts: list[int | None] = []
    fresh: list[bool] = []
    for packet in source.container.demux(source.video):
        if packet.size == 0:
            continue
        if packet.pts is None or packet.is_discard:
            raise Unsupported(
                "has packets without a time, or hidden by an edit list", subject="the footage"
            )
        pts.append(packet.pts)
        dts.append(packet.dts)
        units = split(bytes(packet), header.size_bytes) if packet.is_keyframe else []
        fresh.append(starts_afresh(coding, units))
    known = [tick for tick in dts if tick is not None]
    ticks = known if len(known) == len(pts) else decoding_times(pts)
    return [Entry(*entry) for entry in zip(pts, ticks, fresh, strict=True)]


class _Writer:
    """One pass over the footage's packets, with new pictures in the place of old ones."""

    def __init__(
        self,
        source: Source,
        clip: Clip,
        out: Path,
        workshop: Workshop,
        entries: list[Entry],
        cut: Sequence[Stretch],
    ) -> None:
        self._source = source
        self._clip = clip
        self._out = out
        self._workshop = workshop
        self._entries = entries
        self._shown = sorted(entry.pts for entry in entries)
        self._cut = cut
        self.audio = "none"

    def write(self, progress: Progress | None) -> None:
        """Write the file."""
        timescale = self._clip.time_base.denominator if self._clip.time_base.numerator == 1 else 0
        options = {"movflags": "+faststart"}
        if timescale:
            options["video_track_timescale"] = str(timescale)
        with av.open(str(self._out), "w", format="mp4", options=options) as film:
            tracks = self._tracks(film)
            pictures = self._pictures()
            for packet in self._source.container.demux(list(tracks)):
                if packet.size == 0:
                    continue
                target = tracks[packet.stream]
                if packet.stream is not self._source.video:
                    packet.stream = target
                    film.mux(packet)
                    continue
                place, made = next(pictures)
                film.mux(self._packet(packet, place, made, cast(VideoStream, target)))
                if progress:
                    progress(place + 1, len(self._entries))

    def _tracks(self, film: OutputContainer) -> dict[Stream, Stream]:
        video = self._source.video
        target = film.add_stream_from_template(video)
        target.time_base = video.time_base
        if self._workshop.recipe.coding == "h264":
            sets = self._workshop.sets_for_header()
            target.codec_context.extradata = self._workshop.header.with_sets(sets)
        else:
            # Parameter sets stand in the stream too, which this sample entry allows.
            target.codec_context.codec_tag = "hev1"
        if self._clip.timecode:
            # The rate that the timecode counts in.
            target.codec_context.framerate = self._clip.fps
            target.metadata["timecode"] = self._clip.timecode
        tracks: dict[Stream, Stream] = {video: target}
        left_out = []
        for audio in self._source.container.streams.audio:
            try:
                tracks[audio] = film.add_stream_from_template(audio)
            except (ValueError, av.error.FFmpegError):
                left_out.append(audio.codec_context.name if audio.codec_context else "unknown")
        self.audio = _sound(len(tracks) - 1, left_out)
        return tracks

    def _pictures(self) -> Iterator[tuple[int, Literal["copied", "first copied"] | Encoded]]:
        """For each packet's place, in decoding order, what stands there in the film."""
        for number, stretch in enumerate(self._cut):
            if stretch.kind == "copied":
                for place in stretch.frames:
                    first = number > 0 and place == stretch.frames.start
                    yield place, "first copied" if first else "copied"
                continue
            made = self._workshop.make(stretch)
            yield from zip(stretch.frames, made, strict=True)

    def _packet(
        self,
        packet: Packet[Stream],
        place: int,
        made: Literal["copied", "first copied"] | Encoded,
        target: VideoStream,
    ) -> Packet[VideoStream]:
        size_bytes = self._workshop.header.size_bytes
        if isinstance(made, Encoded):
            fresh = self._timed(Packet(join(made.units, size_bytes)), place)
            fresh.is_keyframe = made.is_key
        elif made == "first copied" and self._workshop.recipe.coding == "hevc":
            units = [*self._workshop.header.sets, *split(bytes(packet), size_bytes)]
            fresh = Packet(join(units, size_bytes))
            fresh.pts, fresh.duration, fresh.is_keyframe = packet.pts, packet.duration, True
        else:
            fresh = packet
        fresh.dts = self._entries[place].dts
        fresh.time_base = self._source.video.time_base or Fraction(1)
        fresh.stream = target
        return cast("Packet[VideoStream]", fresh)

    def _timed(self, fresh: Packet[Stream], place: int) -> Packet[Stream]:
        """New pictures are decoded in the order they are shown."""
        following = place + 1
        fresh.pts = self._shown[place]
        end = (
            self._shown[following]
            if following < len(self._shown)
            else self._shown[0] + self._clip.end_tick
        )
        fresh.duration = end - self._shown[place]
        return fresh


def _sound(copied: int, left_out: list[str]) -> str:
    if left_out:
        return f"left out: MP4 cannot hold {', '.join(sorted(set(left_out)))}"
    return "copied untouched" if copied else "none"
