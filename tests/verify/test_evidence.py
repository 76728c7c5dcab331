"""Evidence pictures: what is sound stays as it is, what is broken is marked."""

from __future__ import annotations

import numpy as np

from landfast.verify import heat_frames, overlay, worst_frame


def test_sound_spots_are_shown_as_they_are_and_faults_are_marked() -> None:
    image = np.full((240, 320, 3), 90, np.uint8)
    heat = np.zeros((10, 13), np.uint8)
    heat[2, 10] = 255
    shown = overlay(image, heat)
    assert shown.shape == image.shape
    assert np.array_equal(shown[:150, :150], image[:150, :150])
    assert np.abs(shown[60, 258].astype(int) - 90).max() > 40
    assert np.array_equal(image, np.full((240, 320, 3), 90, np.uint8))


def test_the_worst_frame_stands_between_the_anchors(shot, warped) -> None:
    made, judgement = warped
    picture = worst_frame(made, judgement, start=shot.frames[0], end=shot.frames[-1])
    height, width = made[0].shape[:2]
    assert picture.dtype == np.uint8
    assert picture.shape[0] > height
    assert picture.shape[1] > 3 * width
    frames = list(heat_frames(made, judgement))
    assert len(frames) == len(made)
    assert frames[0].shape == made[0].shape
    bar = frames[judgement.worst][0]
    assert (bar == bar[0]).all(axis=1).mean() > 0.5
