"""Dense flow against the exact motion of rendered scenes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import scenes
from landfast.vision.motion.flow import (
    dense_flow,
    fetch,
    forward_backward_error,
    homography_flow,
    inside,
    pixel_grid,
    warp,
)

SCENE = scenes.Scene(kind="terrain", seed=3)


def gray(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two grey views four metres apart, the exact flow and where it is visible."""
    cameras = scenes.path("forward", 2, step=4.0)
    a, b = (gray(image) for image in scenes.video(SCENE, cameras))
    return a, b, *scenes.flow(SCENE, cameras[0], cameras[1])


@pytest.mark.parametrize(("preset", "limit"), [("fast", 0.35), ("medium", 0.3)])
def test_flow_agrees_with_the_truth(pair, preset, limit):
    a, b, truth, visible = pair
    error = np.linalg.norm(dense_flow(a, b, preset=preset) - truth, axis=2)
    land = visible & (scenes.render(SCENE, scenes.path("forward", 1)[0]).depth < 1e6)
    assert np.median(error[land]) < limit
    assert np.median(np.linalg.norm(truth[land], axis=1)) > 1, "the test must move something"


def test_pictures_too_small_for_the_search_do_not_move():
    small = np.zeros((20, 40), np.uint8)
    assert not dense_flow(small, small).any()


def test_the_same_bytes_for_any_number_of_threads(pair):
    a, b, *_ = pair
    before = cv2.getNumThreads()
    try:
        found = []
        for threads in (1, 2, 5):
            cv2.setNumThreads(threads)
            forward, backward = dense_flow(a, b), dense_flow(b, a)
            error = forward_backward_error(forward, backward)
            found.append(forward.tobytes() + error.tobytes() + warp(a, forward).tobytes())
    finally:
        cv2.setNumThreads(before)
    assert found[0] == found[1] == found[2]


def test_forward_backward_error_tells_hidden_from_shared(pair):
    a, b, truth, visible = pair
    error = forward_backward_error(dense_flow(a, b), dense_flow(b, a))
    leaving = ~inside(truth)
    assert np.median(error[visible]) < 0.3
    assert np.median(error[leaving]) > 3


def test_error_of_an_exact_way_back_is_nothing_and_infinite_outside():
    forward = np.full((8, 10, 2), (2, 0), np.float32)
    error = forward_backward_error(forward, -forward)
    assert np.allclose(error[:, :8], 0)
    assert np.isinf(error[:, 8:]).all()


def test_warp_moves_by_whole_pixels_exactly_and_repeats_edges():
    image = np.arange(48, dtype=np.uint8).reshape(6, 8)
    one_right = np.full((6, 8, 2), (1, 0), np.float32)
    for resampling in ("linear", "cubic", "lanczos"):
        moved = warp(image, one_right, resampling=resampling)
        assert np.array_equal(moved[:, :7], image[:, 1:]), resampling
        assert np.array_equal(moved[:, 7], image[:, 7]), resampling
    at = pixel_grid(8, 6) + one_right
    assert not fetch(image, at, border="black")[:, 7].any()
    assert np.array_equal(fetch(image, at, border="mirror")[:, 7], image[:, 6])


def test_warp_by_the_true_flow_gives_the_other_view(pair):
    a, b, truth, visible = pair
    assert scenes.psnr(warp(b, truth), a, visible) > 33


def test_fetch_is_the_absolute_form(pair):
    a, *_ = pair
    flow = np.random.default_rng(1).normal(size=(*a.shape, 2)).astype(np.float32)
    grid = pixel_grid(a.shape[1], a.shape[0])
    assert np.array_equal(warp(a, flow), fetch(a, grid + flow))


def test_homography_flow_is_the_exact_flow_of_a_pan():
    cameras = scenes.path("pan", 2, step=3.0)
    exact = scenes.homography(SCENE, *cameras)
    flow = homography_flow(exact, 320, 180)
    truth, visible = scenes.flow(SCENE, *cameras)
    assert np.abs(flow - truth)[visible].max() < 0.01


def test_the_grid_is_shared_and_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        pixel_grid(5, 4)[0, 0] = 1
