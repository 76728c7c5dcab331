from __future__ import annotations

from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from landfast.compose.lock.over import laid_over
from landfast.conduct.lock.added import mended
from landfast.conduct.lock.dewarp import dewarp
from landfast.conduct.lock.order import LockOrder
from landfast.conduct.lock.overlay import lock
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.probe import probe
from overlays import RATE, SIZE, overlay_layers, plane_footage, swims
from scenes import write_video

FRAMES = 8


class Added(NamedTuple):
    """A take with something added that swims, and the take as it should be."""

    footage: Path
    take: Path
    mask: Path
    takes: list[np.ndarray]
    right: list[np.ndarray]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray]]:
    folder = tmp_path_factory.mktemp("dewarp")
    with resources.as_file(resources.files("landfast") / "data" / "karma.mp4") as path:
        pictures = decode(path)
        images = [cv2.resize(next(pictures).rgb(), SIZE) for _ in range(FRAMES)]
    return write_video(folder / "footage.mp4", images, fps=RATE, quality=12), images


def bent(images: list[np.ndarray], most_px: float) -> list[np.ndarray]:
    """A smooth warp that grows over the take, in another light."""
    x, y = np.meshgrid(np.arange(SIZE[0], dtype=np.float32), np.arange(SIZE[1], dtype=np.float32))
    takes = []
    for number, image in enumerate(images):
        grown = np.float32(most_px * number / len(images))
        at = x - grown * np.sin(x / 110 + 1) * np.cos(y / 150), y - grown * np.cos(x / 170) * 0.6
        take = cv2.remap(image, *at, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
        takes.append(np.clip(take * 1.06 - 5.0, 0, 255).astype(np.uint8))
    return takes


def off(path: Path, images: list[np.ndarray]) -> float:
    """Median way of corners of the footage in a film, px: the films' own pixels, no model."""
    ways = []
    for picture, image in zip(decode(path), images, strict=True):
        before, after = (cv2.cvtColor(i, cv2.COLOR_RGB2GRAY) for i in (image, picture.rgb()))
        start = cv2.goodFeaturesToTrack(before, 200, 0.02, 8)
        moved, found, _ = cv2.calcOpticalFlowPyrLK(before, after, start, None)
        ways.append(np.linalg.norm(moved - start, axis=2)[found.ravel() == 1])
    return float(np.sqrt(np.mean([np.median(way) ** 2 for way in ways])))


def test_a_warped_take_is_pulled_back(real: tuple[Path, list[np.ndarray]], tmp_path: Path) -> None:
    footage, images = real
    take = write_video(tmp_path / "take.mp4", bent(images, 1.8), fps=RATE, quality=12)
    beside = tmp_path / "before_after.mp4"
    result = dewarp(LockOrder(overlay=take, on=footage, out=tmp_path / "out.mp4", report=tmp_path))
    assert probe(beside).frames == FRAMES
    assert probe(beside).width > 2 * probe(beside).height * 1.7
    assert result.files["side by side"] == str(beside)
    assert result.state == "locked"
    assert result.model == "warp"
    assert off(take, images) > 0.3
    assert off(tmp_path / "out.mp4", images) < 0.12
    assert probe(tmp_path / "out.mp4").frames == FRAMES


def test_a_take_that_fits_is_the_same_file(
    real: tuple[Path, list[np.ndarray]], tmp_path: Path
) -> None:
    footage, images = real
    take = write_video(tmp_path / "take.mp4", bent(images, 0.0), fps=RATE, quality=12)
    result = dewarp(LockOrder(overlay=take, on=footage, out=tmp_path / "out.mp4"))
    assert result.state == "steady"
    assert (tmp_path / "out.mp4").read_bytes() == take.read_bytes()


def test_another_scene_is_unknown(real: tuple[Path, list[np.ndarray]], tmp_path: Path) -> None:
    footage, images = real
    upside = [np.ascontiguousarray(image[::-1, ::-1]) for image in images]
    take = write_video(tmp_path / "take.mp4", upside, fps=RATE)
    result = dewarp(LockOrder(overlay=take, on=footage, out=tmp_path / "out.mp4"))
    assert result.state == "unknown"
    assert result.remedy
    assert not (tmp_path / "out.mp4").exists()


def test_a_take_of_another_length_is_refused(
    real: tuple[Path, list[np.ndarray]], tmp_path: Path
) -> None:
    footage, images = real
    take = write_video(tmp_path / "take.mp4", images[:5], fps=RATE)
    with pytest.raises(InputError, match=r"has 5 frames, the footage 8.*--span"):
        dewarp(LockOrder(overlay=take, on=footage, out=tmp_path / "out.mp4"))


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Added:
    folder = tmp_path_factory.mktemp("added")
    footage, maps = plane_footage(folder / "footage.mp4", FRAMES)
    images = [picture.rgb() for picture in decode(footage)]
    layers = overlay_layers(maps, swims(FRAMES, 1.5))
    wanted = overlay_layers(maps, [np.eye(3)] * FRAMES)
    takes = [laid_over(i, one, storage="straight") for i, one in zip(images, layers, strict=True)]
    masks = [
        np.dstack([cv2.dilate(one.whole()[..., 3], np.ones((3, 3), np.uint8))] * 3)
        for one in layers
    ]
    right = [laid_over(i, one, storage="straight") for i, one in zip(images, wanted, strict=True)]
    take = write_video(folder / "take.mp4", takes, fps=Fraction(25), quality=8)
    mask = write_video(folder / "mask.mp4", masks, fps=Fraction(25), quality=8)
    return Added(footage, take, mask, takes, right)


def test_what_was_added_to_a_take_is_locked(added: Added, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    result = lock(
        LockOrder(overlay=added.take, on=added.footage, out=out, matte=added.mask, baked=True)
    )
    assert result.state == "locked"
    assert result.files["take"] == str(out)
    fixed = [picture.rgb() for picture in decode(out)]
    assert _apart(fixed, added.right) < 0.5 * _apart(added.takes, added.right)


def test_what_was_added_is_found_without_a_mask(added: Added, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    result = mended(LockOrder(overlay=added.take, on=added.footage, out=out))
    assert result.state == "locked"
    assert "found by laying the take over its footage" in result.reason
    fixed = [picture.rgb() for picture in decode(out)]
    assert _apart(fixed, added.right) < 0.55 * _apart(added.takes, added.right)


def test_a_take_to_which_nothing_was_added_stays(
    real: tuple[Path, list[np.ndarray]], tmp_path: Path
) -> None:
    footage, images = real
    take = write_video(tmp_path / "take.mp4", bent(images, 0.0), fps=RATE, quality=12)
    result = mended(LockOrder(overlay=take, on=footage, out=tmp_path / "out.mp4"))
    assert result.state == "steady"
    assert "no single thing was found" in result.reason
    assert (tmp_path / "out.mp4").read_bytes() == take.read_bytes()


def _apart(films: list[np.ndarray], others: list[np.ndarray]) -> float:
    """Mean squared difference."""
    return float(
        np.mean(
            [
                np.square(one.astype(np.float32) - other).mean()
                for one, other in zip(films, others, strict=True)
            ]
        )
    )
