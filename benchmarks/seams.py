"""What fitting a model's take brings: velocity over the seams, colour at the ends, true frames.

    python -m benchmarks.seams [--clip PATH]... [--gap 30] [--starts 3] [--at FRAME]... [--rate 16]

The true frames of a gap are spoilt as models spoil theirs and fitted again (`compose.fitting`):
16 frames a second (`--rate`) where the footage has 30, another clock (too fast at one end, too
slow at the other), a crop of half a percent, and colours that creep off until delta E is 8. The
peer is what is usually done: the nearest frame in time. A take of `geometry` stands beside it.

velocity is the error of the first two steps inside each seam, px a frame at 960 wide: how far each
pixel is after them from where it truly is, over two; the median over the picture, the larger of
both seams.

jump is by how much velocity changes over a seam, px a frame at 960 wide, in the fitted take, in
geometry's and in the true frames themselves, which the fitting does not see: the step before the
anchor against the step after it, and the same over two steps each, the larger of these and of both
seams. Corners are followed from the anchor to all four frames; of 6 by 4 parts of the picture each
has the median vector of its corners, and the median part is told. alone is what the measure tells
of a take that goes on exactly by construction: the anchor's pixels carried along the footage's own
dense motion, turned round. Less than that cannot be told from none on such footage. floor is what
it tells of true frames of a rendered flight of constant velocity, whose steps change by .03
themselves: the least of all. Footage that speeds up, or that its encoder moves (pictures that stand
still until the next key frame), jumps by itself: that is what the true frames' column shows.

Delta E (CIE 1976) is of pictures smoothed by 3 px, the mean over the picture. In the middle the
true frame is laid on the fitted one along their flow: a take that comes there at another time shows
the same colours elsewhere. Drifts are planted in turn: white balance, exposure, contrast,
saturation, growing evenly, late, or beyond their end and back. Pictures wider than 960 are read at
that width.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib import resources
from pathlib import Path
from statistics import fmean
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import scenes
from benchmarks.bridged import geometry
from landfast.compose.fitting import Real, fit_take
from landfast.compose.inbetween import pictures_at
from landfast.errors import Unsupported
from landfast.generators.base import CONTEXT, Material
from landfast.media.decode import decode
from landfast.media.grid import Grid
from landfast.media.probe import probe
from landfast.vision.motion.flow import dense_flow, fetch, forward_backward_error, pixel_grid, warp

Image = NDArray[np.uint8]
Drift = Callable[[NDArray[np.float64], float], NDArray[np.float64]]
WIDTH = 960
PLANTED = 8.0
STEPS = 2
CORNERS = 2500
PARTS = (6, 4)
FEWEST = 5
AGREE_PX = 0.5
SEARCH: dict[str, Any] = {"winSize": (21, 21), "maxLevel": 4, "criteria": (3, 40, 0.003)}
FLIGHT = scenes.Scene("terrain", seed=5, sky="clouds", sea_y=260.0)


def velocity_change(anchor: Image, real: Sequence[Image], made: Sequence[Image]) -> float:
    """Change of velocity over a seam, px a frame at 960 wide; grey pictures.

    Args:
        anchor: The anchor.
        real: Real frames counted outwards from it.
        made: Generated frames counted inwards from it.
    """
    corners = cv2.goodFeaturesToTrack(anchor, CORNERS, 0.005, 6)
    if corners is None:
        return float("nan")
    ways = [[_followed(anchor, frame, corners) for frame in side[:STEPS]] for side in (real, made)]
    known = np.logical_and.reduce([found for side in ways for _, found in side])
    changes = [
        (back + ahead)[known] / n
        for n, ((back, _), (ahead, _)) in enumerate(zip(*ways, strict=True), 1)
    ]
    at = corners[known, 0] / np.array(anchor.shape[::-1])
    return float(max(_in_parts(at, change) for change in changes)) * WIDTH / anchor.shape[1]


def _followed(
    a: Image, b: Image, corners: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The corners' ways, and which are found again on the way back (pyramidal Lucas-Kanade)."""
    there, found, _ = cv2.calcOpticalFlowPyrLK(a, b, corners, None, **SEARCH)
    back, again, _ = cv2.calcOpticalFlowPyrLK(b, a, there, None, **SEARCH)
    near = np.linalg.norm(back - corners, axis=2) < AGREE_PX
    return (there - corners)[:, 0], ((found > 0) & (again > 0) & near)[:, 0]


def _in_parts(at: NDArray[np.float64], change: NDArray[np.float32]) -> float:
    """The median part's length of its median vector; parts that show some corners count."""
    names = (np.minimum(at, 1 - 1e-9) * PARTS).astype(int) @ np.array([1, PARTS[0]])
    parts = [change[names == name] for name in np.unique(names)]
    medians = [np.median(part, axis=0) for part in parts if len(part) >= FEWEST]
    return float(np.median(np.linalg.norm(medians, axis=1))) if medians else float("nan")


