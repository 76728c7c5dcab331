"""Speed of `frames --fps 1` beside FFmpeg's own way of writing a still a second.

    python -m benchmarks.stills [--clip FILE] [--runs N]

Every run is a process of its own, in turn with `ffmpeg -vf fps=1 out%d.png`; ratios are taken pair
by pair, of stills a wall second and of stills a second that the processors worked (of 10.01 s
landfast writes the still at 10 s too, FFmpeg does not). Every still is then compared with the frame
of a full decode. What can be skipped depends on how often the clip has a key frame,
so cameras' clips (one a second, or every frame) and clips with a single key frame are measured.
Starting Python and loading libraries costs as much as some stills: clips with a key frame a second
are measured at 10 and at 30 seconds, and the last table says what commands cost that do little
else.

The second table lays a still beside FFmpeg's own PNG of the same frame: FFmpeg as it comes takes
a quick conversion that darkens by about half a level (and another matrix where the file states
none); with `accurate_rnd+full_chroma_int+full_chroma_inp` and the matrix named it should differ
by rounding only.
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
from pathlib import Path
from statistics import median

import numpy as np

import landfast
from benchmarks.analysis import as_installed
from benchmarks.footage import clip, repeated
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.media.stills import load_image

KARMA = Path(landfast.__file__).parent / "data" / "karma.mp4"


def timed(command: list[str]) -> tuple[float, float]:
    """Wall seconds and processor seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=as_installed())
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(path: Path, runs: int) -> str:
    """One row: stills and seconds of both ways, their ratios, how many differ from the decode."""
    pairs = []
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = Path(scratch) / "landfast", Path(scratch) / "ffmpeg"
        theirs.mkdir()
        frames = [sys.executable, "-m", "landfast", "frames", str(path), "-o", str(ours)]
        ffmpeg = ["ffmpeg", "-y", "-v", "error", "-i", str(path), "-vf", "fps=1"]
        for _ in range(runs):
            pairs.append(
                (timed([*ffmpeg, str(theirs / "out%d.png")]), timed([*frames, "--fps", "1"]))
            )
        stills, wrong = compare(path, ours)
        written = [list(folder.glob("*.png")) for folder in (theirs, ours)]
        size = [sum(f.stat().st_size for f in files) for files in written]
    there, here = (median(pair[k][0] for pair in pairs) for k in (0, 1))
    more = stills / len(written[0])
    wall, work = (more * median(a[k] / b[k] for a, b in pairs) for k in (0, 1))
    return (
        f"{path.name:<40}{len(written[0]):>5}{stills:>6}{there:>10.2f}{here:>10.2f}"
        f"{wall:>8.2f}{work:>8.2f}"
        f"{size[0] / 1e6:>10.1f}{size[1] / 1e6:>10.1f}{wrong:>7}"
    )


def compare(path: Path, folder: Path) -> tuple[int, int]:
    """How many stills there are, and how many are not the pixels of the frame they name."""
    listing = json.loads((folder / "frames.json").read_text())["frames"]
    files = {entry["source_index"]: folder / entry["file"] for entry in listing}
    wrong = 0
    for picture in decode(path):
        if picture.index in files:
            wrong += not np.array_equal(picture.rgb(), load_image(files[picture.index]))
    return len(files), wrong


EXACT = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"


def beside(path: Path, index: int = 30) -> str:
    """One row: FFmpeg's pixels of a frame less ours; mean, bias and most, grey levels."""
    matrix = probe(path).colour.matrix or "bt709"
    words = []
    for scale in ("", f",scale=in_color_matrix={matrix}:{EXACT},format=rgb24"):
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "one.png"
            pick = ["-vf", f"select=eq(n\\,{index}){scale}", "-frames:v", "1"]
            timed(["ffmpeg", "-v", "error", "-i", str(path), *pick, str(out)])
            theirs = load_image(out).astype(np.int16)
        ours = next(p.rgb() for p in decode(path) if p.index == index).astype(np.int16)
        off = theirs - ours
        words.append(f"{np.abs(off).mean():>9.3f}{off.mean():>8.3f}{np.abs(off).max():>6}")
    return f"{path.name:<44}" + "".join(words)


def made() -> Iterator[Path]:
    """Clips with a key frame a second, 10 s and 30 s long, with a single one, and of key frames."""
    for width, height in ((3840, 2160), (1920, 1080)):
        often = clip(width, height, 10, gop=30)
        yield from (often, repeated(often, 3), clip(width, height, 10))
    yield clip(1920, 1080, 10, gop=1)


def start(words: list[str], runs: int) -> str:
    """One row: what a command costs that has next to nothing to do."""
    with tempfile.TemporaryDirectory() as scratch:
        on = [] if words[0].startswith("-") else [str(clip(640, 360, 1))]
        out = ["-o", scratch] if words[0] in ("frames", "analyze") else []
        command = [sys.executable, "-m", "landfast", *words, *on, *out]
        times = [timed(command) for _ in range(runs)]
    wall, work = (median(one[k] for one in times) for k in (0, 1))
    return f"landfast {words[0]:<35}{wall:>10.2f}{work:>10.2f}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, help="measure this clip instead of the made ones")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        print("needs the ffmpeg program to compare with")
        return
    clips = [given.clip] if given.clip else list(made())
    print(f"{'':<40}{'stills':^11}{'seconds':^20}{'times as fast':^16}{'MB':^20}")
    print(
        f"{'clip':<40}{'theirs':>5}{'ours':>5}{'ffmpeg':>10}{'landfast':>10}{'wall':>8}{'work':>8}"
        f"{'ffmpeg':>10}{'landfast':>10}{'wrong':>7}"
    )
    for path in clips:
        print(run(path, given.runs), flush=True)
    print(f"\n{'FFmpeg less landfast, one frame':<44}{'as it comes':^23}{'exact':^23}")
    print(f"{'clip':<44}" + 2 * f"{'mean':>9}{'bias':>8}{'most':>6}")
    for path in [*clips[:1], *(clips[3:4] or []), KARMA]:
        print(beside(path), flush=True)
    print(f"\n{'one second of 640x360':<44}{'wall s':>10}{'work s':>10}")
    for words in (["--version"], ["--help"], ["probe"], ["frames"], ["analyze"]):
        print(start(words, given.runs), flush=True)


if __name__ == "__main__":
    main()
