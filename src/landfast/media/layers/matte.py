"""Masks whose light is alpha: a video, one picture for all frames, or numbered pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.layers.sequence import load_picture, picture_paths
from landfast.media.probe import probe
from landfast.model.arrays import Shaped, UInt8, UInt16
from landfast.model.clip import Clip

Alpha = UInt8[np.ndarray, "height width"] | UInt16[np.ndarray, "height width"]

_PICTURES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp")


def open_matte(path: Path, clip: Clip) -> Callable[[], Iterator[Alpha]]:
    """The masks of a film's frames, in order, as often as it is called.

    Where a picture has alpha that says something, that is the mask; else its light is.

    Args:
        path: A video of the film's size and length, one picture, a folder of pictures, or a
            pattern (`name_%04d.png`, `name_####.png`).
        clip: The film.

    Raises:
        InputError: Another size or length.
    """
    files = picture_paths(path, _PICTURES)
    if files is not None:
        _check(path, clip, len(files), load_picture(files[0]).shape)
        return lambda: (_alpha_of(file, clip) for file in files)
    if path.suffix.lower() in _PICTURES:
        _check(path, clip, clip.frames, load_picture(path).shape)
        still = _alpha_of(path, clip)
        return lambda: (still for _ in range(clip.frames))
    mask = probe(path)
    _check(path, clip, mask.frames, (mask.height, mask.width))
    deep = mask.bit_depth > 8

    def masks() -> Iterator[Alpha]:
        for picture in decode(path, mask):
            yield picture.rgb16()[..., 1] if deep else picture.gray()

    return masks


def _check(path: Path, clip: Clip, frames: int, shape: tuple[int, ...]) -> None:
    if (shape[1], shape[0], frames) != (clip.width, clip.height, clip.frames):
        raise InputError(
            f"holds {frames} frames of {shape[1]}x{shape[0]}, "
            f"the overlay {clip.frames} of {clip.width}x{clip.height}",
            subject=str(path),
            remedy="render the matte frame for frame with the overlay",
        )


def _alpha_of(file: Path, clip: Clip) -> Alpha:
    pixels = load_picture(file)
    if pixels.shape[:2] != (clip.height, clip.width):
        raise InputError(
            f"is {pixels.shape[1]}x{pixels.shape[0]}, the overlay {clip.width}x{clip.height}",
            subject=str(file),
            remedy="render all pictures alike",
        )
    return _mask(pixels)


def _mask(pixels: Shaped[np.ndarray, "..."]) -> Alpha:
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 4 and pixels[..., 3].min() < np.iinfo(pixels.dtype).max:
        return np.ascontiguousarray(pixels[..., 3])
    return np.asarray(cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2GRAY))
