"""The judgement on a take that lies on disk, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landfast.conduct.progress import Progress, stage
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.arrays import UInt8
from landfast.model.clip import Clip
from landfast.model.constraint import Constraint
from landfast.verify.checks.region import Plate
from landfast.verify.judge import Judgement, judge
from landfast.verify.measure.reel import WORKING_WIDTH, FootageFrames, TakeFrames

Image = UInt8[np.ndarray, "height width 3"]

LONGEST_S = 60
"""Takes are held in memory at working width; longer ones are refused."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement with the pictures it was made on."""

    judgement: Judgement
    take: TakeFrames
    clip: Clip


def judge_file(
    take: Path,
    first: Image,
    last: Image,
    *,
    footage: FootageFrames | None = None,
    constraints: Sequence[Constraint] | None = None,
    plates: Mapping[str, Plate] | None = None,
    progress: Progress | None = None,
) -> Judged:
    """Judge a take on disk against its anchors.

    Raises:
        InputError: The take cannot be read, is too long, or cannot be compared at all.
    """
    clip = probe(take)
    if clip.duration > LONGEST_S:
        raise InputError(
            f"lasts {float(clip.duration):.0f} s, a take may last {LONGEST_S} s",
            subject=str(take),
            remedy="cut out the generated part",
        )
    images = [picture.rgb(WORKING_WIDTH) for picture in decode(take, clip)]
    frames = TakeFrames(images, clip.fps, clip.width)
    told = stage(progress, "verify")
    found = judge(
        frames,
        start=first,
        end=last,
        footage=footage,
        constraints=constraints,
        plates=plates,
        progress=told,
    )
    return Judged(found, frames, clip)
