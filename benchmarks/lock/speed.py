"""Frames a second of the whole `landfast lock` command at 1080p, start and writing counted in."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.lock.cases import RATE, layers, real_pixels, scenes, swims
from landfast.media.layers.write import write_layers

SIZE = (1920, 1080)


def main(frames: int) -> None:
    """Print a row for a plain run, one that also writes a film, and one with a lens given."""
    print(f"{'1080p, ' + str(frames) + ' frames':24}{'state':>9}{'frames/s':>10}{'CPU ms':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        footage, overlay = folder / "footage.mp4", folder / "overlay.mov"
        case = real_pixels(SIZE, frames)
        scenes.write_video(footage, case.images(), fps=RATE, quality=20)
        with write_layers(
            overlay, width=SIZE[0], height=SIZE[1], fps=RATE, coding="prores", bit_depth=10
        ) as writer:
            for layer in layers(case, swims(case, 5)):
                writer.write(layer)
        film = ["--composite", str(folder / "film.mp4")]
        runs = (("overlay", []), ("overlay and film", film), ("lens taken out", ["--distortion",
                "-0.05,0"]))  # fmt: skip
        for what, more in runs:
            _row(what, overlay, footage, folder / "out.mov", more, frames)


def _row(what: str, overlay: Path, footage: Path, out: Path, more: list[str], frames: int) -> None:
    command = [sys.executable, "-m", "landfast", "lock", str(overlay), "--on", str(footage)]
    started, before = time.perf_counter(), _spent()
    done = subprocess.run(
        [*command, "-o", str(out), "--json", *more],
        capture_output=True, check=True, env=os.environ,
    )  # fmt: skip
    wall, spent = time.perf_counter() - started, _spent() - before
    state = json.loads(done.stdout)["state"]
    print(f"{what:24}{state:>9}{frames / wall:10.1f}{1000 * spent / frames:8.0f}", flush=True)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
