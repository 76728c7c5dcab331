"""Speed of `landfast analyze` beside the bare decode, and its memory over length.

    python -m benchmarks.analysis [--clip FILE]... [--runs N] [--long]

Every run is a process of its own, and the three ways take turns, so that ratios hold on a machine
whose speed drifts: `landfast analyze FILE -o DIR` as a user calls it, start to finish, against
`ffmpeg -i FILE -f null -` (`wall`: seconds on the clock; `work`: seconds of the processors, which
other load hardly changes) and against a bare decode through PyAV. Ratios are medians over the
rounds. Where there is no ffmpeg, its columns are nan. Starting and drawing cost the same however
long the clip is: 1080p is measured at 10 and at 30 seconds.
`--long` adds ten minutes of 4K (about ten minutes to run).
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.footage import clip, repeated
from landfast.media.probe import probe

DECODE = """
import sys, av
with av.open(sys.argv[1]) as container:
    container.streams.video[0].thread_type = "AUTO"
    print(sum(1 for _ in container.decode(video=0)))
"""

ANALYSE = """
import sys, json, resource, contextlib, io, tempfile
from landfast.cli.main import main
with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
    sys.argv = ["landfast", "analyze", sys.argv[1], "-o", folder, "--json"]
    main()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.loads(out.getvalue())["frames"], peak)
"""


class Run(NamedTuple):
    """One process."""

    wall_s: float
    work_s: float
    """Seconds that the processors worked: steadier than wall seconds on a busy machine."""
    numbers: list[float]
    """What it printed."""


def as_installed() -> dict[str, str]:
    """The environment, but that Python keeps compiled modules, as every installation does."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(command: list[str]) -> Run:
    """Run a command and take its times."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=as_installed())
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
    peak = max(ours.numbers[1] for _, _, ours in rounds)
    speeds = [frames / median(one[k].wall_s for one in rounds) if _ran(rounds, k) else math.nan
              for k in (1, 0, 2)]  # fmt: skip
    ratios = [
        median(getattr(ours, what) / getattr(one[k], what) for *one, ours in rounds)
        if _ran(rounds, k)
        else math.nan
        for k in (1, 0)
        for what in ("wall_s", "work_s")
    ]
    return (
        f"{path.name:<40}{rate(path):>7.1f}{frames:>7.0f}"
        + "".join(f"{each:>9.1f}" for each in speeds)
        + "".join(f"{each:>8.2f}" for each in ratios)
        + f"{peak:>9.0f}"
    )


def rate(path: Path) -> float:
    """Megabits a second: what decoding costs goes with it."""
    return path.stat().st_size * 8e-6 / float(probe(path).duration)


def _ran(rounds: list[tuple[Run, Run | None, Run]], way: int) -> bool:
    return rounds[0][way] is not None


def memory(path: Path) -> str:
    """One row: length, frames a second, peak memory."""
    done = timed(ANALYSE, path)
    frames, peak = done.numbers
    return f"{path.name:<46}{frames:>8.0f}{frames / done.wall_s:>10.1f}{peak:>9.0f}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--clip", type=Path, action="append", help="measure this clip instead of the made ones"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--long", action="store_true", help="add ten minutes of 4K")
    given = parser.parse_args()
    clips = given.clip or [
        *(clip(3840, 2160, 10, codec) for codec in ("h264", "hevc")),
        *(clip(1920, 1080, 10, codec) for codec in ("h264", "hevc")),
        repeated(clip(1920, 1080, 10), 3),
    ]
    print(f"{'':<54}{'frames a second':^27}{'to ffmpeg':^16}{'to PyAV':^16}")
    print(
        f"{'clip':<40}{'Mbit/s':>7}{'frames':>7}{'ffmpeg':>9}{'PyAV':>9}{'analyze':>9}"
        f"{'wall':>8}{'work':>8}{'wall':>8}{'work':>8}{'peak MB':>9}"
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
