"""Writing overlays: ProRes 4444, FFV1, QuickTime Animation, VP9 with alpha, or PNG pictures."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, cast, runtime_checkable

import av
import cv2
import numpy as np
from av.codec.context import Flags as CodecFlags
from av.container import Flags
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from landfast.errors import InputError
from landfast.media.codings import ffv1_slices
from landfast.media.colour import assumed_matrix
from landfast.media.container import writing_errors
from landfast.media.files import atomic_path, make_folder, write_bytes
from landfast.media.layers.layer import Layer, Pixels
from landfast.media.yuv import frame_from_rgb
from landfast.model.arrays import Shaped, UInt8, UInt16
from landfast.model.clip import Colour

Coding = Literal["prores", "ffv1", "qtrle", "vp9", "png"]

_BY_SUFFIX: dict[str, Coding] = {".mov": "prores", ".mkv": "ffv1", ".webm": "vp9", "": "png"}
_SUFFIXES: dict[Coding, tuple[str, ...]] = {
    "prores": (".mov", ".mkv"),
    "ffv1": (".mkv",),
    "qtrle": (".mov",),
    "vp9": (".webm", ".mkv"),
    "png": ("",),
}
_ENCODERS = {"prores": "prores_ks", "ffv1": "ffv1", "qtrle": "qtrle", "vp9": "libvpx-vp9"}
_FINEST = {"flags": "+qscale", "global_quality": "118"}
"""Quantiser 1 for every slice. The search for one that fits a bit rate takes six times as long."""
_OPTIONS: dict[str, dict[str, str]] = {
    "prores": {"profile": "4444", "alpha_bits": "16", "vendor": "apl0", **_FINEST},
    "ffv1": {"level": "3", "slicecrc": "1", "g": "1"},
    "qtrle": {},
    "vp9": {"crf": "12", "b": "0", "auto-alt-ref": "0", "deadline": "good", "cpu-used": "4"},
}
_THREADS = 4
_TICK = Fraction(1, 90_000)
"""Seconds, where the rate varies."""
_CLEAR = (64, 512, 512, 0)
"""Black and clear in 10 bits, limited range."""


@runtime_checkable
class LayerWriter(Protocol):
    """Takes the frames of an overlay in order."""

    def write(self, layer: Layer) -> None:
        """Add one frame."""


def coding_for(path: Path, *, like: str = "") -> Coding:
    """What to write into a file of that name; the same as the source where the name allows.

    Raises:
        InputError: No coding with alpha goes by that suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in _BY_SUFFIX:
        raise InputError(
            "cannot hold an overlay with alpha",
            subject=str(path),
            remedy="use .mov (ProRes 4444), .mkv (FFV1), .webm (VP9) or a folder (PNG)",
        )
    for coding, suffixes in _SUFFIXES.items():
        if coding == like and suffix in suffixes:
            return coding
    return _BY_SUFFIX[suffix]


@contextlib.contextmanager
def write_layers(
    path: Path,
    *,
    width: int,
    height: int,
    fps: Fraction,
    coding: Coding,
    bit_depth: int,
    starts: Sequence[Fraction] = (),
) -> Iterator[LayerWriter]:
    """A file that takes layers one by one; whole or not at all.

    Args:
        path: The file, or a folder for PNG pictures.
        width: Pixels.
        height: Pixels.
        fps: Frames a second.
        coding: See `coding_for`.
        bit_depth: Of the source: above 8, FFV1 and PNG are written with 16 bit.
        starts: Start of each frame, seconds, where the rate varies.

    Raises:
        InputError: It cannot be written.
    """
    if coding == "png":
        with _draft_folder(make_folder(path)) as draft:
            yield _PictureWriter(draft, bit_depth)
        return
    with atomic_path(path) as draft, writing_errors(path):
        output = av.open(f"file:{draft.absolute()}", "w")
        with output:
            output.flags |= cast(int, Flags.bitexact.value)
            options = dict(_OPTIONS[coding])
            if coding == "ffv1":
                options["slices"] = str(ffv1_slices(width, height, deep=bit_depth > 8))
            stream = output.add_stream(_ENCODERS[coding], fps, options=options)
            assert isinstance(stream, VideoStream)
            writer = _VideoWriter(coding, stream, width, height, bit_depth, starts)
            writer.prepare()
            writer.attach(output)
            yield writer
            for packet in stream.encode(None):
                output.mux(packet)


@contextlib.contextmanager
def _draft_folder(folder: Path) -> Iterator[Path]:
    """Pictures are moved into the folder when all of them are there."""
    with tempfile.TemporaryDirectory(prefix=".landfast-", dir=folder) as name:
        draft = Path(name)
        yield draft
        for picture in sorted(draft.iterdir()):
            picture.replace(folder / picture.name)


