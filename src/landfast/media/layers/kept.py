"""Layers that are read more than once: the first ones stay in memory, the rest is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from landfast.media.layers.layer import Layer

_MOST_BYTES = 256 << 20


@dataclass(slots=True)
class KeptLayers:
    """An overlay's frames in order; decoding them again takes longer than all that is done to
    them."""

    read: Callable[[int], Iterator[Layer]]
    """Reads them from a frame on."""
    most_bytes: int = _MOST_BYTES
    _kept: list[Layer] = field(default_factory=list)
    _bytes: int = 0

    def __call__(self) -> Iterator[Layer]:
        """From the first frame on, as often as it is called."""
        yield from self._kept
        for number, layer in enumerate(self.read(len(self._kept)), start=len(self._kept)):
            self._keep(number, layer)
            yield layer

    def _keep(self, number: int, layer: Layer) -> None:
        size = layer.pixels.nbytes
        if number != len(self._kept) or self._bytes + size > self.most_bytes:
            return
        # A view would keep the whole picture that it was cut from.
        pixels = layer.pixels if layer.pixels.base is None else layer.pixels.copy()
        self._kept.append(replace(layer, pixels=pixels))
        self._bytes += size
