"""What each observer of `analyze` costs: milliseconds of one core a frame.

    python -m benchmarks.observers [--clip FILE] [--frames N]

Frames are decoded and measured in turn on one thread, and the processor's time is taken around
each observer: mean over the frames. Decoding is not counted.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from benchmarks.footage import clip
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.vision.analysis import observers
from landfast.vision.analysis.observers import Observers
from landfast.vision.analysis.working import WorkingFrame

SPENT: Counter[str] = Counter()


def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, its processor time added to `SPENT`."""

    @functools.wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        began = time.thread_time()
        try:
            return function(*arguments, **named)
        finally:
            SPENT[name] += time.thread_time() - began

    return run


def main() -> None:
    """Print a line an observer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--frames", type=int, default=90)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    for name in ("noise", "exposure", "sharpness", "describe_layout", "align", "continuity"):
        setattr(observers, name, timed(name, getattr(observers, name)))
    for kind in (observers.HorizonFinder, observers.OcclusionFinder, observers.MotionTracker):
        kind.see = timed(kind.__name__, kind.see)  # type: ignore[method-assign]
    reduced = timed("reduced pictures", WorkingFrame.of)
    path = given.clip or clip(3840, 2160, 10)
    seen = Observers.of(probe(path))
    frames = 0
    for picture in itertools.islice(decode(path, threads=1), given.frames):
        frame = reduced(picture)
        timed("identity", lambda frame=frame: frame.identity)()
        timed("all observers", seen.see)(frame)
        frames += 1
    print(f"{path.name}, {frames} frames")
    for name, seconds in SPENT.most_common():
        print(f"{name:<20}{seconds / frames * 1000:>8.2f} ms a frame")


if __name__ == "__main__":
    main()
