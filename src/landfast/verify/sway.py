"""What sways the same way over many points and several windows: warps below the noise of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from landfast.verify.floor import fetched
from landfast.verify.links import Link, places_between
from landfast.verify.rigidity import Window

_FEWEST: Final = 2
"""Windows by which a sum is divided at least: what one of several shows alone counts half."""


def swaying(found: tuple[Window, ...], links: tuple[Link, ...]) -> tuple[Window, ...]:
    """Windows whose residual is the size of the mean sway of themselves and those beside them.

    Noise of tracking and of coding differs from frame to frame in its direction, a surface that
    bends moves the same way over some frames: means of vectors leave it and take the noise away.
    """
    near = [found[max(0, n - 1) : n + 2] for n in range(len(found))]
    return tuple(
        replace(
            one,
            residual=_size(
                [_brought(other, one, links) for other in some], min(_FEWEST, len(found))
            ),
            uneven_px=max(other.uneven_px for other in some),
        )
        for one, some in zip(found, near, strict=True)
    )


def _brought(other: Window, here: Window, links: tuple[Link, ...]) -> np.ndarray:
    """The sway of another window at the blocks of this one."""
    if other.at == here.at:
        return other.sway
    places = places_between(links, here.at, other.at)
    return np.stack([fetched(part, places) for part in other.sway])


def _size(sways: list[np.ndarray], fewest: int) -> np.ndarray:
    stack = np.stack(sways)
    known = np.isfinite(stack)
    mean = np.where(known, stack, 0).sum(axis=0) / np.maximum(known.sum(axis=0), fewest)
    size = np.hypot(mean[0], mean[1])
    return np.asarray(np.where(known.any(axis=0)[0], size, np.nan), np.float32)
