"""Where a structure starts: the motion that foretells other points, not its mirror image."""

from __future__ import annotations

import numpy as np

from landfast.vision.depth.parallax import survey
from landfast.vision.depth.rigid import exponential, turn_of
from landfast.vision.depth.start import starts

WIDTH, FOCAL = 640, 900.0


def views(seed: int) -> np.ndarray:
    """A low relief seen from seven places on an arc, noise 0.15 px; frame x point x 2."""
    rng = np.random.default_rng(seed)
    points = rng.uniform([-3, -1.5, 9], [3, 1.5, 11], (300, 3))
    frames = []
    for k in np.linspace(0, 1, 7):
        turn = exponential(np.radians([[0.0, 9.0 * k, 0.0]]))[0]
        local = (points - [1.57 * k, 0, 0]) @ turn.T
        frames.append(FOCAL * local[:, :2] / local[:, 2:] + rng.normal(0, 0.15, (300, 2)))
    return np.stack(frames)


def test_the_most_trusted_start_turns_the_right_way() -> None:
    for seed in range(3):
        pixels = views(seed)
        keys = list(range(7))
        found = starts(survey(pixels, keys, WIDTH, FOCAL), keys, pixels, FOCAL, WIDTH)
        trusts = [trust for trust, _ in found]
        assert trusts == sorted(trusts, reverse=True)
        posed = found[0][1]
        first, last = min(posed), max(posed)
        turn = np.degrees(turn_of(posed[last][0] @ posed[first][0].T))
        assert np.allclose(turn, [0, 1.5 * (last - first), 0], atol=0.6), turn


def test_nothing_to_start_from() -> None:
    rng = np.random.default_rng(1)
    pixels = rng.uniform([-320, -180], [320, 180], (5, 200, 2))
    keys = list(range(5))
    found = starts(survey(pixels, keys, WIDTH, FOCAL), keys, pixels, FOCAL, WIDTH)
    assert all(trust < 500 for trust, _ in found)
