"""How differently the same request comes out: takes laid over each other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8
from landfast.model.study import Camera
from landfast.vision.motion.pairs import fit_homography
from landfast.vision.motion.tracks import find_corners, follow

Gray = UInt8[np.ndarray, "height width"]

SAMPLES = 5
"""Moments of a take that are compared."""
_BORDER = 0.04
"""Share of the picture at each edge that is left out: takes may differ in crop."""


def sampled(images: Sequence[Gray]) -> tuple[Gray, ...]:
    """Frames evenly inside a take, its ends left out: those are the same in every take."""
    last = len(images) - 1
    return tuple(images[round((k + 1) * last / (SAMPLES + 1))] for k in range(SAMPLES))


def differences(
    takes: Sequence[Sequence[Gray]],
) -> tuple[tuple[tuple[float | None, ...], ...], Float32[np.ndarray, "height width"] | None]:
    """Compare every pair of takes.

    Args:
        takes: For each take its `sampled` frames; all of one size.

    Returns:
        For each pair the mean absolute difference of luma (0 to 255) after registration, None
        where two frames cannot be registered; and the mean map of these differences, in the first
        take's pixels, None where there is no pair.
    """
    count = len(takes)
    table: list[list[float | None]] = [[0.0] * count for _ in range(count)]
    total: Float32[np.ndarray, "height width"] | None = None
    pairs = 0
    for i in range(count):
        for j in range(i + 1, count):
            found = _between(takes[i], takes[j])
            table[i][j] = table[j][i] = None if found is None else round(float(found.mean()), 3)
            if found is not None:
                total = found if total is None else total + found
                pairs += 1
    mean = None if total is None else np.asarray(total / pairs, np.float32)
    return tuple(tuple(row) for row in table), mean


def _between(
    first: Sequence[Gray], second: Sequence[Gray]
) -> Float32[np.ndarray, "height width"] | None:
    maps = [_difference(a, b) for a, b in zip(first, second, strict=True)]
    known = [one for one in maps if one is not None]
    return None if len(known) < len(maps) else np.asarray(np.mean(known, axis=0), np.float32)


def _difference(a: Gray, b: Gray) -> Float32[np.ndarray, "height width"] | None:
    """What is left of `a` when `b` is laid over it; zero at the border."""
    if np.array_equal(a, b):
        return np.zeros(a.shape, np.float32)
    onto = _registration(b, a)
    if onto is None:
        return None
    height, width = a.shape
    laid = cv2.warpPerspective(
        b, onto, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    rest = cv2.absdiff(a, laid).astype(np.float32)
    edge_x, edge_y = round(_BORDER * width), round(_BORDER * height)
    inside = np.zeros_like(rest)
    inside[edge_y : height - edge_y, edge_x : width - edge_x] = 1
    return np.asarray(rest * inside / inside.mean(), np.float32)


def _registration(a: Gray, b: Gray) -> Float64[np.ndarray, "3 3"] | None:
    """The homography from `a` to `b`; None where too little agrees."""
    corners = find_corners(a)
    if len(corners.points) == 0:
        return None
    seen = follow(a, b, corners.points, guess=None)
    fit = fit_homography(corners.points[seen.found], seen.points[seen.found], tolerance_px=2.0)
    return None if fit is None else fit.homography


def camera_distance(cameras: Sequence[Camera | None]) -> float | None:
    """Largest distance between the ways of two cameras, percent of the picture's width.

    None where fewer than two were measured.
    """
    known = [np.array(camera.path)[:, 2:] for camera in cameras if camera is not None]
    if len(known) < 2:
        return None
    count = min(len(path) for path in known)
    far = [
        np.linalg.norm(a[:count] - b[:count], axis=1).max()
        for a, b in itertools.combinations(known, 2)
    ]
    return round(float(max(far)), 3)
