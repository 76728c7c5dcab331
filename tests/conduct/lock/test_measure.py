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


class Looker:
    """Sees the film, as often as it is asked."""

    def __init__(self, film: list[np.ndarray]) -> None:
        self.film = film
        self.made: list[LockObserver] = []

    def __call__(self, sensor: Sensor | None) -> LockObserver:
        observer = LockObserver(SIZE, np.eye(3), sensor=sensor)
        self.made.append(observer)
        for gray in self.film:
            observer.see(gray, None, (180.0, 110.0, 300.0, 160.0))
        return observer


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


def test_what_lens_and_shutter_do_is_taken_out(seen: sensors.Seen, film: list[np.ndarray]) -> None:
    look = Looker(film)
    observer, sensed = straightened(look, Known(), SIZE)
    assert (sensed.lens_source, sensed.shutter_source) == ("estimated", "estimated")
    assert sensed.share == pytest.approx(0.6, abs=0.08)
    first, again = look.made
    assert observer is again
    assert off(again, seen) < 0.3 * off(first, seen)


def test_a_lens_that_is_given_needs_no_second_look(film: list[np.ndarray]) -> None:
    look = Looker(film)
    lens = Distortion(*SIZE, 415.7, -0.15)
    _, sensed = straightened(look, Known(lens, 0.0, is_lens=True), SIZE)
    assert len(look.made) == 1
    assert (sensed.lens, sensed.lens_source) == (lens, "given")


def test_what_does_not_help_is_not_believed(film: list[np.ndarray]) -> None:
    look = Looker(film)

    def worse(sensor: Sensor | None) -> LockObserver:
        observer = look(sensor)
        if sensor is not None:
            observer._frames = [
                None if one is None else replace(one, plane_px=9.0) for one in observer._frames
            ]
        return observer

    observer, sensed = straightened(worse, Known(), SIZE)
    assert observer.sensor is None
    assert (sensed.lens, sensed.shutter, sensed.share) == (None, None, None)
    assert (sensed.lens_source, sensed.shutter_source) == ("unknown", "unknown")
