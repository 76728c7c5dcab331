"""What `lock` writes beside the overlay: the composite, and the film before and after."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from landfast.compose.lock.over import Image, laid_over
from landfast.errors import InputError
from landfast.media.codings import Codec, fitting_format, form_of
from landfast.media.encode import Encoder
from landfast.media.files import atomic_path
from landfast.media.layers.layer import Layer
from landfast.media.picture import Picture
from landfast.media.sound import Sound
from landfast.model.arrays import Float32, UInt8
from landfast.model.clip import Clip
from landfast.model.time import Span

Keep = Float32[np.ndarray, "rows columns"]

_CODECS: dict[str, Codec] = {".mp4": "h264", ".mkv": "h264", ".mov": "prores"}
_BESIDE_WIDTH = 960
_GUTTER = 4


@dataclass(slots=True)
class Composite:
    """The footage with the overlay over it; takes nothing where no file was asked for."""

    _encoder: Encoder | None
    _deep: bool
    _clip: Clip
    _first: int | None = None

    @classmethod
    @contextlib.contextmanager
    def open(
        cls, path: Path | None, footage: Path, clip: Clip, span: Span | None
    ) -> Iterator[Composite]:
        """A file that takes frames one by one; depth and sound of the footage are kept.

        Raises:
            InputError: A suffix that cannot hold it.
        """
        if path is None:
            yield cls(None, False, clip)
            return
        codec = composite_codec(path, clip)
        encoder = Encoder(
            path,
            **form_of(clip),
            codec=codec,
            pixel_format=fitting_format(codec, clip.pixel_format),
            quality="good" if codec == "prores" else "master",
            sound=Sound(footage, clip, span) if clip.audio else None,
        )
        with encoder:
            yield cls(encoder, clip.bit_depth > 8 or codec == "prores", clip)

    def shown(self, picture: Picture) -> Image:
        """A picture in the depth that is written."""
        return picture.rgb16() if self._deep else picture.rgb()

    def write(
        self,
        picture: Picture,
        layer: Layer,
        storage: str,
        *,
        base: Image | None = None,
        keep: Keep | None = None,
    ) -> None:
        """The next frame; over `base` where it is given, else over the footage.

        Args:
            picture: Of the footage.
            layer: The overlay.
            storage: How colour stands in it.
            base: A picture to lay it over instead.
            keep: Share of the layer's box that nothing nearer hides.
        """
        if self._encoder is None:
            return
        self._first = picture.index if self._first is None else self._first
        image = self.shown(picture) if base is None else base
        self._encoder.write(
            laid_over(image, layer, storage=storage, keep=keep),
            tick=self._clip.ticks[picture.index] - self._clip.ticks[self._first],
            duration=self._clip.length_of(picture.index),
        )


def composite_codec(path: Path, clip: Clip) -> Codec:
    """What a composite of that name is coded as.

    Raises:
        InputError: No film goes by that suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in _CODECS:
        raise InputError(
            "is no name for a film", subject=str(path), remedy="use .mp4, .mov or .mkv"
        )
    deep = clip.bit_depth > 8
    return "hevc" if deep and _CODECS[suffix] == "h264" else _CODECS[suffix]


@dataclass(slots=True)
class SideBySide:
    """A small film: left the overlay as it came, right as it is now."""

    _encoder: Encoder | None
    _clip: Clip
    _first: int | None = None

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path | None, clip: Clip) -> Iterator[SideBySide]:
        """A file that takes frames one by one; takes nothing where `path` is None."""
        if path is None:
            yield cls(None, clip)
            return
        width, height = beside_size(clip)
        encoder = Encoder(
            path, width=2 * width + _GUTTER, height=height, time_base=clip.time_base, fps=clip.fps
        )
        with encoder:
            yield cls(encoder, clip)

    def write(
        self, picture: Picture, before: Layer, after: Layer, storage: str, keep: Keep | None = None
    ) -> None:
        """The next frame; `keep` is for what it is now."""
        if self._encoder is not None:
            size = beside_size(self._clip)
            shown = beside(picture.rgb(), before, after, storage, size, keep)
            self._put(self._encoder, picture, shown)

    def write_films(self, picture: Picture, before: Image, after: Image) -> None:
        """The next frame of two whole films; `picture` says when."""
        if self._encoder is not None:
            shown = next_to([_eight(before), _eight(after)], beside_size(self._clip))
            self._put(self._encoder, picture, shown)

    def _put(
        self, encoder: Encoder, picture: Picture, shown: UInt8[np.ndarray, "rows columns 3"]
    ) -> None:
        self._first = picture.index if self._first is None else self._first
        encoder.write(
            shown,
            tick=self._clip.ticks[picture.index] - self._clip.ticks[self._first],
            duration=self._clip.length_of(picture.index),
        )


def beside_size(clip: Clip) -> tuple[int, int]:
    """Width and height of one half."""
    width = min(_BESIDE_WIDTH, clip.width) // 2 * 2
    return width, max(2, round(clip.height * width / clip.width / 2) * 2)


def beside(
    image: UInt8[np.ndarray, "height width 3"],
    before: Layer,
    after: Layer,
    storage: str,
    size: tuple[int, int],
    keep: Keep | None = None,
) -> UInt8[np.ndarray, "rows columns 3"]:
    """Both composites next to each other, reduced to `size` each."""
    halves = []
    for layer, seen in ((before, None), (after, keep)):
        if (layer.width, layer.height) == (image.shape[1], image.shape[0]):
            whole = laid_over(image, layer, storage=storage, keep=seen)
        else:
            whole = image
        halves.append(whole)
    return next_to(halves, size)


def next_to(
    images: Sequence[UInt8[np.ndarray, "_ _ 3"]], size: tuple[int, int]
) -> UInt8[np.ndarray, "rows columns 3"]:
    """Two pictures side by side, reduced to `size` each."""
    left, right = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in images)
    gutter = np.full((size[1], _GUTTER, 3), 255, np.uint8)
    return np.asarray(np.concatenate([left, gutter, right], axis=1), np.uint8)


def _eight(image: Image) -> UInt8[np.ndarray, "height width 3"]:
    return image if image.dtype == np.uint8 else np.asarray(image >> 8, np.uint8)


def copy_unchanged(source: Path, target: Path) -> None:
    """The same bytes under another name, whole or not at all.

    Raises:
        InputError: It cannot be written.
    """
    if target.exists() and source.samefile(target):
        return
    with atomic_path(target) as draft:
        shutil.copyfile(source, draft)
