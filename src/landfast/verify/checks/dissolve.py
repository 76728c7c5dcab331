"""Too good to be true: frames that are mixtures of two others instead of a view of the scene."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import UInt8
from landfast.verify.measure.lattice import block_means
from landfast.vision.motion.flow import dense_flow, warp

Grey = UInt8[np.ndarray, "height width"]

_EVERY: Final = 2
"""Pixels from one that is looked at to the next: they are blurred before."""
_BLOCK: Final = 8
"""Side of a block in such pixels."""
_DIFFERS: Final = 6.0
"""Grey levels by which a block of the anchors must differ to tell a mixture from a view."""
_EXPLAINED: Final = 0.12
"""A block counts as mixed if mixing leaves less than this share of the variance that the nearer
anchor alone leaves. True motion of more than a texture's width leaves about half."""
_FEWEST: Final = 10


def mixed_shares(frames: Iterable[Grey], first: Grey, last: Grey) -> list[float]:
    """Share of the telling blocks of each frame that are a mixture a x first + b x last + c.

    Empty where first and last are too alike for a mixture to differ from a view. The mixture is one
    for the whole picture (blend fit). What either of both, moved, explains as well is a view: where
    the camera hardly moves, a view is a mixture too.
    """
    a, b = _blurred(first), _blurred(last)
    telling = np.sqrt(block_means((a - _onto(b, a)) ** 2, _BLOCK)) > _DIFFERS
    if telling.sum() < _FEWEST:
        return []

    def share(frame: Grey) -> float:
        f = _blurred(frame)
        mixed = block_means((f - _onto_two(f, a, b)) ** 2, _BLOCK)
        alone = _left(f, (a, b))
        if _explained(mixed, alone, telling) == 0.0:
            return 0.0
        moved = _left(f, (_blurred(_moved(one, frame)) for one in (first, last)))
        return _explained(mixed, np.minimum(alone, moved), telling)

    return [share(frame) for frame in frames]


def _left(f: np.ndarray, pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Variance of blocks that the best of some pictures leaves."""
    left: np.ndarray = np.minimum.reduce(
        [block_means((f - _onto(one, f)) ** 2, _BLOCK) for one in pictures]
    )
    return left


def _explained(mixed: np.ndarray, alone: np.ndarray, telling: np.ndarray) -> float:
    """Share of the telling blocks that mixing explains and no picture alone does."""
    # Two grey levels of variance are compression noise, explained by nothing.
    explained = mixed < _EXPLAINED * np.maximum(alone - 2.0, 0.0) + 2.0
    judged = telling & (alone >= 8.0)
    return float(explained[judged].mean()) if judged.sum() >= _FEWEST else 0.0


def _moved(picture: Grey, frame: Grey) -> Grey:
    """A picture led over a frame by the motion between them."""
    return warp(picture, dense_flow(frame, picture), resampling="linear")


def _blurred(picture: np.ndarray) -> np.ndarray:
    plain = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0)
    return np.asarray(plain[::_EVERY, ::_EVERY], np.float64)


def _onto(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a with the gain and offset that bring it nearest to b."""
    mean_a, mean_b = a.mean(), b.mean()
    gain = ((a - mean_a) * (b - mean_b)).mean() / max(((a - mean_a) ** 2).mean(), 1e-6)
    laid: np.ndarray = gain * (a - mean_a) + mean_b
    return laid


def _onto_two(f: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The mixture of a and b nearest to f."""
    parts = np.stack([p - p.mean() for p in (a, b)])
    normal = np.array([[(p * q).mean() for q in parts] for p in parts]) + 1e-6 * np.eye(2)
    right = np.array([(p * (f - f.mean())).mean() for p in parts])
    weights = np.linalg.solve(normal, right)
    laid: np.ndarray = weights[0] * parts[0] + weights[1] * parts[1] + f.mean()
    return laid
