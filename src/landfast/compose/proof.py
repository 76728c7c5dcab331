"""Holds the finished film against the footage, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from landfast.media.decode import decode
from landfast.media.picture import Picture
from landfast.media.planes import planes_of
from landfast.media.probe import probe
from landfast.model.arrays import Shaped
from landfast.model.clip import Clip
from landfast.model.time import Span

Samples = Shaped[np.ndarray, "..."]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in the film."""

    frames: int
    exact: frozenset[int]
    """Frames whose decoded samples equal the footage's, bit for bit."""
    psnr_db: tuple[float, ...]
    """PSNR of the kept frames that do not, over all samples, in dB."""
    same_times: bool
    """Every frame is shown at the footage's own time."""
    codec: str
    pixel_format: str
    duration: Fraction


def prove(
    path: Path,
    clip: Clip,
    film: Path,
    *,
    generated: Collection[int],
    decoded: Sequence[range] | None = None,
) -> Proof:
    """Compare every kept frame.

    Args:
        path: The footage.
        clip: What `probe` found in it.
        film: What was made of it.
        generated: Frames that are not the footage's.
        decoded: Frames to be compared as decoded samples; all others are known to be the same
            packets of whole groups (`copies.to_decode`). None: all frames are decoded.

    Raises:
        InputError: The film cannot be decoded.
    """
    made = probe(film)
    parts = [range(clip.frames)] if decoded is None else decoded
    exact = set(range(clip.frames)).difference(generated, *parts)
    psnr: list[float] = []
    count = 0
    for source, result in _pairs(path, clip, film, made, parts):
        count += 1
        if source.index in generated:
            continue
        if _is_same(source.native, result.native):
            exact.add(source.index)
        else:
            psnr.append(_psnr(source, result))
    return Proof(
        frames=made.frames,
        exact=frozenset(exact),
        psnr_db=tuple(psnr),
        same_times=_times(made) == _times(clip) and count == sum(map(len, parts)),
        codec=made.codec,
        pixel_format=made.pixel_format,
        duration=made.duration,
    )


def _pairs(
    path: Path, clip: Clip, film: Path, made: Clip, parts: Sequence[range]
) -> Iterator[tuple[Picture, Picture]]:
    """Footage and film, frame by frame."""
    for part in parts:
        if part.stop > made.frames:
            return
        ours, theirs = (
            decode(file, one, span=Span(start=one.time_of(part[0]), stop=one.time_of(part.stop)))
            for file, one in ((path, clip), (film, made))
        )
        yield from zip(ours, theirs, strict=False)


def _is_same(a: VideoFrame, b: VideoFrame) -> bool:
    pairs = zip(planes_of(a), planes_of(b), strict=False)
    return _form(a) == _form(b) and all(np.array_equal(x, y) for x, y in pairs)


def _form(frame: VideoFrame) -> tuple[str, bool]:
    """Format and full range, which JPEG's formats say by their name alone."""
    name = frame.format.name
    return name.replace("yuvj", "yuv"), name.startswith("yuvj") or frame.color_range == 2


def _times(clip: Clip) -> list[Fraction]:
    return [tick * clip.time_base for tick in clip.ticks]


def _psnr(source: Picture, result: Picture) -> float:
    """PSNR in dB over the samples as stored; over RGB where the formats differ."""
    ours, theirs = planes_of(source.native), planes_of(result.native)
    depth = max(component.bits for component in source.native.format.components)
    if [one.shape for one in ours] != [one.shape for one in theirs] or (
        result.native.format.components[0].bits != depth
    ):
        ours, theirs, depth = [source.rgb16()], [result.rgb16()], 16
        if ours[0].shape != theirs[0].shape:
            return 0.0
    total = sum(_squared(a, b) for a, b in zip(ours, theirs, strict=True))
    error = total / sum(plane.size for plane in ours)
    return math.inf if error == 0 else 10 * math.log10(((1 << depth) - 1) ** 2 / error)


def _squared(a: Samples, b: Samples) -> float:
    return float(np.square(a.astype(np.float64) - b).sum())
