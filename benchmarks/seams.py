"""What fitting a model's take brings: velocity over the seams, colour at the ends, true frames.

    python -m benchmarks.seams [--clip PATH]... [--gap 30] [--starts 3] [--at FRAME]... [--rate 16]

The true frames of a gap are spoilt as models spoil theirs and fitted again (`compose.fitting`):
16 frames a second (`--rate`) where the footage has 30, another clock (too fast at one end, too
slow at the other), a crop of half a percent, and colours that creep off until delta E is 8. The
peer is what is usually done: the nearest frame in time. A take of `geometry` stands beside it.

velocity is the error of the first two steps inside each seam, px a frame at 960 wide: how far each
pixel is after them from where it truly is, over two; the median over the picture, the larger of
both seams. The true frames of the gap are hidden from the fitting, which can only go on as the
footage beside it went; over and own are by how much the fitted take and the true frames themselves
depart from that: motion over two frames before the anchor against two after. Delta E (CIE 1976) is
of pictures smoothed by 3 px, the mean over the picture; drifts are planted in turn: white balance,
exposure, contrast, saturation, growing evenly, late, or beyond their end and back. Pictures wider
than 960 are read at that width.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib import resources
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.bridged import geometry
from landfast.compose.fitting import Real, fit_take
from landfast.compose.inbetween import pictures_at
from landfast.errors import Unsupported
from landfast.generators.base import CONTEXT, Material
from landfast.media.decode import decode
from landfast.media.grid import Grid
from landfast.media.probe import probe
from landfast.vision.flow import dense_flow, forward_backward_error

Image = NDArray[np.uint8]
Drift = Callable[[NDArray[np.float64], float], NDArray[np.float64]]
WIDTH = 960
PLANTED = 8.0
STEPS = 2


def velocity_change(anchor: list[Image], real: Sequence[Image], made: Sequence[Image]) -> float:
    """Median change of velocity over a seam, px a frame at 960 wide; grey pictures.

    Args:
        anchor: The anchor, alone.
        real: Real frames counted outwards from it.
        made: Generated frames counted inwards from it.
    """
    one = anchor[0]
    back, ahead = (dense_flow(one, side[1]) for side in (real, made))
    known = np.ones(one.shape, bool)
    for there, side in ((back, real), (ahead, made)):
        known &= forward_backward_error(there, dense_flow(side[1], one)) < 1
    change = np.linalg.norm(back + ahead, axis=2)[known]
    return float(np.median(change)) / 2 * 960 / one.shape[1] if len(change) else float("nan")


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
    for path in options.clip:
        shown = [_small(picture.rgb()) for picture in decode(path, probe(path))]
        print(f"\n{path.name}: gap of {options.gap} frames, {options.rate} a second fitted to 30")
        print(f"{'':>30}{'velocity px/frame':^30}{'delta E':^28}{'PSNR dB':^16}")
        print(f"{'start':>7}  {'drift':21}{'  came fitted  geom  over   own':30}", end="")
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
        _over(real, fitted),
        _over(real, truth),
        max(delta_e(a, b) for a, b in zip(nearest, truth, strict=True)),
        *(delta_e(fitted[k], truth[k]) for k in (0, gap // 2, gap)),
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


def _over(real: Real, frames: list[Image]) -> float:
    """The larger change of velocity over both seams."""
    sides = (
        (real.before[::-1], real.first, frames[1:]),
        (real.after, real.last, frames[-2::-1]),
    )
    return max(
        velocity_change(
            [_gray(anchor)], *([_gray(one) for one in side[:STEPS]] for side in (out, made))
        )
        for out, anchor, made in sides
    )


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
    seams = "".join(f"{value:>6.3f}" for value in row[:5])
    colours = "".join(f"{value:>7.2f}" for value in row[5:9])
    return f"{start:>7}  {name:21}{seams:30}{colours:28}{row[9]:>8.2f}{row[10]:>7.2f}"


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
