"""Speed of composing a long 4K film beside a plain transcode of it, and memory over length.

    python -m benchmarks.compose [--seconds 20] [--transcode-seconds 5] [--size 3840x2160]

Ten minutes: `--seconds 600 --transcode-seconds 30`.

The footage is five seconds of the bundled flight, scaled up and coded with `libx264` (a key frame a
second, as cameras write), laid end to end as packets. Three gaps of a second are filled with
a take that lies ready, so that composing alone is measured: placing it, locking its colours, coding
what changes, copying the rest, sound and times, and the proof that decodes both around each gap and
compares every other packet. The transcode is `ffmpeg -c:v libx264` with the settings the footage
was coded with, timed over a stretch of the same footage and scaled to its length; the output says
over how much. Seconds are wall and processor; each film is made in a process of
its own, whose peak of memory is taken.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

import landfast
from benchmarks.analysis import as_installed
from benchmarks.footage import OUT
from landfast.compose.colour import lock_colour
from landfast.compose.conform import conform
from landfast.compose.fill import Fill
from landfast.compose.film import assemble
from landfast.conduct.writing import Grid, write_take
from landfast.media.decode import decode, stills
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.time import Span

KARMA = Path(landfast.__file__).parent / "data" / "karma.mp4"
PIECE_S = 5
GAPS = 3


def ffmpeg(*words: str) -> None:
    """Run FFmpeg; what it says of errors is shown."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words], check=True)


def coding(preset: str) -> list[str]:
    """Settings of the footage and of the transcode."""
    return ["-c:v", "libx264", "-preset", preset, "-crf", "20", "-g", "30", "-pix_fmt", "yuv420p"]


def footage(size: tuple[int, int], seconds: int, preset: str) -> Path:
    """The flight laid end to end; made once and kept in `benchmarks/out`."""
    OUT.mkdir(exist_ok=True)
    piece = OUT / f"flight-{size[0]}x{size[1]}-{preset}.mp4"
    if not piece.exists():
        scale = f"scale={size[0]}:{size[1]}:flags=lanczos:out_range=tv"
        source = ["-ss", "3", "-t", str(PIECE_S), "-i", str(KARMA)]
        ffmpeg(*source, "-vf", scale, *coding(preset), "-an", str(piece))
    if seconds <= PIECE_S:
        return piece
    whole = OUT / f"{piece.stem}-{seconds}s.mp4"
    if not whole.exists():
        listed = whole.with_suffix(".txt")
        listed.write_text(f"file '{piece.absolute()}'\n" * (seconds // PIECE_S))
        ffmpeg("-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", str(whole))
    return whole


def take_of(piece: Path, folder: Path) -> Path:
    """A second of the flight from anchor to anchor, a little too warm, as a run keeps takes."""
    path, clip = folder / "take.mkv", probe(piece)
    span = Span(start=clip.time_of(30), stop=clip.time_of(61))
    gains = np.array([1.04, 1.0, 0.96])

    def warm() -> Iterator[np.ndarray]:
        for picture in decode(piece, clip, span=span):
            yield np.clip(picture.rgb() * gains, 0, 255).astype(np.uint8)

    write_take(path, warm(), Grid(31, clip.fps, clip.width, clip.height), clip.colour)
    return path


def filled(path: Path, clip: Clip, take: Path, start: int) -> Fill:
    """The take between two frames, its colours locked to them, as a run places it."""
    made = probe(take)
    ends = [made.time_of(index) for index in (0, made.frames - 1)]
    first, last = (picture.rgb() for picture in stills(take, made, ends))
    real = [clip.time_of(index) for index in (start, start + 30)]
    left, right = (picture.rgb() for picture in stills(path, clip, real))
    lock = lock_colour(start=left, first=first, end=right, last=last)
    return conform(
        clip,
        start=start,
        end=start + 30,
        frames=made.frames,
        images=lambda: (picture.rgb() for picture in decode(take, made)),
        grade=lock.apply,
    )


def compose(path: Path, take: Path, out: Path) -> dict[str, float]:
    """Make the film; seconds, peak of memory and how it was made."""
    clip = probe(path)
    period = round(PIECE_S * clip.fps)
    pieces = clip.frames // period
    starts = [period * (pieces * k // GAPS) + 30 for k in range(GAPS if pieces >= GAPS else 1)]
    began, worked = time.perf_counter(), time.process_time()
    fills = [filled(path, clip, take, start) for start in starts]
    made = assemble(path, clip, fills, out)
    return {
        "wall": time.perf_counter() - began,
        "work": time.process_time() - worked,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "frames": made.film.frames,
        "exact": made.film.exact or 0,
        "kept": made.kept,
    }


def transcode(piece: Path, preset: str) -> tuple[float, float]:
    """Wall and processor seconds of each second of footage."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    ffmpeg("-i", str(piece), *coding(preset), "-an", "-f", "mp4", "/dev/null")
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    length = float(probe(piece).duration)
    return wall / length, work / length


def row(path: Path, take: Path, there: tuple[float, float]) -> str:
    """One film beside the transcode of as many seconds."""
    with tempfile.TemporaryDirectory(dir=OUT) as scratch:
        words = [sys.executable, "-m", "benchmarks.compose", "--one", str(path), str(take), scratch]
        done = subprocess.run(words, check=True, capture_output=True, env=as_installed())
    found = json.loads(done.stdout)
    length = float(Fraction(probe(path).duration))
    wall, work = there[0] * length, there[1] * length
    return (
        f"{length:>8.0f}{wall:>11.1f}{work:>9.1f}{found['wall']:>11.1f}{found['work']:>9.1f}"
        f"{wall / found['wall']:>9.2f}{work / found['work']:>8.2f}{found['peak_mb']:>10.0f}"
        f"{found['exact']:>10.0f} of {found['kept']:.0f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", default="20", help="lengths of the footage, 20,60 say")
    parser.add_argument("--size", default="3840x2160")
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--transcode-seconds", type=int, default=PIECE_S)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        film, ready, folder = map(Path, given.one)
        print(json.dumps(compose(film, ready, folder / "final.mp4")))
        return
    if shutil.which("ffmpeg") is None:
        print("needs the ffmpeg program to compare with")
        return
    width, height = map(int, given.size.split("x"))
    piece = footage((width, height), PIECE_S, given.preset)
    stretch = footage((width, height), given.transcode_seconds, given.preset)
    there = transcode(stretch, given.preset)
    timed = float(probe(stretch).duration)
    print(f"transcode timed over {timed:.1f} s: {there[0] * timed:.1f} s, scaled to each length")
    print(f"{'':<8}{'transcode, s':^20}{'composed, s':^20}{'times as fast':^17}{'peak':>10}")
    print(f"{'seconds':>8}{'wall':>11}{'work':>9}{'wall':>11}{'work':>9}{'wall':>9}{'work':>8}"
          f"{'MB':>10}{'bit-exact':>14}")  # fmt: skip
    with tempfile.TemporaryDirectory(dir=OUT) as scratch:
        take = take_of(piece, Path(scratch))
        for seconds in map(int, given.seconds.split(",")):
            path = footage((width, height), seconds, given.preset)
            print(row(path, take, there), flush=True)


if __name__ == "__main__":
    main()
