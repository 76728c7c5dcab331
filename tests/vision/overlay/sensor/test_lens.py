from __future__ import annotations

import numpy as np
import pytest

from landfast.errors import InputError
from landfast.vision.overlay.scene.ways import Bent, Straight, ahead, behind, chained, flat
from landfast.vision.overlay.sensor.lens import Distortion

LENS = Distortion(640, 360, 500.0, -0.12, 0.02)


def points() -> np.ndarray:
    return np.random.default_rng(2).uniform((5, 5), (635, 355), (60, 2))


def test_there_and_back() -> None:
    at = points()
    assert np.abs(LENS.bent(LENS.straight(at)) - at).max() < 1e-3
    assert np.abs(LENS.straight(at) - at).max() > 5


def test_the_formula() -> None:
    at = np.array([[319.5 + 200.0, 179.5]])
    square = (200 / 500) ** 2
    wanted = 319.5 + 200 * (1 - 0.12 * square + 0.02 * square**2)
    assert LENS.bent(at)[0] == pytest.approx([wanted, 179.5])


def test_unknown_points_stay_unknown() -> None:
    at = np.array([[10.0, 10.0], [np.nan, np.nan]])
    assert np.isnan(LENS.straight(at)[1]).all()
    assert np.isfinite(LENS.straight(at)[0]).all()


def test_a_straight_line_is_straight_again() -> None:
    picture = np.zeros((360, 640), np.uint8)
    y = np.full(641, 60.0)
    line = LENS.bent(np.column_stack([np.linspace(-20, 660, 641), y]))
    for x, row in np.rint(line).astype(int).tolist():
        if 0 <= x < 640 and 0 <= row < 360:
            picture[max(0, row - 1) : row + 2, x] = 255
    found = LENS.straight_picture(picture)
    rows = [float(np.average(np.arange(360), weights=found[:, x] + 1e-6)) for x in (60, 320, 580)]
    assert np.ptp(rows) < 0.8


def test_a_way_through_the_lens() -> None:
    turn = np.array([[0.99, 0.02, 8.0], [-0.02, 0.99, -5.0], [1e-5, 0, 1.0]])
    way = chained(Straight(LENS), turn, Bent(LENS))
    at = points()[:20]
    assert np.abs(behind(way, ahead(way, at)) - at).max() < 0.01
    assert flat(way) == pytest.approx(turn)


def test_a_lens_that_folds_the_picture_is_refused() -> None:
    with pytest.raises(InputError, match="fold the corners"):
        Distortion(640, 360, 500.0, -2.5).check()
    LENS.check()
