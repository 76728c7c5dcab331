"""Corresponding points against the exact motion of rendered scenes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import scenes
from landfast.vision.geometry.features import Matches, corners, detect, follow, match, pair

SCENE = scenes.Scene(kind="terrain", seed=5, boxes=scenes.town(1))


def gray(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def views() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    cameras = scenes.path("sideways", 2, step=6.0)
    a, b = (gray(image) for image in scenes.video(SCENE, cameras))
    return a, b, *scenes.flow(SCENE, *cameras)


def right_share(found: Matches, truth: np.ndarray, visible: np.ndarray, within: float) -> float:
    """Share of matches at visible pixels that are where they should be."""
    at = np.rint(found.points_a).astype(int)
    at = np.clip(at, 0, np.array(truth.shape[1::-1]) - 1)
    expected = found.points_a + truth[at[:, 1], at[:, 0]]
    seen = visible[at[:, 1], at[:, 0]]
    off = np.linalg.norm(expected - found.points_b, axis=1)[seen]
    return float((off < within).mean())


@pytest.mark.parametrize("find", [match, follow])
def test_matches_are_where_the_scene_moved(views, find):
    a, b, truth, visible = views
    found = find(a, b)
    assert len(found.points_a) == len(found.points_b) > 60
    assert right_share(found, truth, visible, 1.5) > 0.93


@pytest.mark.parametrize("find", [match, follow])
def test_nothing_is_found_in_plain_pictures(find):
    plain = np.full((120, 160), 128, np.uint8)
    found = find(plain, plain)
    assert found.points_a.shape == found.points_b.shape == (0, 2)
    assert found.features_a == 0


@pytest.mark.parametrize("find", [match, follow])
def test_other_scenes_hardly_match(views, find):
    a, *_ = views
    other = gray(scenes.render(scenes.Scene(seed=77), scenes.path("forward", 1)[0]).image)
    found = find(a, other)
    assert len(found.points_a) < 0.1 * found.features_a


def test_points_of_large_pictures_are_in_their_own_pixels(views):
    a, b, truth, visible = views
    size = (4 * a.shape[1], 4 * a.shape[0])
    large = [cv2.resize(one, size, interpolation=cv2.INTER_CUBIC) for one in (a, b)]
    found = match(*large)
    back = Matches((found.points_a + 0.5) / 4 - 0.5, (found.points_b + 0.5) / 4 - 0.5, 0, 0)
    assert right_share(back, truth, visible, 1.5) > 0.93


def test_matching_is_mutual_and_one_to_one(views):
    a, b, *_ = views
    first, second = detect(a), detect(b)
    there, back = pair(first, second), pair(second, first)
    one_way = {tuple(row) for row in np.hstack([there.points_a, there.points_b]).tolist()}
    other_way = {tuple(row) for row in np.hstack([back.points_b, back.points_a]).tolist()}
    assert one_way == other_way
    assert len(np.unique(there.points_b, axis=0)) == len(np.unique(there.points_a, axis=0))


def test_descriptors_are_whole_numbers_so_that_products_are_exact(views):
    found = detect(views[0])
    assert np.array_equal(found.descriptors, np.rint(found.descriptors))
    assert np.allclose(np.linalg.norm(found.descriptors, axis=1), 255, rtol=0.02)


def test_the_same_matches_for_any_number_of_threads(views):
    a, b, *_ = views
    before = cv2.getNumThreads()
    try:
        found = []
        for threads in (1, 2, 4):
            cv2.setNumThreads(threads)
            found.append(
                [
                    one.tobytes()
                    for m in (match(a, b), follow(a, b))
                    for one in (m.points_a, m.points_b)
                ]
            )
    finally:
        cv2.setNumThreads(before)
    assert found[0] == found[1] == found[2]


def test_corners_are_limited_and_inside(views):
    found = corners(views[0], count=50)
    assert len(found) == 50
    assert (found >= 0).all() and (found < views[0].shape[::-1]).all()
