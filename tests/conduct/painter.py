"""A model that paints every frame in one colour and notes what it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

import numpy as np

from landfast.generators.base import Image, Material, Progress
from landfast.generators.profiles import shipped_profile
from landfast.model.profile import FrameRule, Profile
from landfast.model.take import Request

COLOUR = (200, 30, 90)
RATE = Fraction(16)


class Painter:
    """Fills regions and is paid by the second."""

    shown: ClassVar[list[Material]] = []

    def __init__(self, model: str) -> None:
        self._model = model

    @property
    def profile(self) -> Profile:
        """Another rate, another size, and a price."""
        return shipped_profile("fal").model_copy(
            update={
                "generator": "painter",
                "model": self._model,
                "inpaints": True,
                "controls": (),
                "sizes": (),
                "fps": (RATE,),
                "frame_rule": FrameRule(step=4, offset=1, least=5),
                "minimum_s": Fraction(0),
                "deterministic": False,
            }
        )

    def make(
        self, request: Request, material: Material, *, progress: Progress | None = None
    ) -> Iterator[Image]:
        """Anchors at both ends, paint between them."""
        del progress
        self.shown.append(material)
        paint = np.full_like(material.first, COLOUR)
        yield material.first
        for _ in range(request.frames - 2):
            yield paint.copy()
        yield material.last
