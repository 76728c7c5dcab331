"""Labels of real footage: built against outlines drawn by hand, and pasted things that move.

    python -m benchmarks.drawn --footage DIR

Outlines are drawn by hand on frames 640 wide (360 for upright ones). What lies within 3 px of one,
and what could be called either, is not asked. `tuned` marks frames on which the thresholds of
"built" were chosen, or that were looked at when they were. Flicker is the share of the pixels whose
label is another one a frame later along dense motion, where forward and backward agree; swapped
counts only those that have a label in both.

Movers are discs of stone, four at a time, pasted into 15 frames on ways that leave the scene's own
by so many pixels a frame, in four directions. A disc is found in a frame where more than half of it
is labelled; what is said to move more than 3 px beside every disc is false. The rules of "moving"
were chosen on other seconds of the first two clips.
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
from landfast.vision.labels import LABELS, label_span
from landfast.vision.labels.record import UNKNOWN
from landfast.vision.motion.flow import dense_flow, forward_backward_error

Outline = list[tuple[int, int]]
BUILT, MOVING = LABELS.index("built"), LABELS.index("moving")
FRAMES = 8
UNASKED = 2


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
RADII = (4, 8, 16)
SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)
MOVED = {
    (KARMA, "9"): [(400, 260), (500, 240), (330, 300), (560, 300)],
    (HERO, "1"): [(120, 290), (480, 300), (560, 230), (60, 240)],
    (LONDON, "5"): [(200, 290), (420, 300), (560, 290), (330, 215)],
}
"""Clips and seconds, and where the discs begin."""
MOVED_FRAMES = 15


def frames(path: Path, second: str, count: int) -> list[np.ndarray]:
    """Frames from a second on."""
    clip, start = probe(path), Fraction(second)
    width = 640 if clip.width > clip.height else 360
    span = Span(start=start, stop=start + Fraction(count + 5, 29))
    return [np.asarray(p.rgb(width)) for p in decode(path, clip, span=span)][:count]


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


def motion(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dense motion from a picture to the next, and where it can be believed."""
    one, two = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (a, b))
    way = dense_flow(one, two)
    return way, forward_backward_error(way, dense_flow(two, one)) < 0.5


def flicker(images: Sequence[np.ndarray], index: Sequence[np.ndarray]) -> str:
    """Share of pixels with another label a frame later along the motion, in percent."""
    changed, swapped = [], []
    for (a, b), (here, after) in zip(pairwise(images), pairwise(index), strict=True):
        way, sure = motion(a, b)
        y, x = np.mgrid[: here.shape[0], : here.shape[1]]
        column = np.rint(x + way[..., 0]).astype(int).clip(0, here.shape[1] - 1)
        row = np.rint(y + way[..., 1]).astype(int).clip(0, here.shape[0] - 1)
        there = after[row, column]
        differs = (here != there)[sure]
        changed.append(differs.mean())
        swapped.append((differs & ((here != UNKNOWN) & (there != UNKNOWN))[sure]).mean())
    return f"{100 * np.mean(changed):9.2f} {100 * np.mean(swapped):11.2f}"


def ways(images: Sequence[np.ndarray], starts: Sequence[tuple[int, int]]) -> list[list[np.ndarray]]:
    """Where the scene carries points: the median motion of what lies around each."""
    tracks = [[np.array(start, np.float64)] for start in starts]
    for a, b in pairwise(images):
        way, _ = motion(a, b)
        for track in tracks:
            x, y = np.rint(track[-1]).astype(int).clip(12, [way.shape[1] - 13, way.shape[0] - 13])
            near = way[y - 12 : y + 13, x - 12 : x + 13].reshape(-1, 2)
            track.append(track[-1] + np.median(near, axis=0))
    return tracks


