"""H.264 pictures of plain samples: bit-exact in every profile, at the size of raw video.

Every macroblock is I_PCM (ITU-T H.264, 7.3.5): the decoder copies its samples. Used for the few
real frames that lie in a broken group of pictures and therefore cannot be copied as packets.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from jaxtyping import UInt8

from landfast.compose.bits import Bits, escaped

FORMATS = ("yuv420p", "yuvj420p")
"""Pixel formats that can be written this way."""

_BLOCK = 16
_LATER_HEADER = b"\x0d\x00"
"""mb_type 25 (I_PCM) as Exp-Golomb, then zeros up to the next whole byte."""
_EXTENDED_SAR = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """What the parameter sets say."""

    width: int
    height: int
    profile: int
    """profile_idc; 66, 77 or 88, or a High profile."""
    level: int
    number: int
    """Number of both parameter sets; the footage must not use it."""
    full_range: bool
    primaries: int
    """Colour code points of ISO/IEC 23091-2; 2 is not stated."""
    transfer: int
    matrix: int
    sample_aspect: Fraction

    @property
    def blocks(self) -> tuple[int, int]:
        """Macroblocks across and down."""
        return -(-self.width // _BLOCK), -(-self.height // _BLOCK)


def parameter_sets(sequence: Sequence) -> tuple[bytes, bytes]:
    """The sequence and the picture parameter set."""
    return b"\x67" + escaped(_sequence_set(sequence)), b"\x68" + escaped(_picture_set(sequence))


def picture(sequence: Sequence, frame: VideoFrame, *, number: int) -> bytes:
    """One IDR picture that decodes to exactly the samples of `frame`.

    Args:
        sequence: As given to `parameter_sets`.
        frame: 8-bit 4:2:0.
        number: Position among the pictures written; neighbours need different IDR numbers.
    """
    first = (
        Bits()
        .ue(0)  # first macroblock
        .ue(7)  # I slice
        .ue(sequence.number)
        .u(0, 4)  # frame number
        .ue(number % 2)  # IDR number
        .u(0, 2)  # keep earlier pictures for output; no long-term reference
        .se(0)  # quantiser
        .ue(1)  # no deblocking
        .ue(25)  # I_PCM
        .aligned()
    )
    samples = _macroblocks(sequence, frame)
    later = np.empty((len(samples), len(_LATER_HEADER) + samples.shape[1]), np.uint8)
    later[:, : len(_LATER_HEADER)] = np.frombuffer(_LATER_HEADER, np.uint8)
    later[:, len(_LATER_HEADER) :] = samples
    body = later.tobytes()[len(_LATER_HEADER) :]
    return b"\x65" + escaped(first + body + b"\x80")


def _sequence_set(sequence: Sequence) -> bytes:
    across, down = sequence.blocks
    bits = Bits().u(sequence.profile, 8).u(0, 8).u(sequence.level, 8).ue(sequence.number)
    if sequence.profile >= 100:
        bits.ue(1).ue(0).ue(0).u(0, 1).u(0, 1)  # 4:2:0, 8 bit, 8 bit, no bypass, flat scaling
    bits.ue(0).ue(2).ue(0).u(0, 1)  # 4-bit frame numbers, output in decoding order, no references
    bits.ue(across - 1).ue(down - 1).u(1, 1).u(1, 1)
    right, bottom = across * _BLOCK - sequence.width, down * _BLOCK - sequence.height
    bits.u(1 if right or bottom else 0, 1)
    if right or bottom:
        bits.ue(0).ue(right // 2).ue(0).ue(bottom // 2)
    return _usability(bits.u(1, 1), sequence).closed()


def _usability(bits: Bits, sequence: Sequence) -> Bits:
    aspect = sequence.sample_aspect
    bits.u(1, 1).u(_EXTENDED_SAR, 8).u(aspect.numerator, 16).u(aspect.denominator, 16)
    bits.u(0, 1)  # overscan
    bits.u(1, 1).u(5, 3).u(1 if sequence.full_range else 0, 1).u(1, 1)
    bits.u(sequence.primaries, 8).u(sequence.transfer, 8).u(sequence.matrix, 8)
    bits.u(0, 1).u(0, 1).u(0, 1).u(0, 1).u(0, 1)  # chroma place, timing, two HRD, structure
    return bits.u(1, 1).u(1, 1).ue(0).ue(0).ue(9).ue(9).ue(0).ue(0)  # no reordering


def _picture_set(sequence: Sequence) -> bytes:
    bits = Bits().ue(sequence.number).ue(sequence.number).u(0, 2)  # CAVLC
    bits.ue(0).ue(0).ue(0).u(0, 3).se(0).se(0).se(0)
    return bits.u(1, 1).u(0, 2).closed()  # deblocking can be switched off in a slice


def _macroblocks(sequence: Sequence, frame: VideoFrame) -> UInt8[np.ndarray, "block sample"]:
    """Samples of each macroblock in order: 256 luma, 64 blue, 64 red."""
    across, down = sequence.blocks
    parts = []
    for number, side in enumerate((_BLOCK, _BLOCK // 2, _BLOCK // 2)):
        rows = _padded(plane(frame, number), across * side, down * side)
        tiles = rows.reshape(down, side, across, side).swapaxes(1, 2)
        parts.append(tiles.reshape(across * down, side * side))
    return np.concatenate(parts, axis=1)


def plane(frame: VideoFrame, number: int) -> UInt8[np.ndarray, "height width"]:
    """One plane of an 8-bit planar frame, without the padding of its rows."""
    source = frame.planes[number]
    rows = np.frombuffer(memoryview(source), np.uint8).reshape(source.height, source.line_size)
    return rows[:, : source.width]


def _padded(
    rows: UInt8[np.ndarray, "height width"], width: int, height: int
) -> UInt8[np.ndarray, "full_height full_width"]:
    right, bottom = width - rows.shape[1], height - rows.shape[0]
    return np.pad(rows, ((0, bottom), (0, right)), mode="edge")
