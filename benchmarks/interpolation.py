"""The `geometry` generator beside FFmpeg's minterpolate and a linear blend, against true frames.

    python -m benchmarks.interpolation [--clip PATH]... [--footage FOLDER] [--gap 30]...
                                       [--starts 8] [--seconds-budget S] [--laid]

Frames i and i+gap are the anchors; every inner frame is compared with the true one. geometry also
sees the four real frames before the first anchor and the four after the last, as it does in use;
never a frame inside the gap. How minterpolate is asked: see `benchmarks.minterpolate`. Times are
taken in turn, anchors in memory to frames in memory; ratios are medians over the starts, of time
on the clock and of processor time (on a busy machine only the second says anything).

PSNR (dB) is over RGB, the mean over frames; SSIM (Wang et al. 2004) is of luma; sharpness is the
mean gradient of luma divided by the true frame's. seam is the change of velocity over both joins,
px a frame at 960 wide, the larger one (jump in `benchmarks.seams`); own is what the true frames
change by over the same joins.

With --laid a second table: each frame is laid on the true one by the homography that their flow
agrees on, and compared again. What is gained is what the camera's path cost: where nobody can know
it (a phone waved about), PSNR as it comes says how the path was guessed and not what is shown.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from statistics import fmean, median

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.bridged import geometry
from benchmarks.minterpolate import minterpolate
from benchmarks.seams import velocity_change
from landfast.errors import Unsupported
from landfast.generators.base import CONTEXT, Material
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.vision.motion.flow import dense_flow, pixel_grid

Image = NDArray[np.uint8]
WAYS = ("geometry", "minterpolate", "blend")


@dataclass(frozen=True)
class Score:
    """One way over one gap."""

    psnr: float
    ssim: float
    sharpness: float
    seconds: float
    cpu_s: float
    seam: float = 0.0
    laid: float = 0.0
    off_px: float = 0.0


def main(arguments: list[str] | None = None) -> int:
    """Print a table for each clip."""
    options = _options(arguments)
    for path in options.clip:
        frames = Frames(path)
        for gap in options.gap:
            _report(path.name, frames, gap, options)
    return 0


def _report(name: str, frames: Frames, gap: int, options: argparse.Namespace) -> None:
    wanted, budget_s = starts(frames.count, gap, options.starts), options.seconds_budget
    print(f"\n{name}: gap of {gap} frames, {len(wanted)} starts")
    print(f"{'':>7}{'PSNR dB':^27}{'SSIM':^24}{'sharpness':^24}{'seconds':^16}{'':6}{'seam':^12}")
    print(f"{'start':>7}{'   geom   mint  blend':27}{' geom  mint  blend':24}", end="")
    print(f"{' geom  mint  blend':24}{'  geom   mint':16}ratio  geom   own")
    rows: list[dict[str, Score]] = []
    began = time.monotonic()
    for start in wanted:
        if rows and budget_s and time.monotonic() - began > budget_s:
            print(f"stopped after {budget_s:.0f} s: {len(rows)} of {len(wanted)} starts")
            break
        try:
            rows.append(_compare(frames, start, gap, laid=options.laid))
        except Unsupported as error:
            print(f"{start:>7}  {error}")
            continue
        print(_row(str(start), rows[-1:]), flush=True)
    if rows:
        print(_row("mean", rows))
        gains = [row["geometry"].psnr - row["minterpolate"].psnr for row in rows]
        print(
            f"geometry is {fmean(gains):+.2f} dB (worst start {min(gains):+.2f}) and "
            f"{_ratio(rows):.1f} times as fast as minterpolate; it takes "
            f"1/{_ratio(rows, 'cpu_s'):.1f} of the processor time"
        )
        if options.laid:
            _report_laid(rows)


def _report_laid(rows: list[dict[str, Score]]) -> None:
    """What is left once the path is taken out."""
    print("laid on the true frames: off by (px), PSNR as it comes, PSNR laid")
    for way in WAYS[:2]:
        off, came, laid = (_mean(rows, way, what) for what in ("off_px", "psnr", "laid"))
        print(f"  {way:13}{off:6.1f}{came:8.2f}{laid:8.2f}")
    gains = [row["geometry"].laid - row["minterpolate"].laid for row in rows]
    print(f"geometry is {fmean(gains):+.2f} dB so (worst start {min(gains):+.2f})")


def _compare(frames: Frames, start: int, gap: int, *, laid: bool) -> dict[str, Score]:
    material = frames.material(start, gap)
    truth = frames.images(start + 1, start + gap)
    makers: dict[str, Callable[[], list[Image]]] = {
        "geometry": lambda: geometry(material, gap),
        "minterpolate": lambda: minterpolate(material.first, material.last, gap),
        "blend": lambda: blend(material.first, material.last, gap),
    }
    scores = {
        way: _score(makers[way], truth, material, laid=laid and way != "blend") for way in WAYS
    }
    own = _seam(material, truth)
    return {**scores, "truth": Score(100.0, 1.0, 1.0, 0.0, 0.0, own)}


def _seam(material: Material, inner: list[Image]) -> float:
    """The larger change of velocity over both joins."""
    sides = (
        (material.before[::-1], material.first, inner),
        (material.after, material.last, inner[::-1]),
    )
    return max(
        velocity_change(_grays([a])[0], _grays(real[:2]), _grays(made[:2]))
        for real, a, made in sides
    )


def _grays(images: Iterable[Image]) -> list[Image]:
    return [np.asarray(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)) for one in images]


def _score(
    make: Callable[[], list[Image]], truth: list[Image], material: Material, *, laid: bool
) -> Score:
    began, spent = time.perf_counter(), _cpu_s()
    made = make()
    seconds, cpu_s = time.perf_counter() - began, _cpu_s() - spent
    pairs = list(zip(made, truth, strict=True))
    grays = [(_luma(a), _luma(b)) for a, b in pairs]
    return Score(
        fmean(psnr(a, b) for a, b in pairs),
        fmean(ssim(a, b) for a, b in grays),
        fmean(_gradient(a) / _gradient(b) for a, b in grays),
        seconds,
        cpu_s,
        _seam(material, made),
        *(_laid(pairs) if laid else ()),
    )


def _laid(pairs: list[tuple[Image, Image]]) -> tuple[float, float]:
    """PSNR once every frame is laid on the true one, and how far off the frames were (px)."""
    told = [_laid_on(made, true) for made, true in pairs]
    return fmean(one for one, _ in told), median(off for _, off in told)


def _laid_on(made: Image, true: Image) -> tuple[float, float]:
    to, own = _grays([true, made])
    height, width = to.shape
    thin = np.s_[8:-8:8, 8:-8:8]
    moved = dense_flow(to, own, preset="medium")[thin].reshape(-1, 2)
    at = pixel_grid(width, height)[thin].reshape(-1, 2)
    off = float(np.median(np.hypot(*moved.T)))
    found = cv2.findHomography(at, at + moved, cv2.USAC_MAGSAC, 1.0)[0]
    if found is None:
        return psnr(made, true), off
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    carried = cv2.warpPerspective(
        made, found, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    return psnr(np.asarray(carried, np.uint8), true), off


def _cpu_s() -> float:
    """Processor time of this process and of the programs it ran, seconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def blend(first: Image, last: Image, gap: int) -> list[Image]:
    """The cross-dissolve's inner frames."""
    return [cv2.addWeighted(first, 1 - k / gap, last, k / gap, 0) for k in range(1, gap)]


