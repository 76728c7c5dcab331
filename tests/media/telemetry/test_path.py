"""Local metres on the WGS 84 ellipsoid, and the figures that reports may tell."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.media.telemetry.path import figures, path_length_m, path_m
from landfast.model.telemetry import Fix, Telemetry


def told(*places: tuple[float, float, float | None], step: Fraction = Fraction(1)) -> Telemetry:
    fixes = tuple(
        Fix(time=at * step, latitude=latitude, longitude=longitude, altitude_m=height)
        for at, (latitude, longitude, height) in enumerate(places)
    )
    return Telemetry(clip="c", source="dji srt", fixes=fixes)


# Lengths of a degree on WGS 84: 110574 m and 111320 m at the equator, 111412 m and 55800 m at 60.
@pytest.mark.parametrize(
    ("latitude", "north", "east"), [(0.0, 110574.3, 111319.5), (60.0, 111412.2, 55800.0)]
)
def test_degrees_in_metres(latitude: float, north: float, east: float) -> None:
    step = 1e-3
    away = path_m(
        told((latitude, 179.9999, 0), (latitude + step, 179.9999, 0), (latitude, -179.9991, 0))
    )
    assert away[0].tolist() == [0, 0, 0]
    assert away[1] == pytest.approx([0, north * step, 0], abs=0.01)
    # Across the date line.
    assert away[2] == pytest.approx([east * step, 0, 0], abs=0.01)


def test_heights() -> None:
    away = path_m(told((45, 7, 100), (45, 7, 112.5), (45, 7, None)))
    assert away[1] == pytest.approx([0, 0, 12.5], abs=1e-6)
    assert np.isnan(away[2, 2]) and away[2, :2] == pytest.approx([0, 0], abs=1e-6)
    assert np.isnan(path_m(told((45, 7, None), (45, 7, 3)))[:, 2]).all()


def test_length_counts_height_only_where_all_have_it() -> None:
    assert path_length_m(told((45, 7, 0), (45, 7, 30), (45, 7, 0))) == pytest.approx(60)
    assert path_length_m(told((45, 7, 0), (45, 7, None), (45, 7, 0))) == pytest.approx(0)


def test_coarse_steps_do_not_lengthen_the_path() -> None:
    """A slow diagonal told in steps of a millionth of a degree, ten times a second."""
    places = [(round(at * 0.9e-6, 6), round(at * 0.45e-6, 6), None) for at in range(201)]
    path = told(*places, step=Fraction(1, 10))
    straight = float(np.linalg.norm(path_m(path)[-1, :2]))
    steps = np.linalg.norm(np.diff(path_m(path)[:, :2], axis=0), axis=1)
    assert steps.sum() > 1.1 * straight
    assert path_length_m(path) == pytest.approx(straight, rel=0.01)


def test_no_path() -> None:
    assert path_m(told()).shape == (0, 3)
    assert path_length_m(told()) is None and path_length_m(told((1, 2, 3))) is None
    assert figures(told()).model_dump(mode="json") == {
        "source": "dji srt", "device": None, "fixes": 0, "path_m": None,
        "height_range_m": None, "speed_mps": None, "notes": [],
    }  # fmt: skip
