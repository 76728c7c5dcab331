"""The rigid scene behind two anchors: camera, nearness and path against exact renders."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

import scenes
from generators.conftest import SCENE, SIZE
from landfast.generators.geometry import scene
from landfast.generators.geometry.camera import Motion
from landfast.generators.geometry.correspond import Side, agreement, field_pixels, field_scale, thin
from landfast.generators.geometry.likeness import Shown, detail
from landfast.generators.geometry.path import departure
from landfast.generators.geometry.scene import Scene, build_scene

STEPS = 12
REACH = 4
BESIDE = 2


def exact_sides(cameras: list[scenes.Camera]) -> tuple[Side, Side]:
    """Sides with the true motion; the anchors are `REACH` frames from either end."""
    first, last = REACH, len(cameras) - 1 - REACH

    def true_field(a: int, b: int) -> np.ndarray:
        return thin(scenes.flow(SCENE, cameras[a], cameras[b])[0])

    there, back = true_field(first, last), true_field(last, first)
    scale = field_scale(*SIZE)
    return (
        Side(
            there,
            agreement(there, back, scale),
            true_field(first, 0),
            REACH,
            true_field(first, first - BESIDE),
            BESIDE,
            scale,
        ),
        Side(
            back,
            agreement(back, there, scale),
            true_field(last, -1),
            REACH,
            true_field(last, last + BESIDE),
            BESIDE,
            scale,
        ),
    )


def shown(cameras: list[scenes.Camera]) -> tuple[Shown, Shown]:
    """Both anchors and the outermost frames, rendered."""
    outer, first, last, end = (
        detail(cv2.cvtColor(scenes.render(SCENE, cameras[k]).image, cv2.COLOR_RGB2GRAY))
        for k in (0, REACH, len(cameras) - 1 - REACH, -1)
    )
    return Shown(first, outer), Shown(last, end)


@pytest.fixture(scope="module")
def cameras() -> list[scenes.Camera]:
    start = scenes.Pose(pitch_deg=-13.0)
    return scenes.path("forward", STEPS + 1 + 2 * REACH, step=2.0, size=SIZE, start=start)


@pytest.fixture(scope="module")
def sides(cameras) -> tuple[Side, Side]:
    return exact_sides(cameras)


@pytest.fixture(scope="module")
def flight(cameras, sides) -> tuple[Scene, list[scenes.Camera]]:
    image = scenes.render(SCENE, cameras[REACH]).image
    found = cv2.goodFeaturesToTrack(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 800, 0.003, 4)
    built = build_scene(found.reshape(-1, 2), sides, SIZE, steps=STEPS, shown=shown(cameras))
    assert built is not None
    return built, cameras


def test_nearness_is_inverse_depth(flight):
    scene, cameras = flight
    depth = scenes.render(SCENE, cameras[REACH]).depth
    at = np.rint(field_pixels(*SIZE)).astype(int)
    true_nearness = 1 / depth[at[..., 1], at[..., 0]]
    land = true_nearness > 0
    ratio = scene.first.nearness[land] / true_nearness[land]
    assert np.percentile(np.abs(ratio / np.median(ratio) - 1), 70) < 0.15
    assert np.median(scene.first.nearness[~land]) < 0.1 * np.median(scene.first.nearness[land])


def test_a_steady_flight_is_a_steady_path(flight):
    scene, _ = flight
    camera = scene.first.camera
    for velocity in (camera.start, camera.stop):
        assert np.allclose(velocity.shift, camera.whole.shift, atol=0.06)
    assert np.allclose(camera.at(0.5).shift, camera.whole.shift / 2, atol=0.03)


def test_both_views_pass_through_the_true_places(flight):
    scene, cameras = flight
    middle = REACH + STEPS // 2
    for view, anchor in ((scene.first, REACH), (scene.last, REACH + STEPS)):
        truth, visible = scenes.flow(SCENE, cameras[anchor], cameras[middle])
        off = np.linalg.norm(view.at(0.5) - thin(truth), axis=2)
        seen = thin(np.dstack([visible, visible]).astype(np.float32))[..., 0] > 0.99
        assert np.median(off[seen]) < 0.3
        assert np.percentile(off[seen], 90) < 2


def test_what_leaves_the_picture_is_placed_by_the_footage(flight):
    """Cells that the last anchor does not show still know where they are half-way."""
    scene, cameras = flight
    _, shared = scenes.flow(SCENE, cameras[REACH], cameras[REACH + STEPS])
    truth, visible = scenes.flow(SCENE, cameras[REACH], cameras[REACH + STEPS // 2])
    alone = thin(np.dstack([visible & ~shared] * 2).astype(np.float32))[..., 0] > 0.99
    assert alone.sum() > 20, "the test must lose something"
    off = np.linalg.norm(scene.first.at(0.5) - thin(truth), axis=2)[alone]
    assert np.median(off) < 1.5


def test_views_start_at_their_anchor_and_end_at_the_other(flight):
    scene, cameras = flight
    assert np.allclose(scene.first.at(0.0), 0, atol=1e-3)
    assert np.allclose(scene.last.at(0.0), 0, atol=1e-3)
    truth, visible = scenes.flow(SCENE, cameras[REACH], cameras[REACH + STEPS])
    off = np.linalg.norm(scene.first.at(1.0) - thin(truth), axis=2)
    seen = thin(np.dstack([visible, visible]).astype(np.float32))[..., 0] > 0.99
    assert np.median(off[seen]) < 0.3


def test_a_shaken_camera_is_led_by_the_frames_beside_the_anchors(cameras):
    """Half-way it is nearer to where the steady camera is than a path from anchor to anchor."""
    start = scenes.Pose(pitch_deg=-13.0)
    count = len(cameras)
    shaking = scenes.path("forward", count, step=2.0, size=SIZE, start=start, shake_px=3.0, seed=2)
    image = scenes.render(SCENE, shaking[REACH]).image
    found = cv2.goodFeaturesToTrack(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 800, 0.003, 4)
    sides, pictures = exact_sides(shaking), shown(shaking)
    truth, visible = scenes.flow(SCENE, shaking[REACH], cameras[REACH + STEPS // 2])
    seen = thin(np.dstack([visible, visible]).astype(np.float32))[..., 0] > 0.99
    off = []
    for shaken in (False, True):
        told = replace(sides[0], shaken=shaken), replace(sides[1], shaken=shaken)
        built = build_scene(found.reshape(-1, 2), told, SIZE, steps=STEPS, shown=pictures)
        assert built is not None
        assert np.allclose(built.first.at(1.0)[seen], sides[0].across[seen], atol=3)
        off.append(np.median(np.linalg.norm(built.first.at(0.5) - thin(truth), axis=2)[seen]))
    assert off[1] < 0.6 * off[0]


def test_a_wrong_camera_across_is_found_out_by_the_footage(flight, sides, monkeypatch):
    """What is nearly flat suits two cameras; the first guess here is the other one."""
    right, found = flight[0].first.whole, scene.relative_motion
    guesses = iter([Motion(np.array([-0.5, 0.1, 0.1]), np.array([-0.15, -0.97, 0.15]))])
    monkeypatch.setattr(scene, "relative_motion", lambda *given: next(guesses, found(*given)))
    image = scenes.render(SCENE, flight[1][REACH]).image
    points = cv2.goodFeaturesToTrack(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 800, 0.003, 4)
    pictures = flight[0].first.shown, flight[0].last.shown
    built = build_scene(points.reshape(-1, 2), sides, SIZE, steps=STEPS, shown=pictures)
    assert built is not None
    assert built.first.whole.shift @ right.shift > 0.99


def test_surer_flows_mend_the_cameras(flight, sides):
    built, cameras = flight
    off = Motion(np.array([0.004, -0.004, 0.0]), np.zeros(3)).after(built.first.whole)
    wrong = replace(built, first=replace(built.first, whole=off))
    points = []
    for k in (REACH, REACH + STEPS):
        gray = cv2.cvtColor(scenes.render(SCENE, cameras[k]).image, cv2.COLOR_RGB2GRAY)
        points.append(cv2.goodFeaturesToTrack(gray, 400, 0.003, 4).reshape(-1, 2))
    mended = wrong.again((points[0], points[1]), sides, steps=STEPS)
    truth, visible = scenes.flow(SCENE, cameras[REACH], cameras[REACH + STEPS])
    seen = thin(np.dstack([visible, visible]).astype(np.float32))[..., 0] > 0.99
    missed = [
        np.median(np.linalg.norm(view.moved(view.whole) - thin(truth), axis=2)[seen])
        for view in (wrong.first, mended.first)
    ]
    assert missed[1] < 0.3 < missed[0]


def test_where_no_flow_is_trusted_the_cameras_stay(flight, sides):
    built, points = flight[0], np.float32([[100, 100], [120, 90], [60, 150]])
    lost = [replace(side, trust=np.zeros_like(side.trust)) for side in sides]
    stayed = built.again((points, points), (lost[0], lost[1]), steps=STEPS)
    assert stayed.first.whole is built.first.whole


def test_too_few_points_give_no_scene(flight, sides):
    few = np.float32([[100, 100], [120, 90], [60, 150]])
    pictures = flight[0].first.shown, flight[0].last.shown
    assert build_scene(few, sides, SIZE, steps=STEPS, shown=pictures) is None


def test_a_flow_that_errs_is_found_out_by_the_pictures(flight, sides):
    """Where trusted flow across is wrong, the depth that the footage beside shows is taken."""
    view, (side, _) = flight[0].first, sides
    near = view.nearness > np.median(view.nearness)
    wrong = replace(side, across=side.across * np.float32(1.3))
    seen = view.seen_by(wrong, flight[0].last.shown.own)
    told = view.seen_by(replace(wrong, outward=None), flight[0].last.shown.own)
    off, alone = (np.median(np.abs(v.nearness - view.nearness)[near]) for v in (seen, told))
    assert off < 0.5 * alone


def test_what_is_not_found_across_the_gap_goes_on_as_the_footage_shows_it(flight, sides):
    near, far = sides
    patch = slice(20, 30), slice(30, 45)
    trust, beside = near.trust.copy(), near.beside.copy()
    trust[patch] = 0
    beside[patch] += (BESIDE * 0.5, 0)  # it comes from the right, half a pixel a frame
    near = replace(near, trust=trust, beside=beside)
    way = departure(near, far, (flight[0].first, flight[0].last), steps=STEPS)
    soon, late = (way.at(t)[patch].mean(axis=(0, 1)) for t in (1 / STEPS, 1.0))
    assert soon[0] == pytest.approx(-0.5, abs=0.2)
    assert -0.5 * STEPS < late[0] < -0.5
    assert abs(late[1]) < 0.3


def test_what_comes_nearer_does_not_seem_to_move_by_itself(flight, sides):
    """What stands still has no velocity of its own, however fast the camera comes up to it."""
    views = [replace(one, nearness=one.nearness * 3) for one in (flight[0].first, flight[0].last)]
    still = [
        replace(side, across=view.at(1.0), beside=view.moved(view.beside))
        for side, view in zip(sides, views, strict=True)
    ]
    way = departure(*still, tuple(views), steps=STEPS)
    assert np.abs(way.start_change).max() < 0.01
    assert np.abs(way.end_change).max() < 0.01


def test_a_flow_that_leads_out_of_the_picture_tells_nothing(flight, sides):
    """Neither depth nor own motion: what it finds there is not what left."""
    views, (near, far) = (flight[0].first, flight[0].last), sides
    edge = slice(None), slice(0, 12)
    wild, gone = near.outward.copy(), near.beside.copy()
    wild[edge] = gone[edge] = (-60, 25)
    left = replace(near, outward=wild, beside=gone)
    way = departure(left, far, views, steps=STEPS)
    assert np.abs(way.start_change[:, :8]).max() < 2
    unsure = replace(left, trust=near.trust * (near.outward != wild).all(axis=2))
    told = views[0].seen_by(unsure, views[1].shown.own).nearness
    assert np.median(np.abs(told - views[0].nearness)[edge]) < 0.3 * np.median(views[0].nearness)
