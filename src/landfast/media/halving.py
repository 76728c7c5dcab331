"""Decoded frames at a half, a quarter … of their size, plane by plane.

Averaging two by two is the one reduction that runs at the speed of memory; what scales further
then starts from a small picture. Each step rounds to the depth of the file, a half up and down in
turn, so that the picture does not get brighter.
"""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame

from landfast.media.planes import is_planar, plane_of
from landfast.model.arrays import Shaped


def shrunk(
    plane: Shaped[np.ndarray, "height width"], size: tuple[int, int]
) -> Shaped[np.ndarray, "rows columns"]:
    """Area average at `size` (width, height): by halves as far as they lead, then in one step."""
    height, width = plane.shape
    times = 0
    while (
        height % 2 ** (times + 1) == width % 2 ** (times + 1) == 0
        and width >> times + 1 >= size[0]
        and height >> times + 1 >= size[1]
    ):
        times += 1
    return _averaged(by_halves(plane, times), size)


def exactly(
    plane: Shaped[np.ndarray, "height width"], size: tuple[int, int]
) -> Shaped[np.ndarray, "rows columns"]:
    """`shrunk`, by halves only where these lead to `size`, ten times as fast as in one step."""
    height, width = plane.shape
    times = 0
    while width % (size[0] << times + 1) == 0 and height % (size[1] << times + 1) == 0:
        times += 1
    return _averaged(by_halves(plane, times), size)


def _averaged(
    plane: Shaped[np.ndarray, "height width"], size: tuple[int, int]
) -> Shaped[np.ndarray, "rows columns"]:
    if plane.shape == size[::-1]:
        return plane
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))


def sampled(
    plane: Shaped[np.ndarray, "height width"], size: tuple[int, int]
) -> Shaped[np.ndarray, "rows columns"]:
    """Area average at `size` of four by four pixels to one, evenly spread; of all where few.

    Most of a large plane is not even looked at.
    """
    fourfold = 4 * size[0], 4 * size[1]
    if plane.shape[1] < fourfold[0] or plane.shape[0] < fourfold[1]:
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
    return by_halves(cv2.resize(plane, fourfold, interpolation=cv2.INTER_NEAREST_EXACT), 2)


def halvings(frame: VideoFrame, least: tuple[int, int]) -> int:
    """How often a frame can be halved and stay at least as large as `least` (width, height).

    0 where its planes are not separate, or have odd sides.
    """
    if not is_planar(frame):
        return 0
    sides = [side for plane in frame.planes for side in (plane.width, plane.height)]
    times = 0
    while all(side % 2 ** (times + 1) == 0 for side in sides) and _reaches(frame, least, times + 1):
        times += 1
    return times


def _reaches(frame: VideoFrame, least: tuple[int, int], times: int) -> bool:
    return frame.width >> times >= least[0] and frame.height >> times >= least[1]


def halved(frame: VideoFrame, times: int) -> VideoFrame:
    """The frame in 1/2^times of its size, in a buffer of its own.

    Args:
        frame: As decoded.
        times: At most what `halvings` allows.
    """
    small = VideoFrame(frame.width >> times, frame.height >> times, frame.format.name)
    for index in range(len(frame.planes)):
        by_halves(plane_of(frame, index), times, plane_of(small, index))
    return small


def by_halves(
    plane: Shaped[np.ndarray, "height width"],
    times: int,
    into: Shaped[np.ndarray, "rows columns"] | None = None,
) -> Shaped[np.ndarray, "rows columns"]:
    """Area average in 1/2^times of the size (which must divide both sides).

    Args:
        into: Array for the result, a new one without it.
    """
    for step in range(1, times + 1):
        size = plane.shape[1] // 2, plane.shape[0] // 2
        target = into if step == times else None
        plane = np.asarray(cv2.resize(plane, size, target, interpolation=cv2.INTER_AREA))
        # cv2 rounds halves up; of the negative that is down.
        if step < times or times % 2 == 0:
            plane = np.asarray(cv2.bitwise_not(plane, plane))
    return plane
