"""Writes copied packets, new pictures and the sound into one MP4 or MOV."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from landfast.compose.avc import Syntax
from landfast.compose.groups import Stretch
from landfast.compose.nal import as_entry, join, split
from landfast.compose.pieces import Workshop
from landfast.media.container import Source
from landfast.media.sound import HOLDS
from landfast.model.clip import Clip

Progress = Callable[[int, int], None]


class Writer:
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
        with av.open(str(self._out), "w", options=options) as film:
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
            name = audio.codec_context.name if audio.codec_context else "unknown"
            if name in HOLDS[self._out.suffix]:
                tracks[audio] = film.add_stream_from_template(audio)
            else:
                left_out.append(name)
        self.audio = _sound(len(tracks) - 1, left_out, self._out.suffix[1:].upper())
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


def _sound(copied: int, left_out: list[str], container: str) -> str:
    if left_out:
        return f"left out: {container} cannot hold {', '.join(sorted(set(left_out)))}"
    return "copied untouched" if copied else "none"