def pasted(
    images: Sequence[np.ndarray], stone: np.ndarray, radius: int, way: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames with a disc on its way, and where it is."""
    patch = cv2.resize(stone, (2 * radius + 3,) * 2, interpolation=cv2.INTER_AREA)
    shown, masks = [], []
    for image, (column, row) in zip(images, way, strict=True):
        y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
        x, y = x - np.float32(column), y - np.float32(row)
        soft = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)[..., None]
        full = cv2.remap(patch, x + radius + 1, y + radius + 1, cv2.INTER_LINEAR)
        shown.append(np.rint(image * (1 - soft) + full * soft).astype(np.uint8))
        masks.append(soft[..., 0] >= 0.5)
    return shown, masks


def peopled(
    images: list[np.ndarray],
    tracks: Sequence[Sequence[np.ndarray]],
    stone: np.ndarray,
    radius: int,
    speed: float,
) -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
    """Frames with a disc on each track, and their masks."""
    masks = []
    for number, track in enumerate(tracks):
        turn = 0.6 + 1.9 * number + 0.7 * RADII.index(radius) + 1.1 * SPEEDS.index(speed)
        step = speed * np.array([np.cos(turn), np.sin(turn)])
        piece = stone[90 * number : 90 * number + 200, 150 * number : 150 * number + 200]
        images, mask = pasted(images, piece, radius, [p + k * step for k, p in enumerate(track)])
        masks.append(mask)
    return images, masks


class Count(NamedTuple):
    """Discs in frames, those found, pixels rightly and wrongly said to move."""

    discs: int
    found: int
    right: int
    wrong: int


def count(index: Sequence[np.ndarray], masks: Sequence[Sequence[np.ndarray]]) -> Count:
    """What is found of the discs, the first and last two frames aside."""
    total = np.zeros(4, int)
    for k in range(2, len(index) - 2):
        said = index[k] == MOVING
        discs = [mask[k] for mask in masks if mask[k].any()]
        found = sum(int((said & disc).sum() > disc.sum() / 2) for disc in discs)
        every = np.logical_or.reduce(discs)
        beside = cv2.dilate(every.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
        total += [len(discs), found, int((said & every).sum()), int((said & beside).sum())]
    return Count(*total.tolist())


def print_built(footage: Path) -> None:
    print(f"{'built':44} overlap %  recall %  precision %   flicker %   swapped %")
    for case in CASES:
        images = frames(footage / case.clip, case.second, FRAMES)
        index = label_span(images).index
        drawn, place = truth(case, images[0].shape[:2]), min(3, len(images) - 1)
        row = scores(index[place] == BUILT, drawn == 1, drawn != UNASKED)
        name = f"{Path(case.clip).stem[:32]} {case.second} s{' tuned' if case.tuned else ''}"
        print(f"{name:44} {row} {flicker(images, index):>24}", flush=True)


def print_moving(footage: Path) -> None:
    stone = load_image(footage / "stills/opensfm_berlin/02.jpg")[900:1500, 1200:2000]
    counts: dict[tuple[int, float], list[Count]] = {(r, v): [] for r in RADII for v in SPEEDS}
    for (name, second), starts in MOVED.items():
        images = frames(footage / name, second, MOVED_FRAMES)
        empty = np.mean([(i == MOVING).mean() for i in label_span(images).index])
        print(
            f"\nmoving in {Path(name).stem[:32]} {second} s, empty: {100 * empty:.3f} %", flush=True
        )
        tracks = ways(images, starts)
        for radius, speed in counts:
            shown, masks = peopled(images, tracks, stone, radius, speed)
            counts[radius, speed].append(count(label_span(shown).index, masks))
    print("\ndiscs found %, and precision of the pixels %, by pixels a frame beside the scene")
    print("radius " + " ".join(f"{speed:>9}" for speed in SPEEDS))
    for radius in RADII:
        cells = []
        for speed in SPEEDS:
            discs, found, right, wrong = np.sum(counts[radius, speed], axis=0).tolist()
            cells.append(
                f"{100 * found / max(discs, 1):4.0f} {100 * right / max(right + wrong, 1):4.0f}"
            )
        print(f"{radius:6} " + " ".join(cells))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--footage", type=Path, required=True)
    footage: Path = parser.parse_args().footage
    print_built(footage)
    print_moving(footage)
    return 0


if __name__ == "__main__":
    sys.exit(main())
