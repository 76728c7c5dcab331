"""Pictures between two frames of a take: both carried along their motion, never cross-faded.

Bidirectional warping with visibility (Baker et al., IJCV 2011, section 3.3): each frame's pixels
move their share of the way, and where the two flows contradict each other (something is covered
or uncovered) the frame nearer in time shows what is there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np

from landfast.compose.fill import Image
from landfast.errors import InputError
from landfast.media.grid import Grid
from landfast.model.arrays import Float32
from landfast.vision.motion.flow import (
    agreement_px,
    dense_flow,
    fetch,
    forward_backward_error,
    pixel_grid,
)
from landfast.vision.statistics.robust import geman_mcclure
from landfast.vision.tones import gray8, mixed

WORKING_WIDTH: Final = 960
"""Motion is measured on pictures at most this wide."""
_ROUNDS: Final = 3
"""Fixed-point rounds that turn a motion into the place a pixel came from."""
_UNRELATED: Final = 0.25
"""Share of trusted pixels below which no motion joins two frames: the nearer one is shown."""
_DECIDED: Final = 5.0
"""Where neither motion is trusted the nearer frame wins by the ratio of distances to this power."""
_EXACT: Final = 0.02
"""Positions this close to a frame are that frame: resampling would only soften it."""

Flow = Float32[np.ndarray, "rows cols 2"]


@dataclass(frozen=True, slots=True)
class Between:
    """Two neighbouring frames and how each moves to the other.

    Attributes:
        before: The earlier frame.
        after: The later frame.
        flows: Motion there and back, working pixels.
        trust: 0 to 1 for each flow; None where nothing joins the frames.
    """

    before: Image
    after: Image
    flows: tuple[Flow, Flow]
    trust: tuple[np.ndarray, np.ndarray] | None

    def view(self, share: float) -> Image:
        """The picture after a share of the way from `before` to `after`."""
        if share <= _EXACT or (self.trust is None and share < 0.5):
            return self.before
        if share >= 1 - _EXACT or self.trust is None:
            return self.after
        carried = [
            _carried(image, flow * np.float32(way), trust)
            for image, flow, trust, way in zip(
                (self.before, self.after), self.flows, self.trust, (share, 1 - share), strict=True
            )
        ]
        (one, sure), (other, as_sure) = carried
        steep = np.float32(1) + np.float32(_DECIDED) * (1 - np.maximum(sure, as_sure))
        weight = (1 - share) ** steep * sure, share**steep * as_sure
        left = weight[0] / (weight[0] + weight[1])
        return mixed(one, other, left)


def between(before: Image, after: Image) -> Between:
    """Measure the motion between two frames."""
    height, width = before.shape[:2]
    size = Grid.working((width, height), WORKING_WIDTH).size
    a, b = (gray8(image, size) for image in (before, after))
    flows = dense_flow(a, b), dense_flow(b, a)
    trust = _trust(*flows), _trust(*flows[::-1])
    joined = min(float((one > 0.5).mean()) for one in trust) >= _UNRELATED
    return Between(before, after, flows, trust if joined else None)


def pictures_at(images: Iterable[Image], positions: Iterable[Fraction]) -> Iterator[Image]:
    """The pictures at positions of a sequence of frames, whole numbers being frames themselves.

    Holds two frames at a time.

    Args:
        images: Frames in order, all of one size.
        positions: From 0 on, never decreasing.

    Raises:
        InputError: The sequence ends before a position.
    """
    frames = enumerate(images)
    held: list[tuple[int, Image]] = []
    joined: Between | None = None
    for base, group in itertools.groupby(positions, key=lambda at: at.numerator // at.denominator):
        for at in group:
            share = float(at - base)
            needed = base if share <= _EXACT else base + 1
            while not held or held[-1][0] < needed:
                held, joined = [*held[-1:], _next(frames, needed)], None
            if share <= _EXACT:
                yield next(image for number, image in held if number == base)
                continue
            joined = joined or between(held[-2][1], held[-1][1])
            yield joined.view(share)


def _next(frames: Iterator[tuple[int, Image]], needed: int) -> tuple[int, Image]:
    found = next(frames, None)
    if found is None:
        raise InputError(f"ends before its frame {needed}", subject="take")
    return found


def _carried(
    image: Image, flow: Flow, trust: np.ndarray
) -> tuple[Image, Float32[np.ndarray, "height width"]]:
    """A frame's pixels moved along `flow`, and how far each is to be believed."""
    height, width = image.shape[:2]
    rows, cols = flow.shape[:2]
    grid = pixel_grid(cols, rows)
    source: np.ndarray = grid - flow
    for _ in range(_ROUNDS):
        source = grid - fetch(flow, source, resampling="linear")
    inside = ((source >= 0) & (source <= np.array([cols - 1, rows - 1]))).all(axis=2)
    sure = np.maximum(fetch(trust, source, resampling="linear") * inside, np.float32(1e-3))
    away = (source - grid) * np.array([width / cols, height / rows], np.float32)
    if (rows, cols) != (height, width):
        away = cv2.resize(away, (width, height), interpolation=cv2.INTER_LINEAR)
        sure = cv2.resize(sure, (width, height), interpolation=cv2.INTER_LINEAR)
    return fetch(image, pixel_grid(width, height) + away, resampling="lanczos"), np.asarray(sure)


def _trust(there: Flow, back: Flow) -> Float32[np.ndarray, "rows cols"]:
    error = np.minimum(forward_backward_error(there, back), np.float32(1e3))
    return geman_mcclure(error, agreement_px(there.shape[1]))
