"""`lock --baked` without a mask: a take pulled back to the footage where it is mildly warped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import cv2
import numpy as np

from landfast.compose.lock.pull import pulled
from landfast.compose.lock.sheets import Warp, judged, weighed
from landfast.conduct.lock.files import (
    FilmFile,
    copy_unchanged,
    film,
    film_codec,
    next_to,
    small_film,
)
from landfast.conduct.lock.order import LockOrder
from landfast.conduct.progress import Progress, stage
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.picture import Picture
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.lock import Lock
from landfast.vision.overlay.measure import WORKING_WIDTH
from landfast.vision.overlay.warp import Sheet, SheetFinder, field_of

_WHOLE = "lock what comes of it once more, or give --mask, where something that was added swims"


@dataclass(frozen=True, slots=True)
class _Films:
    order: LockOrder
    take: Clip
    footage: Clip

    def frames(self) -> Iterator[tuple[Picture, Picture]]:
        """Footage and take side by side."""
        footage = decode(self.order.on, self.footage, span=self.order.span)
        return zip(footage, decode(self.order.overlay, self.take), strict=True)

    def mended(self) -> AbstractContextManager[FilmFile]:
        """The take as it will be, with its own sound."""
        return film(self.order.out, self.order.overlay, self.take)

    @property
    def width(self) -> int:
        """At which both are measured."""
        return min(WORKING_WIDTH, self.take.width, self.footage.width)

    @property
    def size(self) -> tuple[int, int]:
        """Of the working pictures."""
        return self.width, max(2, round(self.take.height * self.width / self.take.width))


class _NotBetterError(Exception):
    """What was pulled back is no nearer to the footage."""


def dewarp(order: LockOrder, *, progress: Progress | None = None) -> Lock:
    """Pull a whole take (`overlay`), frame for frame with its footage, back to its geometry.

    Nothing is written where that is unknown.

    Raises:
        InputError: Films that do not fit each other.
    """
    films = _opened(order)
    film_codec(order.out, films.take)
    tell = stage(progress, "measure")
    finder = SheetFinder(films.size)
    sheets: list[Sheet | None] = []
    for number, (footage, take) in enumerate(films.frames()):
        sheets.append(finder.see(_gray(footage, films), _gray(take, films)))
        tell(number + 1, films.take.frames)
    warp = weighed(sheets, films.size, source_width=films.take.width)
    after: list[Sheet | None] = []
    if warp.state == "locked":
        try:
            after = _pulled_back(films, warp, progress)
        except _NotBetterError:
            warp = warp.withdrawn()
    elif warp.state == "steady":
        _left(films)
    times = [float(films.take.time_of(k)) for k in range(films.take.frames)]
    files = {"take": str(order.out)}
    if order.beside is not None and warp.state == "locked":
        files["side by side"] = str(order.beside)
    result = warp.described(after, films.take, films.footage, times, files)
    if result.state != "locked":
        return result
    return result.model_copy(update={"reason": f"{result.reason}; {_WHOLE}"})


def _opened(order: LockOrder) -> _Films:
    footage, take = probe(order.on), probe(order.overlay)
    frames = footage.frames if order.span is None else len(footage.indices_in(order.span))
    if abs(take.width * footage.height / (take.height * footage.width) - 1) > 0.01:
        raise InputError(
            f"is {take.width}x{take.height}, the footage {footage.width}x{footage.height}",
            subject=str(order.overlay),
            remedy="give a take of the footage's shape",
        )
    if take.frames != frames:
        raise InputError(
            f"has {take.frames} frames, the footage {frames}",
            subject=str(order.overlay),
            remedy="give the part of the footage that it shows with --span A-B",
        )
    return _Films(order, take, footage)


def _gray(picture: Picture, films: _Films) -> np.ndarray:
    gray = picture.gray(films.width)
    size = films.size
    if (gray.shape[1], gray.shape[0]) == size:
        return gray
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))


def _pulled_back(films: _Films, warp: Warp, progress: Progress | None) -> list[Sheet | None]:
    tell = stage(progress, "lock")
    clip = films.take
    finder, after = SheetFinder(films.size), []
    size = clip.width, clip.height
    grow = clip.width / films.width
    path = films.order.beside
    with (
        films.mended() as mended,
        contextlib.nullcontext() if path is None else small_film(path, clip) as beside,
    ):
        for number, (footage, take) in enumerate(films.frames()):
            field = field_of(warp.nodes[number] * grow, size)
            image, under = mended.shown(take), mended.shown(footage)
            if under.shape != image.shape:
                under = cv2.resize(under, size, interpolation=cv2.INTER_CUBIC)
            fixed = pulled(image, field, under=under)
            mended.write(take, fixed)
            if beside is not None:
                beside.write(take, next_to([image, fixed], clip))
            after.append(finder.see(_gray(footage, films), _small(fixed, films.size)))
            tell(number + 1, clip.frames)
        if not judged(warp, after):
            raise _NotBetterError
    return after


def _small(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    eight = image if image.dtype == np.uint8 else (image >> 8).astype(np.uint8)
    gray = cv2.cvtColor(eight, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))


def _left(films: _Films) -> None:
    """The take as it is, under the new name."""
    order = films.order
    if order.overlay.suffix.lower() == order.out.suffix.lower():
        copy_unchanged(order.overlay, order.out)
        return
    with films.mended() as mended:
        for picture in decode(order.overlay, films.take):
            mended.write(picture, mended.shown(picture))
