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
from landfast.conduct.lock import overlay as conductor
from landfast.conduct.lock.order import LockJob, LockOrder
from landfast.conduct.lock.overlay import lock
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.layers.layer import Layer, layer_of
from landfast.media.layers.read import open_overlay
from landfast.media.probe import probe
from landfast.model.camera import Focal
from landfast.model.lock import Lock
from landfast.model.time import Span
from landfast.vision.overlay.maps import moved
from overlays import RATE, SIZE, off_path, overlay_layers, plane_footage, swims, write_overlay
from scenes import Scene, path, video, write_video

FRAMES = 12


World = tuple[Path, Path, list[np.ndarray]]


def noted(patch: pytest.MonkeyPatch) -> list[decisions.Decision]:
    """The decisions that will be taken."""
    taken: list[decisions.Decision] = []

    def decide(*args: Any, **named: Any) -> decisions.Decision:
        taken.append(decisions.decide(*args, **named))
        return taken[-1]

    patch.setattr(conductor, "decide", decide)
    return taken


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("lock")
    footage, maps = plane_footage(folder / "footage.mp4", FRAMES)
    return folder, footage, maps


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[decisions.Decision]:
    return noted(monkeypatch)


@pytest.fixture(scope="module")
def swimming(world: World) -> Path:
    folder, _, maps = world
    return write_overlay(folder / "swims.mkv", overlay_layers(maps, swims(FRAMES, 1.5)))


@pytest.fixture
def order(world: World, swimming: Path) -> LockOrder:
    return LockOrder(overlay=swimming, on=world[1], out=world[0] / "out.mkv")


@pytest.fixture(scope="module")
def locked(world: World, swimming: Path) -> tuple[LockOrder, Lock, decisions.Decision]:
    """One lock that several tests look at."""
    order = LockOrder(overlay=swimming, on=world[1], out=world[0] / "locked.mkv")
    with pytest.MonkeyPatch.context() as patch:
        taken = noted(patch)
        result = lock(replace(order, composite=world[0] / "film.mp4"))
    return order, result, taken[0]


def test_swim_is_taken_out(
    world: World, locked: tuple[LockOrder, Lock, decisions.Decision]
) -> None:
    order, result, decision = locked
    swim = swims(FRAMES, 1.5)
    before = off_path(world[2], [None] * FRAMES, swim)
    after = off_path(world[2], decision.warps, swim)
    assert result.state == "locked"
    assert result.model == "plane"
    assert before > 1.0
    assert after < 0.3 * SIZE[0] / 1920 * 1.5
    assert result.drift_before_px == pytest.approx(before, rel=0.15)
    assert result.drift_after_px is not None
    assert result.drift_after_px < 0.15
    assert open_overlay(order.out).frames == FRAMES
    assert probe(world[0] / "film.mp4").frames == FRAMES
    assert Lock.from_json(result.to_json()) == result
    assert len(result.path) == result.frames == FRAMES


def test_an_overlay_that_does_not_swim_is_the_same_file(world: World) -> None:
    folder, footage, maps = world
    still = write_overlay(folder / "still.mkv", overlay_layers(maps, [np.eye(3)] * FRAMES))
    result = lock(LockOrder(overlay=still, on=footage, out=folder / "still_out.mkv"))
    assert result.state == "steady"
    assert result.changed_px == 0
    assert (folder / "still_out.mkv").read_bytes() == still.read_bytes()


def test_a_correction_that_does_not_hold_is_thrown_away(
    order: LockOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conductor, "warped", lambda layer, *_, **__: layer)
    out, film = tmp_path / "pictures", tmp_path / "worse.mp4"
    result = lock(replace(order, out=out, composite=film))
    assert result.state == "unknown"
    assert "it came with" in result.reason
    assert result.files == {}
    assert not list(out.iterdir())
    assert not film.exists()


def test_a_focal_length_may_be_that_of_35_mm_film(order: LockOrder) -> None:
    told = LockJob.opened(replace(order, focal=Focal(value=24, unit="mm35"), distortion=(-0.1, 0)))
    assert told.focal_px == pytest.approx(24 / 43.27 * np.hypot(*SIZE), rel=1e-3)
    assert told.lens is not None and told.lens.focal_px == told.focal_px


def test_the_same_bytes_each_time(
    order: LockOrder, locked: tuple[LockOrder, Lock, decisions.Decision]
) -> None:
    lock(order)
    assert order.out.read_bytes() == locked[0].out.read_bytes()


