"""The whole pass over small clips: flags where they belong, none where they do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.vision.analysis.onepass import Observations, observe
from landfast.vision.analysis.shots import shots
from scenes import (
    Image,
    PathKind,
    Pose,
    Scene,
    SceneKind,
    Side,
    blur,
    fade_cut,
    flash,
    freeze,
    homography,
    occlude_edge,
    path,
    video,
    write_video,
)

KARMA = Path(__file__).parents[3] / "src/landfast/data/karma.mp4"
Measure = Callable[[Sequence[Image]], tuple[Clip, Observations]]


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    def run(images: Sequence[Image]) -> tuple[Clip, Observations]:
        file = write_video(tmp_path / "clip.mp4", images, fps=Fraction(25), quality=14)
        clip = probe(file)
        return clip, observe(file, clip)

    return run


@pytest.fixture(scope="module")
def forward() -> list[Image]:
    return video(Scene(), path("forward", 24))


@pytest.fixture(scope="module")
def karma() -> tuple[Clip, Observations]:
    clip = probe(KARMA)
    return clip, observe(KARMA, clip, threads=1)


def rows(flags: np.ndarray) -> list[int]:
    return np.flatnonzero(flags).tolist()


def test_pan_is_measured_to_a_tenth_of_a_pixel(tmp_path: Path) -> None:
    scene, cameras = Scene(kind="terrain"), path("pan", 8)
    # Lossless: x264 does not always write the same film, and it is not what is judged here.
    file = write_video(tmp_path / "clip.mp4", video(scene, cameras), quality="lossless")
    seen = observe(file, probe(file))
    corners = np.array([[0, 0, 1], [319, 0, 1], [0, 179, 1], [319, 179, 1]], float).T
    for k in range(7):
        truth = homography(scene, cameras[k], cameras[k + 1]) @ corners
        found = seen.table.homography[k] @ corners
        off = np.linalg.norm(truth[:2] / truth[2] - found[:2] / found[2], axis=0)
        assert off.mean() < 0.06
    assert np.isnan(seen.table.homography[7]).all()
    truth = homography(scene, cameras[0], cameras[1]) @ np.array([159.5, 89.5, 1])
    assert seen.table.dx[0] == pytest.approx(truth[0] / truth[2] - 159.5, abs=0.1)


def test_roll_and_scale_have_the_stated_signs(measure: Measure) -> None:
    turned = [Pose(pitch_deg=-40, roll_deg=0.6 * k) for k in range(4)]
    rolled = [path("still", 1, start=pose)[0] for pose in turned]
    _, seen = measure(video(Scene(), rolled))
    assert seen.table.rotation_deg[:3] == pytest.approx([-0.6] * 3, abs=0.05)
    _, closer = measure(video(Scene(), path("crane", 4, start=Pose(pitch_deg=-89), step=-2)))
    assert (closer.table.scale[:3] > 1.01).all()


@pytest.mark.parametrize(
    ("kind", "move", "wanted"),
    [
        ("plane", "still", "still"),
        ("plane", "pan", "pan"),
        ("plane", "forward", "travel"),
        ("plane", "sideways", "travel"),
        ("plane", "orbit", "travel"),
        ("plane", "crane", "travel"),
        ("terrain", "pan", "pan"),
        ("terrain", "forward", "travel"),
        ("terrain", "orbit", "travel"),
    ],
)
def test_camera_motion_is_told_apart(
    measure: Measure, kind: SceneKind, move: PathKind, wanted: str
) -> None:
    clip, seen = measure(video(Scene(kind=kind), path(move, 8)))
    (shot,) = shots(seen.table, clip)
    assert (shot.motion, shot.span) == (wanted, clip.span)
    assert shot.confidence > 0.5


def test_shaken_pan_stays_a_pan_and_shows_its_shake(measure: Measure) -> None:
    clip, calm = measure(video(Scene(), path("pan", 14)))
    _, seen = measure(video(Scene(), path("pan", 14, shake_px=2.0)))
    assert shots(seen.table, clip)[0].motion == "pan"
    assert np.nanmax(calm.table.shake_px) < 0.1
    assert 1.0 < np.sqrt(np.nanmean(seen.table.shake_px**2)) < 3.0


def test_cuts_are_found_to_the_frame(measure: Measure, forward: list[Image]) -> None:
    other = video(Scene(seed=5), path("forward", 9))
    same_place = video(Scene(), path("forward", 9, start=Pose(x=150, heading_deg=60)))
    clip, seen = measure([*forward[:9], *other, *same_place])
    assert rows(seen.table.is_cut) == [9, 18]
    assert np.isnan(seen.table.dx[[8, 17, 26]]).all()
    parts = shots(seen.table, clip)
    assert [part.span.start for part in parts] == [0, clip.time_of(9), clip.time_of(18)]
    assert parts[-1].span.stop == clip.duration


@pytest.mark.parametrize("gain", [0.2, 2.0, 6.0])
def test_a_flash_is_no_cut(measure: Measure, forward: list[Image], gain: float) -> None:
    _, seen = measure(flash(forward[:14], 6, gain))
    assert not seen.table.is_cut.any()
    assert seen.table.flash_score[6] > 0.5
    assert seen.table.flash_score[:6].max() < 0.5


@pytest.mark.parametrize("step", [4.0, 8.0])
def test_a_fast_pan_is_no_cut(measure: Measure, step: float) -> None:
    _, seen = measure(video(Scene(), path("pan", 16, step=step, pace="eased")))
    assert not seen.table.is_cut.any()
    assert seen.table.flash_score.max() < 0.5
    assert (seen.table.inliers[:15] > 0.5).all()


@pytest.mark.parametrize(("bend_px", "quality"), [(4, 14), (4, 16), (4.1, 12)])
def test_rolling_shutter_wobble_is_no_cut_and_no_motion(
    tmp_path: Path, forward: list[Image], bend_px: float, quality: int
) -> None:
    """Also where by chance every second pair of frames agrees on a motion."""
    y, x = np.mgrid[: forward[0].shape[0], : forward[0].shape[1]].astype(np.float32)
    images = []
    for k, image in enumerate(forward):
        phase = 2 * np.pi * (0.43 * k + 0.9 * y / len(y))
        bent = x + bend_px * np.sin(phase), y + bend_px / 2 * np.cos(1.3 * phase)
        images.append(cv2.remap(image, *bent, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    file = write_video(tmp_path / "clip.mp4", images, fps=Fraction(25), quality=quality)
    clip = probe(file)
    seen = observe(file, clip)
    assert rows(seen.table.is_cut) == []
    (shot,) = shots(seen.table, clip)
    assert shot.motion == "unknown" and "no one motion explains it" in shot.reason


def test_a_fade_through_black_parts_shots(measure: Measure, forward: list[Image]) -> None:
    other = video(Scene(seed=5), path("forward", 12))
    _, seen = measure(fade_cut(forward[:12], other, 5))
    assert rows(seen.table.is_cut) == [12]
    assert rows(seen.table.fade > 0) == list(range(7, 17))
    assert seen.table.fade[11:13] == pytest.approx(1)


def test_a_frozen_picture_is_flagged_and_a_still_camera_is_not(
    measure: Measure, forward: list[Image]
) -> None:
    _, seen = measure(freeze(forward, range(8, 14)))
    assert rows(seen.table.is_duplicate) == rows(seen.table.is_frozen) == list(range(9, 14))
    _, still = measure(video(Scene(), path("still", 10)))
    assert not still.table.is_frozen.any()


def test_something_at_the_edge_is_found_with_its_side(
    measure: Measure, forward: list[Image]
) -> None:
    sides: tuple[Side, ...] = ("left", "right", "top", "bottom")
    for code, side in enumerate(sides, start=1):
        hidden = occlude_edge(forward[:10], range(4, 8), side, 0.2)
        _, seen = measure(hidden)
        assert rows(seen.table.occluded > 0) == [4, 5, 6, 7], side
        assert seen.table.occluded[4] == pytest.approx(0.2, abs=0.03)
        assert set(seen.table.occluded_side[4:8]) == {code}
        assert not seen.table.is_cut.any()


def test_a_finger_that_comes_in_and_goes_is_found_all_the_time(
    measure: Measure, forward: list[Image]
) -> None:
    """It grows from frame to frame, as fingers do."""
    reach = (0.03, 0.07, 0.11, 0.15, 0.15, 0.12, 0.08)
    images = list(forward[:12])
    for k, share in enumerate(reach, start=3):
        images[k] = occlude_edge(images[k : k + 1], range(1), "left", share)[0]
    _, seen = measure(images)
    assert rows(seen.table.occluded > 0) == list(range(3, 10))
    assert seen.table.occluded[6] == pytest.approx(0.15, abs=0.02)


def test_shade_over_something_at_the_edge_is_no_obstacle(
    measure: Measure, forward: list[Image]
) -> None:
    """The bonnet of a vehicle stays where it is, also under a bridge."""
    tones = [240] * 3 + [185] * 4 + [240] * 3
    images = [f.copy() for f in forward[: len(tones)]]
    for image, tone in zip(images, tones, strict=True):
        image[-image.shape[0] // 5 :] = tone
    _, seen = measure(images)
    assert rows(seen.table.occluded > 0) == []


def test_what_an_obstacle_uncovers_is_no_obstacle(measure: Measure) -> None:
    sky = video(Scene(kind="terrain"), path("forward", 10, start=Pose(pitch_deg=-4)))
    _, seen = measure(occlude_edge(sky, range(4, 7), "top", 0.15))
    assert rows(seen.table.occluded > 0) == [4, 5, 6]
    _, seen = measure(occlude_edge(sky, range(4), "top", 0.15))
    assert rows(seen.table.occluded > 0) == []


@pytest.mark.parametrize("gain", [1.8, 0.3])
def test_a_flash_leaves_no_obstacle_behind_and_takes_none_away(
    measure: Measure, gain: float
) -> None:
    sky = video(Scene(kind="terrain"), path("forward", 10, start=Pose(pitch_deg=-4)))
    hidden = occlude_edge(sky, range(3, 10), "bottom", 0.15)
    for images, rows_hidden in ((sky, []), (hidden, list(range(3, 10)))):
        flash = [np.clip(f * (gain if k in (5, 6) else 1.0), 0, 255) for k, f in enumerate(images)]
        _, seen = measure([f.astype(np.uint8) for f in flash])
        assert rows(seen.table.occluded > 0) == rows_hidden


def test_blur_shows_in_the_sharpness(measure: Measure, forward: list[Image]) -> None:
    _, seen = measure(blur(forward, range(10, 14), 2.5))
    assert rows(seen.table.sharpness_relative < 0.6) == [10, 11, 12, 13]
    assert rows(seen.table.occluded > 0) == []


def test_the_table_does_not_depend_on_threads(tmp_path: Path) -> None:
    images = video(Scene(kind="terrain"), path("sideways", 8))
    file = write_video(tmp_path / "clip.mp4", images)
    clip = probe(file)
    one, more, all_ = (observe(file, clip, threads=threads) for threads in (1, 2, 0))
    assert one.table.digest() == more.table.digest() == all_.table.digest()
    one.table.to_parquet(tmp_path / "a.parquet")
    more.table.to_parquet(tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize("size", [(64, 48), (16, 16), (320, 180)])
@pytest.mark.parametrize("frames", [1, 2, 5])
@pytest.mark.parametrize("level", [0, 128])
def test_nothing_to_see_is_never_a_number(
    measure: Measure, size: tuple[int, int], frames: int, level: int
) -> None:
    clip, seen = measure([np.full((size[1], size[0], 3), level, np.uint8)] * frames)
    table = seen.table
    for name in ("dx", "motion_px", "parallax_px", "shake_px", "sharpness", "horizon_height"):
        assert np.isnan(getattr(table, name)).all(), name
    assert not (table.is_cut.any() or table.is_frozen.any() or table.occluded.any())
    assert table.structure.max() == 0
    assert [shot.motion for shot in shots(table, clip)] == ["unknown"]


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_very_short_clips(measure: Measure, forward: list[Image], frames: int) -> None:
    clip, seen = measure(forward[:frames])
    assert len(seen.table) == frames
    assert len(shots(seen.table, clip)) == 1


def test_karma(karma: tuple[Clip, Observations]) -> None:
    clip, seen = karma
    table = seen.table
    (shot,) = shots(table, clip)
    assert shot.motion == "travel"
    assert not (table.is_cut.any() or table.is_frozen.any() or table.occluded.any())
    assert table.flash_score.max() < 0.5
    assert (table.horizon_confidence > 0).mean() > 0.95
    # The sea's horizon turns evenly from 2.5 degrees right end low to 1.8 left end low.
    assert table.horizon_angle_deg[0] == pytest.approx(2.45, abs=0.2)
    assert table.horizon_angle_deg[355] == pytest.approx(-1.8, abs=0.3)
    assert np.nanmax(np.abs(np.diff(table.horizon_angle_deg))) < 0.3
    assert seen.working_width == 854


def test_progress_and_interruption(tmp_path: Path, forward: list[Image]) -> None:
    file = write_video(tmp_path / "clip.mp4", forward[:3])
    told: list[tuple[int, int]] = []
    observe(file, probe(file), progress=lambda done, whole: told.append((done, whole)))
    assert told == [(1, 3), (2, 3), (3, 3)]

    def stop(done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe(file, probe(file), progress=stop)
