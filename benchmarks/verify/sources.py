"""Stretches of video whose true middle frames are the perfect take."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from landfast.errors import LandfastError
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.verify import FootageFrames

Image = np.ndarray
Split = Literal["tuned", "reported"]
Kind = Literal["orbit", "crane", "sideways", "forward"]
AROUND = 12
BUNDLED = "karma"
TUNED_ON = ("karma", "max-heromode", "london_skyline")
"""Parts of the names of the real clips that were looked at while the limits were set."""


@dataclass(frozen=True)
class Stretch:
    """The frames of a gap, both anchors included, and the real ones around it.

    split: the limits were looked at on "tuned" sources; only "reported" ones count as evidence.
    """

    name: str
    split: Split
    frames: list[Image]
    footage: FootageFrames
    fps: Fraction
    horizon: bool = False
    """Whether a horizon is in sight."""

    def without_pictures(self) -> Stretch:
        """The same record, light enough to keep one for every case."""
        return replace(self, frames=[], footage=FootageFrames([], [], self.fps))


def bundled(gap: int, width: int, starts: int) -> Iterator[Stretch]:
    """The clip that ships with landfast."""
    with as_file(files("landfast.data") / "karma.mp4") as path:
        for made in from_file(path, "tuned", gap, width, starts):
            yield replace(made, horizon=True)


def from_folder(folder: Path, gap: int, width: int, starts: int) -> Iterator[Stretch]:
    """Every readable video of a folder but the bundled one."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in {".mp4", ".mov", ".mkv", ".webm"} and BUNDLED not in path.stem:
            try:
                seen = any(name in path.stem for name in TUNED_ON)
                split: Split = "tuned" if seen else "reported"
                yield from from_file(path, split, gap, width, starts)
            except LandfastError as error:
                print(f"left out: {error}", file=sys.stderr)


def from_file(path: Path, split: Split, gap: int, width: int, starts: int) -> Iterator[Stretch]:
    """Evenly spread gaps of a file."""
    clip = probe(path)
    need = gap + 1 + 2 * AROUND
    count = len(clip.ticks)
    if count < need + 2:
        return
    at = np.linspace(0, count - need - 1, starts + 2).astype(int)[1:-1]
    chosen = {k for start in at for k in range(start, start + need)}
    across = round(width * min(1.0, clip.width / clip.height))
    kept = {p.index: p.rgb(across) for p in decode(path, clip) if p.index in chosen}
    for start in at:
        images = [kept[k] for k in range(start, start + need)]
        yield _cut(f"{path.stem}@{start}", split, images, clip.fps, gap)


@dataclass(frozen=True)
class Flight:
    """A rendered flight: at a pitch above -12 degrees the horizon is in sight."""

    kind: Kind
    seed: int
    pitch: float
    split: Split


FLIGHTS = (
    Flight("forward", 21, -22.0, "tuned"),
    Flight("sideways", 22, -22.0, "tuned"),
    Flight("forward", 25, -9.0, "tuned"),
    Flight("orbit", 71, -22.0, "reported"),
    Flight("crane", 72, -30.0, "reported"),
    Flight("sideways", 73, -75.0, "reported"),
    Flight("forward", 74, -30.0, "reported"),
    Flight("orbit", 75, -35.0, "reported"),
    Flight("sideways", 76, -15.0, "reported"),
)
_KINDS: tuple[Kind, ...] = ("orbit", "crane", "sideways", "forward")
_PITCHES = (-25.0, -18, -50, -15, -60, -40, -80, -25, -30, -12, -35, -70)
_AROUND_FLIGHT = 8


def fresh(seeds: Iterable[int]) -> tuple[Flight, ...]:
    """Flights that no limit was set on, one a seed; the seed says how it flies and looks."""
    return tuple(
        Flight(_KINDS[n % len(_KINDS)], n, _PITCHES[n % len(_PITCHES)], "reported") for n in seeds
    )


def rendered(gap: int, width: int, flights: Iterable[Flight]) -> Iterator[Stretch]:
    """Flights over rendered terrain, with sensor noise."""
    for flight in flights:
        images = _flown(flight, gap + 1 + 2 * _AROUND_FLIGHT, (width * 3 // 4, width * 27 // 64))
        name = f"rendered {flight.kind} {flight.seed}"
        made = _cut(name, flight.split, images, Fraction(30), gap, _AROUND_FLIGHT)
        yield replace(made, horizon=flight.pitch > -12)


def _flown(flight: Flight, frames: int, size: tuple[int, int]) -> list[Image]:
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    from scenes import Pose, Scene, gaussian_noise, path, town, video

    start, seed = replace(Pose(), pitch_deg=flight.pitch), flight.seed
    cameras = path(flight.kind, frames, start=start, size=size, shake_px=0.3, seed=seed)
    scene = Scene("terrain", seed=seed, boxes=town(seed, 6))
    return gaussian_noise(video(scene, cameras), 1.5, seed=seed)


def _cut(
    name: str, split: Split, images: list[Image], fps: Fraction, gap: int, around: int = AROUND
) -> Stretch:
    middle = images[around : around + gap + 1]
    footage = FootageFrames(images[:around], images[around + gap + 1 :], fps)
    return Stretch(name, split, middle, footage, fps)


def compressed(image: Image, quality: int) -> Image:
    """A picture through JPEG."""
    _, coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])
