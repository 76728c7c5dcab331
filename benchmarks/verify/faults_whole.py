"""Faults of the whole picture: in time, in motion, in colour, in level."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from benchmarks.verify.cases import Case, Frames, Size, as_bytes
from benchmarks.verify.sources import Image, Stretch
from landfast.vision.motion.flow import dense_flow


def whole_faults(s: Stretch) -> Iterator[Case]:
    """Every fault of whole frames."""
    yield from _instead_of_motion(s)
    yield from _in_time(s)
    yield from _tonal(s)
    yield from _level(s)


def _blend(a: Image, b: Image, share: float) -> Image:
    return cv2.addWeighted(a, 1 - share, b, share, 0)


def _instead_of_motion(s: Stretch) -> Iterator[Case]:
    frames, last = s.frames, len(s.frames) - 1
    a, b = frames[0], frames[-1]
    mixed = [_blend(a, b, k / last) for k in range(last + 1)]
    yield Case(s, "dissolve", "whole", mixed, "gross", ("motion",))
    quarter, three = last // 4, last - last // 4
    part = [a] * quarter + [_blend(a, b, k / (three - quarter)) for k in range(three - quarter + 1)]
    held = part + [b] * (last + 1 - len(part))
    yield Case(s, "dissolve", "held ends", held, "gross", ("motion",))
    sides = [_planar(frames[k], a, b, k / last) for k in range(1, last)]
    if all(one is not None for one in sides):
        flat = [a, *(one for one in sides if one is not None), b]
        yield Case(s, "flat world", "homographies", flat, "medium", ("scene", "persistence"))


def _planar(frame: Image, a: Image, b: Image, share: float) -> Image | None:
    """Both anchors laid over a frame by homographies and blended: no parallax."""
    grey = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in (frame, a, b)]
    height, width = grey[0].shape
    laid = []
    for anchor, picture in zip(grey[1:], (a, b), strict=True):
        flow = dense_flow(grey[0], anchor)[8:-8:8, 8:-8:8]
        y, x = np.mgrid[8 : height - 8 : 8, 8 : width - 8 : 8]
        here = np.stack([x, y], axis=2).reshape(-1, 2).astype(np.float64)
        there = here + flow.reshape(-1, 2)[: len(here)]
        cv2.setRNGSeed(1)
        matrix, _ = cv2.findHomography(here, there, cv2.RANSAC, 2.0)
        if matrix is None:
            return None
        laid.append(
            cv2.warpPerspective(
                picture,
                matrix,
                (width, height),
                flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REFLECT,
            )
        )
    return _blend(laid[0], laid[1], share)


def _in_time(s: Stretch) -> Iterator[Case]:
    frames, last = s.frames, len(s.frames) - 1
    slow = [frames[round(k * 0.6)] for k in range(last + 1)]
    yield Case(s, "end ignored", "stops at 60 %", slow, "gross", ("endpoints",))
    back = frames[: last // 2 + 1] + frames[: last - last // 2][::-1]
    yield Case(s, "end ignored", "returns", back, "gross", ("endpoints",))
    near = [frames[round(k * 0.9)] for k in range(last + 1)]
    yield Case(s, "end ignored", "stops at 90 %", near, "medium", ("endpoints", "motion"))
    at = last // 2
    sizes: tuple[tuple[int, Size], ...] = ((3, "medium"), (5, "gross"))
    for count, size in sizes:
        still = [*frames[:at], *[frames[at]] * (count + 1), *frames[at + count + 1 :]]
        yield Case(s, "freeze", f"{count} frames", still, size, ("motion",), (at, at + count + 1))
    for count, size in sizes:
        jump = _jumped(s, count)
        yield Case(s, "jump", f"{count} frames", jump, size, ("motion",), (at - 1, at + 1))


def _jumped(s: Stretch, skip: int) -> Frames:
    """Slower up to the middle, a leap, then as it should be; both ends are the anchors."""
    frames, last = s.frames, len(s.frames) - 1
    at = last // 2
    share = max(0.0, (at - 1 - skip) / (at - 1))
    return [*(frames[round(k * share)] for k in range(at)), *frames[at:]]


def _tonal(s: Stretch) -> Iterator[Case]:
    last = len(s.frames) - 1
    flickers: tuple[tuple[int, Size], ...] = ((1, "small"), (2, "medium"), (4, "gross"))
    for percent, size in flickers:
        gain = np.random.default_rng(percent).normal(1, percent / 100, last + 1)
        gain[[0, -1]] = 1
        frames = [as_bytes(f * g) for f, g in zip(s.frames, gain, strict=True)]
        yield Case(s, "flicker", f"{percent} %", frames, size, ("steady",))
    ramps: tuple[tuple[int, Size], ...] = ((3, "medium"), (5, "medium"), (8, "gross"))
    for amount, size in ramps:
        frames = [_tinted(f, amount * k / last) for k, f in enumerate(s.frames)]
        yield Case(s, "colour ramp", f"delta E {amount}", frames, size, ("colour",))
    hump = [_tinted(f, 4 * float(np.sin(np.pi * k / last))) for k, f in enumerate(s.frames)]
    yield Case(s, "colour hump", "delta E 4", hump, "medium", ("colour",))


def _tinted(image: Image, delta_e: float) -> Image:
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    lab[..., 1:] += np.float32(delta_e / np.sqrt(2))
    return as_bytes(255 * cv2.cvtColor(lab, cv2.COLOR_Lab2RGB))


def _level(s: Stretch) -> Iterator[Case]:
    """The camera rolls and comes back; only where a horizon is in sight can it be known."""
    if not s.horizon:
        return
    last = len(s.frames) - 1
    height, width = s.frames[0].shape[:2]
    sizes: tuple[tuple[float, Size], ...] = ((1.0, "small"), (2.0, "medium"), (4.0, "gross"))
    for degrees, size in sizes:
        out = []
        for k, frame in enumerate(s.frames):
            turn = degrees * float(np.sin(np.pi * k / last))
            matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1 + 0.012 * abs(turn))
            out.append(
                cv2.warpAffine(
                    frame,
                    matrix,
                    (width, height),
                    flags=cv2.INTER_CUBIC,
                    borderMode=cv2.BORDER_REFLECT,
                )
            )
        yield Case(s, "horizon drift", f"{degrees:g} deg", out, size, ("horizon",))
