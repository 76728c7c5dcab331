"""Scene: the world is rigid. One camera path explains what the take shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.findings import Box, Checked, measured, seconds, shares, unmeasured
from landfast.verify.floor import Floor, footage_floor, own_floor
from landfast.verify.lattice import BLOCK, STEP
from landfast.verify.rigidity import Window, windows
from landfast.verify.study import Stretch, Study
from landfast.vision.twoview import relate

LIMIT: Final = {"footage": 1.3, "take": 2.1}
"""Most that a patch of 3 x 3 blocks may be worse than its floor, by the floor's source. True
middle frames of three real clips (bundled, two hand-held) stayed below 1.1 and 1.5."""
_NOISE_PX: Final = 0.12
"""Added to the floor: what tracking loses on the best texture, px at working size."""
_RESTLESS_PX: Final = 1.0
"""Floors above this are water, leaves, traffic: nothing is claimed there."""
_SHAKEN: Final = 1.5
_MOST_SHAKEN_PX: Final = 0.6
"""A frame as a whole may be worse (a jerk, rolling shutter): the floor is at least 1.5 times the
frame's median block, but a median above 0.6 px is the world coming apart and no excuse."""
_SUPPORT: Final = 5
"""Blocks of a 3 x 3 patch that have to agree: one bird or one walker does not make a fault."""
LEAST_COVERAGE: Final = 0.15
"""Share of blocks that must be verifiable for a verdict (verification method, section 5.9)."""


@dataclass(frozen=True, slots=True)
class Strain:
    """How far above its floor each patch of a frame is."""

    at: int
    excess: np.ndarray
    """Value over limit per block, zero where unverifiable."""
    floor: np.ndarray
    verified: np.ndarray


def check_scene(study: Study) -> Checked:
    """Plane-plus-parallax residual over windows, against the floor of the same spot."""
    take = study.take
    stride = 2 if study.frames <= 40 else 3
    found = windows(take.reel, take.links, stride=stride)
    floor = _floor(study, found)
    if floor is None or len(found) < 2:
        return Checked((unmeasured("scene", "px", _TOO_LITTLE),), coverage=0.0)
    strains = [_strain(study, window, floor) for window in found]
    coverage = float(np.mean([s.verified.mean() for s in strains]))
    lasting = _lasting(strains)
    excess = max(float(m.max()) for m in lasting)
    finding = _finding(study, strains, lasting, coverage)
    frames, heat = _spread(strains, lasting, study.frames)
    known = (excess,) if finding.state != "unknown" else ()
    return Checked((finding,), known, frames=frames, heat=heat, coverage=coverage)


_UNRELATED: Final = (
    "The anchors show no common structure, so no camera leads from one to the other in one scene"
)
_TOO_LITTLE: Final = "Too little texture can be followed to tell whether the scene is rigid"


def _floor(study: Study, found: tuple[Window, ...]) -> Floor | None:
    if study.real:
        sides = [_side(side) for side in (study.before, study.after)]
        floor = footage_floor(*sides[0], *sides[1])
        if floor is not None:
            return floor
    return own_floor(found, study.take.links)


def _side(stretch: Stretch | None) -> tuple[tuple[Window, ...], tuple]:  # type: ignore[type-arg]
    if stretch is None:
        return (), ()
    return windows(stretch.reel, stretch.links, stride=3), stretch.links


def _strain(study: Study, window: Window, floor: Floor) -> Strain:
    here = floor.at(study.take.in_first[window.at], study.take.in_last[window.at])
    known = window.residual[np.isfinite(window.residual)]
    whole = float(np.median(known)) if len(known) else 0.0
    raised = np.fmax(here, _SHAKEN * min(whole, _MOST_SHAKEN_PX))
    verified = np.isfinite(window.residual) & (here <= _RESTLESS_PX)
    ratio = np.where(verified, window.residual / (_NOISE_PX + raised), 0.0)
    return Strain(window.at, _supported(ratio) / LIMIT[floor.source], raised, verified)


def _supported(ratio: np.ndarray) -> np.ndarray:
    """The fifth greatest value of every 3 x 3 patch: its median where all are verifiable."""
    padded = np.pad(ratio, 1)
    rows, columns = ratio.shape
    patch = [padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    ordered: np.ndarray = np.sort(np.stack(patch), axis=0)[-_SUPPORT]
    return ordered


def _lasting(strains: list[Strain]) -> list[np.ndarray]:
    """What neighbouring windows agree on, one block of drift allowed; one map per window."""
    wide = [cv2.dilate(s.excess.astype(np.float32), np.ones((3, 3), np.uint8)) for s in strains]
    out = []
    for n, strain in enumerate(strains):
        beside = [wide[k] for k in (n - 1, n + 1) if 0 <= k < len(strains)]
        out.append(np.minimum(strain.excess, np.maximum.reduce(beside)))
    return out


def _finding(
    study: Study, strains: list[Strain], lasting: list[np.ndarray], coverage: float
) -> Finding:
    worst = int(np.argmax([m.max() for m in lasting]))
    row, column = np.unravel_index(int(lasting[worst].argmax()), lasting[worst].shape)
    excess = float(lasting[worst][row, column])
    scale = study.source_scale
    limit = _limit(study) * (_NOISE_PX + float(strains[worst].floor[row, column])) * scale
    if excess <= 1 and relate(*study.anchors.small).model == "none":
        return unmeasured("scene", "px", _UNRELATED)
    if excess <= 1 and coverage < LEAST_COVERAGE:
        return unmeasured(
            "scene",
            "px",
            f"Only {coverage:.0%} of the picture has texture that stays put, too little to call "
            "the scene rigid",
        )
    value = excess * limit
    return measured(
        "scene",
        value,
        limit,
        "px",
        good=f"A moving camera explains the verifiable {coverage:.0%} of the picture "
        f"within {value:.2g} px",
        bad=f"Part of the scene moves {value:.2g} px as no camera could make a rigid world move, "
        f"{limit:.2g} px are normal there",
        span=_span(study, strains, lasting),
        region=_region(study, lasting, worst, (int(row), int(column))),
    )


def _limit(study: Study) -> float:
    return LIMIT["footage" if study.real else "take"]


def _span(
    study: Study, strains: list[Strain], lasting: list[np.ndarray]
) -> tuple[float, float] | None:
    hits = [s.at for s, m in zip(strains, lasting, strict=True) if m.max() > 1]
    return seconds(hits[0], hits[-1] + 1, study.fps) if hits else None


def _region(study: Study, lasting: list[np.ndarray], worst: int, seed: tuple[int, int]) -> Box:
    """Box of the connected patch around the worst block; half the excess belongs to it."""
    half = max(1.0, float(lasting[worst].max()) / 2)
    mask = (lasting[worst] >= min(half, float(lasting[worst].max()))).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, across, down, _ = stats[labels[seed]]
    width, height = study.take.reel.size
    side = STEP * BLOCK
    return shares(
        left * side / width, top * side / height, across * side / width, down * side / height
    )


def _spread(
    strains: list[Strain], lasting: list[np.ndarray], frames: int
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Every frame takes the nearest window's map."""
    at = np.array([s.at for s in strains])
    nearest = [int(np.argmin(np.abs(at - t))) for t in range(frames)]
    tops = np.array([m.max() for m in lasting], np.float32)
    return tops[nearest], tuple(lasting[n].astype(np.float32) for n in nearest)
