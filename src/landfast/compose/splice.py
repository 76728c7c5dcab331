"""Writes a film whose untouched groups of pictures are the footage's own packets."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from typing import Literal, cast

import av
import av.error
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from landfast.compose import pcm
from landfast.compose.avc import SliceHead, Syntax
from landfast.compose.fill import Fill
from landfast.compose.groups import Entry, Kind, Stretch, decoding_times, stretches
from landfast.compose.light import light_units
from landfast.compose.nal import Coding, Door, Header, as_entry, door, join, slices, split
from landfast.compose.pieces import PLAIN_LIMIT_BYTES, Way, Workshop, plain_bytes
from landfast.compose.recode import Recipe
from landfast.compose.restart import restarts
from landfast.errors import Unsupported
from landfast.media.container import Source, open_source
from landfast.model.clip import Clip

Progress = Callable[[int, int], None]

Restarting = Literal["allowed", "never"]
"""Whether H.264 packets may be copied behind a change inside their group."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a film is put together."""

    stretches: tuple[Stretch, ...]
    way: Way
    """How real frames in broken groups are written."""
    audio: str
    """What happened to the sound."""
    header: Header
    doors: tuple[int, ...]
    """Frames at which decoding may start."""

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
    restart: Restarting = "allowed",
    progress: Progress | None = None,
) -> Layout:
    """Write the film as MP4.

    Args:
        path: The footage.
        clip: What `probe` found in it.
        fills: The transitions.
        out: The film.
        restart: `never` where a film with restarts did not stand the proof.
        progress: Told of frames done and all frames.

    Raises:
        Unsupported: The footage's coding, container or structure does not allow it.
        InputError: The footage cannot be read.
    """
    coding = _coding(clip)
    with open_source(path) as source:
        header = Header.parse(coding, bytes(source.video.codec_context.extradata or b""))
        syntax = _syntax(header)
        entries = _entries(source, header, syntax)
    with open_source(path) as source:
        frame = next(source.container.decode(source.video))
        recipe = Recipe.of(source.video, frame, coding)
    cut, way = _cut(clip, fills, entries, syntax, restart)
    workshop = Workshop(
        path=path,
        clip=clip,
        fills=fills,
        recipe=recipe,
        header=header,
        way=way,
        entries=entries,
        sequence=syntax.only if syntax and way == "plain samples" else None,
        light=_light(path, header),
    )
    with open_source(path) as source:
        writer = _Writer(source, clip, out, workshop, cut, syntax)
        writer.write(progress)
    return Layout(cut, way, writer.audio, header, _doors(clip, entries))


def _doors(clip: Clip, entries: Sequence[Entry]) -> tuple[int, ...]:
    """Shown frames at which decoding may start."""
    first = int(clip.start / clip.time_base)
    ticks = {tick: index for index, tick in enumerate(clip.ticks)}
    found = (ticks.get(entry.pts - first) for entry in entries if entry.door)
    return tuple(sorted(index for index in found if index is not None))


def _coding(clip: Clip) -> Coding:
    if clip.codec not in ("h264", "hevc"):
        raise Unsupported(
            f"is coded as {clip.codec}, whose packets cannot be cut", subject="the footage"
        )
    return cast(Coding, clip.codec)


def _syntax(header: Header) -> Syntax | None:
    """What H.264's slice headers are read by; None where they cannot be."""
    if header.coding != "h264":
        return None
    try:
        return Syntax.of(header.sets)
    except Unsupported:
        return None


