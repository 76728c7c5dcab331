"""A planted swim fails the lock check; the overlay that `lock` writes passes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from landfast.conduct.lock.check import verify_overlay
from landfast.conduct.lock.order import LockOrder
from landfast.conduct.lock.overlay import lock
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.layers.layer import Layer, layer_of
from landfast.media.probe import probe
from landfast.verify.checks.lock import with_lock
from overlays import RATE, SIZE, overlay_layers, plane_footage, swims, write_overlay
from scenes import write_video

FRAMES = 10


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[np.ndarray]]:
    folder = tmp_path_factory.mktemp("overlay")
    footage, maps = plane_footage(folder / "footage.mp4", FRAMES)
    return folder, footage, maps


@pytest.fixture(scope="module")
def swimming(world: tuple[Path, Path, list[np.ndarray]]) -> list[Layer]:
    return overlay_layers(world[2], swims(FRAMES, 1.5))


def test_a_planted_swim_fails_and_the_locked_overlay_passes(
    world: tuple[Path, Path, list[np.ndarray]], swimming: list[Layer]
) -> None:
    folder, footage, _ = world
    overlay = write_overlay(folder / "swims.mkv", swimming)
    before = verify_overlay(overlay, footage)
    (found,) = before.findings
    assert (before.state, found.check, found.state) == ("fail", "lock", "fail")
    assert found.value is not None and found.limit is not None and found.region is not None
    assert found.value > 1.0
    assert found.limit == pytest.approx(0.3 * SIZE[0] / 1920)
    assert before.score > 0.9
    left, top, width, height = found.region
    assert left < 245 / SIZE[0] < left + width
    assert top < 145 / SIZE[1] < top + height
    assert len(before.frames) == FRAMES
    done = lock(LockOrder(overlay=overlay, on=footage, out=folder / "locked.mkv"))
    assert done.finding_before == found
    assert done.finding_after is not None and done.finding_after.state == "pass"
    after = verify_overlay(folder / "locked.mkv", footage)
    assert after.state == "pass"
    assert after.score < 0.5
    assert "stays on the plane" in after.findings[0].reason


def test_what_a_mask_marks_in_a_film_is_judged_on_the_film_itself(
    world: tuple[Path, Path, list[np.ndarray]], swimming: list[Layer]
) -> None:
    folder, footage, _ = world
    clip = probe(footage)
    film, mask = [], []
    for picture, layer in zip(decode(footage, clip), swimming, strict=True):
        whole = layer.whole()
        alpha = whole[..., 3:].astype(np.float32) / 255
        laid = picture.rgb() * (1 - alpha) + whole[..., :3] * alpha
        film.append(np.rint(laid).astype(np.uint8))
        mask.append(np.repeat(whole[..., 3:], 3, axis=2))
    write_video(folder / "film.mkv", film, fps=RATE)
    write_video(folder / "mask.mkv", mask, fps=RATE, quality="lossless")
    made = folder / "film.mkv"
    verdict = verify_overlay(made, made, matte=folder / "mask.mkv", is_shown=True)
    assert verdict.state == "fail"
    other = verdict.model_copy(update={"state": "pass", "score": 0.1, "findings": ()})
    both = with_lock(other, verdict)
    assert (both.state, both.score, len(both.findings)) == ("fail", verdict.score, 1)


def test_an_overlay_that_is_clear_everywhere_is_refused(
    world: tuple[Path, Path, list[np.ndarray]],
) -> None:
    folder, footage, _ = world
    blank = layer_of(np.zeros((*SIZE[::-1], 3), np.uint8), np.zeros(SIZE[::-1], np.uint8))
    overlay = write_overlay(folder / "clear.mkv", [blank] * FRAMES)
    with pytest.raises(InputError, match="clear in every frame"):
        verify_overlay(overlay, footage)


def test_a_mask_over_the_whole_picture_leaves_nothing_to_judge_by(
    world: tuple[Path, Path, list[np.ndarray]],
) -> None:
    folder, footage, _ = world
    white = [np.full((*SIZE[::-1], 3), 255, np.uint8)] * FRAMES
    write_video(folder / "white.mkv", white, fps=RATE, quality="lossless")
    verdict = verify_overlay(footage, footage, matte=folder / "white.mkv", is_shown=True)
    assert verdict.state == "unknown"
