"""The `geometry` generator: the adapter around the bridge."""

from __future__ import annotations

from collections.abc import Iterator

from landfast.errors import InputError, Unsupported
from landfast.generators.base import Image, Material, Progress
from landfast.generators.geometry.bridge import Bridge, build_bridge
from landfast.generators.profiles import shipped_profile
from landfast.model.profile import Profile
from landfast.model.take import Request


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
    for index in range(frames):
        if index == 0:
            yield material.first
        elif index == frames - 1:
            yield material.last
        else:
            yield bridge.view(index / (frames - 1))
        if progress is not None:
            progress(index + 1, frames)
