"""The `geometry` generator: the adapter around the bridge."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from landfast.errors import InputError, Unsupported
from landfast.generators.base import Image, Material, Progress
from landfast.generators.geometry.bridge import Bridge, build_bridge
from landfast.generators.profiles import shipped_profile
from landfast.model.profile import Profile
from landfast.model.take import Request

_WORKERS: Final = min(4, os.cpu_count() or 1)
_AT_ONCE: Final = 2 * _WORKERS
"""Views held in memory at a time."""


class GeometryGenerator:
    """Interpolates the view between the anchors along a path that continues the footage's motion.

    Raises:
        InputError: A model was named; there is only one.
    """

    def __init__(self, model: str = "") -> None:
        if model:
            raise InputError(
                f"has no model {model!r}",
                subject="generator geometry",
                remedy="write geometry without a model",
            )
        self._profile = shipped_profile("geometry")

    @property
    def profile(self) -> Profile:
        """Any size, any frame count from 2, free of charge."""
        return self._profile

    def make(
        self, request: Request, material: Material, *, progress: Progress | None = None
    ) -> Iterator[Image]:
        """The take's frames; see `Generator.make`.

        Raises:
            Unsupported: Nothing relates the anchors, or the request is of another size.
        """
        height, width, _ = material.first.shape
        if (request.width, request.height) != (width, height):
            raise Unsupported(
                f"cannot change the size from {width}x{height} to {request.width}x{request.height}",
                subject="generator geometry",
                remedy="ask for the size of the anchors",
            )
        bridge = build_bridge(material, frames=request.frames)
        return _frames(bridge, material, request.frames, progress)


def _frames(
    bridge: Bridge, material: Material, frames: int, progress: Progress | None
) -> Iterator[Image]:
    images = itertools.chain([material.first], _inner(bridge, frames), [material.last])
    for done, image in enumerate(images, start=1):
        yield image
        if progress is not None:
            progress(done, frames)


def _inner(bridge: Bridge, frames: int) -> Iterator[Image]:
    """The views between the anchors, a few at a time, each by one thread from start to end."""
    shares = [index / (frames - 1) for index in range(1, frames - 1)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        for start in range(0, len(shares), _AT_ONCE):
            yield from pool.map(bridge.view, shares[start : start + _AT_ONCE])
