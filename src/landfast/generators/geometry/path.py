"""The way of every pixel of an anchor through the gap.

Where the camera's motion is known, a pixel follows the camera (`scene`), also where it leaves the
picture and the other anchor cannot say. What moves by itself (surf, clouds) departs from that; the
departure is measured at both ends, in place and velocity, and goes over from one to the other
(`easing`). Its velocity is the footage's beside the anchor, which shows it also where nothing is
found again across the gap (surf breaks, leaves leave the picture); it goes on there, more slowly.
Without a known camera the whole motion goes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.generators.geometry.correspond import Side, staying
from landfast.generators.geometry.easing import MEMORY, Memories, ease, memories_of
from landfast.generators.geometry.filling import averaged, steady
from landfast.generators.geometry.scene import View
from landfast.model.arrays import Float32
from landfast.vision.motion.flow import fetch, pixel_grid

_SPREAD: Final = 2.0
"""Field cells over which a departure is averaged, weighted by trust."""
_SPREAD_BESIDE: Final = 1.0
"""The same for the velocity that neighbouring frames show: flow over so little is sure and fine."""
_GOES_ON: Final = 0.3
"""Of its own velocity at an anchor, what is not found across the gap keeps so much on average."""

Field = Float32[np.ndarray, "rows cols 2"]


@dataclass(frozen=True, slots=True)
class Way:
    """A displacement through the gap, pixels: straight, and what both ends' velocities add."""

    end: Float32[np.ndarray, "rows cols 2"]
    start_change: Float32[np.ndarray, "rows cols 2"]
    """Velocity at the start beyond the mean, per whole gap."""
    end_change: Float32[np.ndarray, "rows cols 2"]
    steps: int
    memories: Memories = (MEMORY, MEMORY)

    def at(self, t: float) -> Field:
        """Displacement after a share `t`; zero at 0."""
        leave, arrive = ease(t, self.steps, self.memories)
        return np.asarray(
            self.end * np.float32(t)
            + self.start_change * np.float32(leave)
            + self.end_change * np.float32(arrive)
        )


def way_of(
    end: Field,
    start_velocity: Field,
    end_velocity: Field,
    steps: int,
    memories: Memories = (MEMORY, MEMORY),
) -> Way:
    """From zero to `end` with these velocities (per whole gap) at its ends."""
    return Way(end, start_velocity - end, end_velocity - end, steps, memories)


def motion(near: Side, far: Side, *, steps: int) -> Way:
    """The whole motion of the near anchor's pixels, where no camera explains it.

    Args:
        near: The anchor whose pixels move.
        far: The other one; its velocity is taken where the pixels arrive.
        steps: Frame intervals in the gap.
    """
    memories = memories_of((near, far), steps)
    return way_of(near.across, *_velocities(near, far, steps), steps, memories)


def departure(near: Side, far: Side, views: tuple[View, View], *, steps: int) -> Way:
    """What the near anchor's pixels do beyond following the camera, as far as it is trusted.

    Args:
        near: The anchor whose pixels move.
        far: The other one; its velocity is taken where the pixels arrive.
        views: Both anchors' views of the rigid scene, the near one's first.
        steps: Frame intervals in the gap.
    """
    straight, known = averaged(near.across - views[0].at(1.0), near.trust, _SPREAD)
    if near.shaken:
        return way_of(straight, straight, straight, steps)
    own, arriving = straight, _beyond(far, views[1], steps)
    leaving = _beyond(near, views[0], steps)
    if leaving is not None and near.beside is not None:
        own = averaged(-leaving, staying(near.beside, near.scale), _SPREAD_BESIDE)[0]
        straight = straight + (1 - known) * np.float32(_GOES_ON) * own
    if arriving is None:
        return way_of(straight, own, straight, steps)
    arriving = fetch(arriving, _arrived(near), resampling="linear")
    return way_of(straight, own, averaged(arriving, near.trust, _SPREAD)[0], steps)


def _beyond(side: Side, view: View, steps: int) -> Field | None:
    """Beyond the camera's motion, outwards per whole gap; None where no footage shows it.

    Both are taken over the same frames: what comes nearer moves ever faster, and the way of two
    frames is not its velocity at the anchor.
    """
    if side.beside is None or view.beside is None:
        return None
    return np.asarray(
        (side.beside - view.moved(view.beside)) * np.float32(steps / side.beside_reach)
    )


def _velocities(near: Side, far: Side, steps: int) -> tuple[Field, Field]:
    """Displacement per whole gap at this anchor and at the other; linear without footage."""
    start = stop = near.across
    if near.shaken:
        return _settled(near, far, steps)
    if near.beside is not None:
        start = steady(near) * np.float32(-steps / near.beside_reach)
    if far.beside is not None:
        stop = fetch(steady(far), _arrived(near), resampling="linear")
        stop *= np.float32(steps / far.beside_reach)
    return start, stop


def _arrived(near: Side) -> Field:
    """The other anchor's cells where the pixels arrive."""
    rows, cols = near.across.shape[:2]
    return np.asarray(pixel_grid(cols, rows) + near.across / near.scale)


def _settled(near: Side, far: Side, steps: int) -> tuple[Field, Field]:
    """As `_velocities`, with both anchors' offset from the way in place of a departure."""
    away = fetch(offset(far, steps), _arrived(near), resampling="linear")
    return near.across + offset(near, steps), near.across + away


def offset(side: Side, steps: int) -> Field:
    """From an anchor to where it would be by the frames beside it, pixels: their mean place."""
    if side.outward is None or side.beside is None:
        return np.zeros_like(side.across)
    step = side.across / np.float32(-steps)
    off = side.beside - step * np.float32(side.beside_reach)
    off += side.outward - step * np.float32(side.reach)
    return np.asarray(off / np.float32(3))
