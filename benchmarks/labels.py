"""Labels on rendered spans with exact truth, beside naive peers.

    python -m benchmarks.labels

Labels: intersection over union against the truth, and flicker: the share of pixels whose label is
another one where the true motion takes them a frame later. The peer judges each frame by itself by
thresholds on its colours. Spans are 8 frames of 480 x 270 with sensor noise of 3 grey levels.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import labelled
import scenes
from landfast.vision.labels import LABELS, label_span
from scenes import Camera, Pose, Scene, town

SIZE = (480, 270)
FRAMES = 8
SPANS: dict[str, tuple[Scene, Pose, scenes.PathKind]] = {
    "coast": (
        Scene(kind="terrain", sky="clouds", seed=5, sea_y=100.0),
        Pose(pitch_deg=-10),
        "sideways",
    ),
    "town": (Scene(seed=3, boxes=town(3, 24)), Pose(pitch_deg=-14), "forward"),
    "hills": (Scene(kind="terrain", seed=4, relief_m=90.0), Pose(pitch_deg=-12), "crane"),
    "down": (Scene(kind="terrain", seed=6, boxes=town(6)), Pose(z=180, pitch_deg=-60), "orbit"),
}
Motion = tuple[np.ndarray, np.ndarray]


def span(name: str) -> tuple[list[Camera], list[labelled.Labelled], list[np.ndarray]]:
    """Cameras, views with truth (a passer-by in each), and noisy pictures."""
    scene, pose, move = SPANS[name]
    cameras = scenes.path(move, FRAMES, start=pose, size=SIZE, shake_px=0.3)
    views = [
        labelled.with_passer(
            labelled.render(scene, camera, time_s=k / 25, waves=0.5), (140 + 7 * k, 190 - 5 * k), 18
        )
        for k, camera in enumerate(cameras)
    ]
    return cameras, views, scenes.gaussian_noise([view.image for view in views], 3, 1)


def by_colour(image: np.ndarray) -> np.ndarray:
    """The naive peer: thresholds on hue, saturation and value, frame by frame."""
    hue, saturation, value = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2HSV))
    out = np.full(image.shape[:2], LABELS.index("ground"), np.uint8)
    out[(hue > 35) & (hue < 85) & (saturation > 50)] = LABELS.index("vegetation")
    out[(hue > 85) & (hue < 130) & (saturation > 80)] = LABELS.index("water")
    out[(saturation < 40) & (value > 90)] = LABELS.index("built")
    upper = np.arange(len(out))[:, None] < len(out) / 2
    out[upper & (hue > 85) & (hue < 130) & (value > 150)] = LABELS.index("sky")
    return out


def carried(after: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """What the next frame has where this frame's pixels go; the nearest pixel."""
    at = np.rint(scenes.pixels(SIZE).reshape(*motion.shape) + motion).astype(int)
    return after[at[..., 1].clip(0, SIZE[1] - 1), at[..., 0].clip(0, SIZE[0] - 1)]


def flicker(index: Sequence[np.ndarray], motions: Sequence[Motion]) -> float:
    """Share of visible pixels that change their label along the true motion."""
    changed = [
        float((here != carried(after, motion))[seen].mean())
        for (here, after), (motion, seen) in zip(pairwise(index), motions, strict=True)
    ]
    return float(np.mean(changed))


def overlaps(index: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> str:
    """Intersection over union of every label that the span shows, in percent."""
    words = []
    for number, _ in enumerate(LABELS):
        asked = [t != labelled.UNSURE for t in truth]
        hit = sum(
            int(((i == number) & (t == number)).sum()) for i, t in zip(index, truth, strict=True)
        )
        either = sum(
            int((((i == number) | (t == number)) & a).sum())
            for i, t, a in zip(index, truth, asked, strict=True)
        )
        shown = any((t == number).any() for t in truth)
        words.append(f"{100 * hit / max(either, 1):5.0f}" if shown else "    -")
    return " ".join(words)


def main() -> int:
    print(f"{'span':6} {'':9}  " + " ".join(f"{name[:5]:>5}" for name in LABELS), end="")
    print("   flicker %   known %   ms a frame")
    for name in SPANS:
        cameras, views, images = span(name)
        truth = [view.label for view in views]
        motions = [scenes.flow(SPANS[name][0], a, b) for a, b in pairwise(cameras)]
        for who in ("landfast", "peer"):
            start = time.process_time()
            index = (
                list(label_span(images).index)
                if who == "landfast"
                else [by_colour(i) for i in images]
            )
            cost = 1e3 * (time.process_time() - start) / FRAMES
            known = 100 * float(np.mean([(i != 255).mean() for i in index]))
            figures = f"{100 * flicker(index, motions):8.2f}   {known:7.0f}   {cost:10.1f}"
            print(f"{name:6} {who:9}  {overlaps(index, truth)}   {figures}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
