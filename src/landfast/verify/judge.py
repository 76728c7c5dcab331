"""From a take to a verdict: one check per kind of constraint, three-valued."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32, UInt8
from landfast.model.constraint import Constraint, KeepRegion
from landfast.model.verdict import MAY_BE_ABSENT, Check, Finding, FrameScore, State, Verdict
from landfast.verify.checks.colour import check_colour
from landfast.verify.checks.depth import check_depth
from landfast.verify.checks.endpoints import check_endpoints
from landfast.verify.checks.horizon import check_horizon
from landfast.verify.checks.motion import check_motion
from landfast.verify.checks.persistence import check_persistence
from landfast.verify.checks.region import Plate, check_region
from landfast.verify.checks.scene import check_scene
from landfast.verify.checks.steady import check_steady
from landfast.verify.checks.texture import check_texture
from landfast.verify.findings import Checked, broken, score, unmeasured
from landfast.verify.measure.parallel import in_order
from landfast.verify.measure.reel import (
    FootageFrames,
    Image,
    TakeFrames,
    check_inputs,
    shape_complaint,
)
from landfast.verify.measure.study import Progress, Study, study

_CHECKS: Final[dict[Check, Callable[[Study], Checked]]] = {
    "endpoints": check_endpoints,
    "motion": check_motion,
    "steady": check_steady,
    "colour": check_colour,
    "horizon": check_horizon,
    "scene": check_scene,
    "depth": check_depth,
    "persistence": check_persistence,
    "texture": check_texture,
}
CHECK_OF: Final[dict[str, Check]] = {
    "endpoint": "endpoints",
    "scene": "scene",
    "persistence": "persistence",
    "texture": "texture",
    "motion": "motion",
    "steady": "steady",
    "colour": "colour",
    "horizon": "horizon",
    "depth": "depth",
    "region": "region",
}
_LEAST_FRAMES: Final = 4
"""Fewer cannot be judged: rigidity needs three neighbours, a jump two intervals beside it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the evidence for it."""

    verdict: Verdict
    heat: tuple[UInt8[np.ndarray, "rows columns"], ...]
    """Per frame, evidence of a fault per cell of 8 px at working size, the worst of all checks
    that know a place; 128 is the limit. One blank cell a frame where no part of the picture could
    be told from another."""
    series: dict[str, Float32[np.ndarray, " frames"]]
    """Per check, value over limit of every frame, where the check can tell frames apart."""

    @property
    def worst(self) -> int:
        """Index of the frame with the most evidence of a fault."""
        return int(np.argmax([frame.score for frame in self.verdict.frames]))


def judge(
    take: TakeFrames,
    *,
    start: Image,
    end: Image,
    footage: FootageFrames | None = None,
    constraints: Sequence[Constraint] | None = None,
    plates: Mapping[str, Plate] | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Judge a take against its two real anchors.

    Args:
        take: The generated frames; the first should be `start`, the last `end`.
        start: Real frame at the start, RGB; any size of the same shape.
        end: Real frame at the end, of the start's size.
        footage: Real frames on both sides. With them the noise floor of every check is that of
            the real scene; without, a weaker one is learnt from the take's own quiet parts and
            the joins stay unknown.
        constraints: What must hold; all but regions when None.
        plates: Mask and reference of each region constraint, by the mask's content id.
        progress: Called with checks done and checks in total, from any thread, one at a time.

    Returns:
        The same judgement for the same pixels, on any number of threads.

    Raises:
        InputError: No frames, frames or anchors of different sizes or too small to measure.
    """
    check_inputs(take, start, end, footage)
    wanted = _wanted(constraints)
    complaint = _complaint(take, start)
    if complaint is not None:
        return _refused(take, complaint, wanted)
    measured = study(take, start, end, footage)

    def checked(one: Wanted) -> Checked:
        kind, _, region = one
        if region is not None:
            return check_region(measured, region, plates or {})
        return _CHECKS[kind](measured)

    results = in_order(checked, wanted, progress=progress)
    needed = [is_required for _, is_required, _ in wanted]
    return _judgement(measured, list(zip(results, needed, strict=True)))


Wanted = tuple[Check, bool, KeepRegion | None]


def _wanted(constraints: Sequence[Constraint] | None) -> list[Wanted]:
    """Checks to run, once each (regions once per region), and whether they are required."""
    if constraints is None:
        return [(kind, True, None) for kind in _CHECKS]
    required: dict[Check, bool] = {}
    regions: list[Wanted] = []
    for one in constraints:
        if isinstance(one, KeepRegion):
            regions.append(("region", one.strength == "required", one))
        else:
            kind = CHECK_OF[one.kind]
            required[kind] = required.get(kind, False) or one.strength == "required"
    return [(kind, required[kind], None) for kind in _CHECKS if kind in required] + regions


