"""What H.264 says in front of its samples: parameter sets and slice headers (ITU-T H.264, 7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from landfast.compose.bits import Reader, unescaped
from landfast.compose.nal import unit_type
from landfast.errors import Unsupported

_HEAD_BYTES: Final = 640
"""Longer than any slice header: 32 weights of three planes twice, 10 bytes each at most."""
_CHROMA_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_B, _I, _SI = 1, 2, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceSet:
    """What holds for all pictures up to the next IDR."""

    number: int
    chroma: int
    """chroma_format_idc: 0 none, 1 4:2:0, 2 4:2:2, 3 4:4:4."""
    planes_apart: bool
    depth: int
    """Bits a sample."""
    number_bits: int
    """Width of frame_num."""
    order_type: int
    """pic_order_cnt_type."""
    order_bits: int
    """Width of pic_order_cnt_lsb; 0 where there is none."""
    has_order_delta: bool
    references: int
    """Most reference frames held at once."""
    blocks: tuple[int, int]
    """Macroblocks across and down, of frames."""
    frames_only: bool
    """No fields and no field macroblocks."""
    adaptive: bool
    """Macroblocks come in pairs, each of frame or field lines."""

    @classmethod
    def parse(cls, unit: bytes) -> SequenceSet:
        """Read a unit of type 7."""
        bits = Reader(unescaped(unit), 8)
        profile = bits.u(8)
        bits.u(16)
        number, chroma, apart, depth = bits.ue(), 1, False, 8
        if profile in _CHROMA_PROFILES:
            chroma = bits.ue()
            apart = chroma == 3 and bits.u(1) == 1
            depth = 8 + bits.ue()
            if 8 + bits.ue() != depth and chroma:
                raise Unsupported(
                    "has colours of another depth than its light", subject="the footage"
                )
            bits.u(1)
            if bits.u(1):
                _skip_scaling(bits, 12 if chroma == 3 else 8)
        number_bits, order_type, order_bits, delta = bits.ue() + 4, bits.ue(), 0, False
        if order_type == 0:
            order_bits = bits.ue() + 4
        elif order_type == 1:
            delta = bits.u(1) == 0
            bits.se(), bits.se()
            for _ in range(bits.ue()):
                bits.se()
        references = bits.ue()
        bits.u(1)
        across, down, frames_only = bits.ue() + 1, bits.ue() + 1, bits.u(1) == 1
        return cls(
            number=number,
            chroma=chroma,
            planes_apart=apart,
            depth=depth,
            number_bits=number_bits,
            order_type=order_type,
            order_bits=order_bits,
            has_order_delta=delta,
            references=references,
            blocks=(across, down if frames_only else 2 * down),
            frames_only=frames_only,
            adaptive=not frames_only and bits.u(1) == 1,
        )


def _skip_scaling(bits: Reader, lists: int) -> None:
    for number in range(lists):
        if not bits.u(1):
            continue
        last = following = 8
        for _ in range(16 if number < 6 else 64):
            if following:
                following = (last + bits.se()) % 256
            last = following or last


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSet:
    """What slice headers need to be read."""

    number: int
    sequence: int
    has_order_delta: bool
    references: tuple[int, int]
    """How many pictures each list holds where a slice does not say."""
    weighted: bool
    weighted_both: bool
    has_redundant: bool

    @classmethod
    def parse(cls, unit: bytes) -> PictureSet:
        """Read a unit of type 8."""
        bits = Reader(unescaped(unit), 8)
        number, sequence = bits.ue(), bits.ue()
        bits.u(1)
        delta = bits.u(1) == 1
        if bits.ue():
            raise Unsupported("is coded in slice groups", subject="the footage")
        references = bits.ue() + 1, bits.ue() + 1
        weighted, both = bits.u(1) == 1, bits.u(2) == 1
        bits.se(), bits.se(), bits.se(), bits.u(2)
        return cls(
            number=number,
            sequence=sequence,
            has_order_delta=delta,
            references=references,
            weighted=weighted,
            weighted_both=both,
            has_redundant=bits.u(1) == 1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceHead:
    """Where a picture stands among the others."""

    is_reset: bool
    """An IDR: no picture before it is referred to again."""
    importance: int
    """nal_ref_idc; other pictures may refer to it unless this is 0."""
    number: int
    """frame_num."""
    order: int
    """pic_order_cnt_lsb; 0 where there is none."""
    number_at: int
    """Bit of the unit without emulation prevention."""
    order_at: int
    dropped: tuple[int, ...] | None
    """References that it drops, as difference_of_pic_nums_minus1; None: the oldest when full."""
    is_plain: bool
    """No fields, no long-term references, nothing that starts the count anew."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """A stream's parameter sets."""

    sequences: Mapping[int, SequenceSet]
    pictures: Mapping[int, PictureSet]

    @classmethod
    def of(cls, sets: Iterable[bytes]) -> Syntax:
        """Read them.

        Raises:
            Unsupported: Something that is hardly ever used, or damage.
        """
        units = tuple(sets)
        try:
            sequences = [SequenceSet.parse(u) for u in units if unit_type("h264", u) == 7]
            pictures = [PictureSet.parse(u) for u in units if unit_type("h264", u) == 8]
        except IndexError as error:
            raise _damaged() from error
        return cls({one.number: one for one in sequences}, {one.number: one for one in pictures})

    @property
    def only(self) -> SequenceSet | None:
        """The stream's one sequence parameter set; None where there are more."""
        return next(iter(self.sequences.values())) if len(self.sequences) == 1 else None

    def head(self, unit: bytes) -> SliceHead:
        """Read a slice's header.

        Raises:
            Unsupported: It cannot be read.
        """
        try:
            return self._head(unit[:_HEAD_BYTES])
        except (IndexError, KeyError) as error:
            raise _damaged() from error

    def _head(self, unit: bytes) -> SliceHead:
        bits, reset, importance = Reader(unescaped(unit), 8), unit[0] & 31 == 5, unit[0] >> 5 & 3
        bits.ue()
        kind = bits.ue() % 5
        picture = self.pictures[bits.ue()]
        sequence = self.sequences[picture.sequence]
        bits.u(2 if sequence.planes_apart else 0)
        number_at, number = bits.at, bits.u(sequence.number_bits)
        is_field = not sequence.frames_only and bits.u(1) == 1
        bits.u(1 if is_field else 0)
        if reset:
            bits.ue()
        order_at, order = bits.at, bits.u(sequence.order_bits)
        _skip_deltas(bits, sequence, picture, is_field)
        if picture.has_redundant:
            bits.ue()
        if kind not in (_I, _SI):
            self._skip_lists(bits, kind, picture, sequence)
        dropped, is_plain = _marking(bits, reset, importance)
        return SliceHead(
            is_reset=reset,
            importance=importance,
            number=number,
            order=order,
            number_at=number_at,
            order_at=order_at,
            dropped=dropped,
            is_plain=is_plain and not is_field,
        )

    def _skip_lists(
        self, bits: Reader, kind: int, picture: PictureSet, sequence: SequenceSet
    ) -> None:
        lists = 2 if kind == _B else 1
        bits.u(1 if kind == _B else 0)
        counts = list(picture.references[:lists])
        if bits.u(1):
            counts = [bits.ue() + 1 for _ in range(lists)]
        for _ in range(lists):
            if bits.u(1):
                while bits.ue() != 3:
                    bits.ue()
        if picture.weighted_both if kind == _B else picture.weighted:
            _skip_weights(
                bits, counts, has_chroma=sequence.chroma > 0 and not sequence.planes_apart
            )


def _skip_deltas(bits: Reader, sequence: SequenceSet, picture: PictureSet, is_field: bool) -> None:
    if sequence.has_order_delta:
        bits.se()
    told = sequence.order_type == 0 or sequence.has_order_delta
    if told and picture.has_order_delta and not is_field:
        bits.se()


def _skip_weights(bits: Reader, counts: list[int], *, has_chroma: bool) -> None:
    bits.ue()
    if has_chroma:
        bits.ue()
    for count in counts:
        for _ in range(count):
            if bits.u(1):
                bits.se(), bits.se()
            if has_chroma and bits.u(1):
                bits.se(), bits.se(), bits.se(), bits.se()


def _marking(bits: Reader, reset: bool, importance: int) -> tuple[tuple[int, ...] | None, bool]:
    """References that are dropped, and whether nothing else is done to them."""
    if not importance:
        return None, True
    if reset:
        bits.u(1)
        return None, bits.u(1) == 0
    if not bits.u(1):
        return None, True
    dropped: list[int] = []
    while kind := bits.ue():
        if kind != 1:
            return tuple(dropped), False
        dropped.append(bits.ue())
    return tuple(dropped), True


def _damaged() -> Unsupported:
    return Unsupported("has a damaged decoder header", subject="the footage")
