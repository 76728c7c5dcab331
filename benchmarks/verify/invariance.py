"""How far scores move when the same take and footage are shown in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from benchmarks.verify.cases import Case, Frames, as_bytes
from benchmarks.verify.clean import recompressed
from benchmarks.verify.faults import cases
from benchmarks.verify.sources import Image, Stretch
from landfast.verify import FootageFrames, TakeFrames, judge

Change = Callable[[Image], Image]

_SHOWN = ((None, "true frames"), ("warp", "8 px"), ("insertion", "96 px"), ("colour ramp", ""))
"""Takes that are shown in other ways: one that passes, and faults of shape, things and colour."""


def invariance(stretch: Stretch, mode: str) -> Iterator[str]:
    """A line per take and change: both scores, and the move over the distance to 0.5."""
    shown = [c for c in cases(stretch) if _is_shown(c)]
    for case in shown:
        name = f"{case.fault or 'clean'} {case.magnitude}"
        base = _score(case, mode)
        for change, changed in _changed(case):
            score = _score(changed, mode)
            share = abs(score - base) / max(abs(base - 0.5), 1e-6)
            yield f"  {name:<24}{change:<16}{base:>7.3f}{score:>8.3f}{share:>8.2f}"


def _is_shown(case: Case) -> bool:
    told = [(f, m) for f, m in _SHOWN if f == case.fault and m in ("", case.magnitude)]
    return bool(told) and case.size != "gross"


def _score(case: Case, mode: str) -> float:
    s = case.stretch
    take, beside = TakeFrames(case.frames, s.fps), s.footage if mode == "footage" else None
    found = judge(take, start=s.frames[0], end=s.frames[-1], footage=beside)
    return found.verdict.score


def _changed(case: Case) -> Iterator[tuple[str, Case]]:
    """Mirror, scale and gamma change take, anchors and footage; an encoder only the take."""
    for name, change in _CHANGES.items():
        yield name, _all_of(case, change)
    yield "H.264 crf 20", replace(case, frames=recompressed(case.frames, 20))


def _all_of(case: Case, change: Change) -> Case:
    s = case.stretch
    around = FootageFrames(
        _each(s.footage.before, change), _each(s.footage.after, change), s.footage.fps
    )
    world = replace(s, frames=_each(s.frames, change), footage=around)
    return replace(case, stretch=world, frames=_each(case.frames, change))


def _each(frames: Iterable[Image], change: Change) -> Frames:
    return [change(f) for f in frames]


def _scaled(frame: Image) -> Image:
    size = (round(frame.shape[1] * 0.8), round(frame.shape[0] * 0.8))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))


def _gamma(power: float) -> Change:
    return lambda frame: as_bytes(255 * (frame.astype(np.float32) / 255) ** power)


_CHANGES: dict[str, Change] = {
    "mirror": lambda frame: np.ascontiguousarray(frame[:, ::-1]),
    "scale 0.8": _scaled,
    "gamma 0.8": _gamma(0.8),
    "gamma 1.25": _gamma(1.25),
}
