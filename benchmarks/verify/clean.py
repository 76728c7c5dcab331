"""Takes that nothing is wrong with, though their pixels are not the true ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation

from benchmarks.verify.cases import Case, Frames, as_bytes
from benchmarks.verify.sources import Image, Stretch, compressed
from landfast.media.codings import repeatable_x264
from landfast.verify import FootageFrames

_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""swscale's quick way makes every picture darker by a level and a half, which is no compression."""


def clean_takes(s: Stretch) -> Iterator[Case]:
    """Every clean take of a stretch."""
    last = len(s.frames) - 1
    rng = np.random.default_rng(9)
    yield Case(s, None, "true frames", s.frames)
    yield Case(s, None, "JPEG 60", [compressed(f, 60) for f in s.frames])
    yield Case(s, None, "H.264 crf 28", recompressed(s.frames, 28))
    yield Case(s, None, "H.264 crf 34", recompressed(s.frames, 34))
    noisy = [as_bytes(f + rng.normal(0, 3, f.shape)) for f in s.frames]
    yield Case(s, None, "noise 3 levels", noisy)
    drift = [as_bytes(f * (1 + 0.03 * np.sin(np.pi * k / last))) for k, f in enumerate(s.frames)]
    yield Case(s, None, "exposure drift", drift)
    yield Case(s, None, "scaled, cropped", [_cropped(f) for f in s.frames])
    if len(s.frames) > 20:
        yield Case(s, None, "24 to 30 frames/s", [s.frames[k - k // 5] for k in _conformed(last)])
    yield _traffic(s)


def _conformed(last: int) -> list[int]:
    """One frame in five stands twice; the last frame is the last."""
    out = [k for k in range(2 * last) if k - k // 5 <= last]
    return out


def recompressed(frames: Frames, crf: int) -> Frames:
    """Through an encoder and back."""
    height, width = (n - n % 2 for n in frames[0].shape[:2])
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.options = {"crf": str(crf), "preset": "veryfast"} | repeatable_x264()
    encoder.thread_count = 1
    encoder.time_base = Fraction(1, 30)
    packets = []
    for k, frame in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(frame[:height, :width]), format="rgb24"
        ).reformat(format="yuv420p", interpolation=_EXACT)
        picture.pts = k
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("h264", "r")
    out = []
    for packet in [*packets, None]:
        out += [p.to_ndarray(format="rgb24", interpolation=_EXACT) for p in decoder.decode(packet)]
    whole = frames[0].shape[1::-1]
    return [p if (p.shape[1], p.shape[0]) == whole else cv2.resize(p, whole) for p in out]


def _cropped(frame: Image) -> Image:
    """What a generator's own size costs: a pixel at two sides, then another scale."""
    height, width = frame.shape[:2]
    small = cv2.resize(
        frame[1:, 1:], (round(width * 0.9), round(height * 0.9)), interpolation=cv2.INTER_AREA
    )
    return small


def _traffic(s: Stretch) -> Case:
    """Three vehicles cross the picture, in the footage as in the take."""
    before, after = list(s.footage.before), list(s.footage.after)
    every = _driven([*before, *s.frames, *after])
    n, m = len(before), len(s.frames)
    footage = FootageFrames(every[:n], every[n + m :], s.footage.fps)
    busy = replace(s, frames=every[n : n + m], footage=footage)
    return Case(busy, None, "traffic", busy.frames)


def _driven(frames: Frames) -> Frames:
    height, width = frames[0].shape[:2]
    out = []
    long, wide = max(4, width // 60), max(3, width // 110)
    lanes = ((0.55, 0.10, 2.2, 40), (0.66, 0.85, -2.6, 215), (0.8, 0.3, 1.6, 120))
    for k, frame in enumerate(frames):
        picture = frame.copy()
        for row, start, speed, level in lanes:
            x = round(start * width + speed * k * width / 960)
            y = round(row * height + 0.2 * speed * k * width / 960)
            cv2.rectangle(picture, (x, y), (x + long, y + wide), (level, level, level // 2), -1)
        out.append(picture)
    return out
