"""What people use today: one number a take, larger for worse."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
WIDTH = 480


def frame_difference(take: list[Image]) -> float:
    """Mean absolute difference of neighbours: VBench's temporal flickering, not inverted."""
    grey = _grey(take)
    steps = [cv2.absdiff(a, b).mean() for a, b in itertools.pairwise(grey)]
    return float(np.mean(steps))


def warping_error(take: list[Image]) -> float:
    """Squared difference of neighbours after DIS flow (Lai et al. 2018), no occlusion mask."""
    grey = _grey(take)
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    rows, columns = np.mgrid[0 : grey[0].shape[0], 0 : grey[0].shape[1]].astype(np.float32)
    errors = []
    for a, b in itertools.pairwise(grey):
        moved = flow.calc(a, b, None)
        back = cv2.remap(b, columns + moved[..., 0], rows + moved[..., 1], cv2.INTER_LINEAR)
        errors.append(np.square(back.astype(np.float32) - a).mean())
    return float(np.mean(errors))


def sampson_error(take: list[Image]) -> float:
    """Mean Sampson distance to a MAGSAC fundamental matrix, frames a third of the take apart."""
    grey = _grey(take)
    apart = max(1, len(grey) // 3)
    found = [_sampson(a, b) for a, b in zip(grey, grey[apart:], strict=False)][::3]
    return float(np.mean(found))


PEERS = {
    "frame difference": frame_difference,
    "DIS warping error": warping_error,
    "Sampson error": sampson_error,
}


def _sampson(a: Image, b: Image) -> float:
    points = cv2.goodFeaturesToTrack(a, 600, 0.01, 6)
    if points is None:
        return 0.0
    moved, status, _ = cv2.calcOpticalFlowPyrLK(a, b, points, None)
    kept = status.ravel() == 1
    first, second = points[kept].reshape(-1, 2), moved[kept].reshape(-1, 2)
    if len(first) < 16:
        return 0.0
    matrix, _ = cv2.findFundamentalMat(first, second, cv2.USAC_MAGSAC, 1.0)
    if matrix is None or matrix.shape != (3, 3):
        return 0.0
    one = np.ones((len(first), 1))
    x, y = np.hstack([first, one]), np.hstack([second, one])
    line, back = x @ matrix.T, y @ matrix
    norm = np.square(line[:, :2]).sum(1) + np.square(back[:, :2]).sum(1)
    return float(np.mean(np.square((y * line).sum(1)) / np.maximum(norm, 1e-9)))


def _grey(take: list[Image]) -> list[Image]:
    height = round(take[0].shape[0] * WIDTH / take[0].shape[1])
    return [
        cv2.resize(
            cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (WIDTH, height), interpolation=cv2.INTER_AREA
        )
        for image in take
    ]
