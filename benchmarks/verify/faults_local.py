"""Faults of a piece of the scene. Magnitudes in px are at 1920 wide."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from benchmarks.verify.cases import Case, Frames, Size, as_bytes, softened
from benchmarks.verify.region import Spot, bell, followed, mixed, moved, soft_mask, spoilt, spot
from benchmarks.verify.sources import Image, Stretch
from landfast.verify import FootageFrames

_RADIUS = 0.15
"""Of a warped region, as a share of the width."""
_BELL = 2 * math.sqrt(1 - math.sqrt(0.5))
_SWELL = 1.5
_BROAD = math.sqrt(2)
"""A fault is where it changes things by at least half as much as where it changes them most: sides
of that square, in radii of a bell, for what moves by the bell, by the bell times the distance from
its middle, and by twice the bell, at most 1."""
_AWAY = 1.0
"""How far a thing is from its first place at the end, in sides of it."""


def local_faults(s: Stretch) -> Iterator[Case]:
    """Every fault that lives in a region."""
    at = spot(s)
    yield from _shape(s, at)
    yield from _texture(s, at)
    yield from _things(s, at)
    yield from _faded(s, at)


def _case(
    s: Stretch,
    at: Spot,
    fault: str,
    told: tuple[str, Size],
    frames: Frames,
    checks: tuple[str, ...],
    side: float,
) -> Case:
    height, width = s.frames[0].shape[:2]
    box = at.box(side, (width, height))
    return Case(s, fault, told[0], frames, told[1], checks, (at.first, at.stop), box)


def _shape(s: Stretch, at: Spot) -> Iterator[Case]:
    """Surfaces that bend, breathe or slide."""
    width = s.frames[0].shape[1]
    radius, own = _RADIUS * width, ("scene", "persistence")
    sizes: tuple[tuple[int, Size], ...] = (
        (2, "small"),
        (4, "medium"),
        (8, "medium"),
        (16, "gross"),
    )
    for amount, size in sizes:
        push = amount * width / 1920

        def bent(f: Image, c: tuple[float, float], g: float, push: float = push) -> Image:
            move = np.float32(push * g) * bell(f, c, radius)
            return moved(f, 0.87 * move, 0.5 * move)

        frames = spoilt(s, at, bent)
        yield _case(s, at, "warp", (f"{amount} px", size), frames, own, _BELL * radius)
    for percent, grade in ((2, "small"), (4, "medium"), (8, "gross")):
        frames = _breathing(s, at, 1.4 * radius, percent / 100)
        side = _SWELL * 1.4 * radius
        yield _case(s, at, "breathing", (f"{percent} %", grade), frames, own, side)
    for amount, grade in ((8, "medium"), (16, "gross")):
        frames = _sliding(s, at, radius, amount * width / 1920)
        yield _case(s, at, "false depth", (f"{amount} px", grade), frames, own, _BELL * radius)


def _breathing(s: Stretch, at: Spot, radius: float, most: float) -> Frames:
    """A region that swells and shrinks twice a second."""
    out = []
    for k, frame in enumerate(s.frames):
        if not at.first <= k < at.stop:
            out.append(frame)
            continue
        height, width = frame.shape[:2]
        phase = np.sin(2 * np.pi * 2 * (k - at.first) / float(s.fps))
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        (cx, cy), near = at.centres[k], bell(frame, at.centres[k], radius)
        share = np.float32(most * phase) * near
        out.append(moved(frame, share * (x - cx), share * (y - cy)))
    return out


def _sliding(s: Stretch, at: Spot, radius: float, push: float) -> Frames:
    """A region that moves along the local flow as if it were nearer or farther, and back."""
    run = np.subtract(at.centres[-1], at.centres[0])
    run = run / max(float(np.hypot(*run)), 1e-6) if np.hypot(*run) > 2 else np.array([1.0, 0.0])

    def slid(f: Image, c: tuple[float, float], g: float) -> Image:
        move = np.float32(push * g) * bell(f, c, radius)
        return moved(f, run[0] * move, run[1] * move)

    return spoilt(s, at, slid)


def _texture(s: Stretch, at: Spot) -> Iterator[Case]:
    """Detail that crawls, boils or softens."""
    width = s.frames[0].shape[1]
    radius, own = _RADIUS * width, ("texture", "scene", "persistence")
    for rate, grade in ((0.5, "small"), (1.0, "medium"), (2.0, "gross")):
        frames = _crawling(s, at, radius, rate * width / 1920)
        side = _BROAD * radius
        yield _case(s, at, "crawl", (f"{rate} px/frame", grade), frames, own, side)
    for share, grade in ((0.5, "small"), (1.0, "medium")):
        frames = _boiling(s, at, radius, share)
        side = _BROAD * radius
        yield _case(s, at, "boiling", (f"{share:.0%}", grade), frames, own, side)
    for sigma, grade in ((1.0, "small"), (2.0, "medium"), (4.0, "gross")):
        blur = sigma * width / 1920

        def soft(f: Image, c: tuple[float, float], g: float, blur: float = blur) -> Image:
            dull = softened(f, blur * g)
            return mixed(f, dull, soft_mask(f, c, 1.5 * radius))

        frames = spoilt(s, at, soft)
        yield _case(s, at, "softening", (f"sigma {sigma:g} px", grade), frames, own, 1.5 * radius)
    whole = [
        f if at.grown(k) == 0 else as_bytes(softened(f, at.grown(k) * width / 640))
        for k, f in enumerate(s.frames)
    ]
    yield Case(s, "softening", "everywhere 3 px", whole, "gross", own, (at.first, at.stop))


def _bands(f: Image, cut: float) -> tuple[np.ndarray, np.ndarray]:
    low = cv2.GaussianBlur(f.astype(np.float32), (0, 0), cut)
    return low, f.astype(np.float32) - low


def _crawling(s: Stretch, at: Spot, radius: float, rate: float) -> Frames:
    """Fine structure slides over the surface and never returns; the coarse stays."""
    out = []
    for k, frame in enumerate(s.frames):
        past = max(0, k - at.first)
        if past == 0:
            out.append(frame)
            continue
        low, high = _bands(frame, frame.shape[1] / 120)
        shift = np.float32([[1, 0, 0.8 * rate * past], [0, 1, 0.6 * rate * past]])
        slid = cv2.warpAffine(
            high, shift, frame.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
        near = np.minimum(1, 2 * bell(frame, at.centres[k], radius))[..., None]
        gone = 1.0 if k < at.stop else max(0.0, 1 - (k - at.stop + 1) / 2)
        near = near * np.float32(gone)
        out.append(as_bytes(low + high * (1 - near) + slid * near))
    return out


def _boiling(s: Stretch, at: Spot, radius: float, share: float) -> Frames:
    """Fine structure made anew in every second frame."""
    out = []
    for k, frame in enumerate(s.frames):
        if at.grown(k) == 0:
            out.append(frame)
            continue
        low, high = _bands(frame, frame.shape[1] / 240)
        rng = np.random.default_rng(k // 2)
        dx, dy = rng.integers(9, 60, 2)
        fresh = np.roll(high[:, ::-1], (int(dx), int(dy)), axis=(0, 1))
        local = np.sqrt(cv2.blur(high * high, (31, 31)) / (cv2.blur(fresh * fresh, (31, 31)) + 1))
        near = np.float32(share) * np.minimum(1, 2 * bell(frame, at.centres[k], radius))[..., None]
        out.append(as_bytes(low + high * (1 - near) + fresh * local * near))
    return out


def _things(s: Stretch, at: Spot) -> Iterator[Case]:
    """Things that appear, vanish, or turn into others."""
    width = s.frames[0].shape[1]
    own = ("persistence", "scene", "texture")
    for side, told in _thing_sizes(width):

        def put(f: Image, c: tuple[float, float], g: float, side: float = side) -> Image:
            return _with_thing(s, at, f, c, side, g)

        yield _case(s, at, "insertion", told, spoilt(s, at, put, held=True), own, side)
        yield _case(s, at, "morph", told, spoilt(s, at, put), own, side)

        def wiped(f: Image, c: tuple[float, float], g: float, side: float = side) -> Image:
            mask = soft_mask(f, c, side)
            filled = cv2.inpaint(f, (mask[..., 0] > 0.5).astype(np.uint8), 3, cv2.INPAINT_TELEA)
            return mixed(f, filled, mask * np.float32(g))

        yield _case(s, at, "vanishing", told, spoilt(s, at, wiped, held=True), own, side)


def _thing_sizes(width: int) -> Iterator[tuple[float, tuple[str, Size]]]:
    sizes: tuple[tuple[int, Size], ...] = ((48, "small"), (96, "medium"), (192, "gross"))
    for amount, grade in sizes:
        yield amount * width / 1920, (f"{amount} px", grade)


def _with_thing(
    s: Stretch, at: Spot, f: Image, c: tuple[float, float], side: float, g: float
) -> Image:
    """A frame with another part of the scene put over it, so far faded in."""
    foreign = np.roll(s.frames[0][::-1, ::-1], (37, 53), axis=(0, 1))
    dx, dy = np.subtract(c, at.centres[at.worst])
    ride = cv2.warpAffine(
        foreign, np.float32([[1, 0, dx], [0, 1, dy]]), f.shape[1::-1], borderMode=4
    )
    return mixed(f, ride, soft_mask(f, c, side) * np.float32(g))


def _faded(s: Stretch, at: Spot) -> Iterator[Case]:
    """A thing that both anchors show at other places, as the footage does there, faded over instead
    of moved."""
    height, width = s.frames[0].shape[:2]
    before, after = list(s.footage.before), list(s.footage.after)
    n, m = len(before), len(s.frames)
    came = followed([s.frames[0], *before[::-1]], at.centres[0])[:0:-1]
    centres = [*came, *at.centres, *followed([s.frames[-1], *after], at.centres[-1])[1:]]
    for side, told in _thing_sizes(width):
        made = []
        for k, (f, (x, y)) in enumerate(zip([*before, *s.frames, *after], centres, strict=True)):
            share = float(np.clip((k - n - at.first + 1) / (at.stop - at.first + 1), 0, 1))
            here, there = (_with_thing(s, at, f, (x + d, y), side, 1.0) for d in (0, _AWAY * side))
            made.append(as_bytes(here * (1 - share) + there * share))
        x, y = at.centres[at.worst]
        corner = (x - side / 2) / width, (y - side / 2) / height
        box = *corner, (1 + _AWAY) * side / width, side / height
        own, span = ("persistence", "motion"), (at.first, at.stop)
        footage = FootageFrames(made[:n], made[n + m :], s.footage.fps)
        passed = replace(s, frames=made[n : n + m], footage=footage)
        yield Case(passed, "ghost", told[0], passed.frames, told[1], own, span, box)
