"""Overlays over scenes with exact truth, swim planted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from landfast.media.decode import decode
from landfast.media.layers.layer import Layer, layer_of

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import labelled
import scenes
import sensors

F64 = NDArray[np.float64]
RATE = Fraction(25)
SIZES = {"quick": (960, 540), "full": (1920, 1080)}
DRAWING = (0.17, 0.06)
"""Width and height of the logo as shares of the frame's width."""


@dataclass(frozen=True)
class Plane:
    """How points of a plane lie in a frame."""

    map: F64

    def ahead(self, points: F64) -> F64:
        """From the first frame."""
        return cv2.perspectiveTransform(points[None], self.map)[0]

    def back(self, points: F64) -> F64:
        """To the first frame."""
        return cv2.perspectiveTransform(points[None], np.linalg.inv(self.map))[0]


@dataclass(frozen=True)
class Ground:
    """How points of a scene's surface lie in a frame, traced."""

    scene: scenes.Scene
    first: scenes.Camera
    camera: scenes.Camera

    def ahead(self, points: F64) -> F64:
        """From the first frame."""
        return self._carried(self.first, self.camera, points)

    def back(self, points: F64) -> F64:
        """To the first frame."""
        return self._carried(self.camera, self.first, points)

    def _carried(self, one: scenes.Camera, other: scenes.Camera, points: F64) -> F64:
        depth, _ = scenes.trace(self.scene, one, points)
        return other.project(one.centre + one.rays(points) * depth[:, None])[0]


Way = Plane | Ground | sensors.Way


@dataclass(frozen=True)
class Case:
    """A film, the exact ways from its first frame, and where the logo lies in that."""

    name: str
    size: tuple[int, int]
    images: Callable[[], Iterator[scenes.Image]]
    ways: Sequence[Way]
    place: tuple[float, float]
    sensor: sensors.Sensor = field(default_factory=sensors.Sensor)
    """What the footage was taken through."""

    @property
    def corners(self) -> F64:
        """Of the logo in the first frame, and its middle."""
        width, height = (share * self.size[0] for share in DRAWING)
        box = np.array([(0, 0), (width, 0), (width, height), (0, height), (width / 2, height / 2)])
        return box + np.array(self.place) * np.array(self.size)


def cases(size: tuple[int, int], frames: int) -> list[Case]:
    """All scenes: plane, seas, flight, orbit, relief, lens and shutter, real pixels."""
    start = scenes.Pose()
    turning = [
        replace(start, pitch_deg=-4 + 0.5 * np.sin(k / 17), heading_deg=0.12 * k,
                roll_deg=0.8 * np.sin(k / 20))
        for k in range(frames)
    ]  # fmt: skip
    sea = [scenes.Camera.at(pose, size) for pose in turning]
    side = scenes.path(
        "sideways", frames, size=size, shake_px=1.5, start=replace(start, pitch_deg=-35)
    )
    onward = scenes.path("forward", frames, size=size, step=1.0, shake_px=1.0,
                    start=replace(start, pitch_deg=-25))  # fmt: skip
    orbit = scenes.path("orbit", frames, size=size, step=0.5, shake_px=1.0,
                   start=replace(start, pitch_deg=-28))  # fmt: skip
    plane, town = (
        scenes.Scene(sky="clouds"),
        scenes.Scene(sky="clouds", boxes=scenes.town(3, 10, 90)),
    )
    haze = scenes.Scene(sky="gradient", sea_y=-900.0)
    return [
        _rendered("plane", plane, side, (0.40, 0.48), plane),
        _rendered("sea horizon", haze, sea, (0.45, 0.13), haze),
        _rendered("forward, parallax", town, onward, (0.44, 0.62), plane),
        _rendered("orbit", town, orbit, (0.44, 0.62), plane),
        _relief(size, frames),
        _waves(size, frames),
        *_sensed(size, frames),
        real_pixels(size, frames),
    ]