def psnr(a: Image, b: Image) -> float:
    """Peak signal-to-noise ratio in dB; 100 for equal pictures."""
    error = float(np.square(cv2.absdiff(a, b).astype(np.float32)).mean())
    return 10 * float(np.log10(255**2 / error)) if error else 100.0


def ssim(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Structural similarity with an 11-pixel Gaussian window of sigma 1.5."""

    def mean(image: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(image, (11, 11), 1.5))

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    both = mean(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float((top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean())


def _gradient(luma: NDArray[np.float32]) -> float:
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
    return float(cv2.magnitude(across, down).mean())


def _luma(image: Image) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)


class Frames:
    """A clip's frames, kept in memory as PNG, lossless (never shown, so channel order is ours)."""

    def __init__(self, path: Path) -> None:
        self._stored = [
            cv2.imencode(".png", picture.rgb(), [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
            for picture in decode(path, probe(path))
        ]

    @property
    def count(self) -> int:
        return len(self._stored)

    def images(self, start: int, stop: int) -> list[Image]:
        return [
            np.asarray(cv2.imdecode(self._stored[index], cv2.IMREAD_COLOR))
            for index in range(max(0, start), min(self.count, stop))
        ]

    def material(self, start: int, gap: int) -> Material:
        first, last = self.images(start, start + 1)[0], self.images(start + gap, start + gap + 1)[0]
        before = self.images(start - CONTEXT, start)
        after = self.images(start + gap + 1, start + gap + 1 + CONTEXT)
        return Material(first, last, tuple(before), tuple(after))


def bundled() -> Path:
    """The clip that comes with the package."""
    return Path(str(resources.files("landfast") / "data" / "karma.mp4"))


def starts(frames: int, gap: int, count: int) -> list[int]:
    """Evenly spread over the clip, with room for the context on both sides."""
    last = frames - gap - CONTEXT - 1
    if last < CONTEXT:
        raise SystemExit(f"the clip has {frames} frames: too few for a gap of {gap}")
    return sorted({round(at) for at in np.linspace(CONTEXT, last, count)})


def _row(name: str, rows: list[dict[str, Score]]) -> str:
    psnrs = "".join(f"{_mean(rows, way, 'psnr'):>7.2f}" for way in WAYS)
    ssims = "".join(f"{_mean(rows, way, 'ssim'):>6.3f}" for way in WAYS)
    sharp = "".join(f"{_mean(rows, way, 'sharpness'):>6.2f}" for way in WAYS)
    spent = "".join(f"{_mean(rows, way, 'seconds'):>7.2f}" for way in WAYS[:2])
    seams = "".join(f"{_mean(rows, way, 'seam'):>6.2f}" for way in ("geometry", "truth"))
    return f"{name:>7}{psnrs:27}{ssims:24}{sharp:24}{spent:16}{_ratio(rows):>5.1f}{seams}"


def _mean(rows: list[dict[str, Score]], way: str, what: str) -> float:
    return fmean(getattr(row[way], what) for row in rows)


def _ratio(rows: list[dict[str, Score]], what: str = "seconds") -> float:
    spent = [[float(getattr(row[way], what)) for row in rows] for way in WAYS[:2]]
    return float(median(theirs / ours for ours, theirs in zip(*spent, strict=True)))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clip", type=Path, action="append", help="may be given several times")
    parser.add_argument("--footage", type=Path, help="folder whose clips are added")
    parser.add_argument(
        "--gap", type=int, action="append", help="frames from anchor to anchor; 15, 30 and 60"
    )
    parser.add_argument("--starts", type=int, default=4, help="gaps spread over the clip")
    parser.add_argument(
        "--seconds-budget", type=float, default=0.0, help="start no new gap after this long"
    )
    parser.add_argument(
        "--laid", action="store_true", help="compare again with the camera's path taken out"
    )
    options = parser.parse_args(arguments)
    options.clip = [*(options.clip or [bundled()])]
    if options.footage:
        options.clip += sorted(options.footage.glob("*.mp4"))
    options.gap = options.gap or [15, 30, 60]
    return options


if __name__ == "__main__":
    sys.exit(main())
