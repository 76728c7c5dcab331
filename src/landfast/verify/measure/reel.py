"""What a verifier looks at: a take, the two anchors and the real footage, at one working size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.media.grid import Grid
from landfast.model.arrays import UInt8
from landfast.verify.measure.parallel import in_order

Image = UInt8[np.ndarray, "_ _ 3"]
Sized = UInt8[np.ndarray, "_ _ 3"]
"""A picture whose size need not be that of the others it stands with."""

WORKING_WIDTH: Final = 960
"""Widest picture that is measured; the limits in pixels are worded at this width."""
_SMALLEST: Final = 64
_ASPECT_TOLERANCE: Final = 0.12
"""A generator's size rule may cut this share of a side away; more is another picture."""


@dataclass(frozen=True, slots=True)
class TakeFrames:
    """A generated clip, or a stretch of one.

    images: RGB, all of one size; best given at working width (at most 960).
    source_width: width in pixels of the file they were decoded from; None when not scaled.
    """

    images: Sequence[Image]
    fps: Fraction
    source_width: int | None = None


@dataclass(frozen=True, slots=True)
class FootageFrames:
    """Real frames around the gap, at `fps`.

    before: the frames that end just before the start anchor, oldest first; the anchor itself
        is not among them.
    after: the frames that follow the end anchor, in order; the anchor is not among them.
    gap_s: seconds from one anchor to the other, where the take is to last as long; None where it
        will be fitted in.
    """

    before: Sequence[Sized]
    after: Sequence[Sized]
    fps: Fraction
    gap_s: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Reel:
    """Frames in order at working size, with the grey pictures that measurements read."""

    rgb: tuple[np.ndarray, ...]
    grey: tuple[np.ndarray, ...]
    half: tuple[np.ndarray, ...]
    """RGB at half the working size: colours are measured on it."""
    small: tuple[np.ndarray, ...]
    """Grey at half the working size: motion between neighbours is measured on it."""
    fps: Fraction

    def __len__(self) -> int:
        return len(self.rgb)

    @property
    def beat(self) -> int:
        """Frames that windows and views count in."""
        return beat(self.fps)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the working pictures."""
        height, width = self.grey[0].shape
        return width, height


def reel(images: Sequence[Sized], fps: Fraction, size: tuple[int, int]) -> Reel:
    """Scale pictures to a working size and prepare what measurements read."""
    half = (max(size[0] // 2, 32), max(size[1] // 2, 32))

    def prepared(image: Sized) -> tuple[np.ndarray, ...]:
        rgb = _fitted(image, size)
        grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
        low = (cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in (rgb, grey))
        return rgb, grey, *map(np.asarray, low)

    rgb, grey, low, small = zip(*in_order(prepared, images), strict=True)
    return Reel(rgb, grey, low, small, fps)


def beat(fps: Fraction) -> int:
    """Frames in a thirtieth of a second, one at least: what is looked at over so many frames at 30
    frames a second is looked at over as long at 60."""
    return max(1, round(fps / 30))


def working_size(take: TakeFrames) -> tuple[int, int]:
    """Width and height at which a take is measured."""
    height, width = take.images[0].shape[:2]
    return Grid.working((width, height), WORKING_WIDTH).size


def check_inputs(take: TakeFrames, start: Sized, end: Sized, footage: FootageFrames | None) -> None:
    """Refuse what cannot be compared at all.

    Raises:
        InputError: No frames, frames or anchors of different sizes, too small, or a rate of zero.
    """
    if not take.images:
        raise InputError("holds no frames", subject="take", remedy="give a clip with frames")
    _same_size(take.images, "take")
    if take.fps <= 0 or (footage is not None and footage.fps <= 0):
        raise InputError("has no frame rate", subject="take", remedy="give frames a second above 0")
    if start.shape != end.shape:
        raise InputError(
            f"the anchors differ in size: {_size(start)} and {_size(end)}",
            subject="anchors",
            remedy="give two frames of the same footage",
        )
    _same_size([start], "anchors")
    around = [*footage.before, *footage.after] if footage is not None else []
    if around:
        _same_size(around, "footage")
        _refuse_shape(around[0], start)


def shape_complaint(take: TakeFrames, start: Sized) -> str | None:
    """Why the take's shape cannot hold the anchors' picture; None when it can."""
    if _one_shape(take.images[0], start):
        return None
    sizes = _size(take.images[0]), _size(start)
    return f"the take is {sizes[0]}, another shape than the anchors' {sizes[1]}"


def _refuse_shape(real: Sized, start: Sized) -> None:
    if not _one_shape(real, start):
        raise InputError(
            f"has frames of {_size(real)}, another shape than the anchors' {_size(start)}",
            subject="footage",
            remedy="give the footage that the anchors were taken from",
        )


def _one_shape(a: Sized, b: Sized) -> bool:
    """True where two pictures of any size show nearly the same ratio of width to height."""
    ratio = (a.shape[1] / a.shape[0]) / (b.shape[1] / b.shape[0])
    return bool(abs(np.log(ratio)) <= _ASPECT_TOLERANCE)


def _same_size(images: Sequence[Sized], subject: str) -> None:
    first = images[0]
    for image in images:
        if image.shape != first.shape:
            raise InputError(
                f"holds frames of different sizes: {_size(first)} and {_size(image)}",
                subject=subject,
                remedy="give frames of one size",
            )
    if min(first.shape[:2]) < _SMALLEST:
        raise InputError(
            f"is {_size(first)}, too small to measure",
            subject=subject,
            remedy=f"give at least {_SMALLEST} pixels in each direction",
        )


def _size(image: Image) -> str:
    return f"{image.shape[1]} x {image.shape[0]}"


def _fitted(image: Image, size: tuple[int, int]) -> np.ndarray:
    """A picture at working size; another shape is cut in the middle first."""
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    scale = max(size[0] / width, size[1] / height)
    keep_w, keep_h = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    x, y = (width - keep_w) // 2, (height - keep_h) // 2
    part = image[y : y + keep_h, x : x + keep_w]
    shrink = size[0] <= keep_w
    how = cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, size, interpolation=how))
