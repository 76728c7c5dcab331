"""Where the pixels of a frame stand in an end of its stretch, measured once for all that ask."""

from __future__ import annotations

import cv2

from landfast.verify.measure.links import Link, places_between
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.rendering import Way, way_onto


class Ways:
    """Smoothed ways between frames of a reel; those that lead to an end are kept."""

    def __init__(self, reel: Reel, links: tuple[Link, ...]) -> None:
        height, width = reel.small[0].shape
        self._size, self._last, self._links = (width, height), len(reel) - 1, links
        half = (max(width // 2, 1), max(height // 2, 1))
        self.quarter = [cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in reel.small]
        """Frames in grey at a quarter of the working size, to lead ways by."""
        self._kept: dict[tuple[int, int], Way] = {}

    def __call__(self, at: int, to: int) -> Way:
        """From the pixels of one frame to another's, of half the working size."""
        known = self._kept.get((at, to))
        if known is not None:
            return known
        places = places_between(self._links, at, to)
        way = way_onto(self.quarter[at], self.quarter[to], places, self._size)
        if to in (0, self._last):
            self._kept[at, to] = way
        return way
