"""Speed of `analyze` beside the bare decode, and its memory over length.

    python -m benchmarks.analysis [--clip FILE] [--runs N] [--long]

Every run is a process of its own; ratios are taken round by round, so that they hold on a machine
whose speed drifts. `ratio` is of wall seconds and `work` of processor seconds, both to a bare
decode through PyAV; `to ffmpeg` is of wall seconds to `ffmpeg -i X -f null -`.
`--long` adds ten minutes of 4K (about ten minutes to run).
"""

from __future__ import annotations

import argparse
import math
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.footage import clip, repeated

DECODE = """
import sys, av
with av.open(sys.argv[1]) as container:
    container.streams.video[0].thread_type = "AUTO"
    print(sum(1 for _ in container.decode(video=0)))
"""

ANALYSE = """
import sys, pathlib, resource
from landfast.conduct.analyse import analyse
done = analyse(pathlib.Path(sys.argv[1]))
print(done.analysis.frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


class Run(NamedTuple):
    """One process."""

    wall_s: float
    work_s: float
    """Seconds that the processors worked: steadier than wall seconds on a busy machine."""
    numbers: list[float]
    """What it printed."""


def run(command: list[str]) -> Run:
    """Run a command and take its times."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, work, [float(word) for word in done.stdout.split()])


def timed(program: str, path: Path) -> Run:
    """Run a Python program over a clip."""
    return run([sys.executable, "-c", program, str(path)])


def speed(path: Path, runs: int) -> str:
    """One row: frames a second of all, and the ratios round by round."""
    ffmpeg = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"]
    rounds = [
        (
            timed(DECODE, path),
            run(ffmpeg) if shutil.which("ffmpeg") else None,
            timed(ANALYSE, path),
        )
        for _ in range(runs)
    ]
    frames = rounds[0][2].numbers[0]
    decode = median(bare.wall_s for bare, _, _ in rounds)
    analyse = median(ours.wall_s for _, _, ours in rounds)
    ratio = median(ours.wall_s / bare.wall_s for bare, _, ours in rounds)
    work = median(ours.work_s / bare.work_s for bare, _, ours in rounds)
    beside = [ours.wall_s / theirs.wall_s for _, theirs, ours in rounds if theirs]
    peak = max(ours.numbers[1] for _, _, ours in rounds)
    return (
        f"{path.name:<44}{frames:>7.0f}{frames / decode:>12.1f}{frames / analyse:>13.1f}"
        f"{ratio:>8.2f}{work:>8.2f}{median(beside) if beside else math.nan:>11.2f}{peak:>9.0f}"
    )


def memory(path: Path) -> str:
    """One row: length, frames a second, peak memory."""
    done = timed(ANALYSE, path)
    frames, peak = done.numbers
    return f"{path.name:<46}{frames:>8.0f}{frames / done.wall_s:>10.1f}{peak:>9.0f}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, help="measure this clip instead of the made ones")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--long", action="store_true", help="add ten minutes of 4K")
    given = parser.parse_args()
    clips = [given.clip] if given.clip else [
        clip(3840, 2160, 10), clip(3840, 2160, 10, "hevc"), clip(1920, 1080, 10)
    ]  # fmt: skip
    print(
        f"{'clip':<44}{'frames':>7}{'decode f/s':>12}{'analyze f/s':>13}{'ratio':>8}{'work':>8}"
        f"{'to ffmpeg':>11}{'peak MB':>9}"
    )
    for path in clips:
        print(speed(path, given.runs), flush=True)
    if not given.clip:
        print(f"\n{'memory over length':<46}{'frames':>8}{'frames/s':>10}{'peak MB':>9}")
        for times in (1, 3, 60) if given.long else (1, 3):
            print(memory(repeated(clips[0], times) if times > 1 else clips[0]), flush=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nlargest process of all: {children:.0f} MB")


if __name__ == "__main__":
    main()
