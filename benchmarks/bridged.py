"""A gap bridged by `geometry`, as the benchmarks ask for it."""

from __future__ import annotations

from fractions import Fraction

from landfast.generators.base import Image, Material
from landfast.generators.registry import open_generator
from landfast.model.take import Request


def geometry(material: Material, gap: int) -> list[Image]:
    """The generator's inner frames."""
    height, width, _ = material.first.shape
    generator = open_generator("geometry")
    request = Request(
        segment="benchmark",
        generator=generator.profile.name,
        first="first",
        last="last",
        constraints=(),
        width=width,
        height=height,
        frames=gap + 1,
        fps=Fraction(30),
    )
    return list(generator.make(request, material))[1:-1]
