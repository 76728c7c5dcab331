"""How points of the scene get from frame to frame: homographies, reliefs, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.overlay.maps import Map, Points, inverse, moved, unit
from landfast.vision.overlay.scene.relief import Surface
from landfast.vision.overlay.sensor.sensor import Optics, Sensor

_SETTLING = 30
_NEAR_PX = 1e-4


def _settled(wanted: Points, carried: Callable[[Points], Points]) -> Points:
    """The points that are carried where they are wanted, which is not far."""
    here = wanted
    for _ in range(_SETTLING):
        missing = wanted - carried(here)
        here = here + missing
        if len(here) == 0 or float(np.abs(missing).max()) < _NEAR_PX:
            break
    return here


@dataclass(frozen=True, slots=True)
class Relief:
    """Points of an anchor frame at the depths of a surface, in another frame."""

    view: Float64[np.ndarray, "3 4"]
    """H and e of plane and parallax."""
    surface: Surface
    flat: Map
    """The homography of the surface's plane."""

    def ahead(self, points: Points) -> Points:
        """From the anchor to the frame."""
        solid = np.column_stack([points, np.ones(len(points)), self.surface.depth(points)])
        there = solid @ self.view.T
        return np.asarray(there[:, :2] / there[:, 2:])

    def behind(self, points: Points) -> Points:
        """From the frame to the anchor, found in turns: relief changes little over its own move."""
        back = inverse(self.flat)
        return _settled(moved(back, points), lambda here: moved(back, self.ahead(here)))


@dataclass(frozen=True, slots=True)
class Straight:
    """From the pixels of a frame to a pinhole's."""

    seen: Optics

    def ahead(self, points: Points) -> Points:
        """Straightened."""
        return self.seen.straight(points)

    def behind(self, points: Points) -> Points:
        """Bent."""
        return self.seen.bent(points)


@dataclass(frozen=True, slots=True)
class Bent:
    """From a pinhole's pixels to those of a frame."""

    seen: Optics

    def ahead(self, points: Points) -> Points:
        """Bent."""
        return self.seen.bent(points)

    def behind(self, points: Points) -> Points:
        """Straightened."""
        return self.seen.straight(points)


@dataclass(frozen=True, slots=True)
class Between:
    """To a time between two frames: points lie on the straight line from one to the other."""

    before: Way
    after: Way
    share: float
    """Of the way to the later one; a little below 0 or above 1 goes on beyond them."""

    def ahead(self, points: Points) -> Points:
        """From the first frame."""
        start = ahead(self.before, points)
        return np.asarray(start + self.share * (ahead(self.after, points) - start))

    def behind(self, points: Points) -> Points:
        """To the first frame, found in turns by way of the nearer one."""
        near = self.before if self.share < 0.5 else self.after
        return _settled(behind(near, points), lambda here: behind(near, self.ahead(here)))


@dataclass(frozen=True, slots=True)
class Chain:
    """One way after another."""

    links: tuple[Link, ...]


Curve = Relief | Straight | Bent | Between
Link = Map | Curve
Way = Link | Chain


def ahead(way: Way, points: Points) -> Points:
    """Points of the first frame in the other."""
    for link in _links(way):
        points = moved(link, points) if isinstance(link, np.ndarray) else link.ahead(points)
    return points


def behind(way: Way, points: Points) -> Points:
    """Points of the other frame in the first."""
    for link in reversed(_links(way)):
        if isinstance(link, np.ndarray):
            points = moved(inverse(link), points)
        else:
            points = link.behind(points)
    return points


def chained(*ways: Way) -> Way:
    """The first, then the second, and so on; homographies in a row become one."""
    links: list[Link] = []
    for way in ways:
        for link in _links(way):
            last = links[-1] if links else None
            if isinstance(link, np.ndarray) and isinstance(last, np.ndarray):
                links[-1] = unit(link @ last)
            else:
                links.append(link)
    return links[0] if len(links) == 1 else Chain(tuple(links))


def flat(way: Way) -> Map:
    """The way without relief and lens, as one homography."""
    result = np.eye(3)
    for link in _links(way):
        if isinstance(link, np.ndarray | Relief):
            result = (link.flat if isinstance(link, Relief) else link) @ result
    return unit(result)


def _links(way: Way) -> tuple[Link, ...]:
    return way.links if isinstance(way, Chain) else (way,)


def through_sensor(ways: Sequence[Way | None], sensor: Sensor) -> tuple[Way | None, ...]:
    """Ways of a pinhole in the pixels of the footage itself."""
    begin = Straight(sensor.at(0))
    return tuple(
        None if way is None else chained(begin, way, Bent(sensor.at(frame)))
        for frame, way in enumerate(ways)
    )
