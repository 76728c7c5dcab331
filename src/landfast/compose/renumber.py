"""H.264 pictures with other numbers in their slice headers, and nothing else changed."""

from __future__ import annotations

from dataclasses import dataclass

from landfast.compose.avc import SequenceSet, SliceHead, Syntax
from landfast.compose.bits import escaped, overwritten, unescaped
from landfast.compose.nal import slices


@dataclass(frozen=True, slots=True)
class Shift:
    """By how much pictures are numbered lower than in the footage."""

    number: int
    order: int

    def apply(self, syntax: Syntax, sequence: SequenceSet, units: list[bytes]) -> list[bytes]:
        """A picture's units, its slices renumbered in place."""
        parts = slices("h264", units)
        return [self._renumbered(syntax, sequence, u) if u in parts else u for u in units]

    def numbers(self, sequence: SequenceSet, head: SliceHead) -> tuple[int, int]:
        """frame_num and pic_order_cnt_lsb of a picture after the shift."""
        return (
            (head.number - self.number) % (1 << sequence.number_bits),
            (head.order - self.order) % (1 << sequence.order_bits),
        )

    def _renumbered(self, syntax: Syntax, sequence: SequenceSet, unit: bytes) -> bytes:
        head = syntax.head(unit)
        number, order = self.numbers(sequence, head)
        stop = head.order_at + sequence.order_bits
        # Escapes reach over two bytes: the part that is rewritten ends on a byte above them.
        far = range(stop // 8 + 8, len(unit))
        length = next((k for k in far if unit[k - 1] > 3), len(unit))
        front = unescaped(unit[:length])
        front = overwritten(front, head.number_at, sequence.number_bits, number)
        front = overwritten(front, head.order_at, sequence.order_bits, order)
        return front[:1] + escaped(front[1:]) + unit[length:]
