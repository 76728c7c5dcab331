"""Footage that shows nothing to go by: one pass says `unknown`, and finds no horizon."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from landfast.media.probe import probe
from landfast.vision.analysis.onepass import observe
from landfast.vision.analysis.shots import shots
from scenes import Image, Pose, Scene, gaussian_noise, path, video, write_video

SIZE = (320, 180)
FRAMES = 20
LAND = Scene(kind="terrain", seed=21)


def fog() -> list[Image]:
    views = video(LAND, path("forward", FRAMES, size=SIZE))
    thin = [np.clip(190 + (view.astype(float) - 128) * 0.02, 0, 255) for view in views]
    return gaussian_noise([view.astype(np.uint8) for view in thin], 1.5, 1)


def night() -> list[Image]:
    views = video(LAND, path("forward", FRAMES, size=SIZE))
    return gaussian_noise([(view * 0.02 + 4).astype(np.uint8) for view in views], 5, 2)


def sky() -> list[Image]:
    up = path("forward", FRAMES, start=Pose(pitch_deg=40), size=SIZE)
    return gaussian_noise(video(Scene(sky="gradient"), up), 1, 3)


def water() -> list[Image]:
    """A sea that runs past a camera that flies over it."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    far = 1 / (0.25 + y / 180)
    across, along = (x - 160) * far / 10, 30 * far
    trains = np.random.default_rng(22).uniform([0.3, 0, 0], [6, 6.3, 6.3], (50, 3))

    def sea(k: int) -> Image:
        high = sum(
            np.sin(
                n * (np.cos(a) * across + np.sin(a) * (along + 0.3 * k))
                + p
                - np.sqrt(9.8 * n) * k / 25
            )
            / np.sqrt(n)
            for n, a, p in trains
        )
        grey = np.clip(95 + 6 * np.asarray(high), 0, 255)[..., None]
        return np.asarray(grey * [0.6, 0.8, 1.0]).astype(np.uint8)

    return [sea(k) for k in range(FRAMES)]


@pytest.mark.parametrize("footage", [fog, night, sky, water])
def test_the_camera_is_unknown_and_there_is_no_horizon(
    footage: Callable[[], list[Image]], tmp_path: Path
) -> None:
    file = write_video(tmp_path / "clip.mp4", footage(), quality=20)
    clip = probe(file)
    table = observe(file, clip, threads=1).table
    assert [shot.motion for shot in shots(table, clip)] == ["unknown"]
    assert not table.horizon_confidence.any() and np.isnan(table.horizon_angle_deg).all()
