from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

import scenes
import sensors
from landfast.conduct.lock.measure import straightened
from landfast.vision.overlay.measure import LockObserver
from landfast.vision.overlay.scene.ways import ahead, through_sensor
from landfast.vision.overlay.sensing import Known
from landfast.vision.overlay.sensor.lens import Distortion
from landfast.vision.overlay.sensor.sensor import Sensor

SIZE = (480, 270)
FRAMES = 18
AT = scenes.pixels(SIZE)[::1999]


@pytest.fixture(scope="module")
def seen() -> sensors.Seen:
    start = replace(scenes.Pose(), pitch_deg=-35)
    moving = sensors.handheld(start, SIZE, shake_deg=0.5, travel_m=(1.2, 0.0, 0.0))
    return sensors.Seen(scenes.Scene(), moving, sensors.Sensor(k1=-0.15, readout=0.6))


@pytest.fixture(scope="module")
def film(seen: sensors.Seen) -> list[np.ndarray]:
    return [np.asarray(cv2.cvtColor(seen.image(k), cv2.COLOR_RGB2GRAY)) for k in range(FRAMES)]


def looked(film: list[np.ndarray], sensor: Sensor | None = None) -> LockObserver:
    """An observer that has seen the film."""
    observer = LockObserver(SIZE, np.eye(3), sensor=sensor)
    for gray in film:
        observer.see(gray, None, (180.0, 110.0, 300.0, 160.0))
    return observer


@pytest.fixture(scope="module")
def first(film: list[np.ndarray]) -> LockObserver:
    return looked(film)


def off(observer: LockObserver, seen: sensors.Seen) -> float:
    """How far the plane's motion is from the truth all over the picture, RMS px."""
    ways = [None if one is None else one.plane for one in observer._frames]
    if observer.sensor is not None:
        ways = list(through_sensor(ways, observer.sensor))
    total = []
    for number, way in enumerate(ways):
        there = seen.carried(0, number, AT)
        inside = ((there > 0) & (there < np.array(SIZE) - 1)).all(axis=1)
        assert way is not None
        total.append(np.square(ahead(way, AT) - there)[inside].sum(axis=1))
    return float(np.sqrt(np.concatenate(total).mean()))


def test_what_lens_and_shutter_do_is_taken_out(
    seen: sensors.Seen, film: list[np.ndarray], first: LockObserver
) -> None:
    observer, sensed = straightened(lambda s: looked(film, s) if s else first, Known(), SIZE)
    assert (sensed.lens_source, sensed.shutter_source) == ("estimated", "estimated")
    assert sensed.share == pytest.approx(0.6, abs=0.08)
    assert observer is not first
    assert off(observer, seen) < 0.3 * off(first, seen)


def test_a_lens_that_is_given_needs_no_second_look(first: LockObserver) -> None:
    given = Distortion(*SIZE, 415.7, -0.15)
    looks = iter([first])
    _, sensed = straightened(lambda _: next(looks), Known(given, 0.0, is_lens=True), SIZE)
    assert (sensed.lens, sensed.lens_source) == (given, "given")


def test_what_does_not_help_is_not_believed(first: LockObserver) -> None:
    def worse(sensor: Sensor | None) -> LockObserver:
        if sensor is None:
            return first
        off = [None if one is None else replace(one, plane_px=9.0) for one in first._frames]
        return LockObserver(SIZE, np.eye(3), sensor=sensor, _frames=off)

    observer, sensed = straightened(worse, Known(), SIZE)
    assert observer.sensor is None
    assert (sensed.lens, sensed.shutter, sensed.share) == (None, None, None)
    assert (sensed.lens_source, sensed.shutter_source) == ("unknown", "unknown")
