"""What the observers share of a frame, and the small statistics that they use."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.vision.analysis.working import WorkingFrame
from landfast.vision.statistics.windows import quantile

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 101])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.8, 1.0])
def test_quantile_is_numpys(size: int, share: float) -> None:
    values = RNG.normal(size=size).astype(np.float32)
    assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)), abs=1e-6)


def frame(fine: np.ndarray, thumb: np.ndarray) -> WorkingFrame:
    return WorkingFrame.reduced(0, fine, thumb)


def test_identity_is_of_the_pixels() -> None:
    fine = RNG.integers(0, 256, (120, 200), dtype=np.uint8)
    thumb = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    lighter, recoloured = fine.copy(), thumb.copy()
    lighter[30, 40] ^= 255
    recoloured[3, 4, 1] ^= 1
    same = frame(fine, thumb).identity
    assert same == frame(fine.copy(), thumb.copy()).identity and len(same) == 64
    others = [frame(lighter, thumb), frame(fine, recoloured), frame(fine, thumb.swapaxes(0, 1))]
    assert len({same, *(other.identity for other in others)}) == 4
