"""Faults and anchors of real and rendered footage, measured by vision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.planning.selection import best_frames
from landfast.planning.unusable import unusable
from landfast.vision.analysis.onepass import observe
from landfast.vision.analysis.shots import shots
from landfast.vision.analysis.table import FrameTable
from scenes import Image, Scene, blur, flash, freeze, occlude_edge, path, video, write_video

FRAMES = 90
SIZE = (320, 180)
Fault = Callable[[Sequence[Image]], Sequence[Image]]


@pytest.fixture(scope="module")
def flight() -> list[Image]:
    """A steady flight over a plain."""
    return video(Scene(), path("forward", FRAMES, step=1.5, size=SIZE))


def measured(file: Path) -> tuple[Clip, FrameTable]:
    """A clip and its table."""
    clip = probe(file)
    return clip, observe(file, clip, threads=1).table


def faults_of(images: Sequence[Image], folder: Path) -> list[tuple[str, range]]:
    """Faults that are found in these frames at 25 a second."""
    clip, table = measured(write_video(folder / "clip.mp4", images))
    return [
        (one.fault, clip.indices_in(one.span)) for one in unusable(table, clip, shots(table, clip))
    ]


def test_a_real_steady_flight_has_no_faults_and_its_anchors_are_spread(karma: Path) -> None:
    clip, table = measured(karma)
    found = shots(table, clip)
    assert unusable(table, clip, found) == ()
    spots = best_frames(table, clip, found, ())
    assert 4 <= len(spots) <= 8
    steps = np.diff([0, *(spot.index for spot in spots), clip.frames])
    assert steps.max() < 120
    sharp = table.sharpness_relative[[spot.index for spot in spots]]
    assert sharp.min() > np.percentile(table.sharpness_relative, 75), "key frames are sharper"
    assert all(spot.score > 0.5 for spot in spots)


def test_a_rendered_steady_flight_has_no_faults(flight: list[Image], tmp_path: Path) -> None:
    assert faults_of(flight, tmp_path) == []


def faded(images: Sequence[Image], frames: range) -> list[Image]:
    """A fade to black and back."""
    middle, half = (frames.start + frames.stop - 1) / 2, len(frames) / 2
    dim = [min(1.0, abs(at - middle) / half) for at in range(len(images))]
    return [(image * share).astype(np.uint8) for image, share in zip(images, dim, strict=True)]


@pytest.mark.parametrize(
    ("fault", "spoil", "frames"),
    [
        ("blurred", lambda images: blur(images, range(40, 50), 1.2), range(40, 50)),
        ("frozen", lambda images: freeze(images, range(40, 50)), range(41, 50)),
        (
            "occluded",
            lambda images: occlude_edge(images, range(40, 50), "right", 0.15),
            range(40, 50),
        ),
        ("flash", lambda images: flash(images, 45, 2.5), range(45, 46)),
        ("fade", lambda images: faded(images, range(35, 56)), range(36, 55)),
        ("jump", lambda images: [*images[:40], *images[58:]], range(35, 45)),
    ],
)
def test_a_fault_put_into_footage_is_found_where_it_is(
    fault: str, spoil: Fault, frames: range, flight: list[Image], tmp_path: Path
) -> None:
    found = faults_of(spoil(flight), tmp_path)
    assert {kind for kind, _ in found} == {fault}
    where = sorted(at for _, one in found for at in one)
    assert where == list(range(where[0], where[-1] + 1)), "a fade in two shots is in one piece"
    assert abs(where[0] - frames.start) <= 2
    assert abs(where[-1] + 1 - frames.stop) <= 2


def test_a_shaken_second_is_found_in_a_steady_flight(tmp_path: Path) -> None:
    steady = path("forward", FRAMES, step=1.5, size=SIZE)
    shaken = path("forward", FRAMES, step=1.5, size=SIZE, shake_px=6)
    cameras = [*steady[:35], *shaken[35:60], *steady[60:]]
    faults = faults_of(video(Scene(), cameras), tmp_path)
    assert [fault for fault, _ in faults] == ["shaken"]
    assert set(range(38, 57)) <= set(faults[0][1]) <= set(range(28, 67))


def test_film_on_video_is_not_frozen(flight: list[Image], tmp_path: Path) -> None:
    pulled = [image for at, image in enumerate(flight) for _ in range(2 if at % 4 == 3 else 1)]
    assert faults_of(pulled, tmp_path) == []
