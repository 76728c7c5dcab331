"""Scores of frames and candidates beside a gap."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.planning.anchors import candidates, score_frames
from planning.footage import shots_of, steady_clip, table_of

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
        ("motion_px", 3.0, 40.0),
        ("decorrelation", 0.05, 0.6),
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


def test_points_that_no_camera_explains_are_things_that_move() -> None:
    inliers, none, gain = column(0.95, 100, 0.4), column(0, 100, 0), column(0, 100, 0.55)
    scores = score_frames(table_of(CLIP, inliers=inliers, epipolar_gain=none), CLIP, SHOTS)
    assert scores.stillness[100] < 0.3 < 0.9 < scores.stillness[99]
    deep = score_frames(table_of(CLIP, inliers=inliers, epipolar_gain=gain), CLIP, SHOTS)
    assert deep.stillness[100] > 0.9, "depth before a travelling camera is no moving thing"


def test_the_first_frame_of_a_shot_is_not_held_against_the_shot_before() -> None:
    table = table_of(CLIP, decorrelation=column(0.05, 150, 1.0))
    assert score_frames(table, CLIP, shots_of(CLIP, 150)).stillness[150] > 0.9
    assert score_frames(table, CLIP, SHOTS).stillness[150] < 0.2


def test_a_record_holds_the_parts_of_the_score() -> None:
    spot = score_frames(table_of(CLIP), CLIP, SHOTS).spot(30, "beside the gap")
    anchor, found = spot.anchor(CLIP, "full size"), spot.found(CLIP, "small")
    parts = anchor.parts
    assert parts is not None and parts == found.parts
    product = parts.quality * parts.structure * parts.stability * parts.stillness
    assert anchor.score == found.score == pytest.approx(product, abs=1e-5)
    assert anchor.time == found.time == CLIP.time_of(30)
    assert (anchor.image, found.measured_as) == ("full size", "small")
    assert "stillness" in anchor.reason and anchor.reason.endswith("beside the gap")
