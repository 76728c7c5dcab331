"""H.264 pictures of plain samples: bit-exact in every profile, at the size of raw video.

Every macroblock is I_PCM (ITU-T H.264, 7.3.5): the decoder copies its samples. Used for the few
real frames that lie in a broken group of pictures and cannot be copied as packets. They go by the
footage's own sequence parameter set, so that copied pictures behind them may refer to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from av.video.frame import VideoFrame

from landfast.compose.avc import SequenceSet
from landfast.compose.bits import Bits, escaped
from landfast.media.planes import plane_of
from landfast.model.arrays import UInt8, UInt16

Samples = UInt8[np.ndarray, "_ _"] | UInt16[np.ndarray, "_ _"]

_BLOCK: Final = 16
_HEADER: Final = b"\x0d\x00"
"""mb_type 25 (I_PCM) as Exp-Golomb, then zeros up to the next whole byte."""
_PAIR_HEADER: Final = b"\x06\x80"
"""The same behind mb_field_decoding_flag 0: the first of a pair, of frame lines."""
_CHROMA_SIDES: Final = {0: (), 1: ((8, 8),) * 2, 2: ((8, 16),) * 2, 3: ((16, 16),) * 2}
"""Width and height of a macroblock's other planes, by chroma_format_idc."""


def can_write(sequence: SequenceSet) -> bool:
    """True where `picture` can write the footage's samples."""
    return sequence.depth in (8, 10) and not sequence.planes_apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a picture stands among the others; unless told otherwise it is an IDR."""

    reset: int = 0
    """Neighbouring IDR pictures need different numbers."""
    is_reset: bool = True
    importance: int = 3
    """nal_ref_idc."""
    number: int = 0
    """frame_num; 0 for an IDR."""
    order: int = 0
    """pic_order_cnt_lsb; 0 for an IDR."""
    dropped: tuple[int, ...] | None = None
    """As of `SliceHead`."""


def picture_set(sequence: SequenceSet, *, number: int) -> bytes:
    """The picture parameter set that plain pictures go by; the footage must not use its number."""
    bits = Bits().ue(number).ue(sequence.number).u(0, 2)  # CAVLC
    bits.ue(0).ue(0).ue(0).u(0, 3).se(0).se(0).se(0)
    # Deblocking can be switched off in a slice.
    return b"\x68" + escaped(bits.u(1, 1).u(0, 2).closed())


def picture(sequence: SequenceSet, frame: VideoFrame, place: Place, *, number: int) -> bytes:
    """One picture that decodes to exactly the samples of `frame`.

    Args:
        sequence: The footage's.
        frame: In the footage's own format; with or without the samples that cropping hides.
        place: Where it stands.
        number: As given to `picture_set`.
    """
    blocks = _macroblocks(sequence, frame)
    headers = np.tile(np.frombuffer(_HEADER, np.uint8), (len(blocks), 1))
    if sequence.adaptive:
        headers[::2] = np.frombuffer(_PAIR_HEADER, np.uint8)
    later = np.concatenate((headers, blocks), axis=1)
    # The first macroblock's header goes on where the slice's ends, and only then come zeros.
    first = _slice_header(sequence, place, number)
    if sequence.adaptive:
        first.u(0, 1)
    body = first.ue(25).aligned() + later.tobytes()[len(_HEADER) :]
    kind = 5 if place.is_reset else 1
    return bytes([place.importance << 5 | kind]) + escaped(body + b"\x80")


def _slice_header(sequence: SequenceSet, place: Place, number: int) -> Bits:
    bits = Bits().ue(0).ue(7).ue(number)  # first macroblock, I slice, picture parameter set
    bits.u(place.number, sequence.number_bits)
    if not sequence.frames_only:
        bits.u(0, 1)  # no field
    if place.is_reset:
        bits.ue(place.reset)
    if sequence.order_bits:
        bits.u(place.order, sequence.order_bits)
    if sequence.has_order_delta:
        bits.se(0)
    if place.is_reset:
        bits.u(0, 2)  # keep earlier pictures for output; no long-term reference
    elif place.importance:
        bits.u(0 if place.dropped is None else 1, 1)
        for difference in place.dropped or ():
            bits.ue(1).ue(difference)
        if place.dropped is not None:
            bits.ue(0)
    return bits.se(0).ue(1)  # quantiser; no deblocking


def _macroblocks(sequence: SequenceSet, frame: VideoFrame) -> UInt8[np.ndarray, "block byte"]:
    """Bytes of each macroblock in order: light, then the other planes."""
    across, down = sequence.blocks
    parts = []
    for number, (width, height) in enumerate(((_BLOCK, _BLOCK), *_CHROMA_SIDES[sequence.chroma])):
        rows = _padded(plane_of(frame, number), across * width, down * height)
        tiles = rows.reshape(down, height, across, width).swapaxes(1, 2)
        if sequence.adaptive:
            tiles = tiles.reshape(down // 2, 2, across, height, width).swapaxes(1, 2)
        parts.append(_packed(tiles.reshape(across * down, width * height), sequence.depth))
    return np.concatenate(parts, axis=1)


def _packed(samples: Samples, depth: int) -> UInt8[np.ndarray, "block byte"]:
    """Samples of 10 bits, four in five bytes; those of 8 bits as they are."""
    if depth == 8:
        return samples.astype(np.uint8, copy=False)
    four = samples.reshape(len(samples), -1, 4).astype(np.uint64)
    whole = four[..., 0] << 30 | four[..., 1] << 20 | four[..., 2] << 10 | four[..., 3]
    five = whole.astype(">u8").view(np.uint8).reshape(*whole.shape, 8)[..., 3:]
    return np.ascontiguousarray(five).reshape(len(samples), -1)


def _padded(rows: Samples, width: int, height: int) -> Samples:
    right, bottom = width - rows.shape[1], height - rows.shape[0]
    return np.pad(rows, ((0, bottom), (0, right)), mode="edge")
