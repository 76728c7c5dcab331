"""What `lock` answers where it should not lock: bad input, and nothing to do."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.lock.cases import RATE, layers, real_pixels, scenes, swims
from landfast.conduct.lock.order import LockOrder
from landfast.conduct.lock.overlay import lock
from landfast.errors import InputError
from landfast.media.layers.layer import Layer
from landfast.media.layers.write import write_layers

SIZE = (640, 360)
FRAMES = 24


def main() -> None:
    """Print what comes of each."""
    case = real_pixels(SIZE, FRAMES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        footage = folder / "footage.mp4"
        scenes.write_video(footage, case.images(), fps=RATE, quality=17)
        good = list(layers(case, swims(case, 2)))
        still = list(layers(case, swims(case, 0)))
        grey = [np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)] * FRAMES
        cut = [*list(case.images())[:12], *[255 - one[:, ::-1] for one in list(case.images())[12:]]]
        flat = _film(folder / "flat.mp4", grey)
        for what, on, over, rate in (
            ("nothing to do", footage, still, RATE),
            ("clear throughout", footage, [_clear(one) for one in good], RATE),
            ("longer", footage, good + good[:5], RATE),
            ("shorter", footage, good[:-5], RATE),
            ("shorter, other rate", footage, good[::2][:-2], RATE / 2),
            ("other shape", footage, [_wider(one) for one in good], RATE),
            ("a cut", _film(folder / "cut.mp4", cut), good, RATE),
            ("no texture", flat, good, RATE),
            ("too fast", footage, list(_jumping(good)), RATE),
        ):
            _row(what, on, _overlay(folder / f"{what.replace(' ', '_')}.mkv", over, rate), folder)
        _row("no alpha", footage, flat, folder)


def _film(path: Path, images: list[np.ndarray]) -> Path:
    scenes.write_video(path, images, fps=RATE, quality=17)
    return path


def _overlay(path: Path, frames: list[Layer], fps: Fraction) -> Path:
    width, height = frames[0].width, frames[0].height
    with write_layers(
        path, width=width, height=height, fps=fps, coding="ffv1", bit_depth=8
    ) as writer:
        for one in frames:
            writer.write(one)
    return path


def _clear(layer: Layer) -> Layer:
    return replace(layer, left=0, top=0, pixels=layer.pixels[:0, :0])


def _wider(layer: Layer) -> Layer:
    return replace(layer, width=layer.width + 160)


def _jumping(frames: list[Layer]) -> Iterator[Layer]:
    for number, one in enumerate(frames):
        yield replace(one, left=one.left + 40 * (number % 2))


def _row(what: str, on: Path, overlay: Path, folder: Path) -> None:
    out = folder / "out.mkv"
    out.unlink(missing_ok=True)
    try:
        result = lock(LockOrder(overlay=overlay, on=on, out=out))
    except InputError as error:
        state, said = "refused", str(error).replace(f"{folder}/", "")
    else:
        state, said = result.state, f"changed {result.changed_px:.3f} px; {result.reason}"
    print(f"{what:22}{state:>9}  {'file' if out.exists() else 'no file':8} {said}", flush=True)
