"""Small files rendered by code, through PyAV alone and not through the encoder under test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame

WIDTH, HEIGHT = 96, 64
TICK = Fraction(1, 600)
BLOCKS = 8


def numbered(number: int, *, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray[Any, Any]:
    """RGB whose top row of blocks spells `number` in binary, black and white, over a gradient."""
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(40, 200, width)[None, :]
    image[..., 1] = np.linspace(60, 180, height)[:, None]
    image[..., 2] = 120
    side = width // BLOCKS
    for bit in range(BLOCKS):
        value = 235 if number >> bit & 1 else 16
        image[: height // 2, bit * side : (bit + 1) * side] = value
    return image


def number_of(gray: np.ndarray[Any, Any]) -> int:
    """The number that `numbered` wrote."""
    height, width = gray.shape
    side = width // BLOCKS
    row = gray[height // 4]
    return sum((int(row[bit * side + side // 2]) > 128) << bit for bit in range(BLOCKS))


def render(
    path: Path,
    ticks: Sequence[int],
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    time_base: Fraction = TICK,
    width: int = WIDTH,
    height: int = HEIGHT,
    last: int = 20,
    shift: int = 0,
    setup: Callable[[Any], None] | None = None,
) -> Path:
    """A file of numbered pictures shown at `ticks`; `shift` moves all packets in time.

    A negative shift makes the MP4 muxer write an edit list that hides the frames before zero.
    """
    bounds = [*ticks, ticks[-1] + last]
    lengths = {a: b - a for a, b in itertools.pairwise(bounds)}
    unit = str(time_base.denominator)
    iso = path.suffix in (".mp4", ".mov")
    muxer = {"video_track_timescale": unit, "movie_timescale": unit} if iso else {}
    with av.open(str(path), "w", container_options=muxer) as output:
        stream: Any = output.add_stream(codec, 30, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = stream.time_base = time_base
        stream.codec_context.thread_count = 1
        if setup is not None:
            setup(stream)

        def mux(frame: VideoFrame | None) -> None:
            for packet in stream.encode(frame):
                packet.duration = lengths.get(packet.pts, 1)
                packet.pts += shift
                packet.dts += shift
                output.mux(packet)

        for number, tick in enumerate(ticks):
            image = numbered(number, width=width, height=height)
            frame = VideoFrame.from_ndarray(image, "rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = tick, time_base
            mux(frame)
        mux(None)
    return path


def decoded_pts(path: Path) -> list[int]:
    """Presentation times of every frame that FFmpeg shows, by decoding all of it."""
    with av.open(str(path)) as source:
        return [int(frame.pts or 0) for frame in source.decode(video=0)]


def with_sound(path: Path, seconds: int = 1) -> Path:
    """A WAV-like file with sound alone."""
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("aac", 48000)
        for start in range(0, 48000 * seconds, 1024):
            wave = np.sin(np.arange(start, start + 1024) / 20).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
            frame.sample_rate, frame.pts = 48000, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
