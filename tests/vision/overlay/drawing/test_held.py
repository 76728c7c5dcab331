from __future__ import annotations

import numpy as np

from landfast.vision.overlay.drawing.held import held, poor
from landfast.vision.overlay.drawing.told import Tale

FRAMES, LEAVING = 40, 32
OUTLINE = np.array([-80 - 30j, 80 - 30j, 80 + 30j, -80 + 30j, 0])
GRID = np.stack(np.meshgrid(np.linspace(-80, 80, 9), np.linspace(-30, 30, 4)), axis=2).reshape(
    -1, 2
)


def measured() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Tale]:
    """Slow swim, seen by all points and at last by those in one corner; truth, and what is seen."""
    rng = np.random.default_rng(4)
    t = np.arange(FRAMES)
    turn, shift = 0.008j * np.sin(t / 9), 4 * np.sin(t / 8) + 2j * np.cos(t / 7)
    found = turn.copy(), shift.copy()
    tale = Tale(np.zeros(2), FRAMES)
    for k in range(FRAMES):
        points = GRID if k < LEAVING else GRID[(GRID[:, 0] > 55) & (GRID[:, 1] < 15)]
        u = points[:, 0] + 1j * points[:, 1]
        off = rng.normal(0, 0.08, (2, len(u)))
        there = turn[k] * u + shift[k] + off[0] + 1j * off[1]
        basis = np.stack([u, np.ones(len(u))], axis=1)
        (found[0][k], found[1][k]), *_ = np.linalg.lstsq(basis, there, rcond=None)
        tale.note(k, 0, points, 0.08)
    return turn, shift, *found, tale


def off_px(turn: np.ndarray, shift: np.ndarray) -> float:
    off = turn[LEAVING:, None] * OUTLINE + shift[LEAVING:, None]
    return float(np.sqrt(np.square(np.abs(off)).mean()))


def test_what_little_is_seen_goes_on_as_it_did() -> None:
    turn, shift, turned, shifted, tale = measured()
    told = tale.told(OUTLINE)
    weak = poor(told.errors(OUTLINE))
    assert weak[LEAVING:].all()
    assert not weak[:LEAVING].any()
    better = held(turned, shifted, told, weak, 85.0)
    assert np.array_equal(better[0][:LEAVING], turned[:LEAVING])
    before, after = (
        off_px(turned - turn, shifted - shift),
        off_px(better[0] - turn, better[1] - shift),
    )
    assert after < 0.7 * before
    assert after < 0.3


def test_errors_of_anchors_add_up() -> None:
    tale = Tale(np.zeros(2), 4)
    for index, (anchor, points) in enumerate(
        [(0, GRID), (0, GRID[::8]), (1, GRID[::8]), (1, GRID)]
    ):
        tale.note(index, anchor, points, 0.1)
    errors = tale.told(OUTLINE).errors(OUTLINE)
    assert errors[1] > 1.5 * errors[0]
    assert errors[2] > 1.3 * errors[1]
    assert errors[3] > errors[0]
