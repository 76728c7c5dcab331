"""One pixel grid: there and back, and the same convention as the scaler."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfast.errors import InputError
from landfast.media.grid import Grid

sides = st.integers(1, 8192)
coordinates = st.floats(-1e4, 1e4)


@given(sides, sides, sides, sides, coordinates, coordinates)
def test_points_there_and_back(w: int, h: int, sw: int, sh: int, x: float, y: float) -> None:
    grid = Grid(w, h, sw, sh)
    points = np.array([[x, y]])
    assert np.allclose(grid.from_source(grid.to_source(points)), points, atol=1e-6)
    ahead = grid.matrix() @ [x, y, 1]
    assert np.allclose(grid.to_source(points)[0], ahead[:2], rtol=1e-12, atol=1e-6)


@given(sides, sides, sides)
def test_edges_meet(width: int, source: int, height: int) -> None:
    grid = Grid(width, height, source, height)
    edges = np.array([[-0.5, -0.5], [width - 0.5, height - 0.5]])
    assert np.allclose(grid.to_source(edges), [[-0.5, -0.5], [source - 0.5, height - 0.5]])


@given(st.floats(-0.2, 0.2), st.floats(-30, 30), st.floats(-1e-4, 1e-4))
def test_homography_moves_points_alike(turn: float, shift: float, bend: float) -> None:
    grid = Grid(480, 270, 1920, 1080)
    H = np.array([[1 + turn, -turn, shift], [turn, 1, -shift], [bend, -bend, 1]])
    point = np.array([[100.0, 60.0]])
    in_source = cv2.perspectiveTransform(grid.to_source(point)[None], grid.homography_to_source(H))
    moved = cv2.perspectiveTransform(point[None], H)[0]
    assert np.allclose(in_source[0], grid.to_source(moved), atol=1e-6)
    assert np.allclose(grid.homography_from_source(grid.homography_to_source(H)), H, atol=1e-9)


def test_float32_stays() -> None:
    points = np.zeros((3, 2), np.float32)
    assert Grid(10, 10, 20, 20).to_source(points).dtype == np.float32
    assert Grid(10, 10, 20, 20).from_source(points).dtype == np.float32


def test_convention_is_that_of_area_scaling() -> None:
    image = np.zeros((64, 96), np.float32)
    image[20:28, 40:44] = 1
    small = cv2.resize(image, (24, 16), interpolation=cv2.INTER_AREA)

    def centre(picture: np.ndarray) -> np.ndarray:
        y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
        return np.array([[(x * picture).sum(), (y * picture).sum()]]) / picture.sum()

    grid = Grid(24, 16, 96, 64)
    assert np.allclose(grid.to_source(centre(small)), centre(image), atol=1e-5)


@given(sides, sides, st.integers(2, 2048))
def test_working_size(width: int, height: int, wanted: int) -> None:
    grid = Grid.working((width, height), wanted)
    assert (grid.source_width, grid.source_height) == (width, height)
    assert grid.width <= max(width, 2) and grid.height <= height
    if wanted < width:
        assert grid.width % 2 == 0 and abs(grid.width - wanted) <= 1
        if height > 2:
            assert grid.height % 2 == 0
            assert abs(grid.height - height * grid.width / width) <= 2
    else:
        assert grid.size == (width, height)


def test_no_empty_grid() -> None:
    with pytest.raises(InputError):
        Grid(0, 1, 1, 1)
