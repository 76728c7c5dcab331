"""An overlay of another rate: each of its frames shows the scene as it was at a time of its own.

Over the footage's frames it is held, or lies between two of them. Measured against the scene of
the footage's frame it would seem to stay behind and be sheared; so it is measured against the
scene of its own time, on the straight way between the two frames around that, and put from there
to the frame that it lies over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.overlay.evidence import Choice
from landfast.vision.overlay.maps import unit
from landfast.vision.overlay.scene.backings import Backing
from landfast.vision.overlay.scene.hanging import Hanging
from landfast.vision.overlay.scene.ways import Between, Way
from landfast.vision.overlay.swim import Swim

_SAME = 1e-3
"""Of a frame: nearer than this to a frame it is that frame."""

Times = Float64[np.ndarray, " frame"]
"""Where the overlay's frames lie in time, counted in the footage's frames."""


def with_depicted(layer: Backing, times: Times) -> Backing:
    """A layer of the scene at the overlay's times, and after those at the footage's frames."""
    shown = tuple(way_at(layer.ways, time) for time in times.tolist())
    return replace(layer, ways=(*shown, *layer.ways))


def hanging_depicted(hanging: Hanging, times: Times) -> Hanging:
    """The same for points that something may hang on."""
    low, share = _around(times, len(times))
    paths, views = hanging.paths, hanging.views
    if len(times) < 2:
        return replace(hanging, paths=np.tile(paths, (1, 2, 1)), views=np.tile(views, (2, 1, 1)))
    along = paths[:, low] + share[:, None] * (paths[:, low + 1] - paths[:, low])
    seen = views[low] + share[:, None, None] * (views[low + 1] - views[low])
    return replace(
        hanging, paths=np.concatenate([along, paths], axis=1), views=np.concatenate([seen, views])
    )


def without_depicted(choice: Choice, times: Times) -> Choice:
    """A choice among such layers, for the footage's frames alone."""
    count, swim = len(times), choice.swim
    return replace(
        choice,
        swim=None if swim is None else _swim(swim, times),
        ground=choice.ground[count:],
    )


def _swim(swim: Swim, times: Times) -> Swim:
    count = len(times)
    return replace(
        swim,
        maps=swim.maps[count:],
        shown=swim.maps[:count],
        values=swim.values[:count],
        seen=swim.seen[:count],
        error_px=swim.error_px[:count],
        weak=swim.weak[:count],
        times=times,
    )


def way_at(ways: Sequence[Way | None], time: float) -> Way | None:
    """How the scene lies at a time between two frames, or half a frame beyond the last."""
    nearest = min(max(round(time), 0), len(ways) - 1)
    if abs(time - nearest) < _SAME or len(ways) < 2:
        return ways[nearest]
    (low,), (share,) = (part.tolist() for part in _around(np.array([time]), len(ways)))
    before, after = ways[low], ways[low + 1]
    if before is None or after is None:
        return None
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        return unit((1 - share) * before + share * after)
    return Between(before, after, share)


def _around(times: Times, count: int) -> tuple[np.ndarray, Times]:
    """The frame before each time, and how far it lies on the way to the next."""
    low = np.clip(np.floor(times + _SAME).astype(np.intp), 0, max(0, count - 2))
    share = times - low
    nearest = np.rint(share)
    return low, np.where(np.abs(share - nearest) < _SAME, nearest, share)
