"""Evidence painted over frames, and how wide pictures are kept."""

from __future__ import annotations

import cv2
import numpy as np

from landfast.model.arrays import UInt8

Image = UInt8[np.ndarray, "height width 3"]

SMALL, ANCHOR, EVIDENCE, LARGE = 240, 480, 640, 960
"""Widths in pixels; never enlarged."""


def painted(image: Image, heat: UInt8[np.ndarray, "rows columns"]) -> Image:
    """Evidence of a fault painted over a frame: nothing below half the limit, full red at twice it.

    Args:
        image: The frame.
        heat: Per block; 128 is the limit.
    """
    size = (image.shape[1], image.shape[0])
    level = cv2.resize(heat.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    share = np.clip((level - 64) / 192, 0, 1)[..., None] * 0.8
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    mixed = grey * (1 - share) + np.array([255.0, 40.0, 20.0]) * share
    return np.asarray(np.rint(mixed), dtype=np.uint8)
