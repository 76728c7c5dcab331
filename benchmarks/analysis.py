"""Speed of `analyze` beside the bare decode, and its memory over length.

    python -m benchmarks.analysis [--clip FILE] [--runs N] [--long]

Every run is a process of its own; ratios are taken pair by pair, so that they hold on a machine
whose speed drifts. `--long` adds ten minutes of 4K (about ten minutes to run).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

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


def timed(program: str, path: Path) -> tuple[float, list[float]]:
    """Wall seconds of a Python program over a clip, and the numbers it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began, [float(word) for word in done.stdout.split()]


def speed(path: Path, runs: int) -> str:
    """One row: frames a second of both, and the ratio pair by pair."""
    pairs = [(timed(DECODE, path), timed(ANALYSE, path)) for _ in range(runs)]
    frames = pairs[0][1][1][0]
    decode = median(first for (first, _), _ in pairs)
    analyse = median(second for _, (second, _) in pairs)
    ratio = median(second / first for (first, _), (second, _) in pairs)
    peak = max(numbers[1] for _, (_, numbers) in pairs)
    return (
        f"{path.name:<38}{frames:>7.0f}{frames / decode:>12.1f}{frames / analyse:>13.1f}"
        f"{ratio:>8.2f}{peak:>9.0f}"
    )


def memory(path: Path) -> str:
    """One row: length, frames a second, peak memory."""
    seconds, (frames, peak) = timed(ANALYSE, path)
    return f"{path.name:<46}{frames:>8.0f}{frames / seconds:>10.1f}{peak:>9.0f}"


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
        f"{'clip':<38}{'frames':>7}{'decode f/s':>12}{'analyze f/s':>13}{'ratio':>8}{'peak MB':>9}"
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
