"""One decoded frame, converted only when asked, and only to the size asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from landfast.media.colour import EXACT, is_rgb, sws_matrix, sws_range
from landfast.media.grid import Grid
from landfast.media.halving import (
    exactly,
    halved,
    halvings,
    sampled,
    shrunk,
)
from landfast.media.planes import is_planar, plane_of
from landfast.media.yuv import deep_rgb
from landfast.model.arrays import Shaped, UInt8, UInt16
from landfast.model.clip import Colour, Rotation

_TURNS: dict[int, int] = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}

# Planes of gbrp in the order of each packed format's channels.
_CHANNELS: dict[str, tuple[int, int, int]] = {"rgb24": (2, 0, 1), "bgr24": (1, 0, 2)}


@dataclass(frozen=True, slots=True)
class Converter:
    """How the frames of one clip become upright pictures; keeps swscale's tables between frames.

    Not to be shared between threads.
    """

    colour: Colour
    """Resolved: matrix and range are set."""
    rotation: Rotation
    subject: str
    """The file, for error messages."""
    scaler: VideoReformatter = field(default_factory=VideoReformatter)


@dataclass(frozen=True, slots=True)
class Picture:
    """A shown frame. It holds the decoder's buffer: keep arrays, not pictures, for long."""

    index: int
    """Position among the shown frames of the clip."""
    time: Fraction
    """Seconds; zero is the first shown frame."""
    duration: Fraction
    """Seconds until the next shown frame, or the end."""
    native: VideoFrame
    """As decoded: stored orientation, own format."""
    converter: Converter

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        stored = self.native.width, self.native.height
        return stored[::-1] if self.converter.rotation in (90, 270) else stored

    def for_thread(self, scaler: VideoReformatter | None = None) -> Picture:
        """The same picture with a converter of its own, for use on another thread.

        Args:
            scaler: That thread's own; a new one without it.
        """
        scaler = scaler or VideoReformatter()
        return replace(self, converter=replace(self.converter, scaler=scaler))

    def grid(self, width: int | None = None) -> Grid:
        """The grid of a picture `width` pixels wide; the picture's own without a width."""
        return Grid.working(self.size, self.size[0] if width is None else width)

    def reduced(self, width: int) -> Picture:
        """The same picture halved as often as it stays at least `width` wide.

        Several sizes are made from it at less cost than from the whole. Where the format cannot
        be halved (packed planes, odd sides) it is the picture itself.
        """
        times = halvings(self.native, self._stored_size(width))
        return self if times == 0 else replace(self, native=halved(self.native, times))

    def rgb(self, width: int | None = None) -> UInt8[np.ndarray, "height width 3"]:
        """Upright RGB, 0..255, in the file's own transfer and primaries.

        Args:
            width: Scale down to this width (area average, see `Grid.working`); never enlarges.
        """
        size = self._stored_size(width)
        source = self if width is None else self.reduced(2 * width)
        return self._turned(source._packed("rgb24", size))

    def small(
        self, width: int, colour_width: int
    ) -> tuple[UInt8[np.ndarray, "height width"], UInt8[np.ndarray, "rows columns 3"]]:
        """`gray(width)`, and RGB at a smaller width for which colour is only sampled.

        Sampled means: an average of at least four by four evenly spread values of Cb and Cr; luma
        is the area average.
        """
        if not is_planar(self.native):
            part = self.reduced(width)
            return part.gray(width), part.rgb(colour_width)
        luma = shrunk(plane_of(self.native, 0), self._stored_size(width))
        size = self._stored_size(colour_width)
        depth = self.native.format.components[0].bits
        frame = VideoFrame(*size, "yuv444p" if depth == 8 else f"yuv444p{depth}le")
        plane_of(frame, 0)[:] = shrunk(luma, size)
        for index in (1, 2):
            plane_of(frame, index)[:] = sampled(plane_of(self.native, index), size)
        rgb = replace(self, native=frame)._packed("rgb24", size)
        full = self.converter.colour.range == "full"
        return self._turned(_full_range(luma, depth, full)), self._turned(rgb)

    def channels(self) -> list[UInt8[np.ndarray, "height width"]]:
        """Red, green and blue of `rgb` at full size, each in an array of its own: what reads them
        part by part need not lay the whole picture together."""
        if not is_planar(self.native):
            return list(cv2.split(self.rgb()))
        frame = self._scaled("gbrp", self._stored_size(None))
        return [self._turned(plane_of(frame, index)) for index in _CHANNELS["rgb24"]]

    def bgr(self) -> UInt8[np.ndarray, "height width 3"]:
        """`rgb` at full size in the order of channels that OpenCV's coders take."""
        return self._turned(self._packed("bgr24", self._stored_size(None)))

    def rgb16(self) -> UInt16[np.ndarray, "height width 3"]:
        """Upright RGB, 0..65535 whatever the depth of the file, at full size."""
        source = self.native.format
        if is_rgb(source.name):
            return self._turned(self._packed("rgb48le", self._stored_size(None)))
        depth = source.components[0].bits
        colour = self.converter.colour
        planes = self._full_chroma(depth)
        return self._turned(deep_rgb(planes, depth=depth, colour=colour))

    def gray(self, width: int | None = None) -> UInt8[np.ndarray, "height width"]:
        """Upright luma, 0 black to 255 white, straight from the Y plane.

        Args:
            width: Scale down to this width (area average, see `Grid.working`); never enlarges.
        """
        size = self._stored_size(width)
        plane = luma_plane(self.native)
        if plane is None:
            return self._turned(_luma_of(self._packed("rgb24", size)))
        if size != (self.native.width, self.native.height):
            plane = exactly(plane, size)
        depth = self.native.format.components[0].bits
        return self._turned(_full_range(plane, depth, self.converter.colour.range == "full"))

    def _stored_size(self, width: int | None) -> tuple[int, int]:
        size = self.grid(width).size
        return size[::-1] if self.converter.rotation in (90, 270) else size

    def _packed(self, target: str, size: tuple[int, int]) -> Shaped[np.ndarray, "..."]:
        """Pixels of a packed format.

        FFmpeg computes 8 bit RGB at full size several times as fast, and to the same values,
        where each channel goes into a plane of its own.
        """
        whole = size == (self.native.width, self.native.height)
        order = _CHANNELS.get(target) if whole and is_planar(self.native) else None
        if order is None:
            return np.asarray(self._scaled(target, size).to_ndarray())
        frame = self._scaled("gbrp", size)
        return np.asarray(cv2.merge([plane_of(frame, index) for index in order]))

    def _scaled(self, target: str, size: tuple[int, int]) -> VideoFrame:
        same = size == (self.native.width, self.native.height)
        filter_ = Interpolation.BICUBIC if same else Interpolation.AREA
        source = self.native.format.name
        if is_rgb(source):
            matrix, range_ = None, ColorRange.JPEG
        else:
            colour = self.converter.colour
            matrix = int(sws_matrix(colour.matrix or "", self.converter.subject))
            range_ = sws_range(colour.range)
        return self.converter.scaler.reformat(
            self.native,
            width=size[0],
            height=size[1],
            format=target,
            src_colorspace=matrix,
            src_color_range=int(range_),
            dst_color_range=int(ColorRange.JPEG),
            interpolation=int(filter_ | EXACT),
            threads=1,
        )

    def _full_chroma(self, depth: int) -> VideoFrame:
        """The frame in 4:4:4 of its own depth, matrix and range: only chroma is interpolated."""
        target = "yuv444p" if depth == 8 else f"yuv444p{depth}le"
        colour = self.converter.colour
        matrix = int(sws_matrix(colour.matrix or "", self.converter.subject))
        range_ = int(sws_range(colour.range))
        return self.converter.scaler.reformat(
            self.native,
            format=target,
            src_colorspace=matrix,
            dst_colorspace=matrix,
            src_color_range=range_,
            dst_color_range=range_,
            interpolation=int(Interpolation.BICUBIC | EXACT),
            threads=1,
        )

    def turned(self, image: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
        """An array of the stored orientation, upright."""
        return self._turned(image)

    def _turned(self, image: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
        turn = _TURNS.get(self.converter.rotation)
        return image if turn is None else np.asarray(cv2.rotate(image, turn))


def luma_plane(frame: VideoFrame) -> Shaped[np.ndarray, "..."] | None:
    """The Y plane as it lies in the decoder's buffer, height x width, uint8 or uint16.

    None where luma is not a plane of its own (RGB, palettes, packed or big-endian formats).
    """
    name = frame.format.name
    planar = name.startswith(("yuv4", "yuva4", "yuvj4", "nv12", "nv16", "nv24", "p0", "p2", "gray"))
    if not planar or name.endswith("be") or "f32" in name or "f16" in name:
        return None
    luma, bits = plane_of(frame, 0), frame.format.components[0].bits
    # p010 and its kin keep their bits at the top of the word.
    return np.right_shift(luma, 16 - bits) if bits > 8 and name.startswith("p") else luma


def _full_range(
    plane: Shaped[np.ndarray, "..."], depth: int, is_full: bool
) -> UInt8[np.ndarray, "height width"]:
    """Luma of any depth and range as 0..255.

    ITU-T H.273 (8-4): limited range luma runs from 16 to 235, times 2^(depth-8).
    """
    if depth == 8 and is_full:
        return np.ascontiguousarray(plane)
    unit = 1 << (depth - 8)
    top = (1 << depth) - 1 if is_full else 219 * unit
    above = plane if is_full else cv2.subtract(plane, float(16 * unit))
    return np.asarray(cv2.convertScaleAbs(above, alpha=255 / top))


def _luma_of(rgb: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "height width"]:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
