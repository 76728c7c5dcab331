"""Rendered spans for the benchmark of the horizon: those it was tuned on, and those held out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import labelled
import scenes
from scenes import Box, Camera, Pose, Scene, town

FRAMES = 16
Images = list[np.ndarray]


@dataclass(frozen=True)
class Case:
    """A rendered span: scene, camera move, weather, and whether its horizon is in sight."""

    scene: Scene
    pose: Pose
    move: scenes.PathKind = "forward"
    step: float | None = None
    shake_px: float = 0.0
    visibility_m: float = 0.0
    waves: float = 0.0
    visible: bool = True
    treat: Callable[[Images], Images] = field(default=lambda images: images)
    size: tuple[int, int] = (480, 270)
    hfov_deg: float = 60.0

    def cameras(self) -> list[Camera]:
        return scenes.path(
            self.move,
            FRAMES,
            start=self.pose,
            step=self.step,
            size=self.size,
            shake_px=self.shake_px,
            hfov_deg=self.hfov_deg,
        )

    def images(self) -> Images:
        views = []
        for k, camera in enumerate(self.cameras()):
            view = labelled.render(self.scene, camera, time_s=k / 25, waves=self.waves)
            views.append(labelled.hazy(view, self.visibility_m) if self.visibility_m else view)
        return self.treat([view.image for view in views])


def _terrain(**kind: object) -> Scene:
    return Scene(kind="terrain", **kind)  # type: ignore[arg-type]


def _noisy(images: Images) -> Images:
    return scenes.gaussian_noise(images, 6, 1)


def _grain(images: Images) -> Images:
    return scenes.gaussian_noise(images, 8, 11)


def _dark(images: Images) -> Images:
    return scenes.gaussian_noise([(image // 20) for image in images], 3, 2)


def _dusk(images: Images) -> Images:
    return scenes.gaussian_noise([(image // 3) for image in images], 2, 12)


def _fog(images: Images) -> Images:
    flat = [np.full_like(image, 190) for image in images]
    return scenes.gaussian_noise(flat, 2, 3)


def _bank(images: Images) -> Images:
    """A bank of mist: brighter upwards, without any edge."""
    rows = np.linspace(205, 150, images[0].shape[0])[:, None, None]
    flat = [np.broadcast_to(rows, image.shape).astype(np.uint8) for image in images]
    return scenes.gaussian_noise(flat, 2, 13)


def _room(images: Images) -> Images:
    """A room: papered walls, a shelf right across, a table below."""
    rng = np.random.default_rng(14)
    height, width = images[0].shape[:2]
    wall = cv2.GaussianBlur(rng.normal(150, 60, (height, 2 * width, 3)), (0, 0), 2.5)
    wall = np.clip(3 * (wall - 150) + 150, 0, 255)
    wall[height // 3 : height // 3 + 9] = (90, 60, 40)
    wall[2 * height // 3 :] = wall[2 * height // 3 :] * 0.4
    wall = cv2.GaussianBlur(wall, (0, 0), 0.8)
    return [wall[:, 3 * k : 3 * k + width].astype(np.uint8) for k in range(len(images))]


SEA = _terrain(sea_y=100.0, sky="clouds", seed=2)
FLAT_ROOF = Scene(boxes=(Box((-200, -225, 0), (200, 100, 112)),))
WALL = replace(FLAT_ROOF, sky="clouds")
GABLE = Scene(boxes=(Box((-200, -235, 0), (200, -60, 125)),))
TUNED: dict[str, Case] = {
    "plain": Case(Scene(), Pose(pitch_deg=-10)),
    "plain, clouds": Case(Scene(sky="clouds", seed=3), Pose(pitch_deg=-8, roll_deg=2)),
    "sea, waves": Case(SEA, Pose(pitch_deg=-10), waves=0.6),
    "sea, waves, shaken": Case(SEA, Pose(pitch_deg=-7, roll_deg=-4), "pan", waves=0.6, shake_px=3),
    "haze 1500 m, clear sky": Case(Scene(), Pose(pitch_deg=-10), visibility_m=1500),
    "haze 1500 m, clouds": Case(Scene(sky="clouds"), Pose(pitch_deg=-10), visibility_m=1500),
    "sea, haze 3000 m": Case(SEA, Pose(pitch_deg=-6, roll_deg=3), waves=0.6, visibility_m=3000),
    "tilt 20": Case(Scene(sky="gradient"), Pose(pitch_deg=-10, roll_deg=20)),
    "tilt -28": Case(SEA, Pose(pitch_deg=-8, roll_deg=-28), waves=0.4),
    "town": Case(Scene(boxes=town(count=30)), Pose(pitch_deg=-5, z=60), "orbit"),
    "cliffs before it": Case(
        _terrain(relief_m=120.0, seed=2, sea_y=150.0), Pose(pitch_deg=-6, z=95, y=-300), "sideways"
    ),
    "hills before it": Case(_terrain(relief_m=100.0), Pose(z=90, pitch_deg=-8), "crane"),
    "noise": Case(Scene(sky="clouds", seed=5), Pose(pitch_deg=-9, roll_deg=5), treat=_noisy),
    "none: down": Case(_terrain(), Pose(pitch_deg=-55), visible=False),
    "none: nadir": Case(Scene(), Pose(pitch_deg=-89), visible=False),
    "none: all sky": Case(Scene(sky="clouds"), Pose(pitch_deg=45), "pan", visible=False),
    "none: all water": Case(
        _terrain(sea_y=-600.0, relief_m=0.0), Pose(pitch_deg=-45), waves=0.6, visible=False
    ),
    "none: roof, forward": Case(FLAT_ROOF, Pose(y=-300, z=110, pitch_deg=-5), visible=False),
    "none: roof, rising": Case(WALL, Pose(y=-262, z=100, pitch_deg=8), "crane", 0.5, visible=False),
    "none: roof, along": Case(
        GABLE, Pose(y=-330, heading_deg=12, pitch_deg=2), "sideways", visible=False
    ),
    "none: ridge": Case(
        _terrain(relief_m=200.0, seed=2), Pose(z=60, y=-420, pitch_deg=6), visible=False
    ),
    "none: fog": Case(Scene(), Pose(), "still", visible=False, treat=_fog),
    "none: night": Case(Scene(), Pose(pitch_deg=-40), "still", visible=False, treat=_dark),
}

# Held out at first; then they showed what told a wall from the ground, so they count as seen.
COAST = _terrain(sea_y=60.0, seed=7, relief_m=40.0)
BLOCK = Scene(seed=21, sky="plain", boxes=(Box((-300, -200, 0), (300, 0, 90)),))
CORNER = Scene(seed=22, sky="clouds", boxes=(Box((-120, -215, 0), (25, -40, 118)),))
SLOPE = _terrain(relief_m=180.0, seed=12)
TUNED |= {
    "coast, forward": Case(COAST, Pose(pitch_deg=-12, roll_deg=-6, z=140), waves=0.5),
    "sea, pan": Case(
        _terrain(sea_y=0.0, seed=11, sky="clouds"), Pose(pitch_deg=-4), "pan", waves=0.8
    ),
    "sea, still": Case(COAST, Pose(pitch_deg=-5, roll_deg=1, z=130), "still", waves=0.6),
    "fields, rising": Case(Scene(seed=9, sky="plain"), Pose(pitch_deg=-15, z=50), "crane"),
    "fields, low, shaken": Case(
        Scene(seed=10, sky="clouds"), Pose(pitch_deg=-3, z=20, roll_deg=-8), shake_px=2
    ),
    "fields, long lens": Case(Scene(seed=13), Pose(pitch_deg=-4, z=150), "sideways", hfov_deg=25),
    "portrait": Case(
        Scene(seed=14, sky="clouds"), Pose(pitch_deg=-8, roll_deg=4), size=(270, 480), hfov_deg=40
    ),
    "town, sideways": Case(
        Scene(seed=15, boxes=town(seed=3, count=25)), Pose(pitch_deg=-8, z=70), "sideways"
    ),
    "hills, orbit": Case(
        _terrain(relief_m=70.0, seed=8, sky="clouds"), Pose(z=100, pitch_deg=-9), "orbit"
    ),
    "haze 6000 m": Case(Scene(seed=16), Pose(pitch_deg=-9, roll_deg=-3), visibility_m=6000),
    "dusk": Case(Scene(seed=17), Pose(pitch_deg=-11, roll_deg=7), treat=_dusk),
    "grain": Case(_terrain(sea_y=80.0, seed=18), Pose(pitch_deg=-7, z=120), treat=_grain),
    "none: wall, still": Case(BLOCK, Pose(y=-280, z=80, pitch_deg=-2), "still", visible=False),
    "none: block, forward": Case(BLOCK, Pose(y=-270, z=84, pitch_deg=-4), visible=False),
    "none: block, rising": Case(
        BLOCK, Pose(y=-240, z=78, pitch_deg=4), "crane", 0.4, visible=False
    ),
    "none: block, pan": Case(BLOCK, Pose(y=-260, z=70, pitch_deg=4), "pan", visible=False),
    "none: block, aslant": Case(
        BLOCK, Pose(y=-260, z=75, heading_deg=25, pitch_deg=3), "sideways", 0.8, visible=False
    ),
    "none: corner, forward": Case(CORNER, Pose(y=-260, z=106, pitch_deg=2), visible=False),
    "none: slope": Case(SLOPE, Pose(z=75, y=-330, pitch_deg=4), visible=False),
    "none: down, sea": Case(
        _terrain(sea_y=0.0, seed=19),
        Pose(pitch_deg=-38, z=150),
        "sideways",
        waves=0.7,
        visible=False,
    ),
    "none: clouds": Case(Scene(seed=20, sky="clouds"), Pose(pitch_deg=32), "pan", visible=False),
    "none: mist": Case(Scene(), Pose(), "still", visible=False, treat=_bank),
    "none: room": Case(Scene(), Pose(), "still", visible=False, treat=_room),
    "none: dark": Case(_terrain(seed=6), Pose(pitch_deg=-30), visible=False, treat=_dark),
}

BAY = _terrain(sea_y=30.0, seed=31, relief_m=50.0, sky="plain")
HANGAR = Scene(seed=41, sky="clouds", boxes=(Box((-400, -180, 0), (400, 50, 60)),))
TOWER = Scene(seed=42, sky="gradient", boxes=(Box((-60, -200, 0), (60, -120, 130)),))
HELD_OUT: dict[str, Case] = {
    "bay, sideways": Case(BAY, Pose(pitch_deg=-10, roll_deg=9, z=90), "sideways", waves=0.7),
    "bay, rising": Case(BAY, Pose(pitch_deg=-14, roll_deg=-2, z=70), "crane", waves=0.3),
    "open sea, shaken": Case(
        _terrain(sea_y=-200.0, seed=32, sky="clouds", relief_m=0.0),
        Pose(pitch_deg=-3, roll_deg=-12, z=25),
        waves=0.9,
        shake_px=4,
    ),
    "fields, forward": Case(Scene(seed=33), Pose(pitch_deg=-6, roll_deg=12, z=80)),
    "fields, still": Case(Scene(seed=34, sky="clouds"), Pose(pitch_deg=-9, z=60), "still"),
    "fields, pan": Case(Scene(seed=35, sky="plain"), Pose(pitch_deg=-16, roll_deg=-5), "pan", 0.9),
    "wide lens": Case(
        Scene(seed=36, sky="clouds"), Pose(pitch_deg=-18, roll_deg=3), "orbit", hfov_deg=84
    ),
    "town, forward": Case(
        Scene(seed=37, sky="clouds", boxes=town(seed=8, count=20)), Pose(pitch_deg=-9, z=85)
    ),
    "dunes, sideways": Case(
        _terrain(relief_m=30.0, seed=38), Pose(z=80, pitch_deg=-7, roll_deg=2), "sideways", 2.0
    ),
    "bay, haze 9000 m": Case(BAY, Pose(pitch_deg=-9, roll_deg=-7, z=100), visibility_m=9000),
    "fields, haze 15000 m": Case(Scene(seed=61), Pose(pitch_deg=-12, z=140), visibility_m=15000),
    "bay, dusk": Case(BAY, Pose(pitch_deg=-8, z=110), waves=0.4, treat=_dusk),
    "bay, grain": Case(BAY, Pose(pitch_deg=-11, roll_deg=4, z=110), waves=0.4, treat=_grain),
    "none: hangar, still": Case(HANGAR, Pose(y=-260, z=50, pitch_deg=-1), "still", visible=False),
    "none: hangar, forward": Case(HANGAR, Pose(y=-290, z=55, pitch_deg=-2), visible=False),
    "none: hangar, rising": Case(
        HANGAR, Pose(y=-230, z=48, pitch_deg=3), "crane", 0.6, visible=False
    ),
    "none: hangar, along": Case(
        HANGAR, Pose(y=-240, z=52, heading_deg=-15), "sideways", 1.5, visible=False
    ),
    "none: tower, pan": Case(TOWER, Pose(y=-245, z=118, pitch_deg=4), "pan", 0.3, visible=False),
    "none: slope": Case(
        _terrain(relief_m=190.0, seed=43, sky="clouds"),
        Pose(z=80, y=-330, pitch_deg=5),
        visible=False,
    ),
    "none: ground": Case(Scene(seed=44), Pose(pitch_deg=-42, z=60), "sideways", visible=False),
    "none: sky": Case(Scene(seed=45, sky="clouds"), Pose(pitch_deg=38), "pan", visible=False),
    "none: thick mist": Case(
        Scene(seed=46), Pose(pitch_deg=-10, z=60), visibility_m=60, visible=False
    ),
}
