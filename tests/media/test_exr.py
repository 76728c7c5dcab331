"""OpenEXR: every float comes back as it was."""

from pathlib import Path

import numpy as np
import pytest

from landfast.media.exr import write_exr
from openexr import read_exr


def _values(height: int, width: int) -> np.ndarray:
    values = np.random.default_rng(3).normal(size=(height, width)).astype(np.float32) * 300
    values.flat[:6] = (0, np.inf, -np.inf, np.nan, 1e-30, 3.4e38)
    return values


@pytest.mark.parametrize("size", [(33, 47), (1, 7), (270, 480)])
def test_floats_come_back_bit_for_bit(tmp_path: Path, size: tuple[int, int]) -> None:
    values = _values(*size)
    write_exr(tmp_path / "a.exr", values)
    assert np.array_equal(read_exr(tmp_path / "a.exr"), values, equal_nan=True)


def test_halves_are_rounded_to_the_nearest(tmp_path: Path) -> None:
    values = _values(33, 47)
    write_exr(tmp_path / "a.exr", values, depth="half")
    with np.errstate(over="ignore"):
        nearest = values.astype(np.float16).astype(np.float32)
    assert np.array_equal(read_exr(tmp_path / "a.exr"), nearest, equal_nan=True)


def test_same_values_give_the_same_bytes_in_a_file_that_says_openexr(tmp_path: Path) -> None:
    for name in ("a.exr", "b.exr"):
        write_exr(tmp_path / name, _values(20, 30))
    data = (tmp_path / "a.exr").read_bytes()
    assert data == (tmp_path / "b.exr").read_bytes()
    assert data[:4] == bytes.fromhex("762f3101")
    assert b"chlist\x00" in data and b"\x00Y\x00" in data and b"\x00depth.Z\x00" in data
