"""Gaps in rendered scenes: anchors, footage around them, and the true frames inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import scenes
from landfast.generators.base import CONTEXT, Material
from landfast.model.take import Request

SIZE = (256, 144)
SCENE = scenes.Scene(kind="terrain", seed=11, boxes=scenes.town(4, count=8))


@dataclass(frozen=True)
class RenderedGap:
    """A gap whose inside is known."""

    material: Material
    truth: Mapping[int, np.ndarray]
    """Frames of the take by their index, made when they are looked at: anchors and what is between
    them."""
    cameras: tuple[scenes.Camera, ...]

    @property
    def frames(self) -> int:
        return len(self.cameras)


class _Truth(Mapping[int, np.ndarray]):
    """What the cameras see; rendering is most of these tests' time."""

    def __init__(self, cameras: tuple[scenes.Camera, ...]) -> None:
        self._cameras = cameras

    def __getitem__(self, index: int) -> np.ndarray:
        return _rendered(self._cameras[index].R.tobytes(), self._cameras[index].t.tobytes())

    def __len__(self) -> int:
        return len(self._cameras)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))


@lru_cache(maxsize=256)
def _rendered(rotation: bytes, shift: bytes) -> np.ndarray:
    turn, way = np.frombuffer(rotation).reshape(3, 3), np.frombuffer(shift)
    camera = scenes.Camera(SIZE, 60.0, turn, way)
    return scenes.render(SCENE, camera).image


@lru_cache(maxsize=16)
def rendered_gap(
    kind: str, frames: int = 13, step: float | None = None, **more: Any
) -> RenderedGap:
    """A gap of `frames` (anchors included) in a move with `CONTEXT` frames on both sides."""
    cameras = tuple(scenes.path(kind, frames + 2 * CONTEXT, step=step, size=SIZE, **more))
    shown, last = _Truth(cameras), CONTEXT + frames - 1
    before = tuple(shown[k] for k in range(CONTEXT))
    after = tuple(shown[last + 1 + k] for k in range(CONTEXT))
    material = Material(shown[CONTEXT], shown[last], before, after)
    inner = cameras[CONTEXT : last + 1]
    return RenderedGap(material, _Truth(inner), inner)


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
