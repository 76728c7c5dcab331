from __future__ import annotations

import cv2
import numpy as np

from landfast.vision.overlay.scene.dissolve import dissolves

FRAMES = 24
PAN = [np.array([[1, 0, -0.2 * k], [0, 1, 0], [0, 0, 1]]) for k in range(FRAMES)]


def shot(seed: int) -> list[np.ndarray]:
    """A camera that pans along something."""
    rng = np.random.default_rng(seed)
    wide = cv2.GaussianBlur(rng.integers(0, 256, (13, 80)).astype(np.float32), (0, 0), 2)
    wide = 128 + 60 * (wide - wide.mean()) / wide.std()
    return [cv2.warpAffine(wide, move[:2], (24, 13)) for move in PAN]


def pictures(weights: np.ndarray) -> list[np.ndarray]:
    both = zip(shot(1), shot(2), weights, strict=True)
    return [np.clip((1 - w) * a + w * b, 0, 255).astype(np.uint8) for a, b, w in both]


def test_one_shot_into_another() -> None:
    weights = np.clip((np.arange(FRAMES) - 4) / 14, 0, 1)
    found = dissolves(pictures(weights), PAN)
    assert found is not None
    assert found[0] < 14
    assert found[1] > 8


def test_a_pan_a_cut_and_a_fade_are_none() -> None:
    assert dissolves(pictures(np.zeros(FRAMES)), PAN) is None
    assert dissolves(pictures((np.arange(FRAMES) > 11) * 1.0), PAN) is None
    faded = [(one * (1 - k / FRAMES)).astype(np.uint8) for k, one in enumerate(shot(3))]
    assert dissolves(faded, PAN) is None
    assert dissolves(faded[:3], PAN[:3]) is None
