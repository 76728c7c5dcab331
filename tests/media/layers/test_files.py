from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from landfast.errors import InputError
from landfast.media.layers.layer import layer_of
from landfast.media.layers.read import open_overlay, stored_as
from landfast.media.layers.write import Coding, coding_for, write_layers
from overlays import drawing, placed

START = np.array([[1, 0, 60.0], [0, 1, 40.0], [0, 0, 1]])
SIZE = (320, 180)
CASES: list[tuple[Coding, str, int, float]] = [
    ("prores", "a.mov", 8, 2.5),
    ("ffv1", "a.mkv", 8, 0.0),
    ("ffv1", "deep.mkv", 10, 0.0),
    ("qtrle", "q.mov", 8, 0.0),
    ("vp9", "v.webm", 8, 16.0),
    ("png", "folder", 8, 0.0),
    ("png", "deep", 10, 0.0),
]


@pytest.mark.parametrize(("coding", "name", "depth", "slack"), CASES)
def test_what_is_written_is_read_back(
    tmp_path: Path, coding: Coding, name: str, depth: int, slack: float
) -> None:
    layer = placed(drawing(), START, SIZE)
    target = tmp_path / name
    with write_layers(
        target, width=320, height=180, fps=Fraction(25), coding=coding, bit_depth=depth
    ) as writer:
        for _ in range(3):
            writer.write(layer)
    overlay = open_overlay(target)
    assert (overlay.frames, overlay.width, overlay.height) == (3, 320, 180)
    assert overlay.storage == "straight"
    again = list(overlay.layers())[1]
    unit = again.whole().astype(np.float64) / np.iinfo(again.pixels.dtype).max * 255
    wanted = layer.whole().astype(np.float64)
    assert np.abs(unit[..., 3] - wanted[..., 3]).max() <= slack
    solid = cv2.erode((wanted[..., 3] == 255).astype(np.uint8), np.ones((5, 5))) > 0
    assert np.abs(unit - wanted)[solid].max() <= slack


def test_ten_bits_are_kept(tmp_path: Path) -> None:
    alpha = np.zeros((40, 64), np.uint16)
    alpha[10:30, 10:50] = np.arange(20, dtype=np.uint16)[:, None] * 64 + 32000
    layer = layer_of(np.full((40, 64, 3), 12345, np.uint16), alpha)
    with write_layers(
        tmp_path / "a.mkv", width=64, height=40, fps=Fraction(25), coding="ffv1", bit_depth=16
    ) as writer:
        writer.write(layer)
    (again,) = open_overlay(tmp_path / "a.mkv").layers()
    assert np.array_equal(again.pixels, layer.pixels)


def test_opaque_video_is_refused_and_says_what_to_do(karma: Path) -> None:
    with pytest.raises(InputError, match=r"has no alpha.*--matte"):
        open_overlay(karma)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    layer = placed(drawing(), START, SIZE)
    with write_layers(
        tmp_path / "seq", width=320, height=180, fps=Fraction(25), coding="png", bit_depth=8
    ) as writer:
        for _ in range(4):
            writer.write(layer)
    (tmp_path / "seq" / "overlay_000002.png").unlink()
    with pytest.raises(InputError, match="lacks picture 2"):
        open_overlay(tmp_path / "seq")
    with pytest.raises(InputError, match="is one picture"):
        open_overlay(tmp_path / "seq" / "overlay_000001.png")
    (tmp_path / "seq" / "overlay_000003.png").unlink()
    assert open_overlay(tmp_path / "seq" / "overlay_%06d.png").frames == 2


def test_premultiplied_colour_is_seen_in_the_pixels() -> None:
    layer = placed(drawing(), START, SIZE)
    unit = layer.premultiplied(stored="straight")
    pixels = np.rint(unit * 255).astype(np.uint8)
    multiplied = layer_of(
        np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])
    )
    assert stored_as(iter([layer])) == "straight"
    assert stored_as(iter([multiplied])) == "premultiplied"


def test_a_film_suffix_without_alpha_is_refused() -> None:
    with pytest.raises(InputError, match="alpha"):
        coding_for(Path("a.mp4"))
    assert coding_for(Path("a.mov"), like="qtrle") == "qtrle"
