"""`python -m benchmarks.verify`: faults found and clean takes passed, beside simple metrics.

Every case is made by code from real or rendered video: the true middle frames between two anchors
are the perfect take, and faults are put into them. The limits were set while looking at the bundled
clip, at two others ("tuned": see `sources.TUNED_ON`) and at three rendered flights; what counts is
"reported": the other rendered flights and the other videos of `--footage`. Takes of real generators
(`--takes`: NAME.gif or NAME.mp4 with NAME.start.png and NAME.end.png) are judged on their anchors.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.verify.cases import Case
from benchmarks.verify.clean import clean_takes
from benchmarks.verify.faults import cases
from benchmarks.verify.generated import generated
from benchmarks.verify.invariance import invariance
from benchmarks.verify.measures import Judged
from benchmarks.verify.peers import peers
from benchmarks.verify.sources import FLIGHTS, Stretch, bundled, fresh, from_folder, rendered
from benchmarks.verify.tables import tables
from landfast.verify import Judgement, TakeFrames, judge


def main() -> int:
    """Make, judge and print."""
    options = _options()
    modes = ("footage", "alone") if options.both else (options.mode,)
    if options.invariance:
        for stretch, mode in itertools.product(_stretches(options), modes):
            print("\n".join([f"{stretch.name}, {mode}", *invariance(stretch, mode)]), flush=True)
        return 0
    results: list[Judged] = []
    for stretch in _stretches(options):
        began = time.perf_counter()
        made = clean_takes if options.only == "none" else cases
        for mode, case in itertools.product(modes, made(stretch)):
            if not options.only or case.fault in (None, *options.only.split(",")):
                results.append(_judged(case, mode))
        spent = time.perf_counter() - began
        print(f"{stretch.name}: {spent:.0f} s", file=sys.stderr, flush=True)
    for mode, split in itertools.product(modes, ("tuned", "reported")):
        part = [j for j in results if j.mode == mode and j.case.stretch.split == split]
        words = "real footage beside it" if mode == "footage" else "the two anchors alone"
        print(f"\n{split}, with {words}")
        print("\n".join(tables(part)))
    if options.takes:
        print("\n".join(["\ntakes of real generators", *generated(options.takes)]))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description=__doc__)
    parser.add_argument("--footage", type=Path, help="folder of videos to report on as well")
    parser.add_argument("--takes", type=Path, help="folder of takes of real generators")
    parser.add_argument("--gap", type=int, default=16, help="frames from anchor to anchor")
    parser.add_argument(
        "--width", type=int, default=640, help="longer side the takes are judged at"
    )
    parser.add_argument("--starts", type=int, default=1, help="stretches a clip")
    parser.add_argument("--flights", type=int, default=9, help="rendered flights, up to 9")
    parser.add_argument("--mode", choices=("footage", "alone"), default="footage")
    parser.add_argument("--both", action="store_true", help="both modes")
    parser.add_argument(
        "--split", choices=("tuned", "reported", "all"), default="all", help="sources to judge"
    )
    parser.add_argument(
        "--invariance", action="store_true", help="how far scores move when shown in another way"
    )
    parser.add_argument(
        "--only", default="", help="faults, separated by commas; clean stay; none: clean alone"
    )
    parser.add_argument(
        "--seeds", type=_span, metavar="A-B", help="fresh flights A to B, reported, instead of all"
    )
    return parser.parse_args()


def _span(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _stretches(options: argparse.Namespace) -> Iterator[Stretch]:
    wanted = ("tuned", "reported") if options.split == "all" else (options.split,)
    flights = FLIGHTS[: options.flights]
    if options.seeds is not None:
        flights = fresh(options.seeds)
    elif "tuned" in wanted:
        yield from bundled(options.gap, options.width, options.starts)
    yield from rendered(options.gap, options.width, [f for f in flights if f.split in wanted])
    if options.footage:
        found = from_folder(options.footage, options.gap, options.width, options.starts)
        yield from (one for one in found if one.split in wanted)


def _judged(case: Case, mode: str) -> Judged:
    stretch = case.stretch
    began, clock = time.process_time(), time.perf_counter()
    found = judge(
        TakeFrames(case.frames, stretch.fps),
        start=stretch.frames[0],
        end=stretch.frames[-1],
        footage=stretch.footage if mode == "footage" else None,
    )
    spent, waited = time.process_time() - began, time.perf_counter() - clock
    bare = replace(case, frames=[], stretch=stretch.without_pictures())
    others = peers(case.frames)
    return Judged(
        bare,
        mode,
        found.verdict,
        others,
        spent,
        len(case.frames),
        _hottest(found),
        waited,
        case.frames[0].shape[1],
    )


def _hottest(found: Judgement) -> tuple[float, float] | None:
    heat = found.heat[int(np.argmax([one.max() for one in found.heat]))]
    if not heat.any():
        return None
    rows, columns = heat.shape
    y, x = np.argwhere(heat == heat.max()).mean(axis=0)
    return float((x + 0.5) / columns), float((y + 0.5) / rows)


if __name__ == "__main__":
    sys.exit(main())
