"""The horizon on rendered spans with exact truth, beside Canny and Hough on the single frame.

    python -m benchmarks.horizon [CASE...]

Each case is 16 frames, most of 480 x 270, coded as H.264 and read by the one pass that `analyze`
makes. `seen` is the share of frames with an answer, `sure` their median confidence; angle
(degrees) and height (percent of the frame's) are the median and the worst error over those. Where
no horizon is in sight every answer is false. Thresholds were chosen on the first group of cases;
the second was not looked at before they stood (its pan over fields then showed a fault, which has
been mended).
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.horizon_cases import HELD_OUT, TUNED, Case
from landfast.media.probe import probe
from landfast.vision.analysis.onepass import observe
from landfast.vision.horizon.finder import HorizonFinder

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import scenes

Answer = tuple[float, float, float]
"""Angle, height, confidence."""


def ours(images: Sequence[np.ndarray]) -> tuple[list[Answer | None], float]:
    """Horizons of the one pass, and the processor seconds a frame of the finder by itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = scenes.write_video(Path(folder) / "span.mp4", images)
        table = observe(path, probe(path), threads=1).table
    columns = (table.horizon_angle_deg, table.horizon_height, table.horizon_confidence)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    answers = [None if math.isnan(row[0]) else row for row in rows]
    grays = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    finder, start = HorizonFinder(), time.process_time()
    for gray in grays:
        finder.see(gray)
    return answers, (time.process_time() - start) / len(grays)


def peer(images: Sequence[np.ndarray]) -> tuple[list[Answer | None], float]:
    """The strongest Hough line of Canny's edges within 35 degrees of level, frame by frame."""
    start = time.process_time()
    answers: list[Answer | None] = []
    for image in images:
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        edges = cv2.Canny(gray, 50, 150)
        level = math.radians(35)
        lines = cv2.HoughLines(
            edges,
            1,
            math.pi / 360,
            60,
            min_theta=math.pi / 2 - level,
            max_theta=math.pi / 2 + level,
        )
        if lines is None:
            answers.append(None)
            continue
        rho, theta = lines.reshape(-1, lines.shape[-1])[0][:2]
        x = (gray.shape[1] - 1) / 2
        y = (rho - x * math.cos(theta)) / math.sin(theta)
        answers.append((math.degrees(theta) - 90, (y + 0.5) / gray.shape[0], 1.0))
    return answers, (time.process_time() - start) / len(images)


def score(case: Case, answers: Sequence[Answer | None]) -> str:
    """One line: share seen, angle and height error; false answers where there is no horizon."""
    seen = [k for k, answer in enumerate(answers) if answer is not None]
    share = len(seen) / len(answers)
    if not seen:
        return f"{'seen ' if case.visible else 'false'} {share:4.0%}"
    sure = f"sure {np.median([answers[k][2] for k in seen]):.2f}"
    if not case.visible:
        return f"false {share:4.0%}  {sure}"
    truth = [scenes.horizon(camera) for camera in case.cameras()]
    off = np.abs([np.subtract(answers[k][:2], truth[k]) for k in seen])
    angle, height = off[:, 0], 100 * off[:, 1]
    return (
        f"seen  {share:4.0%}  {sure}  {np.median(angle):6.3f} {angle.max():6.2f}"
        f"  {np.median(height):6.3f} {height.max():6.2f}"
    )


def main() -> int:
    every = {**TUNED, **HELD_OUT}
    parser = argparse.ArgumentParser(prog="python -m benchmarks.horizon")
    parser.add_argument(
        "case", nargs="*", metavar="CASE", choices=[[], *every], help="all without any"
    )
    wanted = parser.parse_args().case
    head = "angle: median worst, height"
    costs = []
    for title, cases in (("tuned on", TUNED), ("held out", HELD_OUT)):
        named = {name: case for name, case in cases.items() if not wanted or name in wanted}
        print(f"{title:24}  {'landfast   ' + head:48}  Canny + Hough   {head}")
        for name, case in named.items():
            images = case.images()
            (own, cost), (other, peer_cost) = ours(images), peer(images)
            costs.append((cost, peer_cost))
            print(f"{name:24}  {score(case, own):48}  {score(case, other)}", flush=True)
    cost, peer_cost = np.median(costs, axis=0)
    print(f"processor time a frame: {1e3 * cost:.2f} ms, Canny + Hough {1e3 * peer_cost:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
