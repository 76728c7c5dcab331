"""Gaps in rendered scenes: anchors, footage around them, and the true frames inside."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import scenes
from landfast.generators.base import CONTEXT, Material
from landfast.model.take import Request

SIZE = (320, 180)
SCENE = scenes.Scene(kind="terrain", seed=11, boxes=scenes.town(4, count=8))


@dataclass(frozen=True)
class RenderedGap:
    """A gap whose inside is known."""

    material: Material
    truth: tuple[np.ndarray, ...]
    """All frames of the take, anchors included."""
    cameras: tuple[scenes.Camera, ...]

    @property
    def frames(self) -> int:
        return len(self.truth)


@lru_cache(maxsize=16)
def rendered_gap(
    kind: str, frames: int = 13, step: float | None = None, **more: Any
) -> RenderedGap:
    """A gap of `frames` (anchors included) in a move with `CONTEXT` frames on both sides."""
    cameras = scenes.path(kind, frames + 2 * CONTEXT, step=step, size=SIZE, **more)
    shown = scenes.video(SCENE, cameras)
    take = tuple(shown[CONTEXT:-CONTEXT])
    material = Material(take[0], take[-1], tuple(shown[:CONTEXT]), tuple(shown[-CONTEXT:]))
    return RenderedGap(material, take, tuple(cameras[CONTEXT:-CONTEXT]))


def request_for(gap: RenderedGap, generator: str, *, seed: int = 0) -> Request:
    height, width, _ = gap.material.first.shape
    return Request(
        segment="gap_0010",
        generator=generator,
        first="first",
        last="last",
        constraints=(),
        width=width,
        height=height,
        frames=gap.frames,
        fps=Fraction(30),
        seed=seed,
    )


@pytest.fixture(scope="session")
def forward_gap() -> RenderedGap:
    """A flight forward over hills and houses."""
    return rendered_gap("forward")
