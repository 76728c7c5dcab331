"""A take on its own grid (any rate, length and size) onto the footage's frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import cv2
import numpy as np

from landfast.compose.fill import Fill, Picture
from landfast.compose.inbetween import pictures_at
from landfast.errors import InputError
from landfast.model.clip import Clip


def time_map(clip: Clip, start: int, end: int, frames: int) -> tuple[Fraction, ...]:
    """Where in the take each replaced frame of the footage lies.

    The take's first frame is the start anchor and its last the end anchor. Where it has as many
    frames as the footage it goes frame by frame, whatever the footage's time stamps; otherwise it
    is stretched evenly over the time between the anchors.

    Args:
        clip: The footage.
        start: Index of the start anchor's frame.
        end: Index of the end anchor's frame.
        frames: Frames of the take.

    Returns:
        For each frame strictly between the anchors a position from 0 to `frames - 1`.

    Raises:
        InputError: The anchors are not in order, or the take has fewer than two frames.
    """
    if end <= start or frames < 2:
        raise InputError(
            f"cannot lie between frames {start} and {end} with {frames} frames", subject="take"
        )
    inner = range(start + 1, end)
    if frames - 1 == end - start:
        return tuple(Fraction(index - start) for index in inner)
    first = clip.time_of(start)
    length = clip.time_of(end) - first
    return tuple((clip.time_of(index) - first) / length * (frames - 1) for index in inner)


def conform(
    clip: Clip,
    *,
    start: int,
    end: int,
    frames: int,
    images: Callable[[], Iterator[Picture]],
    grade: Callable[[Picture, float], Picture] | None = None,
) -> Fill:
    """The take as a fill between two anchors, in the clip's size, along its own motion.

    Args:
        clip: The footage.
        start: Index of the start anchor's frame.
        end: Index of the end anchor's frame.
        frames: Frames of the take, both anchors included.
        images: The take's pictures, each time from its first.
        grade: Colour correction of a picture, given its place from 0 (start) to 1 (end).
    """
    positions = time_map(clip, start, end, frames)

    def fitted() -> Iterator[Picture]:
        shown = pictures_at(images(), positions)
        for position, image in zip(positions, shown, strict=True):
            sized = resized(image, clip.width, clip.height)
            yield sized if grade is None else grade(sized, float(position / (frames - 1)))

    return Fill(range(start + 1, end), fitted)


def resized(image: Picture, width: int, height: int) -> Picture:
    """In another size: area average when smaller, Lanczos when larger; 8 or 16 bits stay so."""
    if image.shape[:2] == (height, width):
        return image
    smaller = width * height < image.shape[0] * image.shape[1]
    filter_ = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(image, (width, height), interpolation=filter_), image.dtype)
