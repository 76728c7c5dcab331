"""Lens and shutter from tracks that are exact but for noise."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

import scenes
import sensors
from landfast.vision.motion.pairs import fit_homography
from landfast.vision.overlay.bending import find_bending
from landfast.vision.overlay.scene.planes import Stretch
from landfast.vision.overlay.sensing import Known, Sensed, sense
from landfast.vision.overlay.sensor.lens import Distortion
from landfast.vision.overlay.sensor.sensor import Sensor
from landfast.vision.overlay.sensor.shutter import motions, rolling

SIZE = (640, 360)
FRAMES = 26
PLANE = scenes.Scene()
START = replace(scenes.Pose(), pitch_deg=-35)


def seen_by(sensor: sensors.Sensor, *, shake_deg: float = 0.5) -> sensors.Seen:
    moving = sensors.handheld(START, SIZE, shake_deg=shake_deg, travel_m=(1.0, 0.0, 0.0))
    return sensors.Seen(PLANE, moving, sensor)


def followed(seen: sensors.Seen, *, noise_px: float = 0.08) -> Stretch:
    random = np.random.default_rng(4)
    points = random.uniform((8, 8), (632, 352), (110, 2))
    sights = []
    for frame in range(1, FRAMES):
        there = seen.carried(0, frame, points) + random.normal(0, noise_px, points.shape)
        inside = ((there > 4) & (there < np.array(SIZE) - 5)).all(axis=1)
        sights.append(np.where(inside[:, None], there, np.nan).astype(np.float32))
    return Stretch(0, points.astype(np.float32), (250, 150, 390, 210), np.full(110, -1), sights)


def steps(stretch: Stretch) -> list[np.ndarray | None]:
    maps = [np.eye(3)]
    for sights in stretch.sights:
        known = np.isfinite(sights[:, 0])
        fit = fit_homography(stretch.points[known], sights[known], tolerance_px=3.0)
        assert fit is not None
        maps.append(fit.homography)
    return [None] + [now @ np.linalg.inv(last) for last, now in pairwise(maps)]


def sensed(seen: sensors.Seen, known: Known | None = None) -> Sensed:
    stretch = followed(seen)
    return sense([stretch], steps(stretch), SIZE, known or Known())


def bending(lens: Distortion, true: Distortion) -> float:
    """Furthest that two lenses are apart, a common scale aside, px."""
    at = scenes.pixels(SIZE)[::997]
    one, other = lens.straight(at) - 319.5, true.straight(at) - 319.5
    scale = float((one * other).sum() / np.square(one).sum())
    return float(np.abs(scale * one - other).max())


@pytest.mark.parametrize("k1", [-0.15, 0.1])
def test_a_lens_that_bends_is_found(k1: float) -> None:
    found = sensed(seen_by(sensors.Sensor(k1=k1)))
    assert found.lens is not None
    assert found.lens_source == "estimated"
    focal = SIZE[0] / 2 / np.tan(np.radians(30))
    true = Distortion(*SIZE, focal, k1)
    middle = np.array([[319.5, 179.5]])
    assert np.abs(found.lens.straight(middle) - middle).max() < 1e-6
    assert bending(found.lens, true) < 1.0
    assert bending(Distortion(*SIZE, focal, 0.0), true) > 4


def depths(k1: float, travel: tuple[float, float, float]) -> Stretch:
    """Points at depths of their own, seen by a camera that travels and turns a little."""
    random = np.random.default_rng(1)
    lens, middle = Distortion(*SIZE, 554.0, k1), np.array([319.5, 179.5])
    points = random.uniform((8, 8), (632, 352), (240, 2))
    far = random.uniform(5, 20, (240, 1))
    solid = np.column_stack([(lens.straight(points) - middle) / 554.0 * far, far])
    sights = []
    for frame in range(1, FRAMES):
        turn = cv2.Rodrigues(0.012 * np.sin(frame / np.array([5.0, 7.0, 9.0])))[0]
        there = solid @ turn.T - np.array(travel) * frame
        seen = lens.bent(there[:, :2] / there[:, 2:] * 554.0 + middle)
        seen += random.normal(0, 0.08, seen.shape)
        inside = ((seen > 4) & (seen < np.array(SIZE) - 5)).all(axis=1)
        sights.append(np.where(inside[:, None], seen, np.nan).astype(np.float32))
    box = (250.0, 150.0, 390.0, 210.0)
    return Stretch(0, points.astype(np.float32), box, np.full(240, -1), sights)


@pytest.mark.parametrize("k1", [-0.15, 0.0])
def test_a_lens_is_found_where_everything_has_its_own_depth(k1: float) -> None:
    found = find_bending([depths(k1, (0.1, 0.0, 0.02))], SIZE, focal_px=554.0)
    assert found.is_known
    assert (found.lens is None) == (k1 == 0)
    assert found.lens is None or found.lens.k1 == pytest.approx(k1, abs=0.02)


def test_what_is_straight_and_still_stays_so() -> None:
    found = sensed(seen_by(sensors.Sensor()))
    assert (found.lens, found.shutter, found.share) == (None, None, 0.0)
    assert (found.lens_source, found.shutter_source) == ("estimated", "estimated")
    assert found.bend_px < 0.2
    assert found.sensor(SIZE) is None


def test_how_long_rows_take() -> None:
    readout = 0.3
    found = sensed(seen_by(sensors.Sensor(readout=readout)))
    assert found.share == pytest.approx(readout, abs=0.04)
    assert found.shutter is not None
    assert found.lens is None


def test_a_camera_that_hardly_shakes_tells_no_time() -> None:
    found = sensed(seen_by(sensors.Sensor(readout=0.6), shake_deg=0.0))
    assert found.share is None
    assert found.shutter is None
    assert found.shutter_source == "unknown"


def test_a_picture_that_hardly_moves_tells_no_lens() -> None:
    moving = sensors.handheld(START, SIZE, shake_deg=0.05)
    found = sensed(sensors.Seen(PLANE, moving, sensors.Sensor(k1=-0.15)))
    assert found.lens is None
    assert found.lens_source == "unknown"


def test_what_is_given_is_not_looked_for() -> None:
    known = Known(lens=None, share=0.5, is_lens=True)
    found = sensed(seen_by(sensors.Sensor(k1=-0.15)), known)
    assert (found.lens, found.lens_source) == (None, "given")
    assert (found.share, found.shutter_source) == (0.5, "given")


def test_points_and_pictures_through_lens_and_shutter() -> None:
    seen = seen_by(sensors.Sensor(k1=-0.1, readout=0.6))
    still = seen_by(sensors.Sensor())
    stretch = followed(still, noise_px=0.0)
    moved, _ = motions(steps(stretch), SIZE)
    focal = seen.moving(0).focal
    lens = Distortion(*SIZE, focal, -0.1)
    # Steps of still rows; those of rolling ones have what they add taken out, to first order.
    sensor = Sensor(SIZE, lens, rolling(1e-9, moved, SIZE))
    sensor.shutter = replace(sensor.shutter, share=0.6)
    at = scenes.pixels(SIZE)[::1999]
    frame = 12
    straight = sensor.at(frame).straight(at)
    home = np.stack([
        np.linalg.solve(way, [*seen.sensor.straight(seen.moving(0), at[k : k + 1])[0], 1])
        for k, way in enumerate(
            seen._ways(frame, frame, seen.sensor.time(seen.moving(0), frame, at[:, 1]))
        )
    ])  # fmt: skip
    assert np.abs(straight - home[:, :2] / home[:, 2:]).max() < 0.15
    assert np.abs(sensor.at(frame).bent(straight) - at).max() < 0.01
    pinhole = still.image(frame)[..., 1]
    picture = sensor.straight_picture(frame, np.ascontiguousarray(seen.image(frame)[..., 1]))
    inside = (slice(40, 320), slice(60, 580))
    off = np.abs(picture[inside].astype(float) - pinhole[inside]).mean()
    bent = np.abs(seen.image(frame)[..., 1][inside].astype(float) - pinhole[inside]).mean()
    assert off < 0.25 * bent