def _cut(
    clip: Clip,
    fills: Sequence[Fill],
    entries: Sequence[Entry],
    syntax: Syntax | None,
    restart: Restarting,
) -> tuple[tuple[Stretch, ...], Way]:
    """How the footage is cut, and the best way to write real frames of broken groups."""
    first = int(clip.start / clip.time_base)
    shown = [first + tick for tick in clip.ticks]
    replaced = [index for fill in fills for index in fill.frames]
    if clip.codec == "hevc":
        return stretches(entries, shown, replaced), "lossless"
    sequence = syntax.only if syntax else None
    if sequence is None or not pcm.can_write(sequence):
        return stretches(entries, shown, replaced), "close"
    find = partial(restarts, sequence)
    cut = stretches(entries, shown, replaced, *([find] if restart == "allowed" else []))
    plain = sum(len(one.frames) for one in cut if one.kind in ("kept", "rebuilt"))
    if plain * plain_bytes(sequence) > PLAIN_LIMIT_BYTES:
        return stretches(entries, shown, replaced), "close"
    return cut, "plain samples"


def _light(path: Path, header: Header) -> tuple[bytes, ...]:
    """What the footage's first picture says about light."""
    with open_source(path) as source:
        first = next(one for one in source.container.demux(source.video) if one.size)
        return light_units(header.coding, split(bytes(first), header.size_bytes))


def _entries(source: Source, header: Header, syntax: Syntax | None) -> list[Entry]:
    """Every packet; those without a time (an encoder's last, empty ones) are none."""
    pts: list[int] = []
    dts: list[int | None] = []
    doors: list[Door] = []
    heads: list[SliceHead | None] = []
    for packet in source.container.demux(source.video):
        if packet.size == 0:
            continue
        if packet.pts is None:
            raise Unsupported("has packets without a time", subject="the footage")
        pts.append(packet.pts)
        dts.append(packet.dts)
        looks = packet.is_keyframe or syntax is not None
        units = split(bytes(packet), header.size_bytes) if looks else []
        doors.append(door(header.coding, units) if packet.is_keyframe else "")
        heads.append(_head(syntax, units))
    known = [tick for tick in dts if tick is not None]
    ticks = known if len(known) == len(pts) else decoding_times(pts)
    return [Entry(*entry) for entry in zip(pts, ticks, doors, heads, strict=True)]


def _head(syntax: Syntax | None, units: list[bytes]) -> SliceHead | None:
    parts = slices("h264", units) if syntax else []
    try:
        return syntax.head(parts[0]) if syntax and parts else None
    except Unsupported:
        return None


