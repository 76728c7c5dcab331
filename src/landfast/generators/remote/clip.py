"""The clip that came, checked and brought onto the request's own grid."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from landfast.errors import BrokenOutput, InputError
from landfast.generators.base import Frame, Image, Progress
from landfast.generators.remote.assets import off_canvas
from landfast.generators.remote.canvas import Canvas
from landfast.generators.remote.lowering import Lowered
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.clip import Clip

NEAR = Fraction(3, 100)
"""Services round sizes: a clip this close to the size asked for is brought to it."""
FRAMES_OFF = 2
"""Services disagree on whether five seconds at 24 are 120 frames or 121."""
RATE_OFF = Fraction(1, 50)


def check_clip(raw: Path, lowered: Lowered) -> Clip:
    """The clip, where it can be decoded and is what was asked for.

    Raises:
        BrokenOutput: It is none, cut short, or of another size, rate or length.
    """
    subject = lowered.profile.name
    try:
        clip = probe(raw)
        shown = sum(1 for _ in decode(raw, clip))
    except InputError as error:
        raise BrokenOutput(f"delivered a clip that {error.what}", subject=subject) from error
    if shown != clip.frames:
        raise BrokenOutput(
            f"delivered a clip that breaks off after {shown} frames", subject=subject
        )
    wrong = _wrong(clip, lowered)
    if wrong:
        raise BrokenOutput(f"delivered {wrong}", subject=subject)
    return clip


def _wrong(clip: Clip, lowered: Lowered) -> str:
    """What differs from the order by more than services round; empty where nothing does."""
    canvas = lowered.canvas
    off = [
        abs(Fraction(got, asked) - 1)
        for got, asked in ((clip.width, canvas.width), (clip.height, canvas.height))
    ]
    if max(off) > NEAR:
        return f"{clip.width}x{clip.height} where {canvas.width}x{canvas.height} was asked for"
    if abs(clip.fps / lowered.fps - 1) > RATE_OFF:
        return f"{float(clip.fps):g} frames a second where {float(lowered.fps):g} was asked for"
    if abs(clip.frames - lowered.frames) > FRAMES_OFF:
        return f"{clip.frames} frames where {lowered.frames} were asked for"
    return ""


def positions(frames: int, lowered: Lowered, wanted: int) -> tuple[int, ...]:
    """Which frame of a clip of `frames` is each of `wanted` frames, spread evenly in time.

    The last anchor stands where it was asked for; where that is the clip's end, the clip's own
    last frame is it, whether the service counts one frame more or less.
    """
    ends = [one.index for one in lowered.keyframes if one.role == "last"]
    last = ends[0] if ends else lowered.frames - 1
    if last == lowered.frames - 1:
        last = frames - 1
    last = min(last, frames - 1)
    return tuple(round(Fraction(k * last, wanted - 1)) for k in range(wanted))


def frames_of(
    raw: Path,
    clip: Clip,
    lowered: Lowered,
    *,
    count: int,
    size: tuple[int, int],
    progress: Progress | None = None,
) -> Iterator[Image]:
    """`count` frames from the first anchor to the last, of a size, one by one."""
    wanted = positions(clip.frames, lowered, count)
    at = 0
    for picture in decode(raw, clip):
        while at < len(wanted) and wanted[at] == picture.index:
            yield fitted(picture.rgb(), lowered.canvas, size)
            at += 1
            if progress is not None:
                progress(at, len(wanted))
        if at == len(wanted):
            return


def fitted(image: Frame, canvas: Canvas, size: tuple[int, int]) -> Frame:
    """A picture of the clip, its filling cut off, in the request's size."""
    if image.shape[:2] != (canvas.height, canvas.width):
        image = _resized(image, (canvas.width, canvas.height))
    inner = off_canvas(image, canvas)
    return np.ascontiguousarray(inner if inner.shape[1::-1] == size else _resized(inner, size))


def _resized(image: Frame, size: tuple[int, int]) -> Frame:
    smaller = size[0] * size[1] < image.shape[0] * image.shape[1]
    filter_ = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(image, size, interpolation=filter_), dtype=np.uint8)
