from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landfast.compose.lock import decide as decisions
from landfast.compose.lock.path import Wish
from landfast.conduct import lock as conductor
from landfast.conduct.lock import lock
from landfast.conduct.lock_order import LockOrder
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.layers.layer import Layer, layer_of
from landfast.media.layers.read import open_overlay
from landfast.media.probe import probe
from landfast.model.lock import Lock
from landfast.model.time import Span
from overlays import RATE, SIZE, off_path, overlay_layers, plane_footage, swims, write_overlay
from scenes import Scene, path, video, write_video

FRAMES = 20


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[np.ndarray]]:
    folder = tmp_path_factory.mktemp("lock")
    footage, maps = plane_footage(folder / "footage.mp4", FRAMES)
    return folder, footage, maps


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[decisions.Decision]:
    """The decisions that were taken."""
    taken: list[decisions.Decision] = []

    def noted(*args: Any, **named: Any) -> decisions.Decision:
        taken.append(decisions.decide(*args, **named))
        return taken[-1]

    monkeypatch.setattr(conductor, "decide", noted)
    return taken


def make(world: tuple[Path, Path, list[np.ndarray]], shift: float, name: str) -> LockOrder:
    folder, footage, maps = world
    swim = swims(FRAMES, shift) if shift else [np.eye(3)] * FRAMES
    overlay = write_overlay(folder / f"{name}.mkv", overlay_layers(maps, swim))
    return LockOrder(overlay=overlay, on=footage, out=folder / f"{name}_out.mkv")


def test_swim_is_taken_out(
    world: tuple[Path, Path, list[np.ndarray]], decided: list[decisions.Decision]
) -> None:
    order = replace(make(world, 1.5, "swims"), composite=world[0] / "film.mp4")
    result = lock(order)
    swim = swims(FRAMES, 1.5)
    before = off_path(world[2], [None] * FRAMES, swim)
    after = off_path(world[2], decided[0].warps, swim)
    assert result.state == "locked"
    assert result.model == "plane"
    assert before > 1.0
    assert after < 0.3 * SIZE[0] / 1920 * 1.5
    assert result.drift_before_px == pytest.approx(before, rel=0.15)
    assert result.drift_after_px is not None
    assert result.drift_after_px < 0.15
    assert open_overlay(order.out).frames == FRAMES
    assert probe(world[0] / "film.mp4").frames == FRAMES


def test_an_overlay_that_does_not_swim_is_the_same_file(
    world: tuple[Path, Path, list[np.ndarray]],
) -> None:
    order = make(world, 0.0, "steady")
    result = lock(order)
    assert result.state == "steady"
    assert result.changed_px == 0
    assert order.out.read_bytes() == order.overlay.read_bytes()


