"""Overlays as numbered pictures: a folder, or a pattern such as `logo_%04d.png`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.media.container import MAX_PIXELS, MAX_SIDE_PX
from landfast.media.dimensions import picture_size
from landfast.media.files import read_bytes, reading
from landfast.media.layers.layer import Layer, layer_of
from landfast.model.arrays import Shaped

_SUFFIXES = (".png", ".tif", ".tiff")
_HEAD_BYTES = 1 << 20
_NUMBER = re.compile(r"%0?(\d*)d|(#+)")


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """Numbered pictures of one size, in order."""

    files: tuple[Path, ...]
    width: int
    height: int
    bit_depth: int


def find_pictures(path: Path) -> PictureFiles | None:
    """The pictures that a folder or a pattern means; None where `path` is neither.

    Raises:
        InputError: None found, numbers missing in between, no alpha, a single picture.
    """
    files = picture_paths(path, _SUFFIXES)
    if files is None and path.suffix.lower() in _SUFFIXES and path.is_file():
        raise InputError(
            "is one picture, an overlay is one for each frame",
            subject=str(path),
            remedy="give a video with alpha, a folder of pictures or a pattern like logo_%04d.png",
        )
    if files is None:
        return None
    first = load_picture(files[0])
    if first.ndim != 3 or first.shape[2] != 4:
        raise InputError(
            "has no alpha", subject=str(files[0]), remedy="render the pictures as RGBA"
        )
    return PictureFiles(
        tuple(files), first.shape[1], first.shape[0], 16 if first.dtype == np.uint16 else 8
    )


def picture_paths(path: Path, suffixes: tuple[str, ...]) -> list[Path] | None:
    """The numbered pictures that a folder or a pattern means, in order; None where it is neither.

    Raises:
        InputError: None found, or numbers missing in between.
    """
    if _NUMBER.search(path.name):
        files = _matching(path)
    elif path.is_dir():
        files = sorted((f for f in path.iterdir() if f.suffix.lower() in suffixes), key=_order)
    else:
        return None
    if not files:
        raise InputError(
            "holds no PNG or TIFF pictures", subject=str(path), remedy="check folder and pattern"
        )
    _refuse_gaps(path, files)
    return files


def _matching(path: Path) -> list[Path]:
    mark = _NUMBER.search(path.name)
    assert mark is not None
    head, tail = path.name[: mark.start()], path.name[mark.end() :]
    wanted = re.compile(f"{re.escape(head)}\\d+{re.escape(tail)}")
    if not path.parent.is_dir():
        return []
    return sorted((f for f in path.parent.iterdir() if wanted.fullmatch(f.name)), key=_order)


def _order(file: Path) -> tuple[str, int, str]:
    """By name without its last number, then by that number."""
    number = _numbered(file)
    return (re.sub(r"\d+$", "", file.stem), -1 if number is None else number, file.name)


def _numbered(file: Path) -> int | None:
    digits = re.search(r"(\d+)$", file.stem)
    return int(digits.group(1)) if digits else None


def _refuse_gaps(path: Path, files: list[Path]) -> None:
    numbers = [_numbered(file) for file in files]
    if any(number is None for number in numbers):
        return
    known = [number for number in numbers if number is not None]
    missing = sorted(set(range(known[0], known[-1] + 1)) - set(known))
    if missing:
        raise InputError(
            f"lacks picture {missing[0]} ({len(missing)} missing in all)",
            subject=str(path),
            remedy="render the missing pictures",
        )


def load_layer(file: Path, like: PictureFiles) -> Layer:
    """One picture as a layer.

    Raises:
        InputError: Damaged, or of another size or depth than the first.
    """
    image = load_picture(file)
    if image.ndim != 3 or image.shape[2] != 4 or image.shape[:2] != (like.height, like.width):
        raise InputError(
            f"is not RGBA of {like.width}x{like.height} like the first picture",
            subject=str(file),
            remedy="render all pictures alike",
        )
    if image.dtype == np.uint8 and like.bit_depth == 16:
        image = image.astype(np.uint16) * 257
    rgba = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA))
    return layer_of(rgba[..., :3], rgba[..., 3])


def load_picture(file: Path) -> Shaped[np.ndarray, "..."]:
    """The pixels of a picture as its file has them: grey, BGR or BGRA, 8 or 16 bit.

    Raises:
        InputError: Damaged, too large, or of another depth.
    """
    with reading(file) as stream:
        size = picture_size(stream.read(_HEAD_BYTES))
    if size is not None and (max(size) > MAX_SIDE_PX or size[0] * size[1] > MAX_PIXELS):
        raise InputError(f"claims {size[0]}x{size[1]} pixels", subject=str(file))
    try:
        image = cv2.imdecode(np.frombuffer(read_bytes(file), np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        image = None
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise InputError("is a damaged picture", subject=str(file), remedy="render it again")
    return np.asarray(image)
