"""Faults found and clean takes passed by `verify`, beside the metrics people use.

    python -m benchmarks.verify [--footage DIR] [--starts N] [--gap N] [--anchors-only]

Takes are made by code from the bundled clip, from a rendered scene with exact truth, and from every
video in `--footage`. A `clean` take must pass; `unknown` is counted apart. AUC is of the score,
clean against faulty, with a 95 % bootstrap interval over starts. The limits of `verify` come from
the footage around each gap, not from these clips.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from itertools import groupby
from pathlib import Path

import numpy as np

from benchmarks.verify.faults import CLEAN, FAULTS, Case, Image
from benchmarks.verify.peers import PEERS
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.time import Span
from landfast.verify.judge import judge
from landfast.verify.reel import WORKING_WIDTH, FootageFrames, TakeFrames

AROUND = 24
"""Real frames on each side."""


@dataclass(frozen=True)
class Stretch:
    """Real frames with a gap in the middle."""

    source: str
    number: int
    frames: list[Image]
    gap: int
    fps: Fraction

    @property
    def truth(self) -> list[Image]:
        """The frames of the gap, anchors included."""
        return self.frames[AROUND : AROUND + self.gap + 1]

    @property
    def footage(self) -> FootageFrames:
        """The real frames around it."""
        return FootageFrames(self.frames[:AROUND], self.frames[AROUND + self.gap + 1 :], self.fps)


@dataclass(frozen=True)
class Row:
    """One take and what was said of it."""

    stretch: Stretch
    case: Case
    state: str
    score: float
    peers: dict[str, float]
    seconds_a_frame: float


def from_clip(path: Path, starts: int, gap: int) -> Iterator[Stretch]:
    """Stretches evenly over a clip."""
    clip = probe(path)
    length = gap + 1 + 2 * AROUND
    if clip.frames < length:
        return
    count = min(starts, clip.frames // length)
    for number, first in enumerate(np.linspace(0, clip.frames - length, count).astype(int)):
        span = Span(start=clip.time_of(int(first)), stop=clip.time_of(int(first) + length))
        frames = [picture.rgb(WORKING_WIDTH) for picture in decode(path, clip, span=span)]
        yield Stretch(path.stem, number, frames, gap, clip.fps)


def rendered(starts: int, gap: int) -> Iterator[Stretch]:
    """A flight over rendered terrain, in two directions."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    from scenes import Scene, path, video

    kinds = ("forward", "sideways", "orbit", "pan")[:starts]
    for number, kind in enumerate(kinds):
        cameras = path(kind, gap + 1 + 2 * AROUND, size=(640, 360))
        frames = video(Scene("terrain", seed=number), cameras)
        yield Stretch("rendered", number, frames, gap, Fraction(25))


def row(stretch: Stretch, case: Case, footage: bool) -> Row:
    """Make one take and have it judged."""
    truth = stretch.truth
    take = case.make(truth)
    began = time.perf_counter()
    found = judge(
        TakeFrames(take, stretch.fps),
        start=truth[0],
        end=truth[-1],
        footage=stretch.footage if footage else None,
    )
    took = (time.perf_counter() - began) / len(take)
    peers = {name: peer(take) for name, peer in PEERS.items()}
    return Row(stretch, case, found.verdict.state, found.verdict.score, peers, took)


def auc(clean: list[float], faulty: list[float]) -> float:
    """Chance that a faulty take scores above a clean one; ties count half."""
    a, b = np.asarray(clean)[:, None], np.asarray(faulty)[None]
    return float(((b > a) + 0.5 * (b == a)).mean())


def with_interval(rows: list[Row], value: dict[int, float]) -> str:
    """AUC with its 95 % bootstrap interval; stretches are drawn, not single takes."""
    groups: dict[tuple[str, int], list[Row]] = {}
    for one in rows:
        groups.setdefault((one.stretch.source, one.stretch.number), []).append(one)
    keys, generator = sorted(groups), np.random.default_rng(0)

    def of(chosen: list[Row]) -> float:
        clean = [value[id(one)] for one in chosen if one.case.clean]
        return auc(clean, [value[id(one)] for one in chosen if not one.case.clean])

    drawn = [
        of([one for k in generator.integers(0, len(keys), len(keys)) for one in groups[keys[k]]])
        for _ in range(500)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{of(rows):.3f} [{low:.3f}, {high:.3f}]"


def show(rows: list[Row]) -> None:
    """Print the tables."""
    print(f"{'take':<16}{'magnitude':<12}{'takes':>6}{'pass':>6}{'fail':>6}{'unknown':>9}  score")
    order = sorted(rows, key=lambda one: [*CLEAN, *FAULTS].index(one.case))
    for case, group in groupby(order, key=lambda one: one.case):
        found = list(group)
        states = [one.state for one in found]
        counts = "".join(f"{states.count(s):>{w}}" for s, w in (("pass", 6), ("fail", 6)))
        scores = sorted(one.score for one in found)
        print(
            f"{case.name:<16}{case.magnitude:<12}{len(found):>6}{counts}"
            f"{states.count('unknown'):>9}  {scores[0]:.2f} to {scores[-1]:.2f}"
        )
    clean = [one for one in rows if one.case.clean]
    faulty = [one for one in rows if not one.case.clean]
    wrong = sum(one.state == "fail" for one in clean)
    unknown = sum(one.state == "unknown" for one in rows)
    missed = sum(one.state == "pass" for one in faulty)
    print(f"\nclean takes failed: {wrong} of {len(clean)}; faulty passed: {missed} of "
          f"{len(faulty)}; unknown: {unknown} of {len(rows)}")  # fmt: skip
    print("\nAUC, clean against faulty (95 % bootstrap over stretches)")
    print(f"  landfast score     {with_interval(rows, {id(r): r.score for r in rows})}")
    for name in PEERS:
        print(f"  {name:<19}{with_interval(rows, {id(r): r.peers[name] for r in rows})}")
    speed = np.median([one.seconds_a_frame for one in rows])
    print(f"\n{1000 * speed:.0f} ms a frame (median, this machine)")


def main() -> None:
    """Make, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--footage", type=Path, help="folder of more clips")
    parser.add_argument("--starts", type=int, default=3, help="gaps a source")
    parser.add_argument("--gap", type=int, default=24, help="frames from anchor to anchor")
    parser.add_argument("--anchors-only", action="store_true", help="judge without the footage")
    given = parser.parse_args()
    stretches = list(rendered(given.starts, given.gap))
    with resources.as_file(resources.files("landfast") / "data" / "karma.mp4") as bundled:
        stretches += from_clip(bundled, given.starts, given.gap)
    for path in sorted(given.footage.iterdir()) if given.footage else ():
        if path.suffix.lower() in (".mp4", ".mov", ".mkv"):
            stretches += from_clip(path, given.starts, given.gap)
    cases = (*CLEAN, *FAULTS)
    rows = [row(one, case, not given.anchors_only) for one in stretches for case in cases]
    for source, group in groupby(rows, key=lambda one: one.stretch.source):
        print(f"\n-- {source}")
        show(list(group))
    if len({one.stretch.source for one in rows}) > 1:
        print("\n-- all sources")
        show(rows)


if __name__ == "__main__":
    main()
