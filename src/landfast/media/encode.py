"""Encoding: upright pictures in, a tagged file out, the same bytes every time."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import av
import av.error
import cv2
import numpy as np
from av.codec.context import CodecContext
from av.codec.context import Flags as CodecFlags
from av.container import Flags, OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from landfast.errors import InputError
from landfast.media.codings import (
    CODINGS,
    Codec,
    Quality,
    encoder_options,
    refuse_unwritable,
    writable_colour,
)
from landfast.media.colour import ColourTags, resolve
from landfast.media.container import writing_errors
from landfast.media.files import atomic_path
from landfast.media.mastering import Mastering, track_with
from landfast.media.matroska import tell_pixel_shape
from landfast.media.pace import Pace
from landfast.media.sound import Sound, SoundCopy
from landfast.media.yuv import frame_from_rgb, in_format
from landfast.model.arrays import Shaped, UInt8, UInt16
from landfast.model.clip import Colour, Rotation

# A fixed number of threads: x264's decisions depend on it, and the same bytes are promised.
_THREADS = 4
# PyAV's annotations hide that the values of these flags are integers.
_CONTAINER_FLAGS: int = cast(Any, Flags.bitexact).value
_CODEC_FLAGS: int = CodecFlags.bitexact | CodecFlags.closed_gop
_UNTURN: dict[int, int] = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


class Encoder:
    """Writes one video file, whole or not at all. Use as a context manager.

    Pictures are given upright; with `rotation` they are stored turned back and the file says how
    to turn them, as cameras do, so that a clip's stored orientation can be kept. Nothing is written
    before the `with` block.

    Args:
        path: `.mp4`, `.mov` or `.mkv`; ProRes needs `.mov` or `.mkv`, FFV1 `.mkv` or `.avi`.
        width: Displayed pixels, after rotation.
        height: Displayed pixels, after rotation.
        time_base: Seconds per tick of `write`; kept exactly in MP4 and MOV.
        codec: What to write.
        colour: Tags, and the matrix and range for conversion; where these two are not given
            the defaults of `colour.resolve` are used and tagged.
        pixel_format: FFmpeg's name; the codec's first when not given.
        quality: `lossless` is so for the planes of `pixel_format`; ProRes has none.
        fps: Nominal rate, for rate control and timecode; time stamps rule.
        rotation: Clockwise turn that players apply.
        sample_aspect: Width over height of a pixel as stored.
        key_interval: Most frames from one key frame to the next; groups are closed.
        timecode: SMPTE timecode of the first frame (MP4 and MOV).
        sound: Audio packets to copy.
        mastering: How HDR10 footage was mastered; H.264 does not tell it.

    Raises:
        InputError: A combination that cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        time_base: Fraction,
        codec: Codec = "h264",
        colour: Colour | None = None,
        pixel_format: str | None = None,
        quality: Quality = "good",
        fps: Fraction | None = None,
        rotation: Rotation = 0,
        sample_aspect: Fraction = Fraction(1),
        key_interval: int | None = None,
        timecode: str | None = None,
        sound: Sound | None = None,
        mastering: Mastering | None = None,
    ) -> None:
        self._path = path
        self._coding = CODINGS[codec]
        self._codec = codec
        self._format = (pixel_format or self._coding.formats[0]).replace("yuvj", "yuv")
        self._stored = (height, width) if rotation in (90, 270) else (width, height)
        self._colour = writable_colour(codec, resolve(colour or Colour(), *self._stored))
        self._tags = ColourTags.of(self._colour, self._format)
        self._time_base = time_base
        self._quality = quality
        self._fps = fps or Fraction(30)
        self._rotation = rotation
        self._aspect = sample_aspect
        self._key_interval = key_interval
        self._timecode = timecode
        self._sound = sound
        self._mastering = mastering
        self._scaler = VideoReformatter()
        self._pace = Pace()
        refuse_unwritable(path, codec, self._format, quality, self._stored)

    def __enter__(self) -> Encoder:
        with contextlib.ExitStack() as stack:
            draft = stack.enter_context(atomic_path(self._path))
            self._draft = draft
            self._output = self._open(draft)
            stack.callback(self._abandon)
            self._copy = (
                None if self._sound is None else stack.enter_context(SoundCopy(self._sound))
            )
            with writing_errors(self._path):
                self._stream = self._add_stream()
                if self._copy is not None:
                    self._copy.attach(self._output, self._path)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._finish()

    def write(
        self,
        image: UInt8[np.ndarray, "height width 3"]
        | UInt16[np.ndarray, "height width 3"]
        | VideoFrame,
        *,
        tick: int,
        duration: int,
    ) -> None:
        """Add one frame.

        Args:
            image: Upright RGB of the displayed size, or a decoded frame in stored orientation.
            tick: When it is shown, in `time_base`; larger than the one before.
            duration: How long, in ticks.

        Raises:
            InputError: Wrong size, time not increasing, or the disk is full.
        """
        if duration < 1 or (self._pace.last is not None and tick <= self._pace.last):
            raise InputError(
                f"frame at tick {tick} does not follow {self._pace.last}", subject=str(self._path)
            )
        self._pace.tell(tick, duration)
        if isinstance(image, VideoFrame):
            self._encode(self._native(image), tick)
        else:
            self._encode(self._from_rgb(image), tick)
        if self._copy is not None:
            self._copy.write_until((tick + duration) * self._time_base)

    def _open(self, draft: Path) -> OutputContainer:
        options: dict[str, str] = {}
        if self._path.suffix.lower() in (".mp4", ".mov"):
            options["movflags"] = "+faststart"
            # Both clocks in one unit: only then can the edit list say the exact end.
            unit = str(self._time_base.denominator)
            options |= {"video_track_timescale": unit, "movie_timescale": unit}
        with writing_errors(self._path):
            output = av.open(f"file:{draft.absolute()}", "w", container_options=options)
        output.flags |= _CONTAINER_FLAGS
        return output

    def _add_stream(self) -> VideoStream:
        told, name = self._mastering, self._coding.encoder
        options = encoder_options(self._codec, self._quality, self._stored, self._format)
        if told is not None and self._codec == "hevc":
            options["x265-params"] += f":{told.x265}"
        if told is not None and self._codec in ("prores", "ffv1"):
            stream = track_with(self._output, name, self._format, told)
            self._coder = cast(VideoCodecContext, CodecContext.create(name, "w"))
            self._coder.options, self._coder.framerate = options, self._fps
            self._shape(self._coder)
            self._coder.open()
            stream.codec_context.extradata = self._coder.extradata
            stream.codec_context.codec_tag = self._coder.codec_tag
            stream.codec_context.framerate = self._fps
        else:
            stream = cast(VideoStream, self._output.add_stream(name, self._fps, options=options))
            self._coder = stream.codec_context
        self._shape(stream.codec_context)
        stream.time_base = self._time_base
        if self._rotation:
            stream.set_display_rotation(-self._rotation)
        if self._timecode is not None:
            stream.metadata["timecode"] = self._timecode
        return stream

    def _shape(self, context: VideoCodecContext) -> None:
        context.width, context.height = self._stored
        context.pix_fmt = self._format
        context.time_base = self._time_base
        context.sample_aspect_ratio = self._aspect
        context.thread_count = _THREADS
        context.flags |= _CODEC_FLAGS
        if self._key_interval is not None:
            context.gop_size = self._key_interval
        if self._codec == "hevc" and self._path.suffix.lower() != ".mkv":
            context.codec_tag = "hvc1"
        tags = self._tags
        context.color_primaries, context.color_trc = tags.primaries, tags.transfer
        context.colorspace, context.color_range = tags.matrix, tags.range

    def _from_rgb(self, image: Shaped[np.ndarray, "..."]) -> VideoFrame:
        turn = _UNTURN.get(self._rotation)
        stored = image if turn is None else cv2.rotate(image, turn)
        self._refuse_size(stored.shape[1], stored.shape[0])
        return frame_from_rgb(
            stored,
            pixel_format=self._format,
            colour=self._colour,
            siting=self._coding.siting,
        )

    def _native(self, frame: VideoFrame) -> VideoFrame:
        """A decoded frame in the encoder's format and range; planes that fit stay as they are."""
        self._refuse_size(frame.width, frame.height)
        return in_format(frame, self._format, self._colour, self._scaler, str(self._path))

    def _refuse_size(self, width: int, height: int) -> None:
        if (width, height) != self._stored:
            raise InputError(
                f"frame of {width}x{height} pixels for a file of "
                f"{self._stored[0]}x{self._stored[1]} (as stored)",
                subject=str(self._path),
            )

    def _encode(self, frame: VideoFrame | None, tick: int = 0) -> None:
        if frame is not None:
            frame.pts, frame.time_base = tick, self._time_base
            frame.pict_type = PictureType.NONE
            # Some encoders (ProRes) take the description from the frame, others from the context.
            frame.color_primaries, frame.color_trc = self._tags.primaries, self._tags.transfer
            frame.colorspace, frame.color_range = self._tags.matrix, self._tags.range
        with writing_errors(self._path):
            for packet in self._coder.encode(frame):
                packet.stream = self._stream
                self._mux(packet)

    def _mux(self, packet: Packet[VideoStream]) -> None:
        self._pace.set_duration(packet)
        if self._coding.reordering is not None:
            self._pace.set_decoding_time(packet, self._coding.reordering)
        self._output.mux(packet)

    def _finish(self) -> None:
        if self._pace.last is None:
            raise InputError("got no frames to write", subject=str(self._path))
        self._encode(None)
        if self._copy is not None:
            self._copy.write_until(None)
        with writing_errors(self._path):
            self._output.close()
            if self._path.suffix.lower() == ".mkv" and self._aspect != 1:
                width, height = self._stored
                tell_pixel_shape(self._draft, width=width, height=height, aspect=self._aspect)

    def _abandon(self) -> None:
        """Close what an error left open; the draft is thrown away by its own context."""
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._output.close()
