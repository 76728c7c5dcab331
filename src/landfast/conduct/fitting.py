"""A model's take brought onto the footage's frames before it is judged: see `compose.fitting`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from landfast.compose.fitting import Real, fit_take
from landfast.generators.base import Generator, Image, Material


def needs_fitting(maker: Generator) -> bool:
    """True for models; what computes its frames from the anchors meets them by construction."""
    return not maker.profile.deterministic


def fitted(
    images: Callable[[], Iterator[Image]], frames: int, material: Material, *, length: int
) -> tuple[Callable[[], Iterator[Image]], tuple[str, ...]]:
    """The take on the footage's frames, each time from the first, and what was done to it.

    Args:
        images: The take's own frames from anchor to anchor, in the anchors' size.
        frames: How many there are.
        material: The real frames.
        length: Frames that the footage wants from anchor to anchor, both included.
    """
    real = Real(material.first, material.last, material.before, material.after, length)
    fit = fit_take(images, frames, real)
    return lambda: fit.apply(images(), frames), fit.words