def test_a_correction_that_does_not_hold_is_thrown_away(
    world: tuple[Path, Path, list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conductor, "warped", lambda layer, *_, **__: layer)
    order = replace(make(world, 1.5, "worse"), out=world[0] / "worse_pictures")
    result = lock(replace(order, composite=world[0] / "worse.mp4"))
    assert result.state == "unknown"
    assert "it came with" in result.reason
    assert result.files == {}
    assert not list(order.out.iterdir())
    assert not (world[0] / "worse.mp4").exists()


def test_the_same_bytes_each_time(world: tuple[Path, Path, list[np.ndarray]]) -> None:
    order = make(world, 1.5, "twice")
    lock(order)
    first = order.out.read_bytes()
    lock(order)
    assert order.out.read_bytes() == first


def test_it_stays_where_it_is_in_the_reference(
    world: tuple[Path, Path, list[np.ndarray]], decided: list[decisions.Decision]
) -> None:
    lock(replace(make(world, 1.5, "reference"), wish=Wish(references=(7,))))
    by = decided[0].warps[7]
    assert by is not None
    corners = np.array([[200.0, 130.0], [300.0, 160.0]])
    assert np.abs(conductor_moved(by, corners) - corners).max() < 0.1


def conductor_moved(by: np.ndarray, points: np.ndarray) -> np.ndarray:
    there = np.column_stack([points, np.ones(len(points))]) @ by.T
    return np.asarray(there[:, :2] / there[:, 2:])


def faded(layers: list[Layer], opacity: Callable[[int], float]) -> list[Layer]:
    """The same drawing, more or less clear."""
    result = []
    for number, layer in enumerate(layers):
        whole = layer.whole().astype(np.float32)
        whole[..., 3] *= opacity(number)
        pixels = np.rint(whole).astype(np.uint8)
        colour, alpha = np.ascontiguousarray(pixels[..., :3]), pixels[..., 3].copy()
        result.append(layer_of(colour, alpha))
    return result


def test_an_overlay_that_blinks_is_held_through_the_gap(
    world: tuple[Path, Path, list[np.ndarray]], decided: list[decisions.Decision]
) -> None:
    folder, footage, maps = world
    swim = swims(FRAMES, 1.5)
    gone = faded(overlay_layers(maps, swim), lambda k: 0.0 if k % 8 in (3, 4) else 1.0)
    overlay = write_overlay(folder / "blinks.mkv", gone)
    assert lock(LockOrder(overlay=overlay, on=footage, out=folder / "b.mkv")).state == "locked"
    assert off_path(maps, decided[0].warps, swim) < 0.15


def test_an_overlay_that_fades_in_does_not_swim(
    world: tuple[Path, Path, list[np.ndarray]],
) -> None:
    folder, footage, maps = world
    still = faded(overlay_layers(maps, [np.eye(3)] * FRAMES), lambda k: min(1.0, k / 10))
    overlay = write_overlay(folder / "fades.mkv", still)
    assert lock(LockOrder(overlay=overlay, on=footage, out=folder / "f.mkv")).state == "steady"


def test_a_deliberate_move_is_not_taken_for_swim(
    world: tuple[Path, Path, list[np.ndarray]],
) -> None:
    order = make(world, 40.0, "moves")
    result = lock(order)
    assert result.state == "unknown"
    assert "--keep-motion" in result.remedy
    assert not order.out.exists()


def test_footage_without_texture_is_unknown(
    world: tuple[Path, Path, list[np.ndarray]], tmp_path: Path
) -> None:
    grey = [np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)] * FRAMES
    footage = write_video(tmp_path / "grey.mp4", grey, fps=RATE)
    result = lock(replace(make(world, 1.5, "grey"), on=footage))
    assert result.state == "unknown"
    assert result.drift_after_px is None
    assert result.remedy


def test_a_cut_in_the_footage_is_refused(
    world: tuple[Path, Path, list[np.ndarray]], tmp_path: Path
) -> None:
    half = [picture.rgb() for picture in decode(world[1])][: FRAMES // 2]
    other = video(Scene(seed=5, sky="plain"), path("still", 1, size=SIZE))[0]
    dark = (other[::-1] // 3).astype(np.uint8)
    footage = write_video(tmp_path / "cut.mp4", [*half, *[dark] * (FRAMES // 2)], fps=RATE)
    with pytest.raises(InputError, match=r"has a cut at 0\.40 s.*--span"):
        lock(replace(make(world, 1.5, "cut"), on=footage))


def test_lengths_and_shapes_that_do_not_fit_are_refused(
    world: tuple[Path, Path, list[np.ndarray]], tmp_path: Path
) -> None:
    folder, _, maps = world
    layers = overlay_layers(maps, swims(FRAMES, 1.5))
    short = write_overlay(tmp_path / "short.mkv", layers[:15])
    order = replace(make(world, 1.5, "fits"), overlay=short)
    with pytest.raises(InputError, match=r"shorter than the footage: 15 frames against 20.*--span"):
        lock(order)
    result = lock(replace(order, span=Span(start=Fraction(0), stop=Fraction(15, 25))))
    assert result.frames == 15
    square = write_video(tmp_path / "square.mp4", [np.zeros((200, 200, 3), np.uint8)] * FRAMES)
    with pytest.raises(InputError, match="the footage 200x200"):
        lock(replace(make(world, 1.5, "square"), on=square))
    assert folder.exists()


def test_an_empty_overlay_is_refused(world: tuple[Path, Path, list[np.ndarray]]) -> None:
    folder, footage, maps = world
    clear = overlay_layers(maps, [np.diag([0.0, 0.0, 1.0])] * FRAMES)
    assert all(layer.is_clear for layer in clear)
    overlay = write_overlay(folder / "clear.mkv", clear)
    with pytest.raises(InputError, match="is clear in every frame"):
        lock(LockOrder(overlay=overlay, on=footage, out=folder / "clear_out.mkv"))


def test_the_record_comes_back(world: tuple[Path, Path, list[np.ndarray]]) -> None:
    result = lock(make(world, 1.5, "record"))
    assert Lock.from_json(result.to_json()) == result
    assert len(result.path) == result.frames == FRAMES
