"""The correction as tracks for other programs: corner pins, camera rotation, ST maps.

Each of them moves the overlay AS IT CAME to where it belongs. Frames are numbered from 1 for Nuke
and from 0 for After Effects. Both measure from pixel edges; Nuke from the lower left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from landfast.errors import InputError
from landfast.model.arrays import Float32, Float64
from landfast.vision.overlay.maps import Map, inverse, moved

_AE_NAMES = ("Upper Left #2", "Upper Right #3", "Lower Left #4", "Lower Right #5")
_AE_ORDER = (0, 1, 3, 2)
_NUKE_ORDER = (3, 2, 1, 0)
"""Nuke's pins go counter-clockwise from the lower left."""


def pins(warps: Sequence[Map | None], width: int, height: int) -> Float64[np.ndarray, "frame 4 2"]:
    """Where the frame's corners go: clockwise from the upper left, from the picture's edge."""
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    same = np.eye(3)
    return np.array([moved(same if by is None else by, corners - 0.5) + 0.5 for by in warps])


def after_effects(
    corners: Float64[np.ndarray, "frame 4 2"], *, fps: float, width: int, height: int
) -> str:
    """Keyframe data to paste onto the overlay's layer: the effect Corner Pin."""
    lines = ["Adobe After Effects 8.0 Keyframe Data", ""]
    lines += [f"\tUnits Per Second\t{fps:.6g}", f"\tSource Width\t{width}"]
    lines += [f"\tSource Height\t{height}", "\tSource Pixel Aspect Ratio\t1"]
    lines += ["\tComp Pixel Aspect Ratio\t1", ""]
    for name, corner in zip(_AE_NAMES, _AE_ORDER, strict=True):
        lines += [f"Effects\tCorner Pin #1\t{name}", "\tFrame\tX pixels\tY pixels"]
        for frame, (x, y) in enumerate(corners[:, corner].tolist()):
            lines.append(f"\t{frame}\t{x:.4f}\t{y:.4f}")
        lines.append("")
    return "\n".join([*lines, "", "End of Keyframe Data", ""])


def nuke_corner_pin(corners: Float64[np.ndarray, "frame 4 2"], *, width: int, height: int) -> str:
    """A CornerPin2D node to paste."""
    lines = ["set cut_paste_input [stack 0]", "version 13.0 v1", "push $cut_paste_input"]
    lines.append("CornerPin2D {")
    for number, corner in enumerate(_NUKE_ORDER, start=1):
        x = " ".join(f"x{k + 1} {v:.4f}" for k, v in enumerate(corners[:, corner, 0].tolist()))
        y = " ".join(
            f"x{k + 1} {height - v:.4f}" for k, v in enumerate(corners[:, corner, 1].tolist())
        )
        lines.append(f" to{number} {{{{curve {x}}} {{curve {y}}}}}")
    rest = ((0, 0), (width, 0), (width, height), (0, height))
    lines += [f" from{number} {{{x} {y}}}" for number, (x, y) in enumerate(rest, start=1)]
    return "\n".join([*lines, " filter Lanczos4", " name LandfastLock", "}", ""])


def nuke_chan(maps: Sequence[Map | None], *, focal_px: float, width: int, height: int) -> str:
    """The camera's rotation for a turning camera: frame, tx ty tz, rx ry rz, vertical view angle.

    Degrees in Nuke's default order ZXY; unmeasured frames repeat the one before.
    """
    x, y = (width - 1) / 2, (height - 1) / 2
    camera = np.array([[focal_px, 0, x], [0, focal_px, y], [0, 0, 1.0]])
    flip = np.diag([1.0, -1.0, -1.0])
    angle = math.degrees(2 * math.atan(height / 2 / focal_px))
    lines, last = [], np.eye(3)
    for number, scene in enumerate(maps, start=1):
        if scene is not None:
            rough = np.linalg.inv(camera) @ scene @ camera
            left, _, right = np.linalg.svd(rough / np.cbrt(np.linalg.det(rough)))
            last = left @ right
        turned = flip @ last.T @ flip
        rx = math.degrees(math.asin(max(-1.0, min(1.0, -turned[1, 2]))))
        ry = math.degrees(math.atan2(turned[0, 2], turned[2, 2]))
        rz = math.degrees(math.atan2(turned[1, 0], turned[1, 1]))
        lines.append(f"{number}\t0\t0\t0\t{rx:.6f}\t{ry:.6f}\t{rz:.6f}\t{angle:.6f}")
    return "\n".join([*lines, ""])


def st_map(by: Map | None, width: int, height: int) -> Float32[np.ndarray, "height width 3"]:
    """Where each pixel is read from: red across, green up from the lower edge, 0..1; blue 0."""
    back = np.eye(3) if by is None else inverse(by)
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    at = cv2.perspectiveTransform(np.stack([x, y], axis=2).reshape(1, -1, 2), back)
    at = at.reshape(height, width, 2)
    result = np.zeros((height, width, 3), np.float32)
    result[..., 0] = (at[..., 0] + 0.5) / width
    result[..., 1] = 1 - (at[..., 1] + 0.5) / height
    return result


def exr_files(maps: Iterator[Float32[np.ndarray, "height width 3"]]) -> Iterator[bytes]:
    """Each map as an EXR file: 32 bit float, RGB, zip.

    Raises:
        InputError: This build of FFmpeg has no EXR encoder.
    """
    for image in maps:
        try:
            coder = av.CodecContext.create("exr", "w")
        except ValueError as error:
            raise InputError("cannot write EXR with this FFmpeg", subject="--export") from error
        coder.width, coder.height = image.shape[1], image.shape[0]
        coder.pix_fmt, coder.time_base = "gbrpf32le", 1  # type: ignore[assignment]
        coder.options = {"compression": "zip16"}
        frame = VideoFrame(image.shape[1], image.shape[0], "gbrpf32le")
        for number, channel in enumerate((1, 2, 0)):
            plane = frame.planes[number]
            rows = np.frombuffer(memoryview(plane), np.float32).reshape(image.shape[0], -1)
            rows[:, : image.shape[1]] = image[..., channel]
        packets = [*coder.encode(frame), *coder.encode(None)]
        yield b"".join(bytes(packet) for packet in packets)
