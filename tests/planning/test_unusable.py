"""Faults put into an even table are found where they are, and nothing else is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from landfast.model.measured import Unusable
from landfast.planning.unusable import unusable
from landfast.vision.analysis.shake import find_shake
from planning.footage import shots_of, steady_clip, table_of

CLIP = steady_clip(300)


def found(*cuts: int, **columns: Any) -> list[tuple[str, range]]:
    """Faults and their frames."""
    return [(one.fault, CLIP.indices_in(one.span)) for one in records(*cuts, **columns)]


def records(*cuts: int, **columns: Any) -> tuple[Unusable, ...]:
    """Faults as records."""
    return unusable(table_of(CLIP, **columns), CLIP, shots_of(CLIP, *cuts))


def column(name: str, frames: range, value: Any) -> np.ndarray:
    """A column of the even table with another value in some frames."""
    values = getattr(table_of(CLIP), name).copy()
    values[frames.start : frames.stop] = value
    return values


def test_an_even_clip_has_no_faults() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("fault", "name", "value"),
    [
        ("too dark", "clip_low", 0.6),
        ("too dark", "luma_p99", 15),
        ("too bright", "clip_high", 0.6),
        ("too bright", "luma_p01", 240),
        ("occluded", "occluded", 0.1),
        ("fade", "fade", 0.9),
        ("flash", "flash_score", 0.9),
    ],
)
def test_a_fault_is_found_in_exactly_its_frames(fault: str, name: str, value: float) -> None:
    frames = range(100, 120)
    assert found(**{name: column(name, frames, value)}) == [(fault, frames)]


def test_blur_is_found_with_its_onset() -> None:
    share = column("sharpness_relative", range(100, 120), 0.25)
    share[98:100] = 0.78
    share[96:98] = 0.85
    assert found(sharpness_relative=share) == [("blurred", range(98, 120))]


def test_an_unsteady_sharpness_is_the_clips_own_level() -> None:
    share = np.random.default_rng(3).uniform(0.3, 1, 300).astype(np.float32)
    assert found(sharpness_relative=share) == []


def test_shaking_is_found_and_hand_held_footage_as_a_whole_is_not() -> None:
    shake = column("shake_px", range(100, 130), 9)
    ((fault, frames),) = found(shake_px=shake)
    assert fault == "shaken"
    assert abs(frames.start - 100) <= 2
    assert abs(frames.stop - 130) <= 2
    longer = column("shake_px", range(60, 260), 20)
    assert [fault for fault, _ in found(shake_px=longer)] == ["shaken"], "even most of a shot"
    handheld = np.random.default_rng(3).uniform(6, 12, 300).astype(np.float32)
    assert found(shake_px=handheld) == []


def test_a_short_wobble_below_the_absolute_bound_is_not_shaken() -> None:
    assert found(shake_px=column("shake_px", range(100, 130), 3)) == []


def test_a_freeze_is_found_and_a_cadence_is_not() -> None:
    held = np.zeros(300, bool)
    held[100:112] = True
    assert found(is_duplicate=held, is_frozen=held) == [("frozen", range(100, 112))]
    pulldown = np.arange(300) % 5 == 4
    on_fours = np.arange(300) % 4 != 0
    for cadence in (pulldown, on_fours):
        assert found(is_duplicate=cadence, is_frozen=cadence) == []
    both = pulldown | held
    assert found(is_duplicate=both, is_frozen=both) == [("frozen", range(99, 112))]


def test_a_camera_that_stands_still_is_not_frozen() -> None:
    still = np.ones(300, bool)
    assert found(is_duplicate=still) == []


def test_night_and_snow_are_not_faults_of_the_whole_clip() -> None:
    flat = np.full(300, 1, np.float32)
    assert found(clip_low=0.7 * flat, luma_p99=20 * flat) == []
    assert found(clip_high=0.7 * flat, luma_p01=245 * flat) == []


def test_the_cause_is_listed_and_its_effects_are_not() -> None:
    frames = range(100, 120)
    share = column("sharpness_relative", frames, 0.2)
    assert found(
        occluded=column("occluded", frames, 0.2),
        occluded_side=column("occluded_side", frames, 2),
        sharpness_relative=share,
        shake_px=column("shake_px", range(102, 118), 9),
    ) == [("occluded", frames)]


def test_faults_of_one_kind_close_together_are_one() -> None:
    hidden = column("occluded", range(100, 110), 0.1)
    hidden[114:120] = 0.1
    hidden[140:150] = 0.1
    assert found(occluded=hidden) == [("occluded", range(100, 120)), ("occluded", range(140, 150))]


def test_an_occlusion_lost_just_before_the_end_lasts_to_the_end() -> None:
    hidden = column("occluded", range(285, 296), 0.05)
    assert found(occluded=hidden) == [("occluded", range(285, 300))]
    assert found(occluded=np.roll(hidden, -20)) == [("occluded", range(265, 276))]


def test_a_single_frame_counts_only_where_it_shows() -> None:
    one = range(100, 101)
    assert found(occluded=column("occluded", one, 0.1)) == []
    assert found(flash_score=column("flash_score", one, 0.8)) == [("flash", one)]


def test_what_was_not_measured_is_no_fault() -> None:
    nothing = np.full(300, np.nan, np.float32)
    names = ("sharpness", "sharpness_relative", "shake_px", "motion_px", "dx", "dy", "occluded")
    assert found(**dict.fromkeys(names, nothing)) == []


def test_frames_left_out_are_a_jump() -> None:
    leap = range(99, 100)
    columns = {"motion_px": column("motion_px", leap, 60), "dx": column("dx", leap, 60)}
    ((fault, frames),) = found(**columns)
    assert fault == "jump"
    assert frames == range(94, 106)


def test_the_shake_that_a_leap_leaves_in_the_measured_path_is_its_echo() -> None:
    leap = range(99, 100)
    dx = column("dx", leap, 150)
    shake = find_shake(
        dx=dx,
        dy=column("dy", leap, 0.5),
        rotation_deg=np.zeros(300, np.float32),
        is_cut=np.zeros(300, bool),
        time_s=np.arange(300) / 30,
        size=(CLIP.width, CLIP.height),
    )
    columns = {"motion_px": column("motion_px", leap, 150), "dx": dx}
    assert [fault for fault, _ in found(**columns, shake_px=shake)] == ["jump"]
    assert [fault for fault, _ in found(shake_px=shake)] == ["shaken"]


def test_a_bump_that_returns_is_no_jump() -> None:
    motion = column("motion_px", range(99, 100), 60)
    motion[103] = 60
    dx = column("dx", range(99, 100), 60)
    dx[103] = -54
    assert found(motion_px=motion, dx=dx) == []


def test_a_cut_within_a_scene_is_a_jump_and_a_cut_to_another_is_not() -> None:
    cut = column("is_cut", range(150, 151), True)
    later = (np.arange(300) >= 150)[:, None]
    base = table_of(CLIP).layout

    def at_distance(distance: float) -> np.ndarray:
        return (base + later * distance / np.sqrt(base.shape[1])).astype(np.float32)

    assert found(150, is_cut=cut, layout=at_distance(0.1)) == [("jump", range(144, 156))]
    assert found(150, is_cut=cut, layout=at_distance(1)) == []


def test_each_shot_is_judged_by_its_own_level() -> None:
    low = np.where(np.arange(300) < 150, 0.0, 0.5).astype(np.float32)
    assert found(150, clip_low=low) == []


def test_confidence_grows_with_the_evidence_and_reasons_hold_numbers() -> None:
    weak, strong = (
        records(occluded=column("occluded", range(100, 120), share))[0] for share in (0.0055, 0.05)
    )
    assert 0.5 <= weak.confidence < 0.6
    assert strong.confidence == pytest.approx(0.95)
    assert "5.0%" in strong.reason
    side = column("occluded_side", range(100, 120), 2)
    named = records(occluded=column("occluded", range(100, 120), 0.2), occluded_side=side)
    assert "from the right" in named[0].reason
