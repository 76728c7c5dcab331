"""A spot of the scene in which a fault lives: it rides on the ground from frame to frame."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.verify.cases import Box, Frames, as_bytes
from benchmarks.verify.sources import Image, Stretch
from landfast.vision.motion.flow import dense_flow

Change = Callable[[Image, tuple[float, float], float], Image]
"""A frame, the middle of the spot and how far the fault has grown (0 to 1)."""


@dataclass(frozen=True)
class Spot:
    """Where a textured piece of the scene stands in every frame, px."""

    centres: list[tuple[float, float]]
    first: int
    stop: int

    @property
    def worst(self) -> int:
        """Frame in which the fault is greatest."""
        return (self.first + self.stop - 1) // 2

    def grown(self, k: int) -> float:
        """0 outside the fault's time, a half sine within."""
        if not self.first <= k < self.stop:
            return 0.0
        return float(np.sin(np.pi * (k - self.first + 1) / (self.stop - self.first + 1)))

    def box(self, side: float, size: tuple[int, int]) -> Box:
        """A square of the given side around the spot at its worst, as shares."""
        x, y = self.centres[self.worst]
        width, height = size
        return (x - side / 2) / width, (y - side / 2) / height, side / width, side / height


def spot(stretch: Stretch) -> Spot:
    """The most textured spot of the lower two thirds, followed from the middle frame out."""
    frames = stretch.frames
    last, middle = len(frames) - 1, len(frames) // 2
    at = textured(cv2.cvtColor(frames[middle], cv2.COLOR_RGB2GRAY))
    back, on = followed(frames[middle::-1], at), followed(frames[middle:], at)
    centres = [*back[:0:-1], *on]
    return Spot(centres, round(last * 0.2), round(last * 0.8) + 1)


def followed(frames: Frames, at: tuple[float, float]) -> list[tuple[float, float]]:
    """Where a piece of the scene stands in every frame, px, that stands there in the first."""
    greys = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames]
    centres = [at]
    for here, there in itertools.pairwise(greys):
        centres.append(_moved(here, there, centres[-1]))
    return centres


def spoilt(stretch: Stretch, at: Spot, change: Change, *, held: bool = False) -> Frames:
    """The frames with a change that grows and goes; held: there at once and gone at once."""
    out = []
    for k, frame in enumerate(stretch.frames):
        grown = at.grown(k)
        out.append(frame if grown == 0 else change(frame, at.centres[k], 1.0 if held else grown))
    return out


def soft_mask(image: Image, centre: tuple[float, float], side: float) -> np.ndarray:
    """1 within a square, softly 0 outside; height x width x 1."""
    height, width = image.shape[:2]
    half = max(3, round(side / 2))
    x, y = (
        int(np.clip(c, half + 1, n - half - 2))
        for c, n in zip(centre, (width, height), strict=True)
    )
    mask = np.zeros((height, width), np.float32)
    mask[y - half : y + half, x - half : x + half] = 1
    return cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None]


def mixed(image: Image, other: np.ndarray, mask: np.ndarray) -> Image:
    """The other picture where the mask is 1."""
    return as_bytes(image * (1 - mask) + other * mask)


def bell(image: Image, centre: tuple[float, float], radius: float) -> np.ndarray:
    """(1 - (r / radius) squared) squared within a radius; height x width."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    away = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / radius**2
    return np.clip(1 - away, 0, None) ** 2


def moved(image: Image, dx: np.ndarray, dy: np.ndarray) -> Image:
    """Content moved by (dx, dy) px."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at = (x - dx).astype(np.float32), (y - dy).astype(np.float32)
    return cv2.remap(image, *at, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def textured(grey: np.ndarray) -> tuple[float, float]:
    """Middle of the most textured spot of the lower picture."""
    height, width = grey.shape
    least = cv2.cornerMinEigenVal(grey, 9)
    spread = cv2.boxFilter(np.sqrt(np.maximum(least, 0)), -1, (width // 7, width // 7))
    margin = width // 7
    spread[: max(height // 3, margin)] = spread[height - height // 5 :] = -1
    spread[:, :margin] = spread[:, width - margin :] = -1
    y, x = np.unravel_index(int(spread.argmax()), spread.shape)
    return float(x), float(y)


def _moved(a: np.ndarray, b: np.ndarray, at: tuple[float, float]) -> tuple[float, float]:
    flow = dense_flow(a, b)
    x, y = round(at[0]), round(at[1])
    reach = a.shape[1] // 40
    part = flow[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
    if part.size == 0:
        return at
    dx, dy = np.median(part.reshape(-1, 2), axis=0)
    return float(at[0] + dx), float(at[1] + dy)
