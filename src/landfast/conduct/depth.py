"""How many bits a channel a run's pictures are carried in: what the footage has, up to 16."""

from __future__ import annotations

import numpy as np

from landfast.compose.deband import without_steps
from landfast.generators.base import Generator
from landfast.media.picture import Picture
from landfast.model.arrays import UInt8, UInt16
from landfast.model.clip import Clip
from landfast.planning.ladder import GEOMETRY

Image = UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"]


def is_deep(clip: Clip) -> bool:
    """True for footage whose steps of brightness are finer than 8 bits can hold."""
    return clip.bit_depth > 8


def in_depth(picture: Picture, *, deep: bool) -> Image:
    """Upright RGB at full size, in 16 bits where it is to be `deep`."""
    return picture.rgb16() if deep else picture.rgb()


def of_take(picture: Picture, *, deep: bool) -> Image:
    """A take's picture for a film; beside deeper footage 8 bits must not show as steps."""
    return in_depth(without_steps(picture) if deep else picture, deep=deep)


def takes_depth(maker: Generator) -> bool:
    """True where 16 bits in are 16 bits out; services and models see and give 8."""
    return maker.profile.generator == GEOMETRY
