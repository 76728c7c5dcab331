"""Reading overlays: a video with alpha, an opaque one with a matte, or numbered pictures.

FFmpeg's own VP8 and VP9 decoders drop alpha without a word; such files are decoded by libvpx.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import av.error
import numpy as np

from landfast.errors import InputError
from landfast.media.colour import resolve
from landfast.media.container import decoding_error, open_source
from landfast.media.decode import decode
from landfast.media.layers.kept import KeptLayers
from landfast.media.layers.layer import Layer, layer_of
from landfast.media.layers.matte import open_matte
from landfast.media.layers.pixels import has_alpha, layer_from_picture
from landfast.media.layers.sequence import PictureFiles, find_pictures, load_layer
from landfast.media.picture import Converter, Picture
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.time import Span

Storage = Literal["straight", "premultiplied"]

_LIBVPX = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_MOST_DECODING = 512 << 20
"""Bytes of the frames that a decoder's threads hold."""
_LOOKED_AT = 24
"""Frames that tell whether colour is stored premultiplied."""
_PARTIAL = (0.1, 0.9)
_FEW = 64
_ABOVE = 0.03
_STRAIGHT_SHARE = 0.002


@dataclass(frozen=True, slots=True)
class OverlayFile:
    """An overlay on disk."""

    path: Path
    width: int
    height: int
    frames: int
    fps: Fraction | None
    """Frames a second; None for pictures, which have no clock."""
    duration: Fraction | None
    """Seconds."""
    bit_depth: int
    coding: str
    """FFmpeg's name of the codec, or the pictures' suffix."""
    storage: Storage
    """Whether colour is multiplied by alpha in the file."""
    times: tuple[Fraction, ...]
    """Start of every frame, seconds; empty for pictures."""
    layers: Callable[[], Iterator[Layer]]
    """The frames in order, from the first, as often as it is called."""


def open_overlay(
    path: Path, *, matte: Path | None = None, storage: Storage | None = None
) -> OverlayFile:
    """What an overlay holds, ready to be read.

    Args:
        path: A video, a folder of pictures, or a pattern (`name_%04d.png`, `name_####.png`).
        matte: A mask whose light is alpha, for an opaque overlay: see `open_matte`.
        storage: Whether colour is premultiplied; looked at in the pixels where not given.

    Raises:
        InputError: No alpha, sizes or lengths that do not fit, not readable.
    """
    pictures = find_pictures(path)
    if pictures is not None:
        return _from_pictures(path, pictures, storage)
    clip = probe(path)
    if matte is not None:
        return _with_matte(path, clip, matte, storage)
    alpha = has_alpha(clip.pixel_format)
    vpx = None if alpha else _vpx_with_alpha(path, clip)
    if not alpha and vpx is None:
        raise InputError(
            f"has no alpha ({clip.codec}, {clip.pixel_format})",
            subject=str(path),
            remedy="render it with alpha (ProRes 4444, PNG, FFV1 or VP9 with alpha), "
            "or give its mask with --matte",
        )

    def layers(first: int) -> Iterator[Layer]:
        if vpx is None:
            pictures = decode(path, clip, span=_from(first, clip), threads=few_threads(clip))
        else:
            pictures = itertools.islice(_vpx_pictures(path, clip, vpx), first, None)
        return map(layer_from_picture, pictures)

    return _overlay(path, clip, layers, storage)


