"""Do edges stay where the scene puts them? Beside Canny frame by frame at the same density.

    python -m benchmarks.edges [--footage FOLDER]

`again` is the share of edge pixels that have an edge within one pixel in the next frame, along the
motion: exact on the rendered flight, by Farneback's flow where forward and backward agree to half
a pixel on real footage (landfast's edges are made along another flow, DIS). `of all` is the share
of edge pixels whose motion is known so. Spans of nine frames at 640 wide; density is the share of
pixels on a line. `--footage` adds other clips than the bundled one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from importlib import resources
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.time import Span
from landfast.vision.edges import stable_edges

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import scenes

Motion = tuple[np.ndarray, np.ndarray]
"""Flow to the next frame, and where it is known."""
FRAMES, WIDTH = 9, 640
TOWN = scenes.Scene("terrain", seed=71, boxes=scenes.town(71, 18))


def rendered() -> tuple[list[np.ndarray], list[Motion]]:
    """A flight over hills and houses with noise, and its exact motion."""
    cameras = scenes.path("forward", FRAMES, size=(WIDTH, 360), step=2.0)
    images = scenes.gaussian_noise(scenes.video(TOWN, cameras), 2, 1)
    return images, [scenes.flow(TOWN, a, b) for a, b in pairwise(cameras)]


def footage(path: Path, second: int) -> tuple[list[np.ndarray], list[Motion]]:
    """A span of a clip, and its motion as Farneback's flow tells it."""
    clip = probe(path)
    start = Fraction(second)
    span = Span(start=start, stop=start + (FRAMES - Fraction(1, 2)) / clip.fps)
    images = [picture.rgb(WIDTH) for picture in decode(path, clip, span=span)][:FRAMES]
    grays = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    return images, [_motion(a, b) for a, b in pairwise(grays)]


def _motion(a: np.ndarray, b: np.ndarray) -> Motion:
    there, back = (
        cv2.calcOpticalFlowFarneback(*pair, None, 0.5, 4, 15, 4, 7, 1.5, 0)
        for pair in ((a, b), (b, a))
    )
    return there, np.linalg.norm(there + _carried(back, there), axis=2) < 0.5


def _carried(plane: np.ndarray, flow: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    return np.asarray(cv2.remap(plane, x + flow[..., 0], y + flow[..., 1], cv2.INTER_NEAREST))


def again(edges: Sequence[np.ndarray], motions: Sequence[Motion]) -> tuple[float, float]:
    """Share of edge pixels found again, and share of them that was asked."""
    found = asked = total = 0
    for (here, after), (flow, known) in zip(pairwise(edges), motions, strict=True):
        near = cv2.dilate(after, np.ones((3, 3), np.uint8))
        mine = here > 0
        total, asked = total + int(mine.sum()), asked + int((mine & known).sum())
        found += int((_carried(near, flow)[mine & known] > 0).sum())
    return found / max(asked, 1), asked / max(total, 1)


def canny(images: Sequence[np.ndarray], density: float) -> list[np.ndarray]:
    """Canny frame by frame, its threshold chosen for the density over the span."""
    grays = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    tries = [[cv2.Canny(gray, t / 2, t) for gray in grays] for t in range(20, 500, 10)]
    return min(tries, key=lambda found: abs(_density(found) - density))


def _density(edges: Sequence[np.ndarray]) -> float:
    return float((np.array(edges) > 0).mean())


def main() -> None:
    """One row a span."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--footage", type=Path, help="folder of videos to use as well")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    bundled = Path(str(resources.files("landfast") / "data" / "karma.mp4"))
    others = sorted(given.footage.glob("*.mp4")) if given.footage else []
    spans = [("rendered", *rendered())]
    for path in [bundled, *(other for other in others if "karma" not in other.stem)]:
        spans += [(f"{path.stem} {second} s", *footage(path, second)) for second in (1, 3)]
    print(f"{'span':34}{'again %':>9}{'of all':>8}{'density %':>11}{'ms':>5}"
          f"   Canny: {'again %':>9}{'of all':>8}{'density %':>11}")  # fmt: skip
    for name, images, motions in spans:
        began = time.process_time()
        ours = stable_edges(images)
        cost = 1e3 * (time.process_time() - began) / len(images)
        row = f"{name:34}{_row(ours, motions)}{cost:>5.0f}"
        print(f"{row}          {_row(canny(images, _density(ours)), motions)}", flush=True)


def _row(edges: Sequence[np.ndarray], motions: Sequence[Motion]) -> str:
    found, asked = again(edges, motions)
    return f"{100 * found:>9.1f}{100 * asked:>8.0f}{100 * _density(edges):>11.1f}"


if __name__ == "__main__":
    main()
