"""`lock --baked` without a mask: a take pulled back to the footage where it is mildly warped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from landfast.compose.lock.pull import pulled
from landfast.compose.lock.sheets import Warp, judged, weighed
from landfast.conduct.lock.files import SideBySide, composite_codec, copy_unchanged
from landfast.conduct.progress import Progress, stage
from landfast.errors import InputError
from landfast.media.codings import fitting_format, form_of
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.media.picture import Picture
from landfast.media.probe import probe
from landfast.media.sound import Sound
from landfast.model.clip import Clip
from landfast.model.lock import Lock
from landfast.model.time import Span
from landfast.vision.overlay.measure import WORKING_WIDTH
from landfast.vision.overlay.warp import Sheet, SheetFinder, field_of

_WHOLE = "lock what comes of it once more, or give --mask, where something that was added swims"


@dataclass(frozen=True, slots=True, kw_only=True)
class DewarpOrder:
    """A take of the same shot, frame for frame with its footage."""

    take: Path
    on: Path
    out: Path
    span: Span | None = None
    """The part of the footage that the take shows."""
    beside: Path | None = None
    """A film with the take as it came and as it is now side by side."""


@dataclass(frozen=True, slots=True)
class _Films:
    order: DewarpOrder
    take: Clip
    footage: Clip

    def frames(self) -> Iterator[tuple[Picture, Picture]]:
        """Footage and take side by side."""
        footage = decode(self.order.on, self.footage, span=self.order.span)
        return zip(footage, decode(self.order.take, self.take), strict=True)

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


def dewarp(order: DewarpOrder, *, progress: Progress | None = None) -> Lock:
    """Pull a take back to its footage's geometry; nothing is written where that is unknown.

    Raises:
        InputError: Films that do not fit each other.
    """
    films = _opened(order)
    composite_codec(order.out, films.take)
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


def _opened(order: DewarpOrder) -> _Films:
    footage, take = probe(order.on), probe(order.take)
    frames = footage.frames if order.span is None else len(footage.indices_in(order.span))
    if abs(take.width * footage.height / (take.height * footage.width) - 1) > 0.01:
        raise InputError(
            f"is {take.width}x{take.height}, the footage {footage.width}x{footage.height}",
            subject=str(order.take),
            remedy="give a take of the footage's shape",
        )
    if take.frames != frames:
        raise InputError(
            f"has {take.frames} frames, the footage {frames}",
            subject=str(order.take),
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
    with _encoder(films) as encoder, SideBySide.open(films.order.beside, clip) as beside:
        deep = clip.bit_depth > 8
        for number, (footage, take) in enumerate(films.frames()):
            field = field_of(warp.nodes[number] * grow, size)
            image = take.rgb16() if deep else take.rgb()
            under = footage.rgb16() if deep else footage.rgb()
            if under.shape != image.shape:
                under = cv2.resize(under, size, interpolation=cv2.INTER_CUBIC)
            fixed = pulled(image, field, under=under)
            encoder.write(fixed, tick=clip.ticks[number], duration=clip.length_of(number))
            beside.write_films(take, image, fixed)
            after.append(finder.see(_gray(footage, films), _small(fixed, films.size)))
            tell(number + 1, clip.frames)
        if not judged(warp, after):
            raise _NotBetterError
    return after


def _small(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    eight = image if image.dtype == np.uint8 else (image >> 8).astype(np.uint8)
    gray = cv2.cvtColor(eight, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))


def _encoder(films: _Films) -> Encoder:
    clip, order = films.take, films.order
    codec = composite_codec(order.out, clip)
    return Encoder(
        order.out,
        **form_of(clip),
        codec=codec,
        pixel_format=fitting_format(codec, clip.pixel_format),
        quality="good" if codec == "prores" else "master",
        sound=Sound(order.take, clip) if clip.audio else None,
    )


def _left(films: _Films) -> None:
    """The take as it is, under the new name."""
    order = films.order
    if order.take.suffix.lower() == order.out.suffix.lower():
        copy_unchanged(order.take, order.out)
        return
    with _encoder(films) as encoder:
        for number, picture in enumerate(decode(order.take, films.take)):
            deep = films.take.bit_depth > 8
            encoder.write(
                picture.rgb16() if deep else picture.rgb(),
                tick=films.take.ticks[number],
                duration=films.take.length_of(number),
            )