def _complaint(take: TakeFrames, start: Image) -> str | None:
    """Why a take cannot be what was asked for, before anything is measured."""
    if len(take.images) < _LEAST_FRAMES:
        count = len(take.images)
        return f"The take has {count} frame{'s' * (count != 1)}, too few to be judged as a clip"
    complaint = shape_complaint(take, start)
    return None if complaint is None else complaint[0].upper() + complaint[1:]


def _refused(take: TakeFrames, complaint: str, wanted: list[Wanted]) -> Judgement:
    """The judgement on what is no take at all."""
    kinds = dict.fromkeys(kind for kind, _, _ in wanted if kind != "endpoints")
    others = [
        unmeasured(kind, "", "Not measured: the take is not what was asked") for kind in kinds
    ]
    findings = (broken("endpoints", complaint), *others)
    frames = tuple(FrameScore(time_s=_time(take, k), score=1.0) for k in range(len(take.images)))
    verdict = Verdict(state="fail", score=1.0, coverage=0.0, findings=findings, frames=frames)
    return Judgement(verdict, _blank(len(frames)), {})


def _time(take: TakeFrames, k: int) -> float:
    return round(float(k / take.fps), 4)


def _judgement(measured: Study, results: list[tuple[Checked, bool]]) -> Judgement:
    worst = max((_score(result) for result, needed in results if needed), default=0.0)
    findings = tuple(f for result, _ in results for f in result.findings)
    coverage = next((r.coverage for r, _ in results if r.coverage is not None), 0.0)
    state = _overall(results)
    series = {r.findings[0].check: r.frames for r, _ in results if r.frames is not None}
    heat = _heat([r.heat for r, _ in results if r.heat])
    verdict = Verdict(
        state=state,
        score=round(worst, 3),
        coverage=round(coverage, 3),
        findings=findings,
        frames=_frames(measured, series),
    )
    return Judgement(
        verdict, heat or _blank(measured.frames), {str(k): v for k, v in series.items()}
    )


def _overall(results: list[tuple[Checked, bool]]) -> State:
    """Fail if a required check fails, unknown if one could not be measured, else pass.

    Of a check with several findings one that was measured is enough, except that nothing which
    failed is outvoted: without footage the joins stay unknown and freeze and jump still speak.
    """
    states = [(_excused(r), _state(r.findings)) for r, needed in results if needed]
    if any(state == "fail" for _, state in states):
        return "fail"
    decided = [state for excused, state in states if not excused or state == "pass"]
    return "unknown" if "unknown" in decided or not decided else "pass"


def _excused(result: Checked) -> bool:
    """Whether there may be nothing for this check to measure."""
    return result.findings[0].check in MAY_BE_ABSENT and not result.expected


def _state(findings: tuple[Finding, ...]) -> State:
    states = {finding.state for finding in findings}
    if "fail" in states:
        return "fail"
    return "pass" if "pass" in states else "unknown"


def _score(result: Checked) -> float:
    return score(max(result.excess, default=0.0))


def _frames(measured: Study, series: Mapping[Check, np.ndarray]) -> tuple[FrameScore, ...]:
    """Every frame has the score of its worst check."""
    total = np.zeros(measured.frames)
    for one in series.values():
        total = np.maximum(total, [score(float(x)) for x in one])
    return tuple(
        FrameScore(time_s=round(float(k / measured.fps), 4), score=round(float(x), 3))
        for k, x in enumerate(total)
    )


def _blank(frames: int) -> tuple[np.ndarray, ...]:
    return (np.zeros((1, 1), np.uint8),) * frames


def _heat(maps: list[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """The worst of all checks that have a map, on cells of the finest."""
    if not maps:
        return ()
    rows, columns = np.max([one[0].shape for one in maps], axis=0)
    out = []
    for frame in zip(*maps, strict=True):
        sized = [
            cv2.resize(m.astype(np.float32), (columns, rows), interpolation=cv2.INTER_NEAREST)
            for m in frame
        ]
        out.append(_byte(np.maximum.reduce(sized)))
    return tuple(out)


def _byte(excess: np.ndarray) -> np.ndarray:
    """Evidence per block as a byte: 0 none, 128 the limit, 255 beyond doubt."""
    powered = np.maximum(excess, 0.0).astype(np.float64) ** 3
    return np.asarray(np.rint(255 * powered / (1 + powered)), np.uint8)