class _Writer:
    """One pass over the footage's packets, with new pictures in the place of old ones."""

    def __init__(
        self,
        source: Source,
        clip: Clip,
        out: Path,
        workshop: Workshop,
        cut: Sequence[Stretch],
        syntax: Syntax | None,
    ) -> None:
        self._source = source
        self._clip = clip
        self._out = out
        self._workshop = workshop
        self._header = workshop.header
        self._cut = cut
        self._syntax = syntax
        first = int(clip.start / clip.time_base)
        self._shown = [first + tick for tick in (*clip.ticks, clip.end_tick)]
        shown = frozenset(self._shown[:-1])
        self._numbers = [k for k, one in enumerate(workshop.entries) if one.pts in shown]
        """Packets of shown frames."""
        self._copied = frozenset(
            number for one in cut if one.kind == "copied" for number in one.packets
        )
        self._waiting: dict[int, Packet[Stream]] = {}
        self.audio = "none"

    def write(self, progress: Progress | None) -> None:
        """Write the file."""
        timescale = self._clip.time_base.denominator if self._clip.time_base.numerator == 1 else 0
        options = {"movflags": "+faststart"}
        if timescale:
            # The movie's own clock counts where tracks start.
            options |= {"video_track_timescale": str(timescale), "movie_timescale": str(timescale)}
        with av.open(str(self._out), "w", format="mp4", options=options) as film:
            tracks = self._tracks(film)
            target = tracks[self._source.video]
            reading = self._read(film, tracks)
            for place, packet in enumerate(self._pictures(reading)):
                packet.dts = self._workshop.entries[self._numbers[place]].dts
                packet.time_base = self._source.video.time_base or Fraction(1)
                packet.stream = target
                film.mux(self._moved(packet))
                if progress:
                    progress(place + 1, self._clip.frames)
            for _ in reading:
                pass

    def _read(self, film: OutputContainer, tracks: dict[Stream, Stream]) -> Iterator[int]:
        """Numbers of the video packets as they come; sound is copied on the way."""
        numbers = itertools.count()
        for packet in self._source.container.demux(list(tracks)):
            if packet.size == 0:
                continue
            if packet.stream is not self._source.video:
                packet.stream = tracks[packet.stream]
                film.mux(self._moved(packet))
                continue
            number = next(numbers)
            if number in self._copied:
                self._waiting[number] = packet
            yield number

    def _moved(self, packet: Packet[Stream]) -> Packet[Stream]:
        """Transport streams start anywhere on their clock, films at zero."""
        shift = round(self._origin / packet.time_base) if self._origin else 0
        if shift and packet.pts is not None:
            packet.pts -= shift
        if shift and packet.dts is not None:
            packet.dts -= shift
        return packet

    @cached_property
    def _origin(self) -> Fraction:
        if self._header.size_bytes:
            return Fraction(0)
        tracks = (self._source.video, *self._source.container.streams.audio)
        starts = [
            one.start_time * one.time_base
            for one in tracks
            if one.start_time is not None and one.time_base
        ]
        return min(starts, default=Fraction(0))

    def _tracks(self, film: OutputContainer) -> dict[Stream, Stream]:
        video = self._source.video
        target = film.add_stream_from_template(video)
        target.time_base = video.time_base
        if self._header.coding == "h264":
            sets = self._workshop.sets_for_header()
            target.codec_context.extradata = self._header.with_sets(sets)
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

    def _pictures(self, reading: Iterator[int]) -> Iterator[Packet[Stream]]:
        """The film's packets in order; the footage is read as far as each place."""
        place, at = 0, -1
        entered = True
        for stretch in self._cut:
            made = self._made(stretch) if stretch.kind != "copied" else iter(())
            for offset in range(len(stretch.frames)):
                number = stretch.packets[offset] if stretch.kind == "copied" else -1
                while at < max(number, self._numbers[place]):
                    at = next(reading)
                is_first = offset == 0 and not entered
                yield next(made) if number < 0 else self._given(number, stretch, is_first)
                place += 1
            entered = stretch.kind == "copied"

    def _made(self, stretch: Stretch) -> Iterator[Packet[Stream]]:
        """New pictures; where they are not numbered as packets, in the order they are shown."""
        ticks = [self._workshop.entries[number].pts for number in stretch.packets]
        ticks = ticks or [self._shown[index] for index in stretch.frames]
        for tick, made in zip(ticks, self._workshop.make(stretch), strict=True):
            fresh = Packet(join(made.units, self._header.size_bytes))
            fresh.pts, fresh.is_keyframe = tick, made.is_key
            fresh.duration = self._shown[bisect_right(self._shown, tick)] - tick
            yield fresh

    def _given(self, number: int, stretch: Stretch, is_first: bool) -> Packet[Stream]:
        """A packet of the footage, fit to stand behind what was made before it."""
        packet = self._waiting.pop(number)
        size_bytes, syntax = self._header.size_bytes, self._syntax
        if stretch.shift is not None and syntax is not None and syntax.only is not None:
            units = stretch.shift.apply(syntax, syntax.only, split(bytes(packet), size_bytes))
        elif is_first and self._header.coding == "hevc":
            units = [*self._header.sets, *as_entry(split(bytes(packet), size_bytes))]
        else:
            return packet
        fresh = Packet(join(units, size_bytes))
        fresh.pts, fresh.duration = packet.pts, packet.duration
        fresh.is_keyframe = packet.is_keyframe
        return fresh


def _sound(copied: int, left_out: list[str]) -> str:
    if left_out:
        return f"left out: MP4 cannot hold {', '.join(sorted(set(left_out)))}"
    return "copied untouched" if copied else "none"
