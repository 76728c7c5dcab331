"""`lock` on planted swim, beside a SIFT homography a frame, ffmpeg vidstab, and no lock.

    python -m benchmarks.lock [--full] [--frames 40] [--swim 0,2,5,10] [--case NAME]
                              [--sensor auto|none|given]
    python -m benchmarks.lock --speed [--frames 40]
    python -m benchmarks.lock --refusals

Every scene's motion is known exactly, and so is the swim that is planted. What is reported is the
root mean square distance of the logo's corners and middle from a fixed place in the scene, over
all frames, in pixels at 1920 wide; a constant offset is free. Quick runs are rendered 960 wide,
with half the swim; `--full` at 1920.

Peers: a homography from the footage's first frame to each by SIFT, ratio test and RANSAC (3 px),
which replaces the overlay's motion; ffmpeg's vidstabdetect and vidstabtransform on the overlay over
grey, whose result is measured by following the logo, where ffmpeg has them. CPU is process time
over frames. `verifier` is what `verify --overlay` says before and after. In the relief the logo is
painted on hills; its truth is traced through every pixel. `--sensor` says whether lens and shutter
are looked for (as `lock` does), said to be none, or given as they are.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypedDict

import cv2
import numpy as np

from benchmarks.lock import refusals, speed
from benchmarks.lock.cases import F64, RATE, SIZES, Case, Way, cases, layers, scenes, swims
from benchmarks.lock.peers import sift_homographies, vidstab
from landfast.compose.lock import decide as decisions
from landfast.conduct.lock import overlay as conductor
from landfast.conduct.lock.order import LockOrder
from landfast.conduct.lock.overlay import lock
from landfast.media.layers.write import write_layers
from landfast.model.camera import Focal
from landfast.model.verdict import Finding

Known = Literal["auto", "none", "given"]
SENSORS: Sequence[Known] = ("auto", "none", "given")
FIELD_DEG = 60.0
"""Across the rendered pictures, which a given lens is counted in."""


class LockOptions(TypedDict, total=False):
    """What is said of lens and shutter."""

    distortion: tuple[float, float]
    readout_s: float
    focal: Focal


Carried = Callable[[F64], F64]
"""Where points of the logo in the first frame are in a frame."""


def by(matrix: F64 | None) -> Carried | None:
    """A homography's way to carry points."""
    return None if matrix is None else lambda points: _moved(matrix, points)


def _moved(matrix: F64, points: F64) -> F64:
    return cv2.perspectiveTransform(points[None], matrix)[0]


def rest(case: Case, carried: Sequence[Carried | None]) -> float:
    """RMS distance, px at 1920, of a logo carried by `carried` from a fixed place in the scene."""
    if sum(to is not None for to in carried) < 0.8 * len(carried):
        return float("nan")
    known = [(way, to) for way, to in zip(case.ways, carried, strict=True) if to is not None]
    home = [way.back(to(case.corners)) for way, to in known]
    fixed = np.mean(home, axis=0)
    off = [way.ahead(one) - way.ahead(fixed) for (way, _), one in zip(known, home, strict=True)]
    return float(np.sqrt(np.square(off).sum(axis=2).mean())) * 1920 / case.size[0]


def main() -> None:
    """Print a row for each scene and swim."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--swim", default="0,2,5,10")
    parser.add_argument("--case", default="")
    parser.add_argument("--sensor", choices=SENSORS, default="auto")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--refusals", action="store_true")
    options = parser.parse_args()
    if options.speed:
        speed.main(options.frames)
        return
    if options.refusals:
        refusals.main()
        return
    size = SIZES["full" if options.full else "quick"]
    head = f"{'scene':22}{'swim':>5}{'state':>9}  {'model':22}{'no lock':>8}{'lock':>7}"
    print(f"{head}{'said':>7}{'SIFT':>7}{'vidstab':>9}{'CPU ms':>8}  verifier")
    for case in cases(size, options.frames):
        if options.case in case.name:
            _run(case, [float(part) for part in options.swim.split(",")], options.sensor)
    if not options.case:
        refusals.main()
        speed.main(options.frames)


def _told(case: Case, sensor: Known) -> LockOptions:
    """What `lock` is told of lens and shutter."""
    if sensor == "auto":
        return {}
    if sensor == "none":
        return {"distortion": (0.0, 0.0), "readout_s": 0.0}
    told = case.sensor
    focal = case.size[0] / 2 / float(np.tan(np.radians(FIELD_DEG / 2)))
    return {
        "distortion": (told.k1, told.k2),
        "readout_s": told.readout / float(RATE),
        "focal": Focal(value=focal, unit="px"),
    }


def _run(case: Case, magnitudes: list[float], sensor: Known) -> None:
    with tempfile.TemporaryDirectory() as folder:
        footage = Path(folder) / "footage.mp4"
        scenes.write_video(footage, case.images(), fps=RATE, quality=17)
        sift = sift_homographies(footage)
        for shift in magnitudes:
            seen = rest(case, [by(one) for one in sift])
            _row(case, Path(folder), footage, shift, seen, _told(case, sensor))


def _row(
    case: Case, folder: Path, footage: Path, shift: float, sift: float, told: LockOptions
) -> None:
    swim = swims(case, shift * case.size[0] / 1920)
    overlay = folder / f"overlay_{shift:g}.mkv"
    width, height = case.size
    with write_layers(
        overlay, width=width, height=height, fps=RATE, coding="ffv1", bit_depth=8
    ) as writer:
        for layer in layers(case, swim):
            writer.write(layer)
    taken: list[decisions.Decision] = []
    judge = decisions.decide

    def noted(*args: object, **named: object) -> decisions.Decision:
        taken.append(judge(*args, **named))  # type: ignore[arg-type]
        return taken[-1]

    conductor.decide = noted
    started = time.process_time()
    try:
        result = lock(LockOrder(overlay=overlay, on=footage, out=folder / "out.mov", **told))
    finally:
        conductor.decide = judge
    cpu = (time.process_time() - started) / len(case.ways) * 1000
    swum = [_swum(way, one) for way, one in zip(case.ways, swim, strict=True)]
    fixes = taken[0].warps or [None] * len(swum)
    fixed = [_then(to, fix) for fix, to in zip(fixes, swum, strict=True)]
    said = result.drift_after_px
    moves = vidstab(overlay)
    steadied = None if moves is None else [
        None if move is None else _then(to, move)
        for to, move in zip(swum, moves + [None] * (len(swum) - len(moves)), strict=True)
    ]  # fmt: skip
    print(
        f"{case.name:22}{shift:5g}{result.state:>9}  {result.model or '':22}"
        f"{rest(case, swum):8.2f}{rest(case, fixed):7.3f}"
        f"{'' if said is None else f'{said * 1920 / width:.3f}':>7}{sift:7.2f}"
        f"{'' if steadied is None else f'{rest(case, steadied):.2f}':>9}{cpu:8.0f}"
        f"  {_state(result.finding_before)} > {_state(result.finding_after)}",
        flush=True,
    )


def _swum(way: Way, swim: F64) -> Carried:
    return lambda points: way.ahead(_moved(swim, points))


def _then(to: Carried, fix: F64 | None) -> Carried:
    return to if fix is None else lambda points: _moved(fix, to(points))


def _state(finding: Finding | None) -> str:
    return "none" if finding is None else finding.state


if __name__ == "__main__":
    main()
