"""How far the picture goes across a fault, against footage whose motion is known."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from landfast.conduct.crossing import retiming, words
from landfast.media.encode import Encoder
from landfast.media.probe import probe
from landfast.model.clip import Clip, Colour
from landfast.model.plan import Retime
from landfast.planning.retiming import Sides

STEP = 3
"""Pixels that the picture moves from frame to frame."""
FRAMES = 40


@pytest.fixture
def moving(tmp_path: Path) -> Callable[[list[int]], tuple[Path, Clip]]:
    """Footage that shows a wide picture at these places, in steps of its motion."""
    rough = np.random.default_rng(3).integers(0, 255, (18, 90), np.uint8)
    wide = cv2.resize(rough, (900, 180), interpolation=cv2.INTER_CUBIC)

    def shot(places: list[int]) -> tuple[Path, Clip]:
        path = tmp_path / "moving.mp4"
        bt709 = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
        with Encoder(
            path, width=320, height=180, time_base=Fraction(1, 25), colour=bt709, fps=Fraction(25)
        ) as encoder:
            for tick, place in enumerate(places):
                cut = wide[:, place * STEP : place * STEP + 320]
                encoder.write(np.dstack([cut] * 3), tick=tick, duration=1)
        return path, probe(path)

    return shot


def places(across: int, missing: int) -> list[int]:
    """A camera that has gone `across` steps after `missing` bad frames in the middle."""
    before = list(range(20))
    return [*before, *[19] * missing, *range(19 + across, 19 + across + FRAMES - 20 - missing)]


@pytest.mark.parametrize(("across", "missing"), [(1, 4), (5, 4), (3, 2), (4, 0)])
def test_the_way_across_is_counted_in_own_steps(moving, across: int, missing: int) -> None:
    path, clip = moving(places(across, missing))
    found = retiming(path, clip, Sides(19, 20 + missing, 15, 12))
    assert isinstance(found, Retime)
    assert float(found.hop) == pytest.approx(across, rel=0.03)
    assert (found.left, found.right) == (clip.time_of(19), clip.time_of(20 + missing))
    slowed = across < missing + 1
    assert (found.slowest < 0.95, found.fastest > 1.05) == (slowed, missing == 0)
    told = words(found, clip)
    assert f"{missing} bad frames" in told
    assert ("are made along that motion" in told) == (across == missing + 1)


def test_a_picture_that_went_back_is_not_covered(moving) -> None:
    path, clip = moving(places(-6, 3))
    assert "does not go on" in str(retiming(path, clip, Sides(19, 23, 15, 12)))


def test_a_picture_that_cannot_be_followed_is_not_covered(moving) -> None:
    path, clip = moving(places(90, 3))
    assert isinstance(retiming(path, clip, Sides(19, 23, 15, 12)), str)


def test_a_still_camera_leaves_the_clock_as_it_is(moving) -> None:
    path, clip = moving([19] * FRAMES)
    found = retiming(path, clip, Sides(19, 23, 15, 12))
    assert isinstance(found, Retime)
    assert (found.hop, found.slowest, found.fastest) == (4, 1, 1)
