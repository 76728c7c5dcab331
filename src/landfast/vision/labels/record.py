"""Labels of a span: six names, and how sure each pixel is of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8

Label = Literal["sky", "water", "vegetation", "built", "moving", "ground"]
LABELS: Final[tuple[Label, ...]] = ("sky", "water", "vegetation", "built", "moving", "ground")
UNKNOWN: Final = 255
"""Value of a pixel in `Labels.index` that belongs to no label."""
SURE: Final = 0.5
"""Confidence from which a pixel counts to a label."""
BONUS: Final = 0.12
"""Confidence that the label a pixel carried a frame ago is given in advance."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Confidence of every pixel in every label, frame by frame.

    The confidences of a pixel add up to at most 1; what is missing is what is not known.
    """

    confidence: tuple[UInt8[np.ndarray, "label height width"], ...]
    """0 to 255 for 0 to 1, one array a frame, in the order of `names`."""
    index: tuple[UInt8[np.ndarray, "height width"], ...]
    """Position in `names` of each pixel's label, 255 where it has none; steady in time."""
    reasons: tuple[str, ...]
    """Why a frame has no labels at all; empty where it has."""
    unmoved: tuple[str, ...] = ()
    """Why it is not known what moves in a frame; empty where it is. Learned labels give none."""
    names: tuple[Label, ...] = LABELS

    def __len__(self) -> int:
        return len(self.index)

    def mask(self, k: int, name: Label) -> Bool[np.ndarray, "height width"]:
        """Pixels of frame k that carry a label; every pixel carries one at most."""
        return np.asarray(self.index[k] == self.names.index(name))

    def masks(self, k: int) -> dict[Label, Bool[np.ndarray, "height width"]]:
        """All masks of frame k by name."""
        return {name: self.mask(k, name) for name in self.names}

    def sure(self, k: int, name: Label) -> Float32[np.ndarray, "height width"]:
        """Confidence, 0 to 1, of frame k in a label."""
        plane = self.confidence[k][self.names.index(name)]
        return np.asarray(plane.astype(np.float32) / np.float32(255))

    def known(self, k: int) -> Bool[np.ndarray, "height width"]:
        """Pixels of frame k that carry a label."""
        return np.asarray(self.index[k] != UNKNOWN)
