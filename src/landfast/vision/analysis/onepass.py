"""One pass over a clip: decoded once, every observer looks at the same frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from landfast.model.arrays import UInt8
from landfast.model.clip import Clip
from landfast.vision.analysis.ahead import begin
from landfast.vision.analysis.table import FrameTable
from landfast.vision.analysis.working import FINE_SIDE, WorkingFrame, width_for

Progress = Callable[[int, int], None]
"""Called with the frames done and the frames in all."""


@dataclass(frozen=True, slots=True)
class StripImage:
    """One picture of the film strip."""

    index: int
    """Its frame."""
    image: UInt8[np.ndarray, "height width 3"]
    """RGB, the longer side at most 192 pixels."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What one pass over a clip measured."""

    table: FrameTable
    working_width: int
    """Width of the picture at which the finest measurements were taken, pixels."""
    strip: tuple[StripImage, ...]
    """Small pictures at even distances through the clip, for the plot."""
    images: tuple[str, ...]
    """Content id of every frame, of its working pictures."""


def observe(
    path: Path,
    clip: Clip,
    *,
    threads: int = 0,
    progress: Progress | None = None,
    frames: Iterator[WorkingFrame] | None = None,
) -> Observations:
    """Measure every frame of a clip.

    Frames are decoded and reduced ahead on a second thread while this one measures. Only the
    table grows with the clip, by less than a kilobyte a frame. The result does not depend on the
    number of threads.

    Args:
        path: The video file.
        clip: What `probe` found in it.
        threads: 0 for as many as there are cores; 1 to decode and measure in turn.
        progress: Told after every frame.
        frames: What `begin` gave, where it has begun already.

    Raises:
        InputError: The file cannot be decoded.
    """
    frames = frames or begin(path, clip, threads=threads)
    # Loaded while the decoder is at work; NumPy's quantiles would load the first one at the end.
    import numpy.ma  # noqa: F401

    from landfast.vision.analysis.columns import settle
    from landfast.vision.analysis.observers import Observers

    observers = Observers.of(clip)
    strip: list[StripImage] = []
    images: list[str] = []
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        for frame in frames:
            observers.see(frame)
            images.append(frame.identity)
            if frame.thumb is not None:
                strip.append(StripImage(frame.index, frame.thumb))
            if progress is not None:
                progress(frame.index + 1, clip.frames)
    finally:
        cv2.setNumThreads(before)
    observers.finish()
    size = (clip.width, clip.height)
    return Observations(
        settle(observers.raw, clip), width_for(size, FINE_SIDE), tuple(strip), tuple(images)
    )
