"""Which part of the picture a mask speaks of: all of it, a label, or a file of the user's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from landfast.conduct.controls.depth import Unknown
from landfast.conduct.controls.reel import Reel
from landfast.errors import InputError
from landfast.generators.controls.fit import cropped, scaled_mask
from landfast.media.decode import stills
from landfast.media.probe import probe
from landfast.media.stills import load_image
from landfast.model.arrays import Bool, UInt8
from landfast.model.clip import Clip
from landfast.model.controls import Origin
from landfast.vision.labels import LABELS, Labels

Mask = Bool[np.ndarray, "height width"]
Image = UInt8[np.ndarray, "height width 3"]

_PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp")
_HALF: Final = 127


@dataclass(frozen=True)
class Region:
    """A mask a control frame, in order, each time from the first; None for the whole picture."""

    masks: Callable[[], Iterator[Mask | None]]
    origin: Origin
    words: str


def whole(reel: Reel) -> Region:
    """The whole picture."""
    return Region(
        lambda: (None for _ in reel.frames), "arithmetic", "the whole picture inside the gap"
    )


def of_label(reel: Reel, labels: Labels, name: str, origin: Origin) -> Region | Unknown:
    """Where a label is seen."""
    label = next(one for one in LABELS if one == name)
    if not any(labels.mask(k, label).any() for k in range(len(labels))):
        reasons = labels.reasons + (labels.unmoved if label == "moving" else ())
        why = next((reason for reason in reasons if reason), "")
        return Unknown(f"no pixel of the span is labelled {name}{f': {why}' if why else ''}")
    return Region(
        lambda: (labels.mask(k, label) for k in reel.place), origin, f"{name}, inside the gap"
    )


def of_file(reel: Reel, path: Path) -> Region:
    """A picture, or a video, whose bright half is to be generated.

    A picture counts for every frame. A video as long as the clip is read at the clip's times, one
    as long as the span at the span's. Both have the footage's size or shape, or the grid's.

    Raises:
        InputError: Not such a file, or of another shape or length.
    """
    words = f"the bright part of {path.name}, inside the gap"
    if path.suffix.lower() in _PICTURES:
        mask = _on_grid(load_image(path), reel, path)
        return Region(lambda: (mask for _ in reel.frames), "given", words)
    return Region(_video(reel, path), "given", words)


def _video(reel: Reel, path: Path) -> Callable[[], Iterator[Mask]]:
    clip = probe(path)
    offset = _offset(reel, clip, path)
    last = clip.time_of(clip.frames - 1)
    times = [max(Fraction(0), min(frame.time - offset, last)) for frame in reel.frames]

    def masks() -> Iterator[Mask]:
        pictures = stills(path, clip, times)
        at, mask = -1, np.zeros((1, 1), bool)
        for time in times:
            if clip.index_at(time) != at:
                at, mask = clip.index_at(time), _on_grid(next(pictures).rgb(), reel, path)
            yield mask

    return masks


def _offset(reel: Reel, clip: Clip, path: Path) -> Fraction:
    """Seconds of the footage at which the mask's time zero lies."""
    frame = 1 / clip.fps
    start, stop = reel.frames[0].time, reel.frames[-1].time
    if clip.duration + frame >= reel.clip.duration:
        return Fraction(0)
    if clip.duration + frame >= stop - start:
        return start
    raise InputError(
        f"lasts {float(clip.duration):.3f} s, neither as long as the clip nor as the span",
        subject=str(path),
        remedy="give a mask video as long as the span",
    )


def _on_grid(image: Image, reel: Reel, path: Path) -> Mask:
    """White where the mask is brighter than half, on the control grid."""
    grid, clip = reel.grid, reel.clip
    size = (image.shape[1], image.shape[0])
    if size == (grid.width, grid.height):
        return _bright(image)
    if abs(size[0] * clip.height - size[1] * clip.width) > clip.height + clip.width:
        raise InputError(
            f"is {size[0]}x{size[1]}, the footage {clip.width}x{clip.height}",
            subject=str(path),
            remedy="give a mask in the shape of the footage",
        )
    whole = scaled_mask(_bright(image), (clip.width, clip.height))
    return scaled_mask(np.ascontiguousarray(cropped(whole, grid)), (grid.width, grid.height))


def _bright(image: Image) -> Mask:
    return np.asarray(image.max(axis=2) > _HALF)
