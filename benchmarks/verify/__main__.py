"""`python -m benchmarks.verify`: faults found and clean takes passed, beside simple metrics.

Every case is made by code from real or rendered video: the true middle frames between two anchors
are the perfect take, and faults are put into them. The limits were set while looking at the bundled
clip and two hand-held ones ("tuned": see `sources.TUNED_ON`) and at one rendered flight that is not
among these; what counts is "reported": rendered flights and the other videos of `--footage`.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.verify.faults import Case, cases
from benchmarks.verify.peers import peers
from benchmarks.verify.sources import Stretch, bundled, from_folder, rendered
from benchmarks.verify.tables import Judged, recall, summary
from landfast.verify import TakeFrames, judge


def main() -> int:
    """Make, judge and print."""
    options = _options()
    modes = ("footage", "alone") if options.full else ("footage",)
    results: list[Judged] = []
    for stretch in _stretches(options):
        began = time.perf_counter()
        for case, mode in itertools.product(cases(stretch), modes):
            results.append(_judged(case, mode))
        spent = time.perf_counter() - began
        print(f"{stretch.name}: {spent:.0f} s", file=sys.stderr, flush=True)
    for mode, split in itertools.product(modes, ("tuned", "reported")):
        part = [j for j in results if j.mode == mode and j.case.stretch.split == split]
        words = "real footage beside it" if mode == "footage" else "the two anchors alone"
        print(f"\n{split}, with {words}")
        print("\n".join([*summary(part), *recall(part)] if part else ["  no cases"]))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description=__doc__)
    parser.add_argument("--footage", type=Path, help="folder of videos to report on as well")
    parser.add_argument("--gap", type=int, default=16, help="frames from anchor to anchor")
    parser.add_argument(
        "--width", type=int, default=640, help="longer side the takes are judged at"
    )
    parser.add_argument("--starts", type=int, default=0, help="stretches a clip (1, or 4 if full)")
    parser.add_argument("--full", action="store_true", help="more stretches, and both modes")
    return parser.parse_args()


def _stretches(options: argparse.Namespace) -> Iterator[Stretch]:
    starts = options.starts or (4 if options.full else 1)
    yield from bundled(options.gap, options.width, starts)
    yield from rendered(options.gap, options.width, 4 if options.full else 2)
    if options.footage:
        yield from from_folder(options.footage, options.gap, options.width, starts)


def _judged(case: Case, mode: str) -> Judged:
    stretch = case.stretch
    began = time.perf_counter()
    found = judge(
        TakeFrames(case.frames, stretch.fps),
        start=case.frames[0] if case.fault == "jump" else stretch.frames[0],
        end=stretch.frames[-1],
        footage=stretch.footage if mode == "footage" and case.fault != "jump" else None,
    )
    spent = time.perf_counter() - began
    bare = replace(case, frames=[], stretch=stretch.without_pictures())
    return Judged(bare, mode, found.verdict, peers(case.frames), spent, len(case.frames))


if __name__ == "__main__":
    sys.exit(main())
