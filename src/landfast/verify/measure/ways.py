"""Where the pixels of a frame stand in an end of its stretch, measured once for all that ask."""

from __future__ import annotations

from landfast.verify.measure.links import Link, places_between
from landfast.verify.measure.reel import Reel
from landfast.verify.measure.rendering import Way, way_onto


class Ways:
    """Smoothed ways between frames of a reel; those that lead to an end are kept."""

    def __init__(self, reel: Reel, links: tuple[Link, ...]) -> None:
        self._small, self._links = reel.small, links
        self._kept: dict[tuple[int, int], Way] = {}

    def __call__(self, at: int, to: int) -> Way:
        """From the pixels of one frame to another's, of half the working size."""
        known = self._kept.get((at, to))
        if known is not None:
            return known
        places = places_between(self._links, at, to)
        way = way_onto(self._small[at], self._small[to], places)
        if to in (0, len(self._small) - 1):
            self._kept[at, to] = way
        return way
