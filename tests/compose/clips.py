"""Small clips in many codings: a crop that moves over a smooth random picture."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from landfast.compose.fill import Fill
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.model.clip import Clip, Colour
from scenes import Codec, PixelFormat, write_video

SIZE = (160, 90)
FRAMES = 48
ENCODINGS: dict[str, tuple[str, Codec, PixelFormat, dict[str, str]]] = {
    "h264": ("mp4", "libx264", "yuv420p", {"x264-params": "keyint=16:bframes=0"}),
    "h264 B": (
        "mp4",
        "libx264",
        "yuv420p",
        {"x264-params": "keyint=16:bframes=3:b-pyramid=normal"},
    ),
    "h264 open": ("mp4", "libx264", "yuv420p", {"x264-params": "keyint=16:bframes=3:open-gop=1"}),
    "h264 long": ("mp4", "libx264", "yuv420p", {"x264-params": "keyint=250:ref=2:bframes=3"}),
    "h264 4:2:2": ("mp4", "libx264", "yuv422p", {"x264-params": "keyint=40:bframes=2"}),
    "h264 ts": ("ts", "libx264", "yuv420p", {"x264-params": "keyint=16:bframes=2"}),
    "hevc ts": ("ts", "libx265", "yuv420p", {"x265-params": "keyint=16:log-level=none"}),
    "h264 mkv": ("mkv", "libx264", "yuv420p", {"x264-params": "keyint=16:bframes=3"}),
    "h264 10 bit": ("mp4", "libx264", "yuv420p10le", {"x264-params": "keyint=16:bframes=2"}),
    "hevc": ("mp4", "libx265", "yuv420p", {"x265-params": "keyint=16:open-gop=0:log-level=none"}),
    "hevc 10 bit": (
        "mp4",
        "libx265",
        "yuv420p10le",
        {"x265-params": "keyint=16:open-gop=0:log-level=none"},
    ),
    "hevc open": ("mp4", "libx265", "yuv420p", {"x265-params": "keyint=16:log-level=none"}),
    "mpeg4": ("mp4", "mpeg4", "yuv420p", {}),
    "ffv1": ("mkv", "ffv1", "yuv420p", {}),
}


def images(frames: int = FRAMES, size: tuple[int, int] = SIZE) -> Iterator[np.ndarray]:
    width, height = size
    noise = np.random.default_rng(5).integers(0, 256, (height + 40, width + frames, 3), np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3).astype(np.float32)
    world = cv2.normalize(smooth, None, 10, 245, cv2.NORM_MINMAX).astype(np.uint8)
    for k in range(frames):
        top = 20 + round(10 * np.sin(k / 7))
        yield np.ascontiguousarray(world[top : top + height, k : k + width])


def clip_file(folder: Path, encoding: str) -> Path:
    suffix, codec, pixel_format, options = ENCODINGS[encoding]
    target = folder / f"clip.{suffix}"
    return write_video(target, images(), codec=codec, pix_fmt=pixel_format, options=options)


def upright_vfr_file(path: Path) -> tuple[Path, list[int]]:
    """A clip stored turned, with uneven time stamps on a 1/600 clock."""
    ticks = [int(20 * k + 7 * (k % 3)) for k in range(FRAMES)]
    with Encoder(
        path,
        width=90,
        height=160,
        time_base=Fraction(1, 600),
        colour=Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="full"),
        rotation=90,
        key_interval=12,
        timecode="01:02:03:04",
    ) as encoder:
        for k, image in enumerate(images(size=(90, 160))):
            following = ticks[k + 1] if k + 1 < FRAMES else ticks[k] + 20
            encoder.write(image, tick=ticks[k], duration=following - ticks[k])
    return path, ticks


def negative(path: Path, clip: Clip, frames: range) -> Fill:
    """A transition that nobody could take for the footage: its negative."""

    def made() -> Iterator[np.ndarray]:
        for picture in decode(path, clip):
            if picture.index in frames:
                yield 255 - picture.rgb()

    return Fill(frames, made)


def hashes(path: Path) -> list[str]:
    """Digest of every decoded frame's visible samples."""
    return [
        hashlib.sha256(picture.native.to_ndarray().tobytes()).hexdigest()
        for picture in decode(path)
    ]
