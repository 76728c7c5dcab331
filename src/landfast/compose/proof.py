"""Holds the finished film against the footage, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from jaxtyping import UInt16

from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.clip import Clip


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


def prove(path: Path, clip: Clip, film: Path, *, generated: Collection[int]) -> Proof:
    """Decode both and compare every kept frame.

    Raises:
        InputError: The film cannot be decoded.
    """
    made = probe(film)
    exact: set[int] = set()
    psnr: list[float] = []
    count = 0
    for source, result in zip(decode(path, clip), decode(film, made), strict=False):
        count += 1
        if source.index in generated:
            continue
        a, b = _samples(source.native), _samples(result.native)
        if source.native.format.name == result.native.format.name and a == b:
            exact.add(source.index)
        else:
            psnr.append(_psnr(source.rgb16(), result.rgb16()))
    return Proof(
        frames=made.frames,
        exact=frozenset(exact),
        psnr_db=tuple(psnr),
        same_times=_times(made) == _times(clip) and count == clip.frames,
        codec=made.codec,
        pixel_format=made.pixel_format,
        duration=made.duration,
    )


def _times(clip: Clip) -> list[Fraction]:
    return [tick * clip.time_base for tick in clip.ticks]


def _samples(frame: VideoFrame) -> list[bytes]:
    """The visible samples of every plane, without the padding of rows."""
    planes = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        row_bytes = plane.width * _sample_bytes(frame)
        planes.append(np.ascontiguousarray(rows[:, :row_bytes]).tobytes())
    return planes


def _sample_bytes(frame: VideoFrame) -> int:
    return 2 if max(component.bits for component in frame.format.components) > 8 else 1


def _psnr(
    a: UInt16[np.ndarray, "height width 3"], b: UInt16[np.ndarray, "any_height any_width 3"]
) -> float:
    if a.shape != b.shape:
        return 0.0
    error = float(np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(65535.0**2 / error)
