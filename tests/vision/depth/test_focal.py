"""The lens from the motion, on exact tracks: what fixes it, and what does not."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.model.camera import Lens
from landfast.vision.depth.distortion import straight_points
from landfast.vision.depth.focal import Tuned, self_calibrated
from landfast.vision.depth.rigid import exponential
from landfast.vision.depth.structure import begin, reconstruct

WIDTH, HEIGHT = 640, 360


def tracks(turn_deg: float, focal: float, k1: float = 0.0, count: int = 150) -> np.ndarray:
    """Points around a camera that moves sideways and turns, noise 0.1 px; frame x point x 2."""
    rng = np.random.default_rng(2)
    points = rng.uniform([-6, -3, 4], [6, 3, 14], (count, 3))
    frames = []
    for k in np.linspace(-0.5, 0.5, 9):
        turn = exponential(np.radians([[0.0, turn_deg * k, 0.0]]))[0]
        local = (points - [2.0 * k, 0, 0.3 * k]) @ turn.T
        flat = local[:, :2] / local[:, 2:]
        at = focal * flat * (1 + k1 * (flat**2).sum(axis=1, keepdims=True))
        at += rng.normal(0, 0.1, at.shape)
        at[(np.abs(at) > [WIDTH / 2, HEIGHT / 2]).any(axis=1)] = np.nan
        frames.append(at)
    return np.stack(frames)


def found(pixels: np.ndarray) -> Lens | None:
    """After at most three structures; None where the motion fixes none."""
    lens = Lens(
        width=WIDTH, height=HEIGHT, focal_px=576, centre_x=319.5, centre_y=179.5, source="assumed"
    )
    tuned: Tuned | None = None
    for _ in range(3):
        straight = straight_points(pixels + np.array([319.5, 179.5]), lens)
        tuned = self_calibrated(reconstruct(straight, WIDTH, lens.focal_px), lens)
        if tuned is None:
            return None
        lens = tuned.lens
    return lens if tuned is not None and tuned.is_fixed else None


@pytest.mark.parametrize("focal", [450.0, 620.0])
def test_turns_with_parallax_fix_the_focal_length(focal: float) -> None:
    lens = found(tracks(25.0, focal))
    assert lens is not None and lens.source == "measured"
    assert lens.focal_px == pytest.approx(focal, rel=0.03) and lens.k1 == 0


def test_a_lens_that_bends_is_found_with_its_focal_length() -> None:
    lens = found(tracks(25.0, 520.0, k1=-0.2))
    assert lens is not None
    assert lens.focal_px == pytest.approx(520, rel=0.03)
    assert lens.k1 == pytest.approx(-0.2, abs=0.03)


def test_travel_alone_fixes_nothing() -> None:
    assert found(tracks(0.0, 450.0)) is None


def test_a_lens_far_off_is_told_by_the_start() -> None:
    long, level = (tracks(turn, 800.0, count=260) for turn in (25.0, 0.0))
    assert begin(long, WIDTH, 864.0).trust > 1.3 * begin(long, WIDTH, 576.0).trust
    assert begin(level, WIDTH, 864.0).trust < 1.1 * begin(level, WIDTH, 576.0).trust
