"""Stretches of real footage, bridged by `geometry`, judged by `verify`; verdicts are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from landfast.errors import GeneratorError, LandfastError, Unsupported
from landfast.generators.base import CONTEXT, Material
from landfast.generators.registry import open_generator
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.take import Request
from landfast.verify import FootageFrames, TakeFrames, judge

Image = np.ndarray
AROUND = 12
"""Real frames on both sides that the verifier sees, as in a run."""
KEPT = Path(__file__).parents[1] / "out" / "gaps"


@dataclass(frozen=True)
class Stretch:
    """A span of a clip whose inner frames are hidden from the generator."""

    clip: str
    start: int
    gap: int
    """Frames from anchor to anchor."""
    fps: Fraction
    images: list[Image]
    """The gap's frames, both anchors included, and `AROUND` real ones on both sides."""

    @property
    def anchors(self) -> tuple[Image, Image]:
        """The real frames at both ends."""
        return self.images[AROUND], self.images[AROUND + self.gap]


@dataclass(frozen=True)
class Outcome:
    """What became of a take."""

    state: str
    """`pass`, `fail`, `unknown`, or `unsupported` where the generator declined."""
    failed: tuple[str, ...]
    """Checks that failed or could not be measured."""


def stretches(path: Path, gap: int, count: int, width: int) -> Iterator[Stretch]:
    """Evenly spread stretches of a clip; none where it is too short for the gap."""
    clip = probe(path)
    need = gap + 1 + 2 * AROUND
    if clip.frames < need + count:
        return
    at = np.linspace(0, clip.frames - need, count + 2).astype(int)[1:-1]
    wanted = {k for start in at for k in range(start, start + need)}
    kept = _decoded(path, clip, wanted, width)
    for start in at:
        images = [kept[k] for k in range(start, start + need)]
        yield Stretch(path.stem, int(start), gap, clip.fps, images)


def _decoded(path: Path, clip: Clip, wanted: set[int], width: int) -> dict[int, Image]:
    """Frames whose longer side is `width`."""
    across = round(width * min(1.0, clip.width / clip.height))
    return {p.index: p.rgb(across) for p in decode(path, clip) if p.index in wanted}


def outcome(stretch: Stretch, width: int) -> Outcome:
    """Bridge and judge a stretch, or read what became of it before."""
    file = KEPT / f"{stretch.clip}-{stretch.start}-{stretch.gap}-{width}.json"
    if file.exists():
        found = json.loads(file.read_text())
        return Outcome(found["state"], tuple(found["failed"]))
    made = _judged(stretch)
    KEPT.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"state": made.state, "failed": made.failed}))
    return made


def _judged(stretch: Stretch) -> Outcome:
    first, last = stretch.anchors
    before, after = stretch.images[:AROUND], stretch.images[AROUND + stretch.gap + 1 :]
    try:
        images = _bridged(stretch, before, after)
    except (Unsupported, GeneratorError):
        return Outcome("unsupported", ())
    footage = FootageFrames(before, after, stretch.fps)
    verdict = judge(TakeFrames(images, stretch.fps), start=first, end=last, footage=footage).verdict
    bad = {one.check for one in verdict.findings if one.state != "pass"}
    return Outcome(verdict.state, tuple(sorted(bad)))


def _bridged(stretch: Stretch, before: Sequence[Image], after: Sequence[Image]) -> list[Image]:
    first, last = stretch.anchors
    height, width, _ = first.shape
    maker = open_generator("geometry")
    request = Request(
        segment="gap",
        generator=maker.profile.name,
        first="first",
        last="last",
        constraints=(),
        width=width,
        height=height,
        frames=stretch.gap + 1,
        fps=stretch.fps,
    )
    material = Material(first, last, tuple(before[-CONTEXT:]), tuple(after[:CONTEXT]))
    return list(maker.make(request, material))


def videos(folder: Path) -> list[Path]:
    """Readable videos of a folder, in order of name."""
    kinds = {".mp4", ".mov", ".mkv", ".webm"}
    return [
        path for path in sorted(folder.rglob("*")) if path.suffix.lower() in kinds and _reads(path)
    ]


def _reads(path: Path) -> bool:
    try:
        return probe(path).frames > 0
    except LandfastError:
        return False
