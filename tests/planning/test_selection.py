"""Anchors that are chosen together: against exhaustive search, and for what they are worth."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from landfast.model.clip import Clip
from landfast.planning.anchors import score_frames
from landfast.planning.moments import Moments, moments_of
from landfast.planning.selection import COST_S, LEAST_S, MISFIT_S, best_frames, choose_moments
from landfast.vision.analysis.table import FrameTable
from planning.footage import fault, shots_of, steady_clip, table_of

CLIP = steady_clip(300)
SHOTS = shots_of(CLIP)


def panning(clip: Clip, px: float) -> np.ndarray[Any, Any]:
    """A camera that turns so fast."""
    maps = np.tile(np.eye(3), (clip.frames, 1, 1))
    maps[:, 0, 2] = px
    return maps


def column(usual: float, frames: range, value: float) -> np.ndarray[Any, Any]:
    """A flat column with some frames apart."""
    values = np.full(CLIP.frames, usual, np.float32)
    values[frames.start : frames.stop] = value
    return values


def chosen(clip: Clip = CLIP, **columns: Any) -> list[int]:
    """Frames of the anchors of a clip in one shot."""
    return [one.index for one in best_frames(table_of(clip, **columns), clip, shots_of(clip), ())]


def moments(clip: Clip, table: FrameTable) -> Moments:
    """The moments of a clip in one shot."""
    shots = shots_of(clip)
    scores = score_frames(table, clip, shots)
    found = moments_of(range(clip.frames), table, clip, scores, np.zeros(clip.frames, bool))
    assert found is not None
    return found


def worth(line: Moments, places: tuple[int, ...]) -> float:
    """What a set of anchors is worth, straight from the definition."""
    ahead, total = line.like.ahead, 0.0
    for at in range(len(line.worth)):
        left = [p for p in places if p <= at][-1:]
        right = [p for p in places if p >= at][:1]
        covers = [line.worth[p] * ahead[abs(at - p), min(at, p)] for p in {*left, *right}]
        total += line.seconds[at] * max(covers)
    misfit = sum(1 - line.fit[b - a, a] for a, b in itertools.pairwise(places))
    return float(total - COST_S * len(places) - MISFIT_S * misfit)


@pytest.mark.parametrize("seed", range(6))
def test_the_choice_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    clip = steady_clip(78)
    table = table_of(
        clip,
        sharpness=rng.uniform(0.3, 0.7, 78).astype(np.float32),
        luma_mean=rng.uniform(90, 140, 78).astype(np.float32),
        homography=panning(clip, float(rng.uniform(1, 14))),
    )
    line = moments(clip, table)
    count, least = len(line.worth), max(1, round(LEAST_S / line.length_s))
    sets = (
        places
        for size in range(1, 6)
        for places in itertools.combinations(range(count), size)
        if all(b - a >= least for a, b in itertools.pairwise(places))
    )
    best = max(worth(line, places) for places in sets)
    assert worth(line, tuple(choose_moments(line))) == pytest.approx(best, abs=1e-9)


def test_a_camera_that_shows_more_needs_more_anchors() -> None:
    still, slow, fast = (len(chosen(homography=panning(CLIP, px))) for px in (0.0, 4.0, 12.0))
    assert 1 <= still < slow < fast


def test_together_they_cover_the_shot() -> None:
    spots = best_frames(table_of(CLIP, homography=panning(CLIP, 6.0)), CLIP, SHOTS, ())
    steps = np.diff([0, *(one.index for one in spots), CLIP.frames])
    assert steps.max() < 2.5 * np.median(steps)
    assert all(one.parts.coverage is not None and one.parts.coverage > 0.5 for one in spots)
    assert all(one.parts.fit is not None and 0 < one.parts.fit < 1 for one in spots)


def test_the_best_frame_of_a_stretch_is_taken() -> None:
    shaken = np.full(CLIP.frames, 5.0, np.float32)
    shaken[[40, 105, 170, 235]] = 0.1
    frames = chosen(shake_px=shaken, homography=panning(CLIP, 6.0))
    assert set(frames) <= {40, 105, 170, 235} and len(frames) >= 3


def test_a_better_frame_does_not_win_when_it_shows_what_others_show() -> None:
    """One by one, all of the best frames would lie in the last second."""
    sharpness = np.where(np.arange(CLIP.frames) < 270, 0.5, 0.6).astype(np.float32)
    frames = chosen(sharpness=sharpness, homography=panning(CLIP, 8.0))
    assert sum(at >= 270 for at in frames) <= 2
    assert frames[0] < 60


def test_neighbours_of_one_light_are_preferred() -> None:
    light = column(110, range(120, 150), 200)
    even = chosen(homography=panning(CLIP, 5.0))
    dodged = chosen(homography=panning(CLIP, 5.0), luma_mean=light)
    assert any(120 <= at < 150 for at in even)
    assert not any(120 <= at < 150 for at in dodged)


def test_faults_and_shots_are_respected() -> None:
    faults = [fault(CLIP, range(0, 60)), fault(CLIP, range(130, 140))]
    spots = best_frames(table_of(CLIP), CLIP, shots_of(CLIP, 60, 240), faults)
    indices = [spot.index for spot in spots]
    assert indices == sorted(set(indices))
    assert all(60 <= at < 130 or at >= 140 for at in indices)
    assert sum(60 <= at < 240 for at in indices) >= 1
    assert sum(at >= 240 for at in indices) >= 1


def test_a_long_fault_does_not_lose_the_anchors_before_it() -> None:
    clip = steady_clip(1200)
    faults = [fault(clip, range(200, 1000))]
    spots = best_frames(table_of(clip, homography=panning(clip, 4.0)), clip, shots_of(clip), faults)
    assert sum(one.index < 200 for one in spots) >= 2
    assert sum(one.index >= 1000 for one in spots) >= 2


def test_where_nothing_can_be_held_on_to_there_is_no_anchor() -> None:
    assert chosen(structure=np.zeros(CLIP.frames, np.float32)) == []
    assert best_frames(table_of(CLIP), CLIP, SHOTS, [fault(CLIP, range(0, 300))]) == ()
    nothing, all_new = np.full(CLIP.frames, np.nan, np.float32), np.ones(CLIP.frames, np.float32)
    assert chosen(inliers=nothing, epipolar_gain=nothing, decorrelation=all_new) == [], "noise"


def test_what_was_not_measured_does_not_count_as_seen() -> None:
    lost = np.full((CLIP.frames, 3, 3), np.nan)
    assert len(chosen(homography=lost)) > len(chosen(homography=panning(CLIP, 0.0)))


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_short_shots_have_one(frames: int) -> None:
    assert len(chosen(steady_clip(frames))) == 1


def test_the_reason_says_what_an_anchor_stands_for() -> None:
    first, *_ = best_frames(table_of(CLIP, homography=panning(CLIP, 6.0)), CLIP, SHOTS, ())
    assert "stands for 0.00-" in first.reason and "fits its neighbours by" in first.reason


def test_the_same_choice_every_time() -> None:
    table = table_of(CLIP, homography=panning(CLIP, 6.0))
    assert best_frames(table, CLIP, SHOTS, ()) == best_frames(table, CLIP, SHOTS, ())
