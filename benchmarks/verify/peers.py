"""What people use instead: one number a clip, more is worse."""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from landfast.compose.inbetween import between
from landfast.vision.motion.flow import dense_flow, warp

Frames = list[np.ndarray]


def peers(frames: Frames) -> dict[str, float]:
    """Of a clip: frame difference (VBench's flicker formula), motion smoothness (VBench's: every
    other frame is made again from its neighbours, here along landfast's flow in place of AMT),
    warping error and Sampson error."""
    greys = [_small(frame) for frame in frames]
    pairs = list(itertools.pairwise(greys))
    difference = float(np.mean([cv2.absdiff(a, b).mean() for a, b in pairs]))
    flows = [dense_flow(a, b) for a, b in pairs]
    warped = [
        float(cv2.absdiff(a, warp(b, f, resampling="linear")).mean())
        for (a, b), f in zip(pairs, flows, strict=True)
    ]
    step = max(2, len(greys) // 6)
    far = [(greys[k], greys[k + step]) for k in range(0, len(greys) - step, step)]
    return {
        "frame difference": difference,
        "motion smoothness": _unsmooth(frames),
        "warping error": max(warped),
        "Sampson error": max(_sampson(a, b) for a, b in far),
    }


def _unsmooth(frames: Frames) -> float:
    """Mean difference of every second frame to what lies half way between its neighbours."""
    halved = [cv2.resize(f, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for f in frames]
    triples = zip(halved[::2], halved[1::2], halved[2::2], strict=False)
    return float(np.mean([cv2.absdiff(b, between(a, c).view(0.5)).mean() for a, b, c in triples]))


def _small(frame: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _sampson(a: np.ndarray, b: np.ndarray) -> float:
    """90th percentile over flow vectors of the distance to the best epipolar geometry."""
    flow = dense_flow(a, b)[8:-8:8, 8:-8:8]
    y, x = np.mgrid[8 : a.shape[0] - 8 : 8, 8 : a.shape[1] - 8 : 8]
    here = np.stack([x, y], axis=2).reshape(-1, 2).astype(np.float64)
    there = here + flow.reshape(-1, 2)
    try:
        matrix, _ = cv2.findFundamentalMat(here, there, cv2.USAC_MAGSAC, 0.5, 0.999, 2000)
    except cv2.error:
        return 0.0
    if matrix is None or matrix.shape != (3, 3):
        return 0.0
    p, q = (np.column_stack([v, np.ones(len(v))]) for v in (here, there))
    lines, back = p @ matrix.T, q @ matrix
    scale = np.hypot(lines[:, 0], lines[:, 1]) ** 2 + np.hypot(back[:, 0], back[:, 1]) ** 2
    error = np.abs((q * lines).sum(axis=1)) / np.sqrt(np.maximum(scale, 1e-12))
    return float(np.percentile(error, 90))
