"""Takes of 8 bits beside deeper footage: no steps in the sky, structure as it came."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.compose.deband import without_steps
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.media.picture import Picture
from landfast.model.clip import Colour

WIDTH, HEIGHT = 320, 192


def coded(image: np.ndarray, folder: Path, range: str = "limited") -> Picture:
    """A picture of 16 bits as a take of 8 bits holds it."""
    path = folder / "take.mkv"
    colour = Colour(matrix="bt709", range=range)
    with Encoder(
        path, width=WIDTH, height=HEIGHT, time_base=Fraction(1, 25), codec="ffv1", colour=colour
    ) as encoder:
        encoder.write(np.rint(image / 257).astype(np.uint8), tick=0, duration=1)
    return next(decode(path))


def error(image: np.ndarray, made: np.ndarray) -> float:
    """RMS in steps of 8 bits."""
    return float(np.sqrt(np.mean((made.astype(np.float64) - image) ** 2))) / 257


def tinted(levels: np.ndarray) -> np.ndarray:
    return np.stack([levels * share for share in (0.8, 0.95, 1.1)], axis=-1) * 257


@pytest.mark.parametrize("range", ["limited", "full"])
def test_a_sky_gets_no_steps(tmp_path: Path, range: str) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    sky = tinted(90 + 20 * y / HEIGHT + 5 * x / WIDTH)
    came = coded(sky, tmp_path, range)
    made = without_steps(came).rgb16()
    assert error(sky, made) < 0.75 * error(sky, came.rgb16())
    rise = np.diff(made[:, WIDTH // 2, 1].astype(int))
    assert np.abs(rise).max() < 0.3 * 257 < np.abs(np.diff(came.rgb16()[:, 9, 1].astype(int))).max()


def test_what_has_structure_stays(tmp_path: Path) -> None:
    image = tinted(np.random.default_rng(3).uniform(20, 200, (HEIGHT, WIDTH)))
    came = coded(image, tmp_path)
    assert np.abs(without_steps(came).rgb16().astype(int) - came.rgb16()).max() <= 2
