"""What is refused before anything is paid or judged."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from landfast.compose.conform import resized
from landfast.errors import InputError, Unsupported
from landfast.media.decode import stills
from landfast.model.arrays import UInt8
from landfast.model.clip import Clip
from landfast.model.measured import Gap
from landfast.vision.gap.measure import End, measure_gap

ANOTHER: Final = 0.5
"""Share of an anchor that the footage's frame does not show from which it is another moment. In the
bundled flight: 0.003 for the frame itself, 0.02 one frame off, 0.28 ten off, 0.68 seconds off."""

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


def refuse_other_footage(
    anchors: Sequence[tuple[Path, Image, Fraction]], footage: Path, clip: Clip
) -> None:
    """Refuse footage that does not show the anchors, each at its time: it tells nothing of a take.

    A frame can always be matched with itself, so what cannot be is another one, and what shows too
    little of it is another moment; only pictures too plain to match are let by.

    Raises:
        InputError: It shows something else at one of the times.
    """
    shown = stills(footage, clip, [time for _, _, time in anchors])
    for (name, image, time), picture in zip(anchors, shown, strict=True):
        frame = picture.rgb()
        height, width = frame.shape[:2]
        gap = measure_gap(End.of(resized(image, width, height)), End.of(frame))
        if _is_another(gap):
            raise InputError(
                f"does not show {name} at {float(time):.3f} s",
                subject=str(footage),
                remedy="give the footage that both anchors are from, and where they stand in it as "
                "--span",
            )


def _is_another(gap: Gap) -> bool:
    if gap.model == "none":
        return gap.semantic is not None
    return gap.state != "bridgeable" or (gap.disoccluded or 0.0) > ANOTHER
