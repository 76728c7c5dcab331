"""Where the pixels of a frame stand in an end of its stretch, measured once for all that ask."""

from __future__ import annotations

import cv2

from landfast.verify.measure.links import Link, places_between
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.rendering import Course, Way, course_onto


class Ways:
    """Smoothed ways between frames of a reel; those that lead to an end are kept, by cells."""

    def __init__(self, reel: Reel, links: tuple[Link, ...]) -> None:
        height, width = reel.small[0].shape
        self._size, self._last, self._links = (width, height), len(reel) - 1, links
        half = (max(width // 2, 1), max(height // 2, 1))
        self.quarter = [cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in reel.small]
        """Frames in grey at a quarter of the working size, to lead ways by."""
        self._kept: dict[tuple[int, int], Course] = {}

    def __call__(self, at: int, to: int) -> Way:
        """From the pixels of one frame to another's, of half the working size."""
        course = self._kept.get((at, to))
        if course is None:
            places = places_between(self._links, at, to)
            course = course_onto(self.quarter[at], self.quarter[to], places, self._size)
            if to in (0, self._last):
                self._kept[at, to] = course
        return course.way(self._size)