def velocity_error(truth: Sequence[Image], made: Sequence[Image]) -> float:
    """Error of the first two steps into a gap, px a frame at 960 wide; see above.

    Args:
        truth: Grey true frames counted inwards, the first the one beside the anchor.
        made: Grey generated frames of the same times.
    """
    there, here = truth[STEPS - 1], made[STEPS - 1]
    off = dense_flow(there, here, preset="medium")
    known = forward_backward_error(off, dense_flow(here, there, preset="medium")) < 1
    away = np.linalg.norm(off, axis=2)[known]
    return float(np.median(away)) / STEPS * WIDTH / there.shape[1] if len(away) else float("nan")


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each start and drift."""
    options = _options(arguments)
    print(f"floor of jump: {floor():.3f} px a frame at 960 wide")
    for path in options.clip:
        shown = [_small(picture.rgb()) for picture in decode(path, probe(path))]
        print(f"\n{path.name}: gap of {options.gap} frames, {options.rate} a second fitted to 30")
        print(f"{'':>30}{'velocity':^19}{'jump, px/frame':^24}{'delta E':^28}{'PSNR dB':^16}")
        print(
            f"{'start':>7}  {'drift':21}{'  came fitted  geom':19}{'fitted  geom  true alone':24}",
            end="",
        )
        print(f"{'   came  start middle    end':28}{'nearest fitted':>15}")
        rows = []
        last = len(shown) - options.gap - CONTEXT - 1
        spread = np.linspace(CONTEXT, last, options.starts).astype(int).tolist()
        for at, start in enumerate(options.at or spread):
            drift, course = list(DRIFTS)[at % len(DRIFTS)], list(COURSES)[at % len(COURSES)]
            rows.append(_row(shown, start, options, drift, course))
            print(_line(str(start), f"{drift}, {course}", rows[-1]), flush=True)
        print(_line("mean", "", [fmean(column) for column in zip(*rows, strict=True)]))
    return 0


def _row(
    shown: list[Image], start: int, options: argparse.Namespace, drift: str, course: str
) -> list[float]:
    gap: int = options.gap
    truth = shown[start : start + gap + 1]
    before, after = shown[start - CONTEXT : start], shown[start + gap + 1 :][:CONTEXT]
    real = Real(truth[0], truth[-1], before, after, gap + 1)
    take = _spoilt(truth, DRIFTS[drift], COURSES[course], Fraction(options.rate, 30))
    count = len(take)
    fit = fit_take(lambda: iter(take), count, real)
    fitted = list(fit.apply(iter(take), count))
    nearest = [take[round(k * (count - 1) / gap)] for k in range(gap + 1)]
    bridged = _geometry(Material(truth[0], truth[-1], tuple(before), tuple(after)), gap)
    return [
        *(_error(truth, frames) for frames in (nearest, fitted, bridged)),
        *(_jump(real, frames) for frames in (fitted, bridged, truth)),
        _alone(real),
        max(delta_e(a, b) for a, b in zip(nearest, truth, strict=True)),
        delta_e(fitted[0], truth[0]),
        delta_e(fitted[gap // 2], _laid(truth[gap // 2], fitted[gap // 2])),
        delta_e(fitted[-1], truth[-1]),
        *(_psnr(frames[1:-1], truth[1:-1]) for frames in (nearest, fitted)),
    ]


def _error(truth: list[Image], frames: list[Image]) -> float:
    """The larger velocity error of both seams; NaN without frames."""
    if not frames:
        return float("nan")
    inwards = ((truth[1:], frames[1:]), (truth[-2::-1], frames[-2::-1]))
    return max(
        velocity_error(*([_gray(one) for one in side[:STEPS]] for side in pair)) for pair in inwards
    )


def _jump(real: Real, frames: list[Image]) -> float:
    """The larger change of velocity over both seams; NaN without frames."""
    if not frames:
        return float("nan")
    sides = (
        (real.first, real.before[::-1], frames[1:]),
        (real.last, real.after, frames[-2::-1]),
    )
    return max(
        velocity_change(
            _gray(anchor), *([_gray(one) for one in side[:STEPS]] for side in (out, made))
        )
        for anchor, out, made in sides
    )


def _alone(real: Real) -> float:
    """The jump that is told of a take that goes on exactly as the footage came."""
    sides = ((real.first, real.before[::-1]), (real.last, real.after))
    told = []
    for anchor, outwards in ((_gray(one), [_gray(each) for each in out]) for one, out in sides):
        made = [_turned_round(anchor, frame) for frame in outwards[:STEPS]]
        told.append(velocity_change(anchor, outwards[:STEPS], made))
    return max(told)


def _turned_round(anchor: Image, frame: Image) -> Image:
    """The anchor with every pixel as far from where it is as in a frame, on the other side."""
    moved = dense_flow(anchor, frame, preset="medium")
    grid = pixel_grid(*anchor.shape[::-1])
    came = grid + moved
    for _ in range(5):
        came = grid + fetch(moved, came, resampling="linear")
    return fetch(anchor, came)


def floor() -> float:
    """The jump that is told of true frames of a rendered flight of constant velocity."""
    cameras = scenes.path("forward", 2 * STEPS + 1, step=1.2, size=(848, 480))
    shown = [_gray(image) for image in scenes.video(FLIGHT, cameras)]
    return velocity_change(shown[STEPS], shown[STEPS - 1 :: -1], shown[STEPS + 1 :])


def _laid(truth: Image, fitted: Image) -> Image:
    """The true frame's pixels where the fitted one shows them."""
    there = dense_flow(_gray(fitted), _gray(truth), preset="medium")
    return warp(truth, there, resampling="linear")


