"""Still pictures: identity, reading, writing, and taking them from a clip."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from av.video.reformatter import VideoReformatter

from landfast.errors import InputError
from landfast.media.container import MAX_PIXELS, MAX_SIDE_PX
from landfast.media.decode import begin_stills
from landfast.media.dimensions import picture_size
from landfast.media.files import make_folder, reading, write_bytes, write_text
from landfast.media.picture import Picture
from landfast.media.png import encode_png
from landfast.model.arrays import Shaped, UInt8, UInt16
from landfast.model.clip import Clip

# Enough for any picture's header, previews before it included; what has none is not read whole.
_HEAD_BYTES = 16 << 20
# WebP above 100 is lossless; JPEG keeps full colour resolution.
_SETTINGS: dict[str, list[int]] = {
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 3],
    ".jpg": [
        cv2.IMWRITE_JPEG_QUALITY,
        95,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 101],
}

_WORKERS = 4
_KEPT_BYTES = 24 << 20
"""The C library gives memory back to the system as soon as twice the largest block that was ever
freed lies idle; every still would be laid into fresh memory, which costs as much as merging it."""


def image_id(image: Shaped[np.ndarray, "..."]) -> str:
    """Content id of pixels: SHA-256 (hex) over shape, type and values."""
    digest = hashlib.sha256(f"{image.shape} {image.dtype.str}\n".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def save_image(
    path: Path,
    image: UInt8[np.ndarray, "height width 3"]
    | UInt16[np.ndarray, "height width 3"]
    | UInt8[np.ndarray, "height width"]
    | UInt16[np.ndarray, "height width"],
    *,
    content: Literal["picture", "drawing"] = "picture",
) -> None:
    """Write an RGB or grey picture; the suffix (`.png`, `.jpg`, `.webp`) chooses the format.

    PNG and WebP are lossless. 16 bit pictures need PNG. A PNG takes less time where `content` says
    that it is drawn.

    Raises:
        InputError: Another suffix, 16 bit for another format, or the file cannot be written.
    """
    suffix = ".jpg" if path.suffix.lower() == ".jpeg" else path.suffix.lower()
    if suffix not in _SETTINGS:
        raise InputError("has no picture suffix", subject=str(path), remedy="use png, jpg or webp")
    if image.dtype == np.uint16 and suffix != ".png":
        raise InputError("cannot hold 16 bit", subject=str(path), remedy="use png")
    if content == "drawing" and suffix == ".png" and image.ndim == 3 and image.dtype == np.uint8:
        write_bytes(path, encode_png(cv2.split(image), content))
        return
    bgr = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    write_bytes(path, _coded(path, np.asarray(bgr), suffix, _SETTINGS[suffix]))


def _coded(
    path: Path, bgr: Shaped[np.ndarray, "..."], suffix: str, settings: Sequence[int]
) -> bytes:
    try:
        _, data = cv2.imencode(suffix, bgr, settings)
    except cv2.error as error:
        size = f"{bgr.shape[1]}x{bgr.shape[0]}"
        raise InputError(
            f"cannot hold a picture of {size}", subject=str(path), remedy="use png"
        ) from error
    return bytes(data.tobytes())


def load_image(path: Path) -> UInt8[np.ndarray, "height width 3"]:
    """Read a picture as RGB, upright (EXIF orientation applied).

    Raises:
        InputError: Missing, not a picture, or larger than 16384 pixels a side.
    """
    with reading(path) as stream:
        head = stream.read(_HEAD_BYTES)
        _refuse_size(path, picture_size(head))
        data = head + stream.read()
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        bgr = None
    if bgr is None:
        raise InputError("is a damaged picture", subject=str(path), remedy="make the file anew")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _refuse_size(path: Path, size: tuple[int, int] | None) -> None:
    if size is None:
        raise InputError(
            "is not a picture that can be read", subject=str(path), remedy="give a png, jpg or webp"
        )
    width, height = size
    if min(size) < 1 or max(size) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise InputError(
            f"claims {width}x{height} pixels",
            subject=str(path),
            remedy=f"give a picture of at most {MAX_SIDE_PX} pixels a side",
        )


def extract_stills(
    path: Path,
    clip: Clip,
    times: Iterable[Fraction],
    folder: Path,
    format: Literal["png", "jpg", "webp"] = "png",
    *,
    pictures: Iterator[Picture] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Write the frames on screen at `times` and, when all are there, `frames.json`.

    Two times that fall on one frame give one still. Each entry holds `file`, `time` (exact
    seconds as "n/d"), `time_s`, `source_index` (among the clip's shown frames) and `sha256` of
    the file.

    Args:
        path: The video file.
        clip: What `probe` found in it.
        times: Seconds of the clip.
        folder: Made where missing.
        format: Picture format; png and webp are lossless.
        pictures: What `begin_stills` gave for these times, where it has begun already.
        progress: Called with stills done and stills in all.

    Returns:
        The content of `frames.json`.

    Raises:
        InputError: A time outside the clip, a damaged file, a folder that cannot be written.
    """
    wanted = sorted(set(times))
    pictures = pictures or begin_stills(path, clip, wanted)
    total = len({clip.index_at(time) for time in wanted})
    entries: list[dict[str, Any]] = []
    make_folder(folder)
    for entry in _written(pictures, folder, format):
        entries.append(entry)
        if progress is not None:
            progress(len(entries), total)
    listing = {"clip": clip.content, "name": clip.name, "frames": entries}
    write_text(folder / "frames.json", json.dumps(listing, indent=2, ensure_ascii=False) + "\n")
    return listing


def _written(pictures: Iterator[Picture], folder: Path, format: str) -> Iterator[dict[str, Any]]:
    """Entries of stills, in order; a few are converted and coded at once while decoding goes on."""
    # One more than cores: coding waits until the disk has taken each still.
    workers = min(os.cpu_count() or 1, _WORKERS) + 1
    own = _Own()
    np.empty(_KEPT_BYTES, np.uint8)
    waiting: deque[Future[dict[str, Any]]] = deque()
    with ThreadPoolExecutor(workers, "landfast-stills") as pool:
        try:
            for picture in pictures:
                waiting.append(pool.submit(_write, picture, own, folder, format))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for task in waiting:
                task.cancel()


class _Own(threading.local):
    """What each thread converts with."""

    def __init__(self) -> None:
        self.scaler = VideoReformatter()


def _write(picture: Picture, own: _Own, folder: Path, format: str) -> dict[str, Any]:
    picture = picture.for_thread(own.scaler)
    target = folder / f"frame_{picture.index:06d}.{format}"
    if format == "png":
        data = encode_png(picture.channels())
    else:
        data = _coded(target, picture.bgr(), target.suffix, _SETTINGS[target.suffix])
    write_bytes(target, data)
    return {
        "file": target.name,
        "time": str(picture.time),
        "time_s": float(picture.time),
        "source_index": picture.index,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
