"""A line is followed from frame to frame, and not given up for another that stands out as well."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.verify.checks import level
from landfast.verify.checks.level import Line, follow, slopes_of, template

SIZE = (480, 270)
SEA = Line(0.0, 0.4)


def edge(line: Line, step: float) -> np.ndarray:
    """Grey levels that a soft edge along a line adds below it."""
    x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5 - SIZE[0] / 2, np.arange(SIZE[1]) + 0.5)
    below = y - line.height * SIZE[1] - np.tan(np.radians(line.tilt)) * x
    return step / (1 + np.exp(-2 * below))


def picture(*edges: tuple[Line, float]) -> np.ndarray:
    return np.rint(60 + sum(edge(*one) for one in edges)).astype(np.uint8)


HAZE = Line(-1.4, 0.375)


def followed(frames: list[np.ndarray]) -> list[Line]:
    look = template(picture((SEA, 16)), SEA)
    seen = follow([slopes_of(one) for one in frames], [SEA] * len(frames), [look] * len(frames))
    return [one.line for one in seen]


def test_an_edge_of_the_haze_that_stands_out_as_well_is_not_the_horizon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hazy = picture((SEA, 12), (HAZE, 18))
    assert followed([hazy])[0] == pytest.approx(SEA, abs=0.1)
    monkeypatch.setattr(level, "_PULL", (0.0, 0.0))
    assert followed([hazy])[0] == pytest.approx(HAZE, abs=0.15)


def test_a_horizon_that_tilts_is_followed_as_far_as_it_goes() -> None:
    tilts = [0.3 * k for k in range(9)]
    found = followed([picture((Line(tilt, 0.4), 12)) for tilt in tilts])
    assert [line.tilt for line in found] == pytest.approx(tilts, abs=0.06)


def test_a_horizon_that_is_off_at_once_is_found_where_it_is() -> None:
    off = Line(1.2, 0.415)
    assert followed([picture((off, 12))])[0] == pytest.approx(off, abs=0.06)
