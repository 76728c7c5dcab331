"""What can be written: each codec with its encoder, pixel formats, containers and options."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypedDict

import cv2

from landfast.errors import InputError
from landfast.media.yuv import Siting
from landfast.model.clip import Clip, Colour

Codec = Literal["h264", "hevc", "prores", "ffv1"]
Quality = Literal["draft", "good", "master", "lossless"]

# OpenCV's number for the processor feature; Python's cv2 does not name it.
_AVX_512F = 13

_SLICES = (4, 6, 9, 12, 16, 20, 24, 30)
_SLICE_BITS = (8 << 24) * 0.9
"""FFmpeg's FFV1 encoder refuses slices of more than (8 << 24) / (4 (bits + 1)) pixels."""

_DEPTHS = ("10le", "12le", "16le")


class Form(TypedDict):
    """What a film made of a clip's frames has from the clip; see `Encoder`."""

    width: int
    height: int
    time_base: Fraction
    colour: Colour
    fps: Fraction


def form_of(clip: Clip) -> Form:
    """The clip's size, clock and colours, for an `Encoder`."""
    return Form(
        width=clip.width,
        height=clip.height,
        time_base=clip.time_base,
        colour=clip.colour,
        fps=clip.fps,
    )


@dataclass(frozen=True, slots=True)
class Coding:
    """One codec: FFmpeg's encoder, the formats it may take (the first is the default), options."""

    encoder: str
    formats: tuple[str, ...]
    suffixes: tuple[str, ...]
    siting: Siting
    qualities: dict[str, dict[str, str]]
    always: dict[str, str]
    reordering: int | None = None
    """Frames reordered over, where decoding times are not to be left to the encoder."""


_YUV8 = ("yuv420p", "yuv422p", "yuv444p")
_YUV10 = tuple(f"{name}10le" for name in _YUV8)
_YUV12 = tuple(f"{name}12le" for name in _YUV8)
_YUV16 = tuple(f"{name}16le" for name in _YUV8)
# B frames that refer to B frames: x265 then reorders over two frames, in every preset.
_X265 = "log-level=none:info=0:frame-threads=2:pools=4:bframes=4:b-pyramid=1"

CODINGS: dict[str, Coding] = {
    "h264": Coding(
        encoder="libx264",
        formats=_YUV8 + _YUV10,
        suffixes=(".mp4", ".mov", ".mkv"),
        siting="left",
        qualities={
            "draft": {"preset": "veryfast", "crf": "26"},
            "good": {"preset": "medium", "crf": "17"},
            "master": {"preset": "medium", "crf": "10"},
            "lossless": {"preset": "medium", "qp": "0"},
        },
        always={},
    ),
    "hevc": Coding(
        encoder="libx265",
        formats=_YUV8 + _YUV10 + _YUV12,
        suffixes=(".mp4", ".mov", ".mkv"),
        siting="left",
        qualities={
            "draft": {"preset": "ultrafast", "crf": "28", "x265-params": _X265},
            "good": {"preset": "medium", "crf": "18", "x265-params": _X265},
            "master": {"preset": "medium", "crf": "12", "x265-params": _X265},
            "lossless": {"preset": "medium", "x265-params": f"{_X265}:lossless=1"},
        },
        always={},
        reordering=2,
    ),
    "prores": Coding(
        encoder="prores_ks",
        formats=("yuv422p10le", "yuv444p10le"),
        suffixes=(".mov", ".mkv"),
        # FFmpeg's ProRes decoder states no place for chroma, and swscale then takes the centre.
        siting="centre",
        qualities={"draft": {"profile": "lt"}, "good": {}, "master": {"bits_per_mb": "8000"}},
        always={"vendor": "apl0"},
    ),
    "ffv1": Coding(
        encoder="ffv1",
        formats=("yuv444p", *_YUV8[:2], *_YUV10, *_YUV12, *_YUV16),
        suffixes=(".mkv", ".avi"),
        siting="centre",
        qualities={name: {} for name in ("draft", "good", "master", "lossless")},
        always={"level": "3", "slicecrc": "1", "g": "1"},
    ),
}


def fitting_format(codec: Codec, pixel_format: str) -> str:
    """The pixel format closest to a clip's that `codec` can write: same depth before sampling."""
    wanted = pixel_format.replace("yuvj", "yuv")
    formats = CODINGS[codec].formats
    if wanted in formats:
        return wanted
    deep = [name for name in formats if any(bits in wanted and bits in name for bits in _DEPTHS)]
    same = [name for name in deep or formats if name[:6] == wanted[:6]]
    return (same or deep or list(formats))[0]


def encoder_options(
    codec: Codec, quality: Quality, size: tuple[int, int], pixel_format: str
) -> dict[str, str]:
    """FFmpeg options of a codec at a quality for pictures of width x height."""
    options = CODINGS[codec].always | CODINGS[codec].qualities[quality]
    if codec == "ffv1":
        deep = any(bits in pixel_format for bits in _DEPTHS)
        options["slices"] = str(ffv1_slices(*size, deep=deep))
    return options | (repeatable_x264() if codec == "h264" else {})


def repeatable_x264() -> dict[str, str]:
    """FFmpeg options with which x264 makes the same bytes of the same pictures.

    Its AVX-512 code reads memory it has not written when mbtree is on (core 165), so bytes differ
    from run to run; its AVX2 code does not.
    """
    return {"x264-params": "asm=AVX2"} if cv2.checkHardwareSupport(_AVX_512F) else {}


def ffv1_slices(width: int, height: int, *, deep: bool) -> int:
    """Slices of an FFV1 frame: as few as its encoder takes, at least one for each thread."""
    bits = width * height * 4 * (17 if deep else 9)
    return next((count for count in _SLICES if bits <= count * _SLICE_BITS), _SLICES[-1])


def writable_colour(codec: Codec, colour: Colour) -> Colour:
    """The description that a codec can carry: ProRes is always limited range (SMPTE RDD 36)."""
    return colour.model_copy(update={"range": "limited"}) if codec == "prores" else colour


def refuse_unwritable(
    path: Path, codec: Codec, pixel_format: str, quality: Quality, stored: tuple[int, int]
) -> None:
    """Say no before anything is written.

    Raises:
        InputError: The container, format, quality or size does not go with the codec.
    """
    coding, name = CODINGS[codec], str(path)
    if path.suffix.lower() not in coding.suffixes:
        raise InputError(
            f"cannot hold {codec}", subject=name, remedy=f"use {' or '.join(coding.suffixes)}"
        )
    if pixel_format not in coding.formats:
        raise InputError(
            f"{codec} cannot be written as {pixel_format}",
            subject=name,
            remedy=f"use one of {', '.join(coding.formats)}",
        )
    if quality not in coding.qualities:
        raise InputError(f"{codec} has no {quality} quality", subject=name, remedy="use ffv1")
    width, height = stored
    odd_width = width % 2 and ("420" in pixel_format or "422" in pixel_format)
    if odd_width or (height % 2 and "420" in pixel_format):
        raise InputError(
            f"{pixel_format} needs even sizes, got {width}x{height}",
            subject=name,
            remedy="crop to even sizes or use a 4:4:4 format",
        )
