"""A part of a take laid into another."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.compose.patch import FEATHER, feathered, grown, inside, laid_in

SIZE = (200, 100)
PART = ((0.25, 0.2, 0.5, 0.5),)


def flat(level: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.full((size[1], size[0], 3), level, np.uint8)


def test_regions_are_where_their_shares_say() -> None:
    mask = inside(PART, SIZE)
    assert mask.sum() == 100 * 50
    assert mask[20:70, 50:150].all()


def test_the_edge_is_soft_outside_and_nowhere_else() -> None:
    share = feathered(inside(PART, SIZE))
    assert (share[20:70, 50:150] == 1).all()
    row = share[45, :50][::-1]
    reach = FEATHER * SIZE[0]
    assert 0 < row[0] < 1
    assert (np.diff(row) <= 0).all()
    assert (row[int(np.ceil(reach)) :] == 0).all()
    assert (feathered(np.ones((10, 10), bool)) == 1).all()


def test_only_inner_frames_change_and_only_in_the_part() -> None:
    base = [flat(50 + k) for k in range(4)]
    made = list(laid_in(base, [flat(200, (100, 50))] * 4, feathered(inside(PART, SIZE))))
    assert len(made) == 4
    for k in (0, 3):
        assert (made[k] == base[k]).all()
    for k in (1, 2):
        assert (made[k][20:70, 50:150] == 200).all()
        assert (made[k][:15] == 50 + k).all()


def test_takes_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        list(laid_in([flat(1)] * 3, [flat(2)] * 2, feathered(inside(PART, SIZE))))


def test_the_part_grows_along_what_differs_and_nowhere_else() -> None:
    """A thing that fades away in one take and moves on in the other, and another far off."""
    noise = np.random.default_rng(1).integers(90, 110, (100, 200, 3)).astype(np.uint8)

    def shown(*things: tuple[int, int]) -> np.ndarray:
        image = noise.copy()
        for left, level in things:
            image[40:60, left : left + 20] = level
        return image

    base = [shown((40, 220 - 40 * k)) for k in range(4)]
    take = [shown((40 + 15 * k, 220), (170, 250 if k == 2 else 100)) for k in range(4)]
    region = ((0.2, 0.4, 0.1, 0.2),)
    mask = grown(region, base, [cv2.resize(one, (400, 200)) for one in take], SIZE)
    assert mask[40:60, 40:105].all(), "all along its way"
    assert not mask[:, 115:].any(), "what differs elsewhere is another matter"
    assert not mask[:30].any()
    alike = [np.roll(one, 1, axis=1) for one in base]
    assert (grown(region, base, alike, SIZE) == inside(region, SIZE)).mean() > 0.97
