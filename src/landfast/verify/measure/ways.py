"""Where the pixels of a frame stand in an end of its stretch, measured once for all that ask."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float64
from landfast.verify.measure.links import Link, identity, places_between
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.rendering import Course, Way, course_onto
from landfast.vision.geometry import magsac

_FEWEST: Final = 60
_ON_IT: Final = 0.5
"""Cells off a plane that still are on it."""


class Ways:
    """Smoothed ways between frames of a reel; those to and from an end are kept, by cells."""

    def __init__(self, reel: Reel, links: tuple[Link, ...]) -> None:
        height, width = reel.small[0].shape
        self._size, self._last, self._links = (width, height), len(reel) - 1, links
        half = (max(width // 2, 1), max(height // 2, 1))
        self.quarter = [cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in reel.small]
        """Frames in grey at a quarter of the working size, to lead ways by."""
        self._kept: dict[tuple[int, int], Course] = {}

    def __call__(self, at: int, to: int) -> Way:
        """From the pixels of one frame to another's, of half the working size."""
        return self.course(at, to).way(self._size)

    def course(self, at: int, to: int) -> Course:
        """The same by cells."""
        course = self._kept.get((at, to))
        if course is None:
            places = places_between(self._links, at, to)
            pictures = self.quarter[at], self.quarter[to]
            course = course_onto(*pictures, places, self._size, abs(to - at))
            if not {at, to}.isdisjoint((0, self._last)):
                self._kept[at, to] = course
        return course

    def plane(self, at: int, to: int) -> Float64[np.ndarray, "3 3"] | None:
        """The homography of cells from one frame to another that most of the picture agrees on:
        it follows no thing, however large. None where too few ways are known."""
        places = places_between(self._links, at, to)
        here = identity(*places.known.shape)[places.known]
        if len(here) < _FEWEST:
            return None
        found = magsac.homography(here, places.at[places.known], _ON_IT)
        return None if found is None else found.matrix
