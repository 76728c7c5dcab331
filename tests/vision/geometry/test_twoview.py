"""Two-view relations against exact homographies and depths."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import scenes
from landfast.vision.geometry.features import Matches
from landfast.vision.geometry.twoview import coverage, gric, relate, relate_matches, sampson_error

FLAT = scenes.Scene(kind="plane", seed=2)
DEEP = scenes.Scene(kind="terrain", seed=2, boxes=scenes.town(3))
SIZE = (480, 270)


def views(scene, kind, step):
    cameras = scenes.path(kind, 2, step=step, size=SIZE)
    grays = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in scenes.video(scene, cameras)]
    return *grays, *cameras


def corner_error(found: np.ndarray, truth: np.ndarray) -> float:
    """Largest distance at the picture's corners, pixels."""
    width, height = SIZE
    at = np.float64([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]])
    moved = [cv2.perspectiveTransform(at[None], one)[0] for one in (found, truth)]
    return float(np.linalg.norm(moved[0] - moved[1], axis=1).max())


@pytest.mark.parametrize("scene", [FLAT, DEEP], ids=["flat", "deep"])
def test_a_pan_is_a_homography(scene):
    a, b, *cameras = views(scene, "pan", 4.0)
    found = relate(a, b)
    assert found.model == "homography"
    assert found.fundamental is None
    assert corner_error(found.homography, scenes.homography(scene, *cameras)) < 1.0
    assert found.parallax_px < 1.5


def test_travel_over_relief_is_epipolar():
    a, b, *cameras = views(DEEP, "sideways", 12.0)
    found = relate(a, b)
    assert found.model == "epipolar"
    assert found.parallax_px > 2
    truth, visible = scenes.flow(DEEP, *cameras)
    at = np.argwhere(visible)[::97][:, ::-1]
    moved = at + truth[at[:, 1], at[:, 0]]
    near = sampson_error(found.fundamental, at.astype(float), moved.astype(float))
    assert np.median(near) < 0.5


def test_a_still_camera_does_not_move():
    a, b, *_ = views(DEEP, "still", 0.0)
    found = relate(a, b)
    assert found.model == "homography"
    assert found.motion_px < 0.01
    assert np.allclose(found.homography, np.eye(3), atol=1e-4)


def test_motion_and_overlap_are_measured():
    a, b, *cameras = views(DEEP, "pan", 12.0)
    found = relate(a, b)
    truth, visible = scenes.flow(DEEP, *cameras)
    assert found.motion_px == pytest.approx(
        np.median(np.linalg.norm(truth[visible], axis=1)), rel=0.1
    )
    wide = relate(*views(DEEP, "pan", 30.0)[:2])
    assert wide.overlap < found.overlap < 1


def test_other_scenes_are_not_related():
    a, *_ = views(DEEP, "still", 0.0)
    b, *_ = views(scenes.Scene(kind="terrain", seed=91, sky="clouds"), "still", 0.0)
    found = relate(a, b)
    assert found.model == "none"
    assert found.homography is None and found.overlap is None
    assert found.features > 200
    assert "no rigid relation" in found.reason


def test_chance_matches_are_not_a_relation():
    random = np.random.default_rng(4)
    points = [random.uniform(0, 400, (60, 2)).astype(np.float32) for _ in range(2)]
    assert relate_matches(Matches(*points, 500, 500), width=400, height=400).model == "none"


def test_points_that_the_plane_has_behind_the_camera_do_not_spoil_the_parallax():
    random = np.random.default_rng(5)
    near = random.uniform((0, 0), (400, 540), (160, 2))
    beyond = random.uniform((560, 0), (960, 540), (120, 2))
    plane = np.array([[0.8, 0.02, 10.0], [0.01, 0.8, 6.0], [-0.002, 0.0, 1.0]])
    moved = [np.column_stack([one, np.ones(len(one))]) @ plane.T for one in (near, beyond)]
    assert (moved[1][:, 2] < 0).all()
    carried = [one[:, :2] / one[:, 2:] for one in moved]
    epipole = np.array([480.0, 270.0])
    along = carried[1] + random.uniform(0.6, 1.2, (120, 1)) * (epipole - carried[1])
    points = [np.vstack([near, beyond]), np.vstack([carried[0], along])]
    found = relate_matches(
        Matches(*(one.astype(np.float32) for one in points), 500, 500), width=960, height=540
    )
    assert found.model == "epipolar"
    assert found.inliers > 270
    assert found.parallax_px is not None
    assert np.isfinite(found.parallax_px)


def test_no_matches_at_all():
    nothing = np.zeros((0, 2), np.float32)
    found = relate_matches(Matches(nothing, nothing, 0, 0), width=64, height=64)
    assert (found.model, found.matches, found.inliers) == ("none", 0, 0)


def test_the_same_relation_for_any_number_of_threads():
    a, b, *_ = views(DEEP, "sideways", 8.0)
    before = cv2.getNumThreads()
    try:
        found = []
        for threads in (1, 2, 4):
            cv2.setNumThreads(threads)
            one = relate(a, b)
            found.append((one.homography.tobytes(), one.fundamental.tobytes(), one.reason))
    finally:
        cv2.setNumThreads(before)
    assert found[0] == found[1] == found[2]


def test_gric_prefers_the_simpler_model_when_both_fit():
    exact = np.full(200, 0.1)
    assert gric(exact, dimension=2, parameters=8) < gric(exact, dimension=3, parameters=7)
    off_the_plane = np.where(np.arange(200) < 100, 0.1, 9.0)
    assert gric(off_the_plane, dimension=2, parameters=8) > gric(exact, dimension=3, parameters=7)


def test_coverage_grows_with_spread():
    assert coverage(np.zeros((0, 2), np.float32), width=320, height=180) == 0
    one = coverage(np.float32([[160, 90]]), width=320, height=180)
    random = np.random.default_rng(0).uniform(0, 1, (400, 2)) * (319, 179)
    assert 0 < one < 0.05
    assert coverage(random.astype(np.float32), width=320, height=180) > 0.95
