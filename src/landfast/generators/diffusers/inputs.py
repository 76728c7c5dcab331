"""What the pipelines are given: pictures of exactly the size and number that are asked for.

Wan VACE takes its size from `video[0]` and not from its arguments, reads an array's axes otherwise
than a picture's, and stretches a mask to whatever the video is; so every picture is sized here.
White in a mask is generated, black is kept; unknown pixels are grey 127 (VACE, UserGuide 3.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import cv2
import numpy as np

from landfast.errors import Unsupported
from landfast.generators.base import Control, Frame, Material
from landfast.generators.diffusers.loading import library
from landfast.model.arrays import UInt8

UNKNOWN: Final = 127
KEPT: Final = 0
GENERATED: Final = 255


def between(material: Material, frames: int, size: tuple[int, int]) -> dict[str, Any]:
    """First and last frame, for `WanImageToVideoPipeline`."""
    del frames
    ends = (material.first, material.last)
    first, last = (_picture(_sized(image, size)) for image in ends)
    return {"image": first, "last_image": last}


def steered(material: Material, frames: int, size: tuple[int, int]) -> dict[str, Any]:
    """Video and mask, for `WanVACEPipeline`: real frames at both ends, depth or grey between.

    Raises:
        Unsupported: A control video has another number of frames.
    """
    controls = {one.kind: one for one in material.controls}
    # A source holds what stays: beside it depth would say again what is to be seen there.
    between_ends = controls.get("source") or controls.get("depth") or controls.get("edges")
    shown = _shown(between_ends, frames, size)
    masks = _masks(controls.get("mask"), frames, size)
    ends = {0: material.first, frames - 1: material.last}
    video = [_sized(ends.get(index, image), size) for index, image in enumerate(shown)]
    for index in ends:
        masks[index] = np.full_like(masks[index], KEPT)
    return {"video": list(map(_picture, video)), "mask": list(map(_picture, masks))}


def _shown(control: Control | None, frames: int, size: tuple[int, int]) -> list[Frame]:
    if control is None:
        return [np.full((size[1], size[0], 3), UNKNOWN, np.uint8)] * frames
    return list(_counted(control, frames))


def _masks(control: Control | None, frames: int, size: tuple[int, int]) -> list[Any]:
    if control is None:
        return [np.full((size[1], size[0]), GENERATED, np.uint8)] * frames
    return [
        cv2.resize(image[..., 0], size, interpolation=cv2.INTER_NEAREST)
        for image in _counted(control, frames)
    ]


def _counted(control: Control, frames: int) -> Iterator[Frame]:
    if control.count != frames:
        raise Unsupported(
            f"is given a {control.kind} video of {control.count} frames for a take of {frames}",
            subject="generator diffusers",
            remedy="measure the controls on the take's own grid",
        )
    return control.frames()


def _sized(image: Frame, size: tuple[int, int]) -> Frame:
    """Cropped around its centre to the shape of `size` (width, height), then scaled."""
    height, width, _ = image.shape
    if (width, height) == size:
        return image
    scale = max(size[0] / width, size[1] / height)
    cut = (round(size[0] / scale), round(size[1] / scale))
    left, top = (width - cut[0]) // 2, (height - cut[1]) // 2
    part = image[top : top + cut[1], left : left + cut[0]]
    filter_ = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(part, size, interpolation=filter_), dtype=np.uint8)


def _picture(image: UInt8[np.ndarray, "..."]) -> Any:
    """A picture of the library that the pipelines were written for."""
    return library("PIL.Image").fromarray(np.ascontiguousarray(image))
