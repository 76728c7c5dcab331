"""How much of what one moment of a shot shows another moment shows too, from the table alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.model.arrays import Float64, Int64
from landfast.vision.analysis.layout import layout_distance
from landfast.vision.analysis.table import FrameTable

UNLIKE: Final = 1.0
"""Layout distance at which likeness has halved: about that of unrelated scenes."""
LASTING_S: Final = 6.0
"""Time after which likeness has fallen to 1/e though the camera stands still: light, water and
people change."""
UNSEEN: Final = 0.98
"""What is left of the shared view for each frame whose motion was not measured."""
_GRID: Final = 6

Banded = Float64[np.ndarray, "step moment"]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of moments at most `reach` apart; 1 the same view, 0 nothing in common.

    Attributes:
        ahead: `ahead[s, k]`: moment k beside moment k + s; 0 beyond the last moment.
        shared: The same for the shared view alone, without layout and time.
    """

    ahead: Banded
    shared: Banded

    @property
    def reach(self) -> int:
        """Largest distance, in moments."""
        return len(self.ahead) - 1


def likeness(
    table: FrameTable, moments: Int64[np.ndarray, " moment"], *, reach: int, size: tuple[int, int]
) -> Likeness:
    """Likeness of the moments of one shot.

    The shared view follows from the homographies between frames, multiplied up: of a grid of
    points, the share that stays in the picture, the smaller of both directions. It counts with
    the layout's likeness and with time.

    Args:
        table: Of the clip.
        moments: Frames in order, all of one shot.
        reach: Largest distance to look at, in moments; at most all of them are.
        size: Width and height of the source, pixels.
    """
    reach = min(reach, len(moments) - 1)
    shared = _shared_views(_steps(table, moments), reach, size)
    ahead = shared.copy()
    layout, time = table.layout[moments], table.time_s[moments]
    for step in range(1, reach + 1):
        apart = layout_distance(layout[:-step], layout[step:]).astype(np.float64)
        apart = np.nan_to_num(apart, nan=UNLIKE)
        waited = np.exp(-(time[step:] - time[:-step]) / LASTING_S)
        ahead[step, :-step] *= waited / (1 + (apart / UNLIKE) ** 2)
    return Likeness(ahead, shared)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The camera from each moment to the next."""

    maps: Float64[np.ndarray, "step 3 3"]
    trust: Float64[np.ndarray, " step"]


def _steps(table: FrameTable, moments: Int64[np.ndarray, " moment"]) -> _Steps:
    maps = np.tile(np.eye(3), (max(0, len(moments) - 1), 1, 1))
    trust = np.ones(len(maps))
    for at in range(len(maps)):
        for frame in range(moments[at], moments[at + 1]):
            step = table.homography[frame]
            if np.isfinite(step).all():
                maps[at] = step @ maps[at]
            else:
                trust[at] *= UNSEEN
    return _Steps(maps, trust)


def _shared_views(steps: _Steps, reach: int, size: tuple[int, int]) -> Banded:
    count = len(steps.maps) + 1
    shared = np.zeros((reach + 1, count))
    shared[0] = 1.0
    maps, trust = np.tile(np.eye(3), (count, 1, 1)), np.ones(count)
    for step in range(1, reach + 1):
        maps = steps.maps[step - 1 :] @ maps[: count - step]
        maps = maps / np.where(np.abs(maps[:, 2:, 2:]) > 1e-9, maps[:, 2:, 2:], 1e-9)
        trust = steps.trust[step - 1 :] * trust[: count - step]
        shared[step, : count - step] = trust * np.minimum(
            _inside(maps, size), _inside(_inverse(maps), size)
        )
    return shared


def _inverse(maps: Float64[np.ndarray, "n 3 3"]) -> Float64[np.ndarray, "n 3 3"]:
    """Inverses; what has none sends every point away."""
    sound = np.abs(np.linalg.det(maps)) > 1e-9
    away = np.zeros((3, 3))
    away[:2, 2], away[2, 2] = -1e9, 1.0
    return np.where(
        sound[:, None, None], np.linalg.inv(np.where(sound[:, None, None], maps, np.eye(3))), away
    )


def _inside(maps: Float64[np.ndarray, "n 3 3"], size: tuple[int, int]) -> Float64[np.ndarray, " n"]:
    """Share of a grid of points over the picture that stays in it."""
    width, height = size
    x, y = np.meshgrid(
        (np.arange(_GRID) + 0.5) / _GRID * width, (np.arange(_GRID) + 0.5) / _GRID * height
    )
    points = np.stack([x.ravel(), y.ravel(), np.ones(_GRID * _GRID)])
    moved = maps @ points
    ahead = moved[:, 2] > 1e-9
    at = moved[:, :2] / np.where(ahead, moved[:, 2], 1.0)[:, None]
    within = (at >= 0).all(axis=1) & (at[:, 0] <= width) & (at[:, 1] <= height)
    return np.asarray((ahead & within).mean(axis=1))
