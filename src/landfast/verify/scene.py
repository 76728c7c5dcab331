"""Scene: the world is rigid. One camera path explains what the take shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.coding import BLIND_PX, unsure_px
from landfast.verify.findings import Box, Checked, measured, seconds, shares, unmeasured
from landfast.verify.floor import Floor, footage_floor, own_floor
from landfast.verify.ground import ground, quiet
from landfast.verify.lattice import BLOCK, STEP
from landfast.verify.links import Link, Places
from landfast.verify.rigidity import Baseline, Window
from landfast.verify.study import Stretch, Study
from landfast.vision.twoview import relate

NOISE_PX: Final[dict[Baseline, float]] = {"near": 0.08, "wide": 0.16}
TOLERATED: Final = 1.4e-4
"""Of the picture's width: a wobble of a quarter of a pixel at 1920 is not seen, and a plane and one
depth a point do not explain the true frames of long gaps any better."""
FLOOR_SHARE: Final = 1.2
FLOOR_SQUARED: Final = 8.0
"""A patch may move by noise + 1.2 floor + 8 floor squared, px at working size, floor being what the
same spot does in the footage: still ground repeats itself to a tenth of a pixel, while half a
second of surf or leaves tells little about the next. True and recompressed middle frames of the
tuned clips stay below it."""
ALONE: Final = 1.15
"""Factor of the limit where the floor is learnt from the take itself."""
_LONGER_SHARE: Final = 0.5
"""Of what longer takes are allowed elsewhere."""
CODED: Final[dict[Baseline, float]] = {"near": 3.0, "wide": 0.5}
_COVERED_PX: Final = 0.1
"""Where coding moves points by u (see coding.py), blocks that an encoder leaves as predicted lag
together: a patch may move by 3 (u - 0.1) more between near frames of different quality, by 0.5 of
that over many. Up to 0.1 px the noise and the frame's quieter blocks cover it: limits that are
wider hide warps of 8 px."""
_RESTLESS_PX: Final = 0.4
"""Floors above this are water, leaves, traffic: nothing is claimed there."""
_SHAKEN: Final = 1.2
_MOST_SHAKEN_PX: Final = 0.6
"""A frame as a whole may be worse (a jerk, rolling shutter, compression): the floor is at least
1.2 times the frame's quieter blocks, but beyond 0.6 px the world is coming apart and that is no
excuse."""
_SHAKEN_ALONE: Final = 2.0
"""Without footage no frame is excused by more than twice what the first and the last show."""
_QUIET: Final = 30.0
"""Percentile that stands for them: a fault may fill most of what can be verified."""
_ALONE_IN_TIME: Final = 0.5
"""Share of its excess that a window has where its neighbours do not show it: a fault may come and
go between three windows."""
_SUPPORT: Final = 3
"""Blocks of a 3 x 3 patch that have to agree, each of them a median of nine: one bird or one
walker does not make a fault."""
_BELONGS: Final = 0.65
"""Share of the worst block's excess from which a block belongs to the fault: blocks are medians
over 72 px, so a fault is spread by that."""
LEAST_COVERAGE: Final = 0.15
"""Share of blocks that must be verifiable for a verdict (verification method, section 5.9)."""


@dataclass(frozen=True, slots=True)
class Strain:
    """How far above its floor each patch of a frame is."""

    at: int
    excess: np.ndarray
    """Value over limit per block, zero where unverifiable."""
    limit: np.ndarray
    """What is allowed at each block, px."""
    verified: np.ndarray


def check_scene(study: Study) -> Checked:
    """Plane-plus-parallax residual over near and wide windows, against the floor of the spot."""
    looks = [look for look in (_look(study, "near"), _look(study, "wide")) if look]
    if not looks:
        return Checked((unmeasured("scene", "px", _TOO_LITTLE),), coverage=0.0)
    coverage = float(np.mean([s.verified.mean() for s in looks[0]]))
    lasting = [_lasting(strains) for strains in looks]
    strongest = int(np.argmax([max(m.max() for m in maps) for maps in lasting]))
    excess = max(float(m.max()) for m in lasting[strongest])
    finding = _finding(study, looks[strongest], lasting[strongest], coverage)
    spread = [_spread(s, m, study.frames) for s, m in zip(looks, lasting, strict=True)]
    frames: np.ndarray = np.maximum.reduce([one[0] for one in spread])
    heat = tuple(np.maximum.reduce(maps) for maps in zip(*(s[1] for s in spread), strict=True))
    known = (excess,) if finding.state != "unknown" else ()
    return Checked((finding,), known, frames=frames, heat=heat, coverage=coverage)


_UNRELATED: Final = (
    "The anchors show no common structure, so no camera leads from one to the other in one scene"
)
_TOO_COARSE: Final = (
    "The take is compressed so strongly that its blocks lag behind the motion by themselves: "
    "whether the scene is rigid cannot be told"
)
_TOO_LITTLE: Final = "Too little texture can be followed to tell whether the scene is rigid"


def _look(study: Study, baseline: Baseline) -> list[Strain]:
    """Strains of all windows of one baseline; none where too few could be measured."""
    found = study.take.windows(baseline)
    if len(found) < 2:
        return []
    real = _footage_floor(study, baseline)
    if real is not None:
        floors = [real.at(*_places(study, window)) for window in found]
        return [
            _strain(study, window, here, baseline, _MOST_SHAKEN_PX)
            for window, here in zip(found, floors, strict=True)
        ]
    floors = _own_floors(study, found)
    most = min(_MOST_SHAKEN_PX, _SHAKEN_ALONE * max(_whole(found[0]), _whole(found[-1])))
    return [
        _strain(study, window, here, baseline, most, wider=ALONE)
        for window, here in zip(found, floors, strict=True)
    ]


def _places(study: Study, window: Window) -> tuple[Places, Places]:
    return study.take.in_first[window.at], study.take.in_last[window.at]


def _footage_floor(study: Study, baseline: Baseline) -> Floor | None:
    sides = [_side(side, baseline) for side in (study.before, study.after)]
    return footage_floor(*sides[0], *sides[1])


def _own_floors(study: Study, found: tuple[Window, ...]) -> list[np.ndarray]:
    """Without footage: the take's quiet times, and no more than that on ground that both ends show
    alike."""
    own = own_floor(found, study.take.links)
    blank = np.full(found[0].residual.shape, np.nan, np.float32)
    times = [blank if own is None else own.at(*_places(study, window)) for window in found]
    still = ground(study.take)
    restless = [still.restless(*_places(study, window)) for window in found]
    normal = quiet([window.residual for window in found], restless)
    # Both may be unknown: NaN gives way to what is known.
    return [
        np.asarray(np.fmin(time, np.maximum(np.float32(normal), spot)))
        for time, spot in zip(times, restless, strict=True)
    ]


def _side(
    stretch: Stretch | None, baseline: Baseline
) -> tuple[tuple[Window, ...], tuple[Link, ...]]:
    if stretch is None:
        return (), ()
    return stretch.windows(baseline), stretch.links


def _strain(
    study: Study,
    window: Window,
    here: np.ndarray,
    baseline: Baseline,
    most: float,
    *,
    wider: float = 1.0,
) -> Strain:
    """One window against its floor; its frame as a whole excuses up to `most` px."""
    raised = np.fmax(here, _SHAKEN * min(_whole(window), most))
    limit = NOISE_PX[baseline] + FLOOR_SHARE * raised + FLOOR_SQUARED * raised**2
    limit = limit * wider * (1 + _LONGER_SHARE * (study.longer - 1))
    limit = limit + TOLERATED * study.take.reel.size[0]
    limit = limit + CODED[baseline] * max(0.0, unsure_px(study) - _COVERED_PX)
    verified = np.isfinite(window.residual) & (here <= _RESTLESS_PX)
    ratio = np.where(verified, window.residual / limit, 0.0)
    return Strain(window.at, _supported(ratio), limit, verified)


def _whole(window: Window) -> float:
    """Residual of the quieter blocks of a frame, px."""
    known = window.residual[np.isfinite(window.residual)]
    return float(np.percentile(known, _QUIET)) if len(known) else 0.0


def _supported(ratio: np.ndarray) -> np.ndarray:
    """The fifth greatest value of every 3 x 3 patch: its median where all are verifiable."""
    padded = np.pad(ratio, 1)
    rows, columns = ratio.shape
    patch = [padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    ordered: np.ndarray = np.sort(np.stack(patch), axis=0)[-_SUPPORT]
    return ordered


def _lasting(strains: list[Strain]) -> list[np.ndarray]:
    """What neighbouring windows agree on, one block of drift allowed, or half of what one shows
    alone; one map per window."""
    wide = [cv2.dilate(s.excess.astype(np.float32), np.ones((3, 3), np.uint8)) for s in strains]
    out = []
    for n, strain in enumerate(strains):
        beside = [wide[k] for k in (n - 1, n + 1) if 0 <= k < len(strains)]
        agreed = np.minimum(strain.excess, np.maximum.reduce(beside))
        out.append(np.maximum(agreed, _ALONE_IN_TIME * strain.excess))
    return out


def _finding(
    study: Study, strains: list[Strain], lasting: list[np.ndarray], coverage: float
) -> Finding:
    worst = int(np.argmax([m.max() for m in lasting]))
    row, column = np.unravel_index(int(lasting[worst].argmax()), lasting[worst].shape)
    excess = float(lasting[worst][row, column])
    scale = study.source_scale
    limit = float(np.nan_to_num(strains[worst].limit[row, column], nan=1.0)) * scale
    if excess <= 1 and relate(*study.anchors.small).model == "none":
        return unmeasured("scene", "px", _UNRELATED)
    if excess <= 1 and coverage < LEAST_COVERAGE:
        return unmeasured(
            "scene",
            "px",
            f"Only {coverage:.0%} of the picture has texture that stays put, too little to call "
            "the scene rigid",
        )
    if excess <= 1 and unsure_px(study) > BLIND_PX:
        return unmeasured("scene", "px", _TOO_COARSE)
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


def _span(
    study: Study, strains: list[Strain], lasting: list[np.ndarray]
) -> tuple[float, float] | None:
    hits = [s.at for s, m in zip(strains, lasting, strict=True) if m.max() > 1]
    return seconds(hits[0], hits[-1] + 1, study.fps) if hits else None


def _region(study: Study, lasting: list[np.ndarray], worst: int, seed: tuple[int, int]) -> Box:
    """Box of the connected patch around the worst block that is nearly as bad."""
    mask = (lasting[worst] >= _BELONGS * float(lasting[worst].max())).astype(np.uint8)
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