def few_threads(clip: Clip) -> int:
    """As many decoder threads as there are cores, but fewer for pictures of many pixels.

    Each thread holds a frame of its own, a quarter of a gigabyte at 8K with alpha.
    """
    frame = 8 * clip.width * clip.height
    return max(1, min(os.cpu_count() or 1, _MOST_DECODING // frame))


def _from(first: int, clip: Clip) -> Span | None:
    if first == 0:
        return None
    return Span(start=clip.time_of(first), stop=clip.time_of(clip.frames))


def _overlay(
    path: Path, clip: Clip, read: Callable[[int], Iterator[Layer]], storage: Storage | None
) -> OverlayFile:
    layers = KeptLayers(lambda first: read(first) if first < clip.frames else iter(()))
    return OverlayFile(
        path=path,
        width=clip.width,
        height=clip.height,
        frames=clip.frames,
        fps=clip.fps,
        duration=clip.duration,
        bit_depth=clip.bit_depth,
        coding=clip.codec,
        storage=storage or stored_as(layers()),
        times=tuple(clip.time_of(index) for index in range(clip.frames)),
        layers=layers,
    )


def _from_pictures(path: Path, files: PictureFiles, storage: Storage | None) -> OverlayFile:
    layers = KeptLayers(lambda first: (load_layer(file, files) for file in files.files[first:]))
    return OverlayFile(
        path=path,
        width=files.width,
        height=files.height,
        frames=len(files.files),
        fps=None,
        duration=None,
        bit_depth=files.bit_depth,
        coding=files.files[0].suffix.lstrip(".").lower(),
        storage=storage or stored_as(layers()),
        times=(),
        layers=layers,
    )


def _with_matte(path: Path, clip: Clip, matte: Path, storage: Storage | None) -> OverlayFile:
    masks = open_matte(matte, clip)
    deep = clip.bit_depth > 8

    def layers(first: int) -> Iterator[Layer]:
        pictures = decode(path, clip, span=_from(first, clip), threads=few_threads(clip))
        for picture, alpha in zip(pictures, itertools.islice(masks(), first, None), strict=True):
            if alpha.dtype == np.uint16:
                alpha = alpha if deep else np.asarray((alpha.astype("u4") + 128) // 257, "u1")
            elif deep:
                alpha = alpha.astype("u2") * np.uint16(257)
            yield layer_of(picture.rgb16() if deep else picture.rgb(), alpha)

    return _overlay(path, clip, layers, storage or "straight")


def _vpx_with_alpha(path: Path, clip: Clip) -> str | None:
    """The decoder that keeps this file's alpha; None where it has none."""
    if clip.codec not in _LIBVPX:
        return None
    with open_source(path, threads=1) as source:
        tags = {name.lower(): value for name, value in source.video.metadata.items()}
    marked = tags.get("alpha_mode", "0") == "1"
    if not marked:
        return None
    name = _LIBVPX[clip.codec]
    try:
        av.CodecContext.create(name, "r")
    except (av.error.FFmpegError, ValueError) as error:
        raise InputError(
            f"keeps its alpha in {clip.codec.upper()}, which this build of FFmpeg cannot decode",
            subject=str(path),
            remedy="convert it to ProRes 4444, FFV1 or PNG with alpha",
        ) from error
    return name


def _vpx_pictures(path: Path, clip: Clip, decoder: str) -> Iterator[Picture]:
    context = av.CodecContext.create(decoder, "r")
    colour = resolve(clip.colour, clip.width, clip.height)
    converter = Converter(colour, 0, str(path))
    index = 0
    with open_source(path, threads=1) as source:
        try:
            for packet in source.container.demux(source.video):
                for frame in context.decode(packet if packet.size else None):  # type: ignore[attr-defined]
                    if index >= clip.frames:
                        return
                    start, stop = clip.time_of(index), clip.time_of(index + 1)
                    yield Picture(index, start, stop - start, frame, converter)
                    index += 1
        except av.error.FFmpegError as error:
            raise decoding_error(path, f"after {index} frames", error) from error


def stored_as(layers: Iterator[Layer]) -> Storage:
    """Whether colour is premultiplied, from half-clear pixels.

    Where none of them is brighter than its alpha, colour was multiplied; straight colour is
    brighter somewhere unless the overlay is black, and for black the two are one.
    """
    partial = above = 0
    for layer in itertools.islice(layers, _LOOKED_AT):
        if layer.is_clear:
            continue
        step = max(1, min(layer.pixels.shape[:2]) // 400)
        unit = layer.pixels[::step, ::step].astype(np.float32)
        unit = unit / np.float32(np.iinfo(layer.pixels.dtype).max)
        alpha = unit[..., 3]
        half = (alpha > _PARTIAL[0]) & (alpha < _PARTIAL[1])
        partial += int(half.sum())
        above += int((unit[..., :3].max(axis=2)[half] > alpha[half] + _ABOVE).sum())
        if partial > 100 * _FEW:
            break
    premultiplied = partial >= _FEW and above < _STRAIGHT_SHARE * partial
    return "premultiplied" if premultiplied else "straight"
