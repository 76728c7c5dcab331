"""Takes become as sharp as the footage."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.compose.detail import fit_sharpness

WIDTH, HEIGHT = 192, 128


@pytest.fixture(scope="module")
def anchor() -> np.ndarray:
    """Detail in every octave."""
    rng = np.random.default_rng(3)
    whole = np.full((HEIGHT, WIDTH, 3), 120, np.float32)
    for step, strength in ((1, 4), (2, 16), (4, 20), (16, 30)):
        small = rng.normal(0, strength, (HEIGHT // step, WIDTH // step)).astype(np.float32)
        whole += cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[..., None]
    return np.clip(whole, 0, 255).astype(np.uint8)


def detail(image: np.ndarray) -> float:
    """Mean slope, which most of the finest octave is."""
    return float(np.abs(np.diff(image.astype(np.float64), axis=1)).mean())


def test_a_soft_take_gets_its_detail_back(anchor: np.ndarray) -> None:
    soft = cv2.GaussianBlur(anchor, (0, 0), 0.6)
    found = fit_sharpness((soft, soft), (anchor, anchor))
    sharp = found.apply(soft, 0.5)
    assert detail(soft) < 0.75 * detail(anchor)
    assert 0.85 < detail(sharp) / detail(anchor) < 1.1
    assert cv2.PSNR(sharp, anchor) > cv2.PSNR(soft, anchor) + 1
    deep = found.apply(soft.astype(np.uint16) * 257, 0.5)
    assert np.abs(deep / 257 - sharp).max() <= 1


def test_each_end_has_its_own(anchor: np.ndarray) -> None:
    soft = cv2.GaussianBlur(anchor, (0, 0), 0.6)
    found = fit_sharpness((anchor, soft), (anchor, anchor))
    assert (found.start == 1).all()
    assert (found.apply(anchor, 0) == anchor).all()
    assert detail(found.apply(soft, 0.5)) < detail(found.apply(soft, 1))


def test_a_take_sharper_than_the_footage_is_softened(anchor: np.ndarray) -> None:
    harsh = cv2.addWeighted(anchor, 1.6, cv2.GaussianBlur(anchor, (0, 0), 1), -0.6, 0)
    found = fit_sharpness((harsh, harsh), (anchor, anchor))
    assert abs(detail(found.apply(harsh, 0)) / detail(anchor) - 1) < 0.06


def test_what_is_not_the_anchors_is_not_amplified(anchor: np.ndarray) -> None:
    other = cv2.GaussianBlur(anchor[:, ::-1], (0, 0), 0.6)
    flat = np.full_like(anchor, 90)
    for image in (other, flat):
        assert fit_sharpness((image, image), (anchor, anchor)).is_identity
    assert fit_sharpness((anchor, anchor), (flat, flat)).is_identity


def test_sizes_may_differ(anchor: np.ndarray) -> None:
    small = cv2.resize(anchor, (96, 64), interpolation=cv2.INTER_AREA)
    assert fit_sharpness((small, small), (anchor, anchor)).is_identity
