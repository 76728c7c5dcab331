"""Sound copied untouched: compressed packets go from one file to another, only moved in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from landfast.errors import InputError
from landfast.media.container import decoding_error, open_container
from landfast.model.clip import Clip
from landfast.model.time import Span

_PLAIN: Final = frozenset(
    f"pcm_{form}{end}" for form in ("s16", "s24", "s32") for end in ("le", "be")
)
_PACKED: Final = frozenset({"aac", "mp3", "mp2", "ac3", "eac3", "alac"})
_OPEN: Final = frozenset({"opus", "flac", "dca"})
HOLDS: Final = {
    ".mp4": _PACKED | _OPEN | {"vorbis"},
    ".mov": _PACKED | _PLAIN | {"pcm_f32le", "pcm_f32be", "pcm_alaw", "pcm_mulaw", "adpcm_ima_qt"},
    ".mkv": _PACKED | _OPEN | _PLAIN | {"vorbis", "pcm_f32le"},
}
"""Sound that a container holds as it is, so that players read it: MP4's plain samples (ISO 23003-5)
are noise or nothing to FFmpeg before 6.1 and to browsers."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Which sound goes with a film: all audio tracks of a clip, or a span of them."""

    path: Path
    clip: Clip
    span: Span | None = None
    """Seconds of the clip; it lies at the film's start. None: the whole clip, aligned."""


class SoundCopy:
    """The audio tracks of one output file, fed in step with its video.

    Use as a context manager; `attach` before the first video packet is written.
    """

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self._opened = open_container(sound.path)

    def __enter__(self) -> SoundCopy:
        self._source: InputContainer = self._opened.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def attach(self, output: OutputContainer, path: Path) -> None:
        """Add one track per audio track of the source.

        Raises:
            InputError: The output format cannot hold this kind of sound.
        """
        self._output = output
        self._tracks: dict[int, AudioStream] = {}
        for stream in self._source.streams.audio:
            try:
                track = output.add_stream_from_template(stream)
            except ValueError as error:
                raise InputError(
                    f"cannot hold {stream.codec_context.name} sound",
                    subject=str(path),
                    remedy="write a .mov or .mkv file",
                ) from error
            track.metadata.update({k: v for k, v in stream.metadata.items() if k == "language"})
            self._tracks[stream.index] = track
        self._packets = self._moved()
        self._waiting: Packet[AudioStream] | None = None

    def write_until(self, seconds: Fraction | None) -> None:
        """Write the packets that start before `seconds` of the film; all that are left for None."""
        packet = self._waiting or next(self._packets, None)
        while packet is not None and (
            seconds is None or packet.pts is None or packet.pts * packet.time_base < seconds
        ):
            self._output.mux(packet)
            packet = next(self._packets, None)
        self._waiting = packet

    def _moved(self) -> Iterator[Packet[AudioStream]]:
        """Packets inside the span on the film's clock, all tracks in the order of the file."""
        if not self._tracks:
            return
        try:
            for packet in self._source.demux(tuple(self._source.streams.audio)):
                if packet.size and packet.pts is not None and self._is_wanted(packet):
                    yield self._move(packet)
        except av.error.FFmpegError as error:
            raise decoding_error(self._sound.path, "in its sound", error) from error

    def _is_wanted(self, packet: Packet[AudioStream]) -> bool:
        span = self._sound.span
        if span is None:
            return True
        start = (packet.pts or 0) * packet.time_base - self._sound.clip.start
        return start < span.stop and start + (packet.duration or 0) * packet.time_base > span.start

    def _move(self, packet: Packet[AudioStream]) -> Packet[AudioStream]:
        span = self._sound.span
        zero = self._sound.clip.start + (span.start if span else 0)
        shift = round(zero / packet.time_base)
        packet.pts = (packet.pts or 0) - shift
        packet.dts = packet.pts if packet.dts is None else packet.dts - shift
        packet.stream = self._tracks[packet.stream_index]
        return packet
