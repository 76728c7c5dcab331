"""RGB to the planes that encoders take and back, by the exact formulas.

Matrix and range follow ITU-T H.273 (8.3). Each sample is rounded once, so that RGB to 4:4:4 and
back loses no more than the rounding of the target depth.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Literal

import cv2
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from landfast.errors import InputError
from landfast.media.colour import EXACT, sws_matrix, sws_range
from landfast.media.planes import planes_of
from landfast.model.arrays import Float64, Shaped, UInt8, UInt16
from landfast.model.clip import Colour

Siting = Literal["left", "centre"]
"""Where a subsampled chroma sample lies between its luma samples, across; down it is centred."""

# Red and blue weight of each matrix; green is the rest.
_WEIGHTS = {
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020nc": (0.2627, 0.0593),
}


def frame_from_rgb(
    image: UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"],
    *,
    pixel_format: str,
    colour: Colour,
    siting: Siting,
) -> VideoFrame:
    """A frame in a planar YUV format.

    Args:
        image: RGB; uint8 spans 0..255, uint16 spans 0..65535.
        pixel_format: FFmpeg's name, for example `yuv420p10le`.
        colour: Matrix and range set.
        siting: Where the decoder of this codec takes chroma samples to lie.

    Raises:
        InputError: The matrix is not known.
    """
    height, width = image.shape[:2]
    target = VideoFormat(pixel_format, width, height)
    across, down = width // target.chroma_width(width), height // target.chroma_height(height)
    depth = target.components[0].bits
    top = int(np.iinfo(image.dtype).max)
    matrix = _coding_matrix(colour.matrix or "", colour.range == "full", depth, top)
    luma = _coded(image, matrix[:1], depth)
    sums, weight = _weighted(image, across, down, siting)
    chroma = _coded(sums, matrix[1:] / [[weight, weight, weight, 1]], depth)
    frame = VideoFrame(width, height, pixel_format)
    planes = [luma, chroma[..., 0], chroma[..., 1]]
    for plane, values in zip(frame.planes, planes, strict=True):
        _fill(memoryview(plane), plane.line_size, values)
    return frame


def _fill(buffer: memoryview, line_bytes: int, values: Shaped[np.ndarray, "..."]) -> None:
    across = line_bytes // values.dtype.itemsize
    rows = np.frombuffer(buffer, values.dtype).reshape(-1, across)
    rows[: values.shape[0], : values.shape[1]] = values


def _coded(
    image: Shaped[np.ndarray, "height width 3"],
    matrix: Float64[np.ndarray, "row 4"],
    depth: int,
) -> Shaped[np.ndarray, "height width *row"]:
    """Code values of `depth` bits, rounded once."""
    # OpenCV transforms 8 bit by coarse integers, 16 bit and floats by floats.
    fine = image.astype(np.uint16) if image.dtype == np.uint8 else image
    coded = cv2.transform(fine, matrix)
    dtype = np.uint8 if depth == 8 else np.uint16
    return np.asarray(np.rint(np.clip(coded, 0, (1 << depth) - 1)), dtype=dtype)


@functools.lru_cache(maxsize=16)
def _coding_matrix(name: str, is_full: bool, depth: int, top: int) -> Float64[np.ndarray, "3 4"]:
    """Rows Y, Cb, Cr over columns R, G, B and 1: from 0..top to code values of `depth` bits."""
    if name not in _WEIGHTS:
        raise InputError(
            f"is not a colour matrix that can be written: {name!r}",
            subject="colour",
            remedy=f"use one of {', '.join(_WEIGHTS)}",
        )
    red, blue = _WEIGHTS[name]
    luma = np.array([red, 1 - red - blue, blue])
    cb = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - blue))
    cr = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - red))
    unit = float(1 << (depth - 8))
    middle = 128 * unit
    if is_full:
        span_y = span_c = float((1 << depth) - 1)
        black = 0.0
    else:
        span_y, span_c, black = 219 * unit, 224 * unit, 16 * unit
    rows = [
        np.append(luma * span_y / top, black),
        np.append(cb * span_c / top, middle),
        np.append(cr * span_c / top, middle),
    ]
    return np.stack(rows)


def _weighted(
    image: Shaped[np.ndarray, "height width 3"], across: int, down: int, siting: Siting
) -> tuple[Shaped[np.ndarray, "chroma_height chroma_width 3"], int]:
    """Exact sums of the RGB that each chroma sample stands for, and the sum of their weights.

    Weights are [1 2 1] or [1 1] across and [1 1] down: chroma is linear in RGB, so it may be
    averaged first and coded after, with one rounding in all.
    """
    if across == down == 1:
        return image, 1
    # Eight times 16 bit fits a float's 24 bits, eight times 8 bit an integer's 16.
    wide: Any = image.astype(np.uint16 if image.dtype == np.uint8 else np.float32)
    weight = 1
    if across == 2:
        even, odd = wide[:, ::2], wide[:, 1::2]
        if siting == "left":
            before = np.concatenate([even[:, :1], odd[:, :-1]], axis=1)
            wide, weight = before + 2 * even + odd, 4
        else:
            wide, weight = even + odd, 2
    if down == 2:
        wide, weight = wide[::2] + wide[1::2], weight * 2
    return wide, weight


def deep_rgb(
    frame: VideoFrame, *, depth: int, colour: Colour
) -> UInt16[np.ndarray, "height width 3"]:
    """RGB over 0..65535 of a 4:4:4 planar frame.

    swscale's own 16 bit RGB ends 254 below white; this does not.
    """
    return rgb_of_planes(planes_of(frame), depth=depth, colour=colour)


def rgb_of_planes(
    planes: Sequence[Shaped[np.ndarray, "height width"]], *, depth: int, colour: Colour
) -> UInt16[np.ndarray, "height width 3"]:
    """RGB over 0..65535 of Y, Cb and Cr of one size, code values of `depth` bits."""
    matrix = _coding_matrix(colour.matrix or "", colour.range == "full", depth, 0xFFFF)
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 0, 1]]))[:3]
    return np.asarray(cv2.transform(cv2.merge(planes).astype(np.uint16, copy=False), inverse))


def in_format(
    frame: VideoFrame, pixel_format: str, colour: Colour, scaler: VideoReformatter, subject: str
) -> VideoFrame:
    """A decoded frame in a format and the range of `colour`; planes that fit stay as they are.

    Raises:
        InputError: The matrix is not known; `subject` is the file.
    """
    same_format = frame.format.name.replace("yuvj", "yuv") == pixel_format
    full = frame.color_range == 2 or frame.format.name.startswith("yuvj")
    matrix = int(sws_matrix(colour.matrix or "", subject))
    if same_format and full == (colour.range == "full"):
        return copy_of(frame, pixel_format)
    return scaler.reformat(
        frame,
        format=pixel_format,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=2 if full else 1,
        dst_color_range=int(sws_range(colour.range)),
        interpolation=int(Interpolation.BICUBIC | EXACT),
        threads=1,
    )


def copy_of(frame: VideoFrame, pixel_format: str) -> VideoFrame:
    """The same planes in a frame of one's own: the decoder's must not be altered."""
    copy = VideoFrame(frame.width, frame.height, pixel_format)
    for source, target in zip(frame.planes, copy.planes, strict=True):
        rows = np.frombuffer(memoryview(source), np.uint8).reshape(-1, source.line_size)
        into = np.frombuffer(memoryview(target), np.uint8).reshape(-1, target.line_size)
        both = min(source.line_size, target.line_size)
        into[:, :both] = rows[: into.shape[0], :both]
    return copy
