"""Scores of frames, candidates beside a gap, best frames of a clip."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.planning.anchors import best_frames, candidates, score_frames
from planning.footage import fault, shots_of, steady_clip, table_of

CLIP = steady_clip(300)
SHOTS = shots_of(CLIP)


def column(usual: float, at: int, value: float) -> np.ndarray:
    """A flat column with one frame apart."""
    values = np.full(CLIP.frames, usual, np.float32)
    values[at] = value
    return values


@pytest.mark.parametrize(
    ("name", "usual", "worse"),
    [
        ("sharpness", 0.6, 0.2),
        ("structure", 0.7, 0.1),
        ("shake_px", 0.3, 8.0),
        ("clip_low", 0.0, 0.5),
        ("clip_high", 0.0, 0.5),
        ("occluded", 0.0, 0.1),
    ],
)
def test_every_term_lowers_the_score_of_a_worse_frame(
    name: str, usual: float, worse: float
) -> None:
    scores = score_frames(table_of(CLIP, **{name: column(usual, 100, worse)}), CLIP, SHOTS)
    assert scores.total.min() >= 0
    assert scores.total.max() <= 1
    assert scores.total[100] < 0.85 * scores.total[99]
    assert int(np.argmin(scores.total)) == 100


def test_sharpness_counts_against_the_frames_own_shot() -> None:
    sharpness = np.concatenate([np.full(150, 0.8), np.full(150, 0.3)]).astype(np.float32)
    table = table_of(CLIP, sharpness=sharpness)
    apart = score_frames(table, CLIP, shots_of(CLIP, 150))
    assert apart.sharp.min() == pytest.approx(1)
    together = score_frames(table, CLIP, SHOTS)
    assert together.sharp[200] < 0.5


def test_what_was_not_measured_is_no_advantage() -> None:
    scores = score_frames(table_of(CLIP, sharpness=column(0.6, 50, np.nan)), CLIP, SHOTS)
    assert scores.total[50] == 0
    assert np.isfinite(scores.total).all()


def test_candidates_weigh_quality_against_distance() -> None:
    even = score_frames(table_of(CLIP, sharpness=column(0.6, 0, 0.6)), CLIP, SHOTS)
    spots = candidates(even, range(40, 60), near=59, count=3)
    assert spots[0].index >= 57
    assert len(spots) == 3
    dull = np.where(np.arange(CLIP.frames) < 200, 0.4, 0.6).astype(np.float32)
    dull[50] = 0.62
    uneven = score_frames(table_of(CLIP, sharpness=dull), CLIP, SHOTS)
    (best,) = candidates(uneven, range(40, 60), near=59, count=1)
    assert best.index == 50
    assert "9 frames away" in best.reason


def test_best_frames_are_spread_over_each_shot_and_clean() -> None:
    faults = [fault(CLIP, range(0, 60)), fault(CLIP, range(130, 140))]
    shots = shots_of(CLIP, 60, 240)
    spots = best_frames(table_of(CLIP), CLIP, shots, faults)
    indices = [spot.index for spot in spots]
    assert indices == sorted(set(indices))
    assert all(60 <= at < 130 or at >= 140 for at in indices)
    assert sum(60 <= at < 240 for at in indices) == 3
    assert sum(at >= 240 for at in indices) == 1
    anchor = spots[0].anchor(CLIP, "id")
    assert anchor.time == CLIP.time_of(spots[0].index)
    assert anchor.score == spots[0].score


def test_the_best_frame_of_a_stretch_is_taken() -> None:
    spots = best_frames(table_of(CLIP, shake_px=column(6, 30, 0.1)), CLIP, SHOTS, ())
    assert spots[0].index == 30
    assert spots[0].score > 0.9
    assert "steadiness 1.00" in spots[0].reason
