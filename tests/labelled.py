"""What scenes.py renders, with the truth of every pixel's label, weather, waves and a passer-by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import scenes
from scenes import Camera, Image, Scene

SKY, WATER, VEGETATION, BUILT, MOVING, GROUND = range(6)
UNSURE = 255
"""Pixels on which no label is asked: shore, foam, and crops, which may count as plants or soil."""


class Labelled(NamedTuple):
    """A frame: image uint8 HxWx3, z-depth float32 HxW (inf for sky), label uint8 HxW."""

    image: Image
    depth: scenes.F32
    label: NDArray[np.uint8]


def render(scene: Scene, camera: Camera, *, time_s: float = 0.0, waves: float = 0.0) -> Labelled:
    """A view and its labels; waves: strength of a sea that changes with time, 0 for painted."""
    width, height = camera.size
    xy = scenes.pixels(camera.size)
    depth, box = scenes.trace(scene, camera, xy)
    view = scenes.render(scene, camera)
    label = np.full(len(xy), UNSURE, np.uint8)
    label[np.isinf(depth)] = SKY
    label[box >= 0] = BUILT
    land = np.flatnonzero(np.isfinite(depth) & (box < 0))
    at = scenes._ground_points(scene, camera, camera.rays(xy[land]), depth[land])
    label[land] = _cover_of(scene, at)
    image = view.image.reshape(-1, 3)
    if waves:
        sea = label[land] == WATER
        swell = _swell(at, time_s)[sea]
        lit = image[land[sea]] * (1 + waves * swell)[:, None] + 40 * waves * (swell > 0.8)[:, None]
        image[land[sea]] = np.clip(lit, 0, 255).astype(np.uint8)
    return Labelled(image.reshape(height, width, 3), view.depth, label.reshape(height, width))


def _cover_of(scene: Scene, at: scenes._Ground) -> NDArray[np.uint8]:
    """Label of ground points from the palette entry that covers them."""
    u, v = at.x + 0.6 * at.z, at.y - 0.5 * at.z
    detail = scenes._detail(u, v, at.footprint, scene.seed)
    weights = scenes._fields(u, v, at.footprint, scene.seed)
    wood = scenes._octave(u, v, 90.0, scene.seed, 30) + 0.35 * detail
    near = scenes._step(np.float32(90) / at.footprint, 1.0, 2.2)
    scenes._cover(weights, scenes._FOREST, near * scenes._step(wood, 0.1, 0.25) + (1 - near) * 0.3)
    steep = scenes._step(np.abs(at.sun - 1.0) + 0.1 * detail, 0.3, 0.42)
    scenes._cover(weights, scenes._ROCK, steep)
    if np.isfinite(scene.sea_y):
        offshore = scenes._offshore(at.x, at.y, scene) + 1.5 * detail
        scenes._cover(weights, scenes._FOAM, scenes._step(offshore, -3.0, 1.0))
        scenes._cover(weights, scenes._SEA, scenes._step(offshore, 2.0, 7.0))
    plants = weights[:, scenes._MEADOW] + weights[:, scenes._FOREST]
    bare = weights[:, scenes._SOIL] + weights[:, scenes._ROCK] + weights[:, scenes._ROAD]
    label = np.full(len(at.x), UNSURE, np.uint8)
    label[plants > 0.7] = VEGETATION
    label[bare > 0.7] = GROUND
    label[weights[:, scenes._SEA] > 0.7] = WATER
    return label


def _swell(at: scenes._Ground, time_s: float) -> scenes.F32:
    """Waves (N,), about -1 to 1, that run in three directions at their own speeds."""
    total = np.zeros_like(at.x)
    for k, (length, strength) in enumerate(((14.0, 0.4), (6.0, 0.35), (2.5, 0.25))):
        turn = 0.7 + 1.9 * k
        speed = 1.25 * np.sqrt(length)
        run = np.float32(speed * time_s)
        x, y = at.x + run * np.cos(turn), at.y + run * np.sin(turn)
        total += strength * scenes._faded(x, y, length, at.footprint, 5, 90 + k)
    return np.asarray(2 * total, np.float32)


def hazy(view: Labelled, visibility_m: float) -> Labelled:
    """The view through haze: contrast falls to 1/e at that distance, towards the pale horizon."""
    air = np.array([206, 214, 220], np.float32)
    clear = np.exp(-np.nan_to_num(view.depth, posinf=1e9) / visibility_m)[..., None]
    clear = np.where(np.isinf(view.depth)[..., None], 0.6, clear)
    image = np.clip(view.image * clear + air * (1 - clear) + 0.5, 0, 255).astype(np.uint8)
    return view._replace(image=image)


def with_passer(
    view: Labelled, centre: tuple[float, float], radius: float, *, seed: int = 0
) -> Labelled:
    """The view with a textured ball of its own before it, labelled as moving."""
    height, width = view.label.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    u, v = (x - centre[0]) / radius, (y - centre[1]) / radius
    inside = u * u + v * v < 1
    grain = scenes._octave(u[inside] * 3, v[inside] * 3, 1.0, seed, 95)
    shade = (1 - 0.35 * (u[inside] ** 2 + v[inside] ** 2)) * (1 + 0.5 * grain)
    image, label = view.image.copy(), view.label.copy()
    colour = np.array([170, 60, 50], np.float32)
    image[inside] = np.clip(colour * shade[:, None], 0, 255).astype(np.uint8)
    label[inside] = MOVING
    return view._replace(image=image, label=label)
