"""`python -m benchmarks.verify.speed`: what a frame costs, in all and stage by stage.

Takes of the bundled clip, with footage, shown 960 wide. Every take is judged in a process of its
own, since what several takes of one gap share is measured once. Processor time holds on a busy
machine as well, time by the clock only on a quiet one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import cv2

from benchmarks.verify.sources import Image, Stretch, bundled
from landfast.verify import FootageFrames, TakeFrames, judge
from landfast.verify.judge import _CHECKS
from landfast.verify.measure.changes import Changes
from landfast.verify.measure.study import Stretch as Measured
from landfast.verify.measure.study import study

_MEASURES = (
    "links",
    "tones",
    "near_windows",
    "wide_windows",
    "sways",
    "in_first",
    "in_last",
    "views",
)


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of processor time."""

    clock: float
    processor: float


def main() -> int:
    """Time takes of several lengths, each in a fresh process."""
    options = _options()
    if options.once:
        stretch = _shown(options.frames[0], options.width)
        print("\n".join(_stages(stretch) if options.stages else [_whole(stretch)]))
        return 0
    for frames in options.frames:
        for more in ([], ["--stages"]):
            again = ["--once", "--frames", str(frames), "--width", str(options.width), *more]
            subprocess.run([sys.executable, "-m", "benchmarks.verify.speed", *again], check=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.verify.speed", description=__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=[24, 48], help="frames of a take")
    parser.add_argument("--width", type=int, default=960)
    parser.add_argument("--once", action="store_true", help="in this process, the first length")
    parser.add_argument("--stages", action="store_true", help="with --once: stage by stage")
    return parser.parse_args()


def _shown(frames: int, width: int) -> Stretch:
    """A take of so many frames, enlarged where the clip is smaller."""
    made = next(iter(bundled(frames - 1, width, 1)))
    height, across = made.frames[0].shape[:2]
    size = (width, 2 * round(height * width / across / 2))

    def sized(images: Sequence[Image]) -> list[Image]:
        return [cv2.resize(one, size, interpolation=cv2.INTER_CUBIC) for one in images]

    around = FootageFrames(sized(made.footage.before), sized(made.footage.after), made.fps)
    return Stretch(made.name, made.split, sized(made.frames), around, made.fps)


def _timed(work: Callable[[], object]) -> Spent:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - clock, time.process_time() - processor)


def _whole(s: Stretch) -> str:
    """A verdict on as many threads as there are."""
    take = TakeFrames(s.frames, s.fps)
    spent = _timed(lambda: judge(take, start=s.frames[0], end=s.frames[-1], footage=s.footage))
    count, size = len(s.frames), s.frames[0].shape[1::-1]
    beside = len(s.footage.before) + len(s.footage.after)
    return (
        f"{count} frames, {size[0]} x {size[1]}, {cv2.getNumThreads()} threads: "
        f"{_each(spent, count)} of the take; {_each(spent, count + beside)} looked at, "
        f"the {beside} of footage counted, which are measured once for all takes of a gap"
    )


def _each(spent: Spent, count: int) -> str:
    clock, processor = (1000 * seconds / count for seconds in (spent.clock, spent.processor))
    return f"{clock:.0f} ms by the clock ({processor:.0f} of processor time) for each frame"


def _stages(s: Stretch) -> Iterator[str]:
    """Processor time of every stage on one thread; a check costs what it does not share."""
    cv2.setNumThreads(1)
    take = TakeFrames(s.frames, s.fps)
    found = []
    began = time.process_time()
    measured = study(take, s.frames[0], s.frames[-1], s.footage)
    yield _line("scaling", time.process_time() - began, len(s.frames))
    sides = (("take", measured.take), ("before", measured.before), ("after", measured.after))
    for name, one in sides:
        if one is not None:
            found += [(f"{name}: {m}", _measure(one, m)) for m in _MEASURES]
            found.append((f"{name}: changes", _measure(one.changes, "inner")))
    found += [
        (f"check {kind}", _timed(partial(check, measured))) for kind, check in _CHECKS.items()
    ]
    for name, spent in found:
        yield _line(name, spent.processor, len(s.frames))
    yield _line("all", sum(spent.processor for _, spent in found), len(s.frames))


def _measure(stretch: Measured | Changes, name: str) -> Spent:
    return _timed(lambda: getattr(stretch, name))


def _line(name: str, seconds: float, frames: int) -> str:
    return f"  {name:<24}{1000 * seconds / frames:>8.2f} ms a frame"


if __name__ == "__main__":
    sys.exit(main())
