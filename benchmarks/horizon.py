"""The horizon on rendered spans with exact truth, beside Canny and Hough on the single frame.

    python -m benchmarks.horizon [CASE...]

Each case is 16 frames of 480 x 270, coded as H.264 and read by the one pass that `analyze` makes.
`seen` is the share of frames with an answer; angle (degrees) and height (percent of the frame's)
are the median and the worst error over those. Where no horizon is in sight every answer is false.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import labelled
import scenes
from landfast.media.probe import probe
from landfast.vision.horizon import HorizonFinder
from landfast.vision.observe import observe
from scenes import Box, Camera, Pose, Scene, town

SIZE = (480, 270)
FRAMES = 16


@dataclass(frozen=True)
class Case:
    """A rendered span: scene, camera move, weather, and whether its horizon is in sight."""

    scene: Scene
    pose: Pose
    move: scenes.PathKind = "forward"
    step: float | None = None
    shake_px: float = 0.0
    visibility_m: float = 0.0
    waves: float = 0.0
    visible: bool = True
    treat: Callable[[list[np.ndarray]], list[np.ndarray]] = field(default=lambda images: images)

    def cameras(self) -> list[Camera]:
        return scenes.path(
            self.move, FRAMES, start=self.pose, step=self.step, size=SIZE, shake_px=self.shake_px
        )

    def images(self) -> list[np.ndarray]:
        views = []
        for k, camera in enumerate(self.cameras()):
            view = labelled.render(self.scene, camera, time_s=k / 25, waves=self.waves)
            views.append(labelled.hazy(view, self.visibility_m) if self.visibility_m else view)
        return self.treat([view.image for view in views])


def _terrain(**kind: object) -> Scene:
    return Scene(kind="terrain", **kind)  # type: ignore[arg-type]


def _noisy(images: list[np.ndarray]) -> list[np.ndarray]:
    return scenes.gaussian_noise(images, 6, 1)


def _dark(images: list[np.ndarray]) -> list[np.ndarray]:
    return scenes.gaussian_noise([(image // 20) for image in images], 3, 2)


def _fog(images: list[np.ndarray]) -> list[np.ndarray]:
    flat = [np.full_like(image, 190) for image in images]
    return scenes.gaussian_noise(flat, 2, 3)


SEA = _terrain(sea_y=100.0, sky="clouds", seed=2)
FLAT_ROOF = Scene(boxes=(Box((-200, -225, 0), (200, 100, 112)),))
WALL = replace(FLAT_ROOF, sky="clouds")
GABLE = Scene(boxes=(Box((-200, -235, 0), (200, -60, 125)),))
CASES: dict[str, Case] = {
    "plain": Case(Scene(), Pose(pitch_deg=-10)),
    "plain, clouds": Case(Scene(sky="clouds", seed=3), Pose(pitch_deg=-8, roll_deg=2)),
    "sea, waves": Case(SEA, Pose(pitch_deg=-10), waves=0.6),
    "sea, waves, shaken": Case(SEA, Pose(pitch_deg=-7, roll_deg=-4), "pan", waves=0.6, shake_px=3),
    "haze 1500 m, clear sky": Case(Scene(), Pose(pitch_deg=-10), visibility_m=1500),
    "haze 1500 m, clouds": Case(Scene(sky="clouds"), Pose(pitch_deg=-10), visibility_m=1500),
    "sea, haze 3000 m": Case(SEA, Pose(pitch_deg=-6, roll_deg=3), waves=0.6, visibility_m=3000),
    "tilt 20": Case(Scene(sky="gradient"), Pose(pitch_deg=-10, roll_deg=20)),
    "tilt -28": Case(SEA, Pose(pitch_deg=-8, roll_deg=-28), waves=0.4),
    "town": Case(Scene(boxes=town(count=30)), Pose(pitch_deg=-5, z=60), "orbit"),
    "cliffs before it": Case(
        _terrain(relief_m=120.0, seed=2, sea_y=150.0), Pose(pitch_deg=-6, z=95, y=-300), "sideways"
    ),
    "hills before it": Case(_terrain(relief_m=100.0), Pose(z=90, pitch_deg=-8), "crane"),
    "noise": Case(Scene(sky="clouds", seed=5), Pose(pitch_deg=-9, roll_deg=5), treat=_noisy),
    "none: down": Case(_terrain(), Pose(pitch_deg=-55), visible=False),
    "none: nadir": Case(Scene(), Pose(pitch_deg=-89), visible=False),
    "none: all sky": Case(Scene(sky="clouds"), Pose(pitch_deg=45), "pan", visible=False),
    "none: all water": Case(
        _terrain(sea_y=-600.0, relief_m=0.0), Pose(pitch_deg=-45), waves=0.6, visible=False
    ),
    "none: roof, forward": Case(FLAT_ROOF, Pose(y=-300, z=110, pitch_deg=-5), visible=False),
    "none: roof, rising": Case(WALL, Pose(y=-262, z=100, pitch_deg=8), "crane", 0.5, visible=False),
    "none: roof, along": Case(
        GABLE, Pose(y=-330, heading_deg=12, pitch_deg=2), "sideways", visible=False
    ),
    "none: ridge": Case(
        _terrain(relief_m=200.0, seed=2), Pose(z=60, y=-420, pitch_deg=6), visible=False
    ),
    "none: fog": Case(Scene(), Pose(), "still", visible=False, treat=_fog),
    "none: night": Case(Scene(), Pose(pitch_deg=-40), "still", visible=False, treat=_dark),
}

Answer = tuple[float, float]


def ours(images: Sequence[np.ndarray]) -> tuple[list[Answer | None], float]:
    """Horizons of the one pass, and the processor seconds a frame of the finder by itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = scenes.write_video(Path(folder) / "span.mp4", images)
        table = observe(path, probe(path), threads=1).table
    rows = zip(table.horizon_angle_deg, table.horizon_height, strict=True)
    answers = [None if math.isnan(a) else (float(a), float(h)) for a, h in rows]
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
        answers.append((math.degrees(theta) - 90, (y + 0.5) / gray.shape[0]))
    return answers, (time.process_time() - start) / len(images)


def score(case: Case, answers: Sequence[Answer | None]) -> str:
    """One line: share seen, angle and height error; false answers where there is no horizon."""
    seen = [k for k, answer in enumerate(answers) if answer is not None]
    share = len(seen) / len(answers)
    if not case.visible:
        return f"false {share:4.0%}" + " " * 30
    if not seen:
        return f"seen  {share:4.0%}" + " " * 30
    truth = [scenes.horizon(camera) for camera in case.cameras()]
    off = np.abs([np.subtract(answers[k], truth[k]) for k in seen])
    angle, height = off[:, 0], 100 * off[:, 1]
    return (
        f"seen  {share:4.0%}  {np.median(angle):6.3f} {angle.max():6.2f}"
        f"  {np.median(height):6.3f} {height.max():6.2f}"
    )


def main() -> int:
    wanted = sys.argv[1:] or list(CASES)
    head = "angle: median worst, height"
    print(f"{'case':22}  {'landfast   ' + head:42}  Canny + Hough   {head}")
    costs = []
    for name in wanted:
        case = CASES[name]
        images = case.images()
        (own, cost), (other, peer_cost) = ours(images), peer(images)
        costs.append((cost, peer_cost))
        print(f"{name:22}  {score(case, own):42}  {score(case, other)}", flush=True)
    cost, peer_cost = np.median(costs, axis=0)
    print(f"processor time a frame: {1e3 * cost:.2f} ms, Canny + Hough {1e3 * peer_cost:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
