"""What `lock` writes beside the overlay: films, and the small one before and after."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from landfast.compose.lock.over import Image
from landfast.errors import InputError
from landfast.media.codings import Codec, fitting_format, form_of
from landfast.media.encode import Encoder
from landfast.media.files import atomic_path, make_folder
from landfast.media.picture import Picture
from landfast.media.sound import Sound
from landfast.model.arrays import UInt8
from landfast.model.clip import Clip
from landfast.model.time import Span

_CODECS: dict[str, Codec] = {".mp4": "h264", ".mkv": "h264", ".mov": "prores"}
_BESIDE_WIDTH = 960
_GUTTER = 4


@dataclass(slots=True)
class FilmFile:
    """Takes the frames of a clip in order, each for its own time."""

    clip: Clip
    _encoder: Encoder
    _is_deep: bool = False
    _first: int | None = None

    def shown(self, picture: Picture) -> Image:
        """A picture in the depth that is written."""
        return picture.rgb16() if self._is_deep else picture.rgb()

    def write(self, picture: Picture, image: Image) -> None:
        """The next frame; `picture` says when."""
        self._first = picture.index if self._first is None else self._first
        self._encoder.write(
            image,
            tick=self.clip.ticks[picture.index] - self.clip.ticks[self._first],
            duration=self.clip.length_of(picture.index),
        )


@contextlib.contextmanager
def film(path: Path, source: Path, clip: Clip, span: Span | None = None) -> Iterator[FilmFile]:
    """A film like a clip, with its depth and sound.

    Raises:
        InputError: A suffix that cannot hold it.
    """
    codec = film_codec(path, clip)
    encoder = Encoder(
        path,
        **form_of(clip),
        codec=codec,
        pixel_format=fitting_format(codec, clip.pixel_format),
        quality="good" if codec == "prores" else "master",
        sound=Sound(source, clip, span) if clip.audio else None,
    )
    with encoder:
        yield FilmFile(clip, encoder, clip.bit_depth > 8 or codec == "prores")


def film_codec(path: Path, clip: Clip) -> Codec:
    """What a film of that name is coded as.

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


@contextlib.contextmanager
def small_film(path: Path, clip: Clip) -> Iterator[FilmFile]:
    """A film that takes what `next_to` makes."""
    make_folder(path.parent)
    width, height = beside_size(clip)
    encoder = Encoder(
        path, width=2 * width + _GUTTER, height=height, time_base=clip.time_base, fps=clip.fps
    )
    with encoder:
        yield FilmFile(clip, encoder)


def beside_size(clip: Clip) -> tuple[int, int]:
    """Width and height of one half."""
    width = min(_BESIDE_WIDTH, clip.width) // 2 * 2
    return width, max(2, round(clip.height * width / clip.width / 2) * 2)


def next_to(images: Sequence[Image], clip: Clip) -> UInt8[np.ndarray, "rows columns 3"]:
    """Two pictures of a clip side by side, reduced: left as it came, right as it is now."""
    size = beside_size(clip)
    left, right = (cv2.resize(_eight(one), size, interpolation=cv2.INTER_AREA) for one in images)
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
