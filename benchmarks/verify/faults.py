"""What can be wrong with a take, made by code at several magnitudes; and what must be let pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from benchmarks.verify.sources import Image, Stretch, compressed

Frames = list[Image]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Case:
    """A take made from a stretch, and the truth about it.

    fault: None for a clean take. check: the check that should find it. span: first frame and one
    past the last that is spoilt. box: where, as shares of the frame.
    """

    stretch: Stretch
    fault: str | None
    magnitude: str
    frames: Frames
    check: str | None = None
    span: tuple[int, int] | None = None
    box: Box | None = None


def cases(stretch: Stretch) -> Iterator[Case]:
    """All takes made from one stretch."""
    yield from _clean(stretch)
    yield from _local(stretch)
    yield from _temporal(stretch)
    yield from _tonal(stretch)


def _clean(s: Stretch) -> Iterator[Case]:
    last = len(s.frames) - 1
    rng = np.random.default_rng(9)
    yield Case(s, None, "true frames", s.frames)
    yield Case(s, None, "recompressed", [compressed(f, 60) for f in s.frames])
    noisy = [_bytes(f + rng.normal(0, 3, f.shape)) for f in s.frames]
    yield Case(s, None, "noise 3 levels", noisy)
    drift = [_bytes(f * (1 + 0.03 * np.sin(np.pi * k / last))) for k, f in enumerate(s.frames)]
    yield Case(s, None, "exposure drift", drift)


def _local(s: Stretch) -> Iterator[Case]:
    """Faults of a region, put where the ground has texture."""
    centre = _textured(s)
    last, width = len(s.frames) - 1, s.frames[0].shape[1]
    first, stop = round(last * 0.25), round(last * 0.75) + 1
    radius = 0.15 * width
    height = s.frames[0].shape[0]
    half = 0.5 * radius
    box = ((centre[0] - half) / width, (centre[1] - half) / height, radius / width, radius / height)
    for amount in (2, 4, 8, 16):
        frames = [
            _bulged(f, centre, radius, amount * width / 1920 * _hump(k / last))
            for k, f in enumerate(s.frames)
        ]
        yield Case(s, "warp", f"{amount} px", frames, "scene", (first, stop), box)
    for amount in (48, 96):
        frames = _inserted(s, centre, amount * width / 1920, range(first, stop))
        yield Case(s, "insertion", f"{amount} px", frames, "scene", (first, stop))


def _temporal(s: Stretch) -> Iterator[Case]:
    frames, last = s.frames, len(s.frames) - 1
    a, b = frames[0], frames[-1]
    mixed = [cv2.addWeighted(a, 1 - k / last, b, k / last, 0) for k in range(last + 1)]
    yield Case(s, "dissolve", "whole", mixed, "motion")
    quarter, three = last // 4, last - last // 4
    part = [a] * quarter + [
        cv2.addWeighted(a, 1 - k / (three - quarter), b, k / (three - quarter), 0)
        for k in range(three - quarter + 1)
    ]
    yield Case(s, "dissolve", "held ends", part + [b] * (last + 1 - len(part)), "motion")
    slow = [frames[round(k * 0.6)] for k in range(last + 1)]
    yield Case(s, "end ignored", "stops at 60 %", slow, "endpoints")
    yield Case(
        s,
        "end ignored",
        "returns",
        frames[: last // 2 + 1] + frames[: last - last // 2][::-1],
        "endpoints",
    )
    for count in (3, 5):
        at = last // 2
        still = [*frames[:at], *[frames[at]] * (count + 1), *frames[at + count + 1 :]]
        yield Case(s, "freeze", f"{count} frames", still, "motion", (at, at + count + 1))
    for skip in (3, 5):
        earlier = [*s.footage.before, *frames]
        start = len(s.footage.before) - skip
        at = last // 2
        jumped = [*earlier[start : start + at], *frames[at:]]
        yield Case(s, "jump", f"{skip} frames", jumped, "motion", (at - 1, at + 1))


def _tonal(s: Stretch) -> Iterator[Case]:
    last = len(s.frames) - 1
    for percent in (1, 2, 4):
        gain = np.random.default_rng(percent).normal(1, percent / 100, last + 1)
        gain[[0, -1]] = 1
        frames = [_bytes(f * g) for f, g in zip(s.frames, gain, strict=True)]
        yield Case(s, "flicker", f"{percent} %", frames, "steady")
    for amount in (3, 5, 8):
        frames = [_tinted(f, amount * k / last) for k, f in enumerate(s.frames)]
        yield Case(s, "colour ramp", f"delta E {amount}", frames, "colour")


def _bytes(values: np.ndarray) -> Image:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _hump(share: float) -> float:
    return float(np.sin(np.pi * np.clip((share - 0.25) / 0.5, 0, 1)))


def _textured(s: Stretch) -> tuple[float, float]:
    """Middle of the most textured spot of the lower picture in the middle frame."""
    grey = cv2.cvtColor(s.frames[len(s.frames) // 2], cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    least = cv2.cornerMinEigenVal(grey, 9)
    spread = cv2.boxFilter(np.sqrt(np.maximum(least, 0)), -1, (width // 7, width // 7))
    margin = width // 8
    spread[: max(height // 3, margin)] = spread[height - height // 6 :] = -1
    spread[:, :margin] = spread[:, width - margin :] = -1
    y, x = np.unravel_index(int(spread.argmax()), spread.shape)
    return float(x), float(y)


def _bulged(image: Image, centre: tuple[float, float], radius: float, size: float) -> Image:
    """Content moved by up to `size` px down and right within a radius, smooth at its rim."""
    if size < 0.01:
        return image
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    away = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / radius**2
    move = np.float32(size) * np.clip(1 - away, 0, None) ** 2
    back = (x - move * np.float32(0.87), y - move * np.float32(0.5))
    return cv2.remap(image, *(b.astype(np.float32) for b in back), cv2.INTER_CUBIC)


def _inserted(s: Stretch, centre: tuple[float, float], side: float, span: range) -> Frames:
    """A patch from elsewhere that rides on the ground for a while, soft at its rim."""
    half = max(4, round(side / 2))
    source = s.frames[0]
    other = np.roll(source[::-1, ::-1], (37, 53), axis=(0, 1))
    out = []
    for k, frame in enumerate(s.frames):
        if k not in span:
            out.append(frame)
            continue
        height, width = frame.shape[:2]
        x, y = (
            int(np.clip(c, half + 1, n - half - 2))
            for c, n in zip(centre, (width, height), strict=True)
        )
        mask = np.zeros((height, width, 1), np.float32)
        mask[y - half : y + half, x - half : x + half] = 1
        mask = cv2.GaussianBlur(mask, (0, 0), 1.5)[..., None]
        out.append(_bytes(frame * (1 - mask) + other * mask))
    return out


def _tinted(image: Image, delta_e: float) -> Image:
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    lab[..., 1:] += np.float32(delta_e / np.sqrt(2))
    return _bytes(255 * cv2.cvtColor(lab, cv2.COLOR_Lab2RGB))


Maker = Callable[[Stretch], Iterator[Case]]
Mode = Literal["footage", "alone"]