def _geometry(material: Material, gap: int) -> list[Image]:
    """The take of `geometry`; nothing where it cannot bridge the gap."""
    try:
        return [material.first, *geometry(material, gap), material.last]
    except Unsupported:
        return []


def _spoilt(
    truth: list[Image], drift: Drift, course: Callable[[float], float], rate: Fraction
) -> list[Image]:
    gap = len(truth) - 1
    count = round(gap * rate) + 1
    at = np.linspace(0, 1, count)
    at += 0.4 * np.sin(2 * np.pi * at) / (2 * np.pi) + 0.05 * np.sin(np.pi * at) ** 2
    positions = [Fraction(round(float(one) * gap * 4096), 4096) for one in at]
    height, width, _ = truth[0].shape
    crop = np.array([[1.005, 0, -0.0025 * width], [0, 1.005, -0.0025 * height]])
    strength = _strength(drift, truth[-1])
    spoilt = []
    for k, image in enumerate(pictures_at(truth, positions)):
        cut = cv2.warpAffine(
            image, crop, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
        )
        spoilt.append(_drifted(cut, drift, strength * course(k / (count - 1))))
    return spoilt


DRIFTS: dict[str, Drift] = {
    "white balance": lambda v, m: v * np.array([1 + m, 1, 1 - m]),
    "exposure": lambda v, m: v * (1 - m),
    "contrast": lambda v, m: (v - 128) * (1 - m) + 128,
    "saturation": lambda v, m: (1 + m) * v - m * v.mean(axis=2, keepdims=True),
}
COURSES: dict[str, Callable[[float], float]] = {
    "evenly": lambda t: t,
    "late": lambda t: t**3,
    "swelling": lambda t: t + 0.5 * float(np.sin(np.pi * t)),
}


def _drifted(image: Image, drift: Drift, strength: float) -> Image:
    moved = drift(image.astype(np.float64), strength)
    return np.asarray(np.clip(np.rint(moved), 0, 255), np.uint8)


def _strength(drift: Drift, image: Image) -> float:
    """What makes the drift `PLANTED`, by bisection."""
    low, high = 0.0, 2.0
    for _ in range(14):
        middle = (low + high) / 2
        less = delta_e(_drifted(image, drift, middle), image) < PLANTED
        low, high = (middle, high) if less else (low, middle)
    return low


def delta_e(a: Image, b: Image) -> float:
    """Mean CIE 1976 colour difference of two pictures, smoothed by 3 px."""
    one, other = (
        cv2.cvtColor(cv2.GaussianBlur(x, (0, 0), 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        for x in (a, b)
    )
    return float(np.linalg.norm(one - other, axis=2).mean())


def _psnr(frames: list[Image], truth: list[Image]) -> float:
    error = [
        np.square(cv2.absdiff(a, b).astype(np.float32)).mean()
        for a, b in zip(frames, truth, strict=True)
    ]
    return fmean(10 * float(np.log10(255**2 / max(float(one), 1e-6))) for one in error)


def _gray(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def _small(image: Image) -> Image:
    height, width, _ = image.shape
    size = Grid.working((width, height), WIDTH).size
    return (
        image
        if width <= WIDTH
        else np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    )


def _line(start: str, name: str, row: Sequence[float]) -> str:
    seams = " ".join("".join(f"{one:>6.3f}" for one in part) for part in (row[:3], row[3:7]))
    colours = "".join(f"{value:>7.2f}" for value in row[7:11])
    return f"{start:>7}  {name:21}{seams:43}{colours:28}{row[11]:>8.2f}{row[12]:>7.2f}"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    bundled = Path(str(resources.files("landfast") / "data" / "karma.mp4"))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clip", type=Path, action="append", help="may be given several times")
    parser.add_argument("--gap", type=int, default=30, help="frames from anchor to anchor")
    parser.add_argument("--starts", type=int, default=3, help="gaps spread over the clip")
    parser.add_argument("--at", type=int, action="append", help="start here instead")
    parser.add_argument("--rate", type=int, default=16, help="frames a second of the take")
    options = parser.parse_args(arguments)
    options.clip = options.clip or [bundled]
    return options


if __name__ == "__main__":
    sys.exit(main())
