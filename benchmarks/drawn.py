"""Labels of real footage: built against outlines drawn by hand, and pasted things that move.

    python -m benchmarks.drawn --footage DIR

Outlines are drawn by hand on frames 640 wide (360 for upright ones). What lies within 3 px of one,
and what could be called either, is not asked. `tuned` marks frames on which the thresholds of
"built" were chosen, or that were looked at when they were. Movers are ellipses of stone, 9 to 22 px
in half width, pasted into eight real frames on ways of their own; the thresholds of "moving" were
chosen on other seconds of the same clips (of the third edge clip on the same). The last column is
the overlap of all labels' masks from frame to frame along dense motion, where forward and backward
agree.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.media.stills import load_image
from landfast.model.time import Span
from landfast.vision.flow import dense_flow, forward_backward_error
from landfast.vision.labels import LABELS, label_span

Outline = list[tuple[int, int]]
BUILT, MOVING = LABELS.index("built"), LABELS.index("moving")
FRAMES = 8
UNASKED = 2
Mover = tuple[tuple[int, int], tuple[int, int], tuple[float, float]]


class Drawn(NamedTuple):
    """A frame of a clip, what is built in it, and what could be called either."""

    clip: str
    second: str
    built: list[Outline]
    either: list[Outline]
    tuned: bool = False


KARMA, HERO = "real/gpmf_karma.mp4", "real/gpmf_max-heromode.mp4"
LONDON = "real/media3_london_skyline_360p.mp4"
PQ = "edge/media3_hdr10_pq_in_sdr_container.mp4"
HLG = "edge/media3_hlg10_rot90_editlist_vfr.mp4"
AV1 = "edge/media3_hdr10_av1_portrait.mp4"
# fmt: off
CASES = (
    Drawn(KARMA, "0",
        [[(330, 184), (400, 180), (450, 183), (500, 180), (540, 178), (560, 175), (600, 185),
         (640, 180), (640, 203), (610, 210), (530, 207), (500, 203), (450, 202), (400, 198), (330,
         198)]],
        [], tuned=True),
    Drawn(KARMA, "8",
        [[(320, 168), (400, 160), (440, 160), (520, 160), (560, 155), (600, 150), (640, 148),
         (640, 190), (540, 192), (520, 190), (470, 184), (400, 178), (320, 180)]],
        [], tuned=True),
    Drawn(HERO, "1/5",
        [[(0, 0), (189, 0), (250, 49), (281, 80), (252, 93), (250, 141), (189, 163), (114, 181),
         (53, 229), (35, 282), (0, 282)], [(466, 140), (555, 142), (640, 150), (640, 200), (555,
         180), (466, 160)]],
        [[(280, 145), (310, 145), (460, 362), (220, 362)], [(390, 125), (640, 85), (640, 150),
         (390, 160)]], tuned=True),
    Drawn(HERO, "5",
        [[(0, 0), (200, 0), (226, 18), (258, 64), (226, 75), (226, 140), (186, 163), (130, 190),
         (103, 206), (60, 225), (0, 230)], [(516, 152), (640, 160), (640, 206), (560, 182), (516,
         165)], [(318, 171), (470, 185), (476, 200), (380, 232), (372, 220), (430, 195), (318,
         178)]],
        [[(290, 150), (310, 150), (460, 362), (220, 362)], [(350, 125), (640, 125), (640, 165),
         (350, 165)]], tuned=True),
    Drawn(LONDON, "2",
        [[(126, 0), (222, 0), (222, 200), (128, 207)], [(0, 105), (40, 120), (85, 160), (85, 240),
         (0, 240)], [(0, 248), (640, 242), (640, 360), (0, 360)], [(222, 150), (640, 160), (640,
         190), (520, 195), (380, 195), (330, 230), (225, 230)], [(572, 105), (614, 105), (614,
         160), (572, 160)]],
        [[(84, 130), (126, 130), (126, 240), (84, 240)], [(222, 0), (240, 0), (240, 200), (222,
         200)], [(222, 140), (640, 145), (640, 160), (222, 160)]], tuned=True),
    Drawn(PQ, "1/10",
        [[(0, 95), (46, 88), (155, 104), (208, 140), (208, 155), (575, 150), (575, 240), (0,
         291)], [(600, 0), (640, 0), (640, 360), (560, 360), (572, 240)], [(232, 76), (268, 76),
         (268, 152), (232, 152)]],
        [[(208, 125), (578, 125), (578, 157), (208, 157)], [(0, 285), (575, 235), (575, 360), (0,
         360)], [(255, 40), (275, 40), (275, 80), (255, 80)]], tuned=True),
    Drawn(HLG, "1",
        [[(0, 56), (60, 52), (58, 42), (120, 58), (120, 80), (165, 80), (210, 118), (220, 133),
         (282, 164), (325, 204), (347, 241), (360, 250), (360, 640), (0, 640)]],
        [[(340, 190), (360, 190), (360, 250), (340, 250)]]),
    Drawn(AV1, "2",
        [[(120, 142), (172, 142), (172, 281), (120, 281)], [(0, 207), (18, 207), (62, 225), (93,
         259), (102, 270), (99, 302), (0, 307)], [(0, 309), (360, 312), (360, 640), (0, 640)]],
        [[(102, 250), (360, 250), (360, 290), (102, 290)], [(172, 80), (195, 80), (195, 281),
         (172, 281)], [(145, 75), (180, 75), (195, 150), (170, 150)]], tuned=True),
)
# fmt: on
MOVERS = (
    ((22, 16), (7, -2), (0.25, 0.75)),
    ((9, 14), (3, 1), (0.6, 0.8)),
    ((14, 8), (-9, 2), (0.7, 0.6)),
)  # fmt: skip
MOVED = (
    (KARMA, "3"),
    (KARMA, "9"),
    (LONDON, "5"),
    (HERO, "1"),
    (HERO, "7"),
    (HLG, "0.5"),
    (PQ, "0"),
)


def frames(path: Path, second: str) -> list[np.ndarray]:
    """Eight frames from a second on."""
    clip, start = probe(path), Fraction(second)
    width = 640 if clip.width > clip.height else 360
    span = Span(start=start, stop=start + Fraction(9, 20))
    return [np.asarray(p.rgb(width)) for p in decode(path, clip, span=span)][:FRAMES]


def truth(case: Drawn, shape: tuple[int, int]) -> np.ndarray:
    """1 built, 0 not, 2 not asked."""
    out = np.zeros(shape, np.uint8)
    for outline in case.built:
        cv2.fillPoly(out, [np.array(outline)], 1)
    either = np.zeros(shape, np.uint8)
    for outline in case.either:
        cv2.fillPoly(either, [np.array(outline)], 1)
    out[(either > 0) & (out == 0)] = UNASKED
    rim = cv2.morphologyEx(
        (out == 1).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)
    )
    out[rim > 0] = UNASKED
    return out


def scores(found: np.ndarray, true: np.ndarray, asked: np.ndarray) -> str:
    """Overlap, recall and precision in percent."""
    hit = int((found & true & asked).sum())
    either = int(((found | true) & asked).sum())
    parts = (either, int((true & asked).sum()), int((found & asked).sum()))
    return " ".join(f"{100 * hit / max(part, 1):9.0f}" for part in parts)


def steady(images: Sequence[np.ndarray], index: Sequence[np.ndarray]) -> float:
    """Intersection over union of masks with their own, carried along the motion."""
    grays = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    same = either = 0
    for (a, b), (here, after) in zip(pairwise(grays), pairwise(index), strict=True):
        way = dense_flow(a, b)
        sure = forward_backward_error(way, dense_flow(b, a)) < 0.5
        y, x = np.mgrid[: a.shape[0], : a.shape[1]]
        column = np.rint(x + way[..., 0]).astype(int).clip(0, a.shape[1] - 1)
        row = np.rint(y + way[..., 1]).astype(int).clip(0, a.shape[0] - 1)
        there = after[row, column]
        for label in range(len(LABELS)):
            same += int(((here == label) & (there == label) & sure).sum())
            either += int((((here == label) | (there == label)) & sure).sum())
    return same / max(either, 1)


def pasted(
    images: Sequence[np.ndarray], stone: np.ndarray, mover: Mover
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames with something that goes its own way, and where it is."""
    (wide, tall), (right, down), (x, y) = mover
    patch = cv2.resize(stone, (2 * wide + 1, 2 * tall + 1), interpolation=cv2.INTER_AREA)
    shown, masks = [], []
    for k, image in enumerate(images):
        height, width = image.shape[:2]
        at = int(x * width) + right * k, int(y * height) + down * k
        mask, full = np.zeros((height, width), np.uint8), image.copy()
        cv2.ellipse(mask, at, (wide, tall), 0, 0, 360, 1, -1)
        full[at[1] - tall : at[1] + tall + 1, at[0] - wide : at[0] + wide + 1] = patch
        soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None]
        shown.append((image * (1 - soft) + full * soft).astype(np.uint8))
        masks.append(mask > 0)
    return shown, masks


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--footage", type=Path, required=True)
    footage: Path = parser.parse_args().footage
    print(f"{'built':44} overlap %  recall %  precision %   masks' overlap in time %")
    for case in CASES:
        images = frames(footage / case.clip, case.second)
        index = label_span(images).index
        drawn, place = truth(case, images[0].shape[:2]), min(3, len(images) - 1)
        row = scores(index[place] == BUILT, drawn == 1, drawn != UNASKED)
        name = f"{Path(case.clip).stem[:32]} {case.second} s{' tuned' if case.tuned else ''}"
        print(f"{name:44} {row} {100 * steady(images, index):22.1f}", flush=True)
    print(f"\n{'moving':44} overlap %  recall %  precision %   said of the empty span %")
    stone = load_image(footage / "stills/opensfm_berlin/02.jpg")[900:1500, 1200:2000]
    for name, second in MOVED:
        images = frames(footage / name, second)
        empty = np.mean([(i == MOVING).mean() for i in label_span(images).index])
        found, true = [], []
        for mover in MOVERS:
            shown, masks = pasted(images, stone, mover)
            found += [i == MOVING for i in label_span(shown).index[1:-1]]
            true += masks[1:-1]
        row = scores(np.array(found), np.array(true), np.ones_like(np.array(true)))
        print(f"{Path(name).stem[:32] + f' {second} s':44} {row} {100 * empty:22.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
