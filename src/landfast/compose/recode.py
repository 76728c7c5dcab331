"""Encodes a stretch of frames so that it fits between copied packets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from av.codec.codec import Codec
from av.codec.context import CodecContext, Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from landfast.compose.nal import (
    Coding,
    from_annex_b,
    is_parameter_set,
    picture_units,
)
from landfast.errors import Unsupported

Fidelity = Literal["close", "lossless"]
"""`close` is visually lossless. `lossless` needs HEVC: H.264 has it in its 4:4:4 profile only."""

CRF = 12
"""Constant quality of generated frames and of frames that may be close."""
KEY_INTERVAL = 60
THREADS = 4
"""Fixed, because x264's result depends on it; it does not have to match the machine."""

_PROFILES = {
    "Baseline": "baseline",
    "Constrained Baseline": "baseline",
    "Main": "main",
    "High": "high",
    "High 10": "high10",
    "High 4:2:2": "high422",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that the new pictures share with the old ones."""

    coding: Coding
    width: int
    """Stored pixels, before rotation."""
    height: int
    pixel_format: str
    profile: str | None
    rate: Fraction
    sample_aspect: Fraction
    color_range: int
    """FFmpeg's code; 0 where the footage does not say."""
    primaries: int
    transfer: int
    matrix: int

    @classmethod
    def of(cls, video: VideoStream, frame: VideoFrame, coding: Coding) -> Recipe:
        """Read it off the stream and its first frame.

        Raises:
            Unsupported: Interlaced HEVC, or a pixel format that the encoder does not take.
        """
        if frame.interlaced_frame and coding == "hevc":
            raise Unsupported("is interlaced", subject="the footage")
        name = frame.format.name
        formats = Codec(f"libx{coding[-3:]}" if coding == "h264" else "libx265", "w").video_formats
        if name not in {one.name for one in formats or ()}:
            raise Unsupported(f"has pixel format {name}", subject="the footage")
        return cls(
            coding=coding,
            width=frame.width,
            height=frame.height,
            pixel_format=name,
            profile=_PROFILES.get(video.profile or "") if coding == "h264" else None,
            rate=video.average_rate or Fraction(25),
            sample_aspect=Fraction(video.sample_aspect_ratio or 1),
            color_range=2 if name.startswith("yuvj") else int(frame.color_range),
            primaries=int(frame.color_primaries),
            transfer=int(frame.color_trc),
            matrix=int(frame.colorspace),
        )


@dataclass(frozen=True, slots=True)
class Encoded:
    """One picture: its units without parameter sets, and whether it is an IDR."""

    units: list[bytes]
    is_key: bool


class Recoder:
    """An encoder for one stretch; pictures come out in the order they are shown."""

    def __init__(self, recipe: Recipe, fidelity: Fidelity, *, number: int = 0) -> None:
        """`number` numbers H.264's parameter sets, so that they stand beside the footage's."""
        self._coding = recipe.coding
        self._context = _opened(recipe, fidelity, number)
        units = from_annex_b(bytes(self._context.extradata or b""))
        self.sets = tuple(unit for unit in units if is_parameter_set(self._coding, unit))

    def encode(self, frames: Iterable[VideoFrame]) -> Iterator[Encoded]:
        """Encode the stretch; usable once."""
        for tick, frame in enumerate(frames):
            frame.pts = tick
            frame.time_base = self._context.time_base
            frame.pict_type = PictureType.NONE
            yield from self._out(frame)
        yield from self._out(None)

    def _out(self, frame: VideoFrame | None) -> Iterator[Encoded]:
        for packet in self._context.encode(frame):
            yield Encoded(picture_units(self._coding, bytes(packet)), packet.is_keyframe)


def _opened(recipe: Recipe, fidelity: Fidelity, number: int) -> VideoCodecContext:
    context = CodecContext.create("libx264" if recipe.coding == "h264" else "libx265", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = recipe.width, recipe.height
    context.pix_fmt = recipe.pixel_format
    context.framerate = recipe.rate
    context.time_base = 1 / recipe.rate
    context.sample_aspect_ratio = recipe.sample_aspect
    context.color_range = recipe.color_range
    context.color_primaries = recipe.primaries
    context.color_trc = recipe.transfer
    context.colorspace = recipe.matrix
    context.flags |= Flags.global_header | Flags.closed_gop
    context.options = _options(recipe, fidelity, number)
    context.open()
    return context


def _options(recipe: Recipe, fidelity: Fidelity, number: int) -> dict[str, str]:
    shared = f"bframes=0:keyint={KEY_INTERVAL}:scenecut=0"
    if recipe.coding == "h264":
        # Without mbtree: x264's AVX-512 code for it gives other bytes from run to run.
        options = {
            "preset": "medium",
            "crf": str(CRF),
            "x264-params": f"{shared}:mbtree=0:sps-id={number}:threads={THREADS}",
        }
        return options | ({"profile": recipe.profile} if recipe.profile else {})
    quality = "lossless=1" if fidelity == "lossless" else f"crf={CRF}"
    return {
        "preset": "medium",
        "x265-params": f"{shared}:{quality}:open-gop=0:frame-threads=1:log-level=error",
    }
