"""Takes made by code from real frames: clean ones that must pass, and one planted fault each.

Every function takes the true frames of a gap, anchors included, and gives a take of that length.
Magnitudes in pixels are at 1920 wide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Make = Callable[[list[Image]], list[Image]]


@dataclass(frozen=True)
class Case:
    """A kind of take: how it is made and whether it must pass."""

    name: str
    magnitude: str
    clean: bool
    make: Make


def untouched(frames: list[Image]) -> list[Image]:
    """The true frames: what a perfect generator would deliver."""
    return list(frames)


def recompressed(crf: int) -> Make:
    """Through H.264 and back."""

    def make(frames: list[Image]) -> list[Image]:
        height, width = frames[0].shape[:2]
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height = width - width % 2, height - height % 2
        encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 25)
        encoder.options = {"crf": str(crf), "preset": "fast"}
        decoder = av.CodecContext.create("h264", "r")
        out: list[Image] = []
        crops = (frame[: encoder.height, : encoder.width] for frame in frames)
        packets = [
            packet
            for image in crops
            for packet in encoder.encode(
                av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            )
        ]
        for packet in [*packets, *encoder.encode(None), None]:
            out += [frame.to_ndarray(format="rgb24") for frame in decoder.decode(packet)]
        return [cv2.resize(image, (width, height)) for image in out]

    return make


def noisy(sigma: float) -> Make:
    """Sensor noise on every frame but the anchors."""

    def make(frames: list[Image]) -> list[Image]:
        generator = np.random.default_rng(1)
        inner = [_bytes(f + generator.normal(0, sigma, f.shape)) for f in frames[1:-1]]
        return [frames[0], *inner, frames[-1]]

    return make


def warp(pixels: float) -> Make:
    """An elastic bulge on textured ground that grows and goes again in the middle half."""

    def make(frames: list[Image]) -> list[Image]:
        height, width = frames[0].shape[:2]
        x0, y0 = textured(frames[len(frames) // 2])
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        bulge = np.exp(-((columns - x0) ** 2 + (rows - y0) ** 2) / (2 * (0.06 * width) ** 2))
        return [
            cv2.remap(
                frame,
                columns + bulge * np.float32(share * pixels * width / 1920),
                rows,
                cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REFLECT,
            )
            for frame, share in zip(frames, _swell(len(frames)), strict=True)
        ]

    return make


def textured(image: Image) -> tuple[int, int]:
    """Centre of the block below the middle with the most corners in it: likely static ground."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    strength = cv2.boxFilter(cv2.cornerMinEigenVal(grey, 9), -1, (65, 65))
    height, width = grey.shape
    allowed = np.zeros_like(strength)
    allowed[height * 5 // 10 : height * 8 // 10, width * 4 // 10 : width * 8 // 10] = 1
    y, x = np.unravel_index(int(np.argmax(strength * allowed)), strength.shape)
    return int(x), int(y)


def dissolve(frames: list[Image]) -> list[Image]:
    """The anchors faded into each other instead of a camera move."""
    shares = np.linspace(0, 1, len(frames))
    return [_bytes(frames[0] * (1 - s) + frames[-1] * s) for s in shares]


def end_ignored(frames: list[Image]) -> list[Image]:
    """Stops two thirds of the way: the last frame is not the end anchor."""
    reach = np.linspace(0, (len(frames) - 1) * 0.66, len(frames))
    return [frames[round(place)] for place in reach]


def freeze(count: int) -> Make:
    """Some frames in the middle repeat the one before."""

    def make(frames: list[Image]) -> list[Image]:
        middle = len(frames) // 2
        held = [frames[middle]] * count
        return [*frames[:middle], *held, *frames[middle + count :]]

    return make


def jump(frames: list[Image]) -> list[Image]:
    """A sixth of the move is skipped at once; before and after it runs a little slower."""
    count = len(frames)
    middle, skip = count // 2, max(3, count // 6)
    first = np.linspace(0, middle - skip / 2, middle)
    second = np.linspace(middle + skip / 2, count - 1, count - middle)
    return [frames[round(place)] for place in (*first, *second)]


def flicker(percent: float) -> Make:
    """Brightness of every second frame."""

    def make(frames: list[Image]) -> list[Image]:
        gain = 1 + percent / 100
        inner = [_bytes(f * (gain if k % 2 else 1)) for k, f in enumerate(frames[1:-1])]
        return [frames[0], *inner, frames[-1]]

    return make


def colour(delta_e: float) -> Make:
    """A colour cast that grows to mid-gap and goes again, CIE76 on the b* axis."""

    def make(frames: list[Image]) -> list[Image]:
        return [
            _cast(frame, delta_e * share)
            for frame, share in zip(frames, _swell(len(frames)), strict=True)
        ]

    return make


CLEAN: tuple[Case, ...] = (
    Case("true frames", "", True, untouched),
    Case("recompressed", "crf 28", True, recompressed(28)),
    Case("noise", "sigma 3", True, noisy(3)),
)
FAULTS: tuple[Case, ...] = (
    *(Case("warp", f"{px} px", False, warp(px)) for px in (4, 8, 16)),
    Case("dissolve", "", False, dissolve),
    Case("end ignored", "", False, end_ignored),
    Case("freeze", "4 frames", False, freeze(4)),
    Case("jump", "1/6", False, jump),
    *(Case("flicker", f"{percent} %", False, flicker(percent)) for percent in (3, 6)),
    *(Case("colour", f"delta E {step}", False, colour(step)) for step in (4, 8)),
)


def _swell(count: int) -> Sequence[float]:
    """0 in the first and last quarter, half a sine between."""
    place = np.linspace(0, 1, count)
    return list(np.sin(np.pi * np.clip((place - 0.25) * 2, 0, 1)))


def _cast(frame: Image, delta: float) -> Image:
    lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab[..., 2] += np.float32(delta)
    return _bytes(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255)


def _bytes(values: NDArray[np.floating]) -> Image:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