def _waves(size: tuple[int, int], frames: int) -> Case:
    """The sea goes on by itself under clouds, while the camera turns."""
    start = replace(scenes.Pose(), pitch_deg=-4)
    moving = sensors.handheld(start, size, shake_deg=0.25, pan_deg=0.12)
    cameras = [moving(number) for number in range(frames)]
    sea = scenes.Scene(sky="clouds", sea_y=-900.0)
    case = _rendered("moving sea", sea, cameras, (0.45, 0.13), sea)

    def images() -> Iterator[scenes.Image]:
        for number, camera in enumerate(cameras):
            view = labelled.render(sea, camera, time_s=number / float(RATE), waves=0.7)
            yield scenes.gaussian_noise([view.image], 1.5, number)[0]

    return replace(case, images=images)


def _sensed(size: tuple[int, int], frames: int) -> list[Case]:
    """A camera in a shaking hand: its lens bends, its rows are read one after another."""
    start = replace(scenes.Pose(), pitch_deg=-35)
    walk = sensors.handheld(start, size, shake_deg=0.5, travel_m=(1.0, 0.0, 0.0))
    over = sensors.handheld(replace(start, pitch_deg=-4), size, shake_deg=0.5, pan_deg=0.2)
    plane = scenes.Scene(sky="clouds")
    haze = scenes.Scene(sky="gradient", sea_y=-900.0)
    kinds = (
        ("lens", plane, walk, sensors.Sensor(k1=-0.15), (0.06, 0.10)),
        ("rolling shutter", plane, walk, sensors.Sensor(readout=0.6), (0.06, 0.10)),
        ("lens, shutter", plane, walk, sensors.Sensor(k1=-0.15, readout=0.6), (0.06, 0.10)),
        ("lens, shutter, sea", haze, over, sensors.Sensor(k1=-0.15, readout=0.6), (0.45, 0.13)),
    )
    return [
        _through(name, sensors.Seen(scene, moving, sensor), frames, place)
        for name, scene, moving, sensor, place in kinds
    ]


def _through(name: str, seen: sensors.Seen, frames: int, place: tuple[float, float]) -> Case:
    def images() -> Iterator[scenes.Image]:
        for number in range(frames):
            yield scenes.gaussian_noise([seen.image(number)], 1.5, number)[0]

    ways = [sensors.Way(seen, number) for number in range(frames)]
    return Case(name, seen.moving(0).size, images, ways, place, seen.sensor)


def _relief(size: tuple[int, int], frames: int) -> Case:
    """The logo painted on hills."""
    hills = scenes.Scene(kind="terrain", sky="clouds")
    start = replace(scenes.Pose(), pitch_deg=-25, z=130)
    cameras = scenes.path("forward", frames, size=size, step=1.4, shake_px=1.0, start=start)
    case = _rendered("relief", hills, cameras, (0.42, 0.55), hills)
    return replace(case, ways=[Ground(hills, cameras[0], camera) for camera in cameras])


def _rendered(
    name: str,
    scene: scenes.Scene,
    cameras: list[scenes.Camera],
    place: tuple[float, float],
    ground: scenes.Scene,
) -> Case:
    def images() -> Iterator[scenes.Image]:
        for number, camera in enumerate(cameras):
            yield scenes.gaussian_noise([scenes.render(scene, camera).image], 1.5, number)[0]

    flat = replace(ground, kind="plane")
    maps = [scenes.homography(flat, cameras[0], camera) for camera in cameras]
    return Case(name, cameras[0].size, images, [Plane(one) for one in maps], place)


