"""What is refused before anything is paid."""

from __future__ import annotations

import numpy as np

from landfast.errors import Unsupported
from landfast.model.arrays import UInt8
from landfast.vision.gap.measure import End, measure_gap

Image = UInt8[np.ndarray, "_ _ 3"]


def refuse_unrelated(first: Image, last: Image) -> None:
    """Refuse anchors that show different scenes: what a model made of them would be noise.

    Raises:
        Unsupported: The measured gap is `unrelated`; the message holds the numbers.
    """
    gap = measure_gap(End.of(first), End.of(last))
    if gap.state == "unrelated":
        raise Unsupported(
            gap.reason, subject="anchors", remedy="give two frames that show one scene"
        )