def test_it_stays_where_it_is_in_the_reference(
    order: LockOrder, world: World, decided: list[decisions.Decision], tmp_path: Path
) -> None:
    layers = overlay_layers(world[2], swims(FRAMES, 1.5))
    short = write_overlay(tmp_path / "short.mkv", layers[:10])
    first = Span(start=Fraction(0), stop=Fraction(10, 25))
    result = lock(replace(order, overlay=short, span=first, wish=Wish(references=(7,))))
    assert result.frames == 10
    by = decided[0].warps[7]
    assert by is not None
    corners = np.array([[200.0, 130.0], [300.0, 160.0]])
    assert np.abs(moved(by, corners) - corners).max() < 0.1
    other = decided[0].warps[1]
    assert other is not None
    assert np.abs(moved(other, corners) - corners).max() > 0.5


@pytest.mark.parametrize("rate", [Fraction(25, 2), Fraction(50)])
def test_an_overlay_of_another_rate(
    order: LockOrder,
    world: World,
    decided: list[decisions.Decision],
    tmp_path: Path,
    rate: Fraction,
) -> None:
    swim = swims(FRAMES, 1.5)
    layers = overlay_layers(world[2], swim)
    clear = layer_of(np.zeros((*SIZE[::-1], 3), np.uint8), np.zeros(SIZE[::-1], np.uint8))
    slow = rate < RATE
    written = layers[::2] if slow else [one for layer in layers for one in (layer, clear)]
    other = write_overlay(tmp_path / "other.mkv", written, fps=rate)
    assert lock(replace(order, overlay=other)).time_map.rule == "nearest in time"
    shown = [k // 2 * 2 if slow else k for k in range(FRAMES)]
    back = [
        np.linalg.inv(now) @ by @ world[2][k]
        for now, by, k in zip(world[2], decided[0].warps, shown, strict=True)
        if by is not None
    ]
    assert off_path([np.eye(3)] * FRAMES, back, [swim[k] for k in shown]) < 0.07


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
    order: LockOrder, world: World, decided: list[decisions.Decision], tmp_path: Path
) -> None:
    swim = swims(20, 1.5)[:FRAMES]
    gone = faded(overlay_layers(world[2], swim), lambda k: 0.0 if k in (3, 4, 8) else 1.0)
    blinking = write_overlay(tmp_path / "blinks.mkv", gone)
    assert lock(replace(order, overlay=blinking)).state == "locked"
    assert off_path(world[2], decided[0].warps, swim) < 0.15


def test_an_overlay_that_fades_in_does_not_swim(
    order: LockOrder, world: World, tmp_path: Path
) -> None:
    still = faded(overlay_layers(world[2], [np.eye(3)] * FRAMES), lambda k: min(1.0, k / 8))
    fading = write_overlay(tmp_path / "fades.mkv", still)
    assert lock(replace(order, overlay=fading)).state == "steady"


def test_a_deliberate_move_is_not_taken_for_swim(
    order: LockOrder, world: World, tmp_path: Path
) -> None:
    moving = write_overlay(tmp_path / "a.mkv", overlay_layers(world[2], swims(20, 40.0)[:FRAMES]))
    out = tmp_path / "out.mkv"
    result = lock(replace(order, overlay=moving, out=out))
    assert result.state == "unknown"
    assert "--keep-motion" in result.remedy
    assert not out.exists()


def test_footage_without_texture_is_unknown(order: LockOrder, tmp_path: Path) -> None:
    grey = [np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)] * FRAMES
    footage = write_video(tmp_path / "grey.mp4", grey, fps=RATE)
    result = lock(replace(order, on=footage))
    assert result.state == "unknown"
    assert result.drift_after_px is None
    assert result.remedy


def test_a_cut_in_the_footage_is_refused(order: LockOrder, tmp_path: Path) -> None:
    half = [picture.rgb() for picture in decode(order.on)][: FRAMES // 2]
    other = video(Scene(seed=5, sky="plain"), path("still", 1, size=SIZE))[0]
    dark = (other[::-1] // 3).astype(np.uint8)
    footage = write_video(tmp_path / "cut.mp4", [*half, *[dark] * (FRAMES // 2)], fps=RATE)
    with pytest.raises(InputError, match=r"has a cut at 0\.24 s.*--span"):
        lock(replace(order, on=footage))


def test_lengths_and_shapes_that_do_not_fit_are_refused(
    order: LockOrder, world: World, tmp_path: Path
) -> None:
    layers = overlay_layers(world[2][:5], swims(5, 1.5))
    short = write_overlay(tmp_path / "short.mkv", layers)
    with pytest.raises(InputError, match=r"shorter than the footage: 5 frames against 12.*--span"):
        lock(replace(order, overlay=short))
    square = write_video(tmp_path / "square.mp4", [np.zeros((200, 200, 3), np.uint8)] * FRAMES)
    with pytest.raises(InputError, match="the footage 200x200"):
        lock(replace(order, on=square))