def real_pixels(size: tuple[int, int], frames: int) -> Case:
    """A frame of the bundled clip, moved over by known homographies with grain anew."""
    with resources.as_file(resources.files("landfast") / "data" / "karma.mp4") as path:
        still = next(decode(path)).rgb()
    width, height = size
    large = cv2.resize(still, (width * 5 // 4, height * 5 // 4), interpolation=cv2.INTER_CUBIC)
    maps = []
    for k in range(frames):
        t = k / 60
        turn, grow = np.radians(1.2 * np.sin(t)), 1 + 0.05 * t
        c, s = grow * np.cos(turn), grow * np.sin(turn)
        shift = np.array([0.06 * width * np.sin(0.8 * t), 0.03 * height * np.sin(1.3 * t)])
        middle = np.array([width / 2, height / 2])
        linear = np.array([[c, -s], [s, c]])
        move = np.eye(3)
        move[:2, :2], move[:2, 2] = linear, middle - linear @ middle + shift
        move[2, 0] = 2e-5 * 1920 / width * np.sin(t)
        maps.append(move)
    lay = np.array([[1, 0, -width / 8], [0, 1, -height / 8], [0, 0, 1.0]])

    def images() -> Iterator[scenes.Image]:
        for number, move in enumerate(maps):
            frame = cv2.warpPerspective(
                large, move @ lay, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
            )
            yield scenes.gaussian_noise([frame], 2.0, number)[0]

    return Case("real pixels (karma)", size, images, [Plane(one) for one in maps], (0.30, 0.55))


def swims(case: Case, shift_px: float) -> list[F64]:
    """Slow similarities about the logo's middle; shift in pixels of the case's size."""
    middle = case.corners[-1]
    result = []
    for phase in np.linspace(0, 2 * np.pi, len(case.ways)):
        swim = np.eye(3)
        if shift_px:
            turn, size = np.radians(0.6 * np.sin(phase)), 1 + 0.012 * np.sin(0.7 * phase)
            linear = size * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
            way = np.array([np.sin(1.3 * phase), 0.7 * (np.sin(0.8 * phase + 1) - np.sin(1))])
            swim[:2, :2] = linear
            swim[:2, 2] = middle - linear @ middle + shift_px * way
        result.append(swim)
    return result


def layers(case: Case, swim: list[F64]) -> Iterator[Layer]:
    """The logo carried by the scene and its swim."""
    rgba = _logo(case.size[0])
    left, top = np.array(case.place) * np.array(case.size)
    start = np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
    half = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]])
    for way, one in zip(case.ways, swim, strict=True):
        small = _drawn(case, rgba, way, one @ start @ half)
        alpha = small[..., 3:]
        colour = np.where(alpha > 1e-4, small[..., :3] / np.maximum(alpha, 1e-4), 0)
        pixels = np.clip(np.rint(np.dstack([colour, alpha]) * 255), 0, 255).astype(np.uint8)
        yield layer_of(np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]))


def _drawn(case: Case, rgba: NDArray[np.float32], way: Way, to: F64) -> NDArray[np.float32]:
    """The logo in a frame, drawn at double density."""
    width, height = case.size
    if isinstance(way, Plane):
        double = np.array([[2.0, 0, 0.5], [0, 2.0, 0.5], [0, 0, 1]])
        big = cv2.warpPerspective(rgba, double @ way.map @ to, (2 * width, 2 * height))
        return cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA)
    there = way.ahead(case.corners)
    margin = 0.04 * width
    low = np.maximum(np.floor(there.min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(there.max(axis=0) + margin), (width, height)).astype(int)
    x, y = (np.arange(2 * a, 2 * b) / 2 - 0.25 for a, b in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(x[::2], y[::2]), axis=2)
    home = np.nan_to_num(way.back(grid.reshape(-1, 2)), nan=-1e4)
    at = cv2.perspectiveTransform(home[None], np.linalg.inv(to))[0].reshape(grid.shape)
    across, down = np.meshgrid(np.arange(len(x)) / 2, np.arange(len(y)) / 2)
    fine = cv2.remap(at.astype(np.float32), across.astype(np.float32), down.astype(np.float32),
                     cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    result = np.zeros((height, width, 4), np.float32)
    part = cv2.remap(rgba, fine, None, cv2.INTER_LINEAR)
    result[low[1] : high[1], low[0] : high[0]] = cv2.resize(
        part, (int(high[0] - low[0]), int(high[1] - low[1])), interpolation=cv2.INTER_AREA
    )
    return result


def _logo(width: int) -> NDArray[np.float32]:
    """Premultiplied RGBA at double density."""
    across, down = (round(2 * share * width) for share in DRAWING)
    alpha = np.zeros((down, across), np.uint8)
    cv2.putText(alpha, "LANDFAST", (across // 30, round(0.62 * down)), cv2.FONT_HERSHEY_DUPLEX,
                across / 200, 255, max(2, across // 110), cv2.LINE_AA)  # fmt: skip
    cv2.rectangle(alpha, (across // 30, round(0.76 * down)),
                  (across - across // 30, round(0.88 * down)), 255, -1)  # fmt: skip
    rgba = np.empty((down, across, 4), np.float32)
    rgba[..., :3] = (0.96, 0.9, 0.75)
    rgba[..., 3] = alpha.astype(np.float32) / 255
    rgba[..., :3] *= rgba[..., 3:]
    return rgba
