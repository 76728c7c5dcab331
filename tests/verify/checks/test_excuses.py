"""What frames farther from an end show excuses what frames between them and it show."""

from __future__ import annotations

import numpy as np

from landfast.verify.checks.excuses import least_beyond
from landfast.verify.measure.links import Places, identity

SHAPE = (6, 10)


def flat(value: float) -> np.ndarray:
    return np.full(SHAPE, value, np.float32)


def moved(cells: float) -> Places:
    return Places(identity(*SHAPE) + np.float32(cells), np.ones(SHAPE, bool))


def middle(levels: list[float], cells: list[float]) -> list[float]:
    series = [(k, flat(value)) for k, value in enumerate(levels)]
    found = least_beyond(series, [moved(one) for one in cells])
    return [float(found[k][3, 4]) for k in range(len(levels))]


def test_the_least_of_what_lies_beyond_counts() -> None:
    found = middle([1, 9, 3, 5], [0, 0, 0, 0])
    assert found[:3] == [3, 3, 5]
    assert np.isnan(found[3]), "nothing lies beyond the last"


def test_what_the_camera_came_back_to_does_not_count() -> None:
    found = middle([1, 9, 3], [0, 4, 0])
    assert found[0] == 3
    assert np.isnan(found[1]), "the frame beyond it went less than half as far"