class _PictureWriter:
    def __init__(self, folder: Path, bit_depth: int) -> None:
        self._folder, self._deep, self._next = folder, bit_depth > 8, 0

    def write(self, layer: Layer) -> None:
        """Write the next numbered picture."""
        whole = _as_depth(layer.whole(), deep=self._deep)
        bgra = cv2.cvtColor(whole, cv2.COLOR_RGBA2BGRA)
        _, data = cv2.imencode(".png", bgra, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        write_bytes(self._folder / f"overlay_{self._next:06d}.png", data.tobytes())
        self._next += 1


class _VideoWriter:
    def __init__(
        self,
        coding: Coding,
        stream: VideoStream,
        width: int,
        height: int,
        bit_depth: int,
        starts: Sequence[Fraction],
    ) -> None:
        self._coding, self._stream, self._next = coding, stream, 0
        self._width, self._height, self._deep = width, height, bit_depth > 8
        self._starts = starts
        self._colour = Colour(matrix=assumed_matrix(width, height), range="limited")
        self._scaler = VideoReformatter()
        self._canvas: VideoFrame | None = None
        self._drawn = (slice(0, 0), slice(0, 0))

    def prepare(self) -> None:
        """Set the encoder up."""
        context = self._stream.codec_context
        context.width, context.height = self._width, self._height
        context.pix_fmt = self._format
        context.thread_count = _THREADS
        if self._starts:
            context.time_base = _TICK
        context.flags |= CodecFlags.bitexact
        if self._coding in ("prores", "vp9"):
            bt709 = self._colour.matrix == "bt709"
            context.colorspace = int(Colorspace.ITU709 if bt709 else Colorspace.ITU601)
            context.color_range = int(ColorRange.MPEG)
        if self._coding == "vp9":
            self._stream.metadata["alpha_mode"] = "1"

    def attach(self, output: av.container.OutputContainer) -> None:
        """Where packets go."""
        self._output = output

    @property
    def _format(self) -> str:
        if self._coding == "ffv1":
            return "gbrap16le" if self._deep else "bgra"
        return {"prores": "yuva444p10le", "qtrle": "argb", "vp9": "yuva420p"}[self._coding]

    def write(self, layer: Layer) -> None:
        """Encode the next frame."""
        frame = self._frame(layer)
        if self._starts:
            frame.pts, frame.time_base = round(self._starts[self._next] / _TICK), _TICK
        else:
            frame.pts = self._next
            frame.time_base = 1 / Fraction(self._stream.codec_context.framerate)
        self._next += 1
        for packet in self._stream.encode(frame):
            self._output.mux(packet)

    def _frame(self, layer: Layer) -> VideoFrame:
        if self._coding == "prores":
            return self._prores(layer)
        whole = _as_depth(layer.whole(), deep=self._deep)
        if self._coding == "ffv1" and self._deep:
            return _planar(whole)
        packed = VideoFrame.from_ndarray(np.ascontiguousarray(_as_depth(whole, deep=False)), "rgba")
        return self._scaler.reformat(packed, format=self._format)

    def _prores(self, layer: Layer) -> VideoFrame:
        """Planes of the box, black and clear around it."""
        frame = self._cleared()
        if layer.is_clear:
            return frame
        colour = frame_from_rgb(
            np.ascontiguousarray(layer.pixels[..., :3]),
            pixel_format="yuv444p10le",
            colour=self._colour,
            siting="centre",
        )
        top = float(np.iinfo(layer.pixels.dtype).max)
        alpha = np.rint(layer.pixels[..., 3].astype(np.float32) * np.float32(1023 / top))
        rows, columns = layer.pixels.shape[:2]
        for number in range(3):
            plane = colour.planes[number]
            values = np.frombuffer(memoryview(plane), np.uint16).reshape(-1, plane.line_size // 2)
            _fill(frame, number, values[:rows, :columns], layer.left, layer.top)
        _fill(frame, 3, alpha.astype(np.uint16), layer.left, layer.top)
        self._drawn = _slices(layer)
        frame.colorspace = colour.colorspace
        return frame

    def _cleared(self) -> VideoFrame:
        """A clear frame: the last one, with what was drawn in it taken off."""
        frame = self._canvas
        if frame is None:
            frame = VideoFrame(self._width, self._height, "yuva444p10le")
            frame.color_range = int(ColorRange.MPEG)
            self._canvas, self._drawn = frame, (slice(None), slice(None))
        frame.make_writable()
        for number, clear in enumerate(_CLEAR):
            _rows(frame, number, np.dtype(np.uint16))[self._drawn] = clear
        self._drawn = (slice(0, 0), slice(0, 0))
        return frame


def _planar(whole: Pixels) -> VideoFrame:
    frame = VideoFrame(whole.shape[1], whole.shape[0], "gbrap16le")
    for number, channel in enumerate((1, 2, 0, 3)):
        _fill(frame, number, whole[..., channel])
    return frame


def _fill(
    frame: VideoFrame, number: int, values: Shaped[np.ndarray, "h w"], left: int = 0, top: int = 0
) -> None:
    rows = _rows(frame, number, values.dtype)
    rows[top : top + values.shape[0], left : left + values.shape[1]] = values


def _rows(frame: VideoFrame, number: int, dtype: np.dtype) -> Shaped[np.ndarray, "h wide"]:
    """A plane's own memory, with what lines are padded by."""
    plane = frame.planes[number]
    return np.frombuffer(memoryview(plane), dtype).reshape(-1, plane.line_size // dtype.itemsize)


def _slices(layer: Layer) -> tuple[slice, slice]:
    left, top, right, bottom = layer.box
    return slice(top, bottom), slice(left, right)


def _as_depth(
    pixels: Pixels, *, deep: bool
) -> UInt8[np.ndarray, "h w 4"] | UInt16[np.ndarray, "h w 4"]:
    if deep:
        return pixels if pixels.dtype == np.uint16 else pixels.astype(np.uint16) * np.uint16(257)
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
