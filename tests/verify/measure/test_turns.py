"""Motion that repeats itself is the camera's; motion that the picture needs stays as it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.verify.measure.turns import turned
from landfast.vision.motion.flow import pixel_grid, warp

SIZE = (240, 136)
PERIOD, PACE = 6, 2.0
CELLS = (slice(10, 26), slice(20, 44))
"""Well inside the facade."""


def facade() -> np.ndarray:
    """Rough ground with stripes in its middle."""
    rng = np.random.default_rng(3)
    rough = cv2.GaussianBlur(rng.normal(0, 1, SIZE[::-1]).astype(np.float32), (0, 0), 1.5)
    out = 128 + 30 * rough / rough.std()
    out[32:112, 72:184] = 128 + 40 * np.sin(2 * np.pi * np.arange(72, 184) / PERIOD)
    return np.clip(out, 0, 255).astype(np.uint8)


def moved(picture: np.ndarray, more: float = 0.0) -> np.ndarray:
    """The picture half a second later: it went left, and the facade by so many px more."""
    flow = np.zeros((*SIZE[::-1], 2), np.float32)
    flow[..., 0] = PACE
    flow[32:112, 72:184, 0] += more
    return np.asarray(warp(picture, flow, resampling="cubic"))


def found(b: np.ndarray, a: np.ndarray, more: float) -> np.ndarray:
    """How far cells are said to move right, where the flow has the facade move by more, px at
    working size."""
    flow = np.zeros((34, 60, 2), np.float32)
    flow[..., 0] = -2 * PACE
    flow[8:28, 18:46, 0] -= 2 * more
    dense = cv2.resize(flow / 2, SIZE, interpolation=cv2.INTER_NEAREST)
    return np.asarray(turned(flow, left(dense, a, b), a, b)[..., 0])


def left(dense: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What a flow leaves of the difference."""
    return np.asarray(cv2.absdiff(a, warp(b, dense, resampling="linear")))


@pytest.mark.parametrize("periods", [-1, 1, 2])
def test_a_facade_a_period_off_moves_with_the_camera(periods: int) -> None:
    a = facade()
    told = found(moved(a), a, periods * PERIOD)
    assert told[CELLS] == pytest.approx(-2 * PACE, abs=0.3)


def test_what_moves_by_itself_keeps_its_motion() -> None:
    a = facade()
    a[32:112, 72:184] = facade()[::-1, ::-1][:80, :112]
    told = found(moved(a, 3.0), a, 3.0)
    assert told[CELLS] == pytest.approx(-2 * (PACE + 3.0))
    assert (told[:6] == -2 * PACE).all()


def test_cells_and_pixels_have_one_grid() -> None:
    a = facade()
    x = pixel_grid(*SIZE)[..., 0]
    zoom = 0.01 * (x - 119.5)
    b = np.asarray(warp(a, np.dstack([-zoom, np.zeros_like(zoom)]), resampling="cubic"))
    flow = np.zeros((34, 60, 2), np.float32)
    flow[..., 0] = 2 * 0.01 * (4 * np.arange(60) + 1.5 - 119.5)
    wrong = flow.copy()
    wrong[8:28, 18:46, 0] += 2 * PERIOD
    dense = cv2.resize(wrong / 2, SIZE, interpolation=cv2.INTER_NEAREST)
    assert turned(wrong, left(dense, a, b), a, b)[CELLS] == pytest.approx(flow[CELLS], abs=0.3)
