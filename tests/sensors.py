"""Films through a lens that bends, read row by row, with exact truth.

A camera is a function of time in frames. The picture of frame k is read from k - readout / 2 at
its first row to k + readout / 2 at its last. Each frame is rendered once, wider than it is seen,
and read along the exact ways; so rows may be read at different times only where one homography
leads from camera to camera: a bare plane, or a camera that only turns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

import scenes
from scenes import F64, Camera, Image, Pose, Scene

Moving = Callable[[float], Camera]
_WIDER = 1.35
"""Tangent of the rendered view over that of the pinhole; density is kept."""
_NODES = 33


@dataclass(frozen=True)
class Sensor:
    """r' = r (1 + k1 r^2 + k2 r^4), radii in focal lengths, and the readout in frames."""

    k1: float = 0.0
    k2: float = 0.0
    readout: float = 0.0

    def straight(self, camera: Camera, points: F64) -> F64:
        """Pixels of the pinhole, by Newton's method."""
        middle = (np.array(camera.size) - 1) / 2
        rays = (points - middle) / camera.focal
        seen = np.linalg.norm(rays, axis=1)
        radius = seen.copy()
        for _ in range(20):
            square = radius**2
            off = radius * (1 + self.k1 * square + self.k2 * square**2) - seen
            radius = radius - off / (1 + 3 * self.k1 * square + 5 * self.k2 * square**2)
        return rays * (radius / np.maximum(seen, 1e-12))[:, None] * camera.focal + middle

    def bent(self, camera: Camera, points: F64) -> F64:
        """Pixels of the lens."""
        middle = (np.array(camera.size) - 1) / 2
        rays = (points - middle) / camera.focal
        square = np.square(rays).sum(axis=1, keepdims=True)
        return rays * (1 + self.k1 * square + self.k2 * square**2) * camera.focal + middle

    def time(self, camera: Camera, frame: float, rows: F64) -> F64:
        """When rows are read, in frames."""
        height = camera.size[1]
        return frame + self.readout * (rows - (height - 1) / 2) / height


@dataclass(frozen=True)
class Seen:
    """A scene through a sensor on a moving camera."""

    scene: Scene
    moving: Moving
    sensor: Sensor

    def image(self, frame: int) -> Image:
        """The frame."""
        camera = self.moving(frame)
        width, height = camera.size
        wide = (round(_WIDER * width), round(_WIDER * height))
        angle = 2 * np.degrees(np.arctan(wide[0] / 2 / camera.focal))
        large = replace(camera, size=wide, hfov_deg=angle)
        picture = scenes.render(self.scene, large).image
        at = scenes.pixels(camera.size)
        flat = self.sensor.straight(camera, at)
        if self.sensor.readout:
            flat = self._rows(frame, at[::width, 1], flat.reshape(height, width, 2)).reshape(-1, 2)
        into = flat + (np.array(wide) - np.array(camera.size)) / 2
        lattice = into.reshape(height, width, 2).astype(np.float32)
        return np.asarray(cv2.remap(picture, lattice, None, cv2.INTER_CUBIC))

    def _rows(self, frame: int, rows: F64, flat: F64) -> F64:
        """From each row's own camera to the one of the frame's middle."""
        times = self.sensor.time(self.moving(frame), frame, rows)
        ways = self._ways(frame, frame, times)
        return np.stack([
            cv2.perspectiveTransform(points[None], np.linalg.inv(way))[0]
            for points, way in zip(flat, ways, strict=True)
        ])  # fmt: skip

    def _ways(self, base: int, frame: int, times: F64) -> F64:
        """Homographies from a frame's middle to each time around another frame's.

        Between times this near, linear interpolation is off by less than a thousandth of a pixel.
        """
        nodes = frame + self.sensor.readout * np.linspace(-0.6, 0.6, _NODES)
        middle = self.moving(base)
        known = np.array([scenes.homography(self.scene, middle, self.moving(t)) for t in nodes])
        if not self.sensor.readout:
            return np.repeat(known[:1], len(times), axis=0)
        place = np.clip((times - nodes[0]) / (nodes[1] - nodes[0]), 0, _NODES - 1.001)
        low = place.astype(int)
        share = (place - low)[:, None, None]
        return np.asarray((1 - share) * known[low] + share * known[low + 1])

    def carried(self, start: int, stop: int, points: F64) -> F64:
        """Where points of one frame lie in another: a bare plane, or a camera that turns."""
        camera = self.moving(start)
        flat = self.sensor.straight(camera, points)
        solid = np.column_stack([flat, np.ones(len(flat))])
        begin = self._ways(start, start, self.sensor.time(camera, start, points[:, 1]))
        home = np.linalg.solve(begin, solid[..., None])[..., 0]
        there = points
        for _ in range(8 if self.sensor.readout else 1):
            now = self.sensor.time(camera, stop, there[:, 1])
            moved = np.einsum("pij,pj->pi", self._ways(start, stop, now), home)
            there = self.sensor.bent(camera, moved[:, :2] / moved[:, 2:])
        return np.asarray(there)


@dataclass(frozen=True)
class Way:
    """How points lie in one frame of a film."""

    seen: Seen
    frame: int

    def ahead(self, points: F64) -> F64:
        """From the first frame."""
        return self.seen.carried(0, self.frame, points)

    def back(self, points: F64) -> F64:
        """To the first frame."""
        return self.seen.carried(self.frame, 0, points)


def handheld(
    start: Pose,
    size: tuple[int, int],
    *,
    shake_deg: float,
    pan_deg: float = 0.0,
    travel_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
    seed: int = 0,
) -> Moving:
    """A camera that shakes as a hand does, 1 to 5 times a second at 25 frames a second.

    Args:
        start: Where it begins.
        size: Of the picture.
        shake_deg: Root mean square of heading and pitch; roll has half of it.
        pan_deg: Turn a frame.
        travel_m: Metres a frame, east, north and up.
        seed: Of the shake.
    """
    random = np.random.default_rng((seed, 83))
    rates = random.uniform(0.25, 1.25, (3, 5))
    phases = random.uniform(0, 2 * np.pi, (3, 5))
    strengths = random.uniform(0.5, 1, (3, 5))
    strengths *= shake_deg * np.sqrt(2) / np.linalg.norm(strengths, axis=1, keepdims=True)
    strengths[2] *= 0.5

    def at(time: float) -> Camera:
        h, p, r = (strengths * np.sin(rates * time + phases)).sum(axis=1).tolist()
        east, north, up = (time * m for m in travel_m)
        pose = replace(
            start,
            x=start.x + east,
            y=start.y + north,
            z=start.z + up,
            heading_deg=start.heading_deg + pan_deg * time + h,
            pitch_deg=start.pitch_deg + p,
            roll_deg=start.roll_deg + r,
        )
        return Camera.at(pose, size)

    return at
