"""Pictures that show where and when a take breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import UInt8
from landfast.verify.judge import Judgement
from landfast.verify.measure.reel import Image

_LEAST_SHOWN: Final = 24
"""Evidence below this byte stays clear, so that the picture is seen."""
_STRONGEST: Final = 0.72
_BAR: Final = 0.035
"""Height of the legend as a share of the picture's."""
_GAP: Final = 8
_FONT: Final = cv2.FontFace("sans")


def overlay(image: Image, heat: UInt8[np.ndarray, "rows columns"]) -> Image:
    """A frame under its heat map, with a legend at the bottom.

    The colour map is magma: its lightness grows with the value, also in grey and for the colour
    blind. Opacity grows with it, so that what is sound stays as it is.
    """
    height, width = image.shape[:2]
    smooth = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR)
    alpha = np.clip((smooth.astype(np.float32) - _LEAST_SHOWN) / (255 - _LEAST_SHOWN), 0, 1)
    alpha = (np.sqrt(alpha) * _STRONGEST)[..., None]
    mixed = image * (1 - alpha) + _coloured(smooth) * alpha
    out = np.rint(mixed).astype(np.uint8)
    return _with_legend(out)


def worst_frame(
    images: Sequence[Image], judgement: Judgement, *, start: Image, end: Image
) -> Image:
    """The start anchor, the take's worst frame under its heat map, and the end anchor in a row.

    Args:
        images: The take's frames, as they were judged.
        judgement: What `judge` said about them.
        start: Start anchor, of any size; it is scaled to the take's.
        end: End anchor, the same.
    """
    at = judgement.worst
    height, width = images[at].shape[:2]
    shown = images[at] if not judgement.heat else overlay(images[at], judgement.heat[at])
    label = f"worst frame, {judgement.verdict.frames[at].time_s:.2f} s"
    parts = [(start, "start anchor"), (shown, label), (end, "end anchor")]
    panels = [_labelled(_sized(picture, width, height), text) for picture, text in parts]
    gap = np.full((panels[0].shape[0], _GAP, 3), 255, np.uint8)
    return np.hstack([panels[0], gap, panels[1], gap, panels[2]])


def heat_frames(images: Sequence[Image], judgement: Judgement) -> Iterator[Image]:
    """The take's frames under their heat maps, marked by the frame's own score at the top."""
    for k, image in enumerate(images):
        heat = judgement.heat[k] if judgement.heat else np.zeros((1, 1), np.uint8)
        yield _with_score(overlay(image, heat), judgement.verdict.frames[k].score)


def _coloured(values: np.ndarray) -> np.ndarray:
    """Magma colours of bytes, RGB float."""
    bgr = cv2.applyColorMap(values, cv2.COLORMAP_MAGMA)
    return np.asarray(bgr[..., ::-1].astype(np.float32))


def _with_legend(image: np.ndarray) -> np.ndarray:
    """A bar of the colour map at the bottom left: none, the limit in the middle, certain."""
    height, width = image.shape[:2]
    tall, wide = max(6, round(_BAR * height)), width // 4
    bar = np.tile(np.linspace(0, 255, wide).astype(np.uint8), (tall, 1))
    top, left = height - tall - 4, 6
    image[top : top + tall, left : left + wide] = _coloured(bar).astype(np.uint8)
    image[top - 2 : top + tall + 2, left + wide // 2] = 255
    size = max(9, round(tall * 1.1))
    for text, x in (("ok", left), ("limit", left + wide // 2), ("fault", left + wide)):
        cv2.putText(image, text, (x, top - 4), (255, 255, 255), _FONT, size)
    return image


def _with_score(image: np.ndarray, score: float) -> np.ndarray:
    """A line along the top whose length is the frame's score; the limit is half way."""
    height, width = image.shape[:2]
    tall = max(3, height // 120)
    image[:tall] = 32
    long = round(width * score)
    image[:tall, :long] = (220, 60, 60) if score > 0.5 else (90, 180, 110)
    image[: tall + 2, width // 2] = 255
    return image


def _sized(image: np.ndarray, width: int, height: int) -> np.ndarray:
    if image.shape[:2] == (height, width):
        return image
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))


def _labelled(image: np.ndarray, text: str) -> np.ndarray:
    """A picture with a line of text above it."""
    size = max(11, image.shape[0] // 26)
    strip = np.full((size + 12, image.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, text, (4, size + 3), (30, 30, 30), _FONT, size)
    return np.vstack([strip, image])
