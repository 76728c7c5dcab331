"""`lock --baked` with a mask: what was added to a take is locked, the take around it stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from landfast.compose.lock.fill import filled
from landfast.compose.lock.over import Image
from landfast.conduct.lock.files import FilmFile, film_codec
from landfast.conduct.lock.pairing import Pairing
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.layers.layer import Layer
from landfast.media.picture import Picture
from landfast.model.clip import Clip


def check_baked(take: Path, out: Path, pairing: Pairing, clip: Clip) -> None:
    """Whether a take can be mended frame for frame.

    Raises:
        InputError: It cannot, or its new name is no film's.
    """
    film_codec(out, clip)
    if pairing.rule != "frame for frame":
        raise InputError(
            "is not frame for frame with the footage",
            subject=str(take),
            remedy="conform it to the footage's frame rate, or give its part with --span A-B",
        )


@dataclass(slots=True)
class Takes:
    """The take's frames in order, without what was added to them."""

    path: Path
    film: FilmFile
    """Where they go."""
    _pictures: Iterator[Picture] = field(init=False)

    def __post_init__(self) -> None:
        self._pictures = decode(self.path)

    def under(self, ground: Image, layer: Layer, *, moved: bool) -> Image:
        """The next frame, filled from the footage where the layer was and is moved away.

        Args:
            ground: The footage's frame.
            layer: What was added, as it lies in the take.
            moved: Whether it will be put elsewhere; the take stays as it is where not.
        """
        take = self.film.shown(next(self._pictures))
        height, width = ground.shape[:2]
        if moved:
            size = take.shape[1], take.shape[0]
            take = filled(take, _sized(ground, size), layer)
        return _sized(take, (width, height))


def _sized(image: Image, size: tuple[int, int]) -> Image:
    if (image.shape[1], image.shape[0]) == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC))
