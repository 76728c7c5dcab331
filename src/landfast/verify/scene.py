"""Scene: the world is rigid. One camera path explains what the take shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.coding import BLIND_PX, unsure_px
from landfast.verify.findings import Checked, measured, unmeasured
from landfast.verify.floor import footage_floor, own_floor
from landfast.verify.ground import ground, quiet
from landfast.verify.links import Link, Places
from landfast.verify.neighbours import BASELINES, Baseline
from landfast.verify.rigidity import Window
from landfast.verify.strain import Look, Strain, region, span, spread
from landfast.verify.study import Stretch, Study
from landfast.vision.twoview import relate


class Allowed(NamedTuple):
    """What a patch may move besides what the footage does at the spot."""

    noise_px: float
    tolerated: float
    """Of the picture's width: a wobble of a quarter of a pixel at 1920 is not seen, and a plane
    and one depth a point do not explain the true frames of long gaps any better."""
    coded: float
    covered_px: float
    """Where coding moves points by u (see coding.py), blocks that an encoder leaves as predicted
    lag together: a patch may move by `coded` (u - `covered_px`) more. Up to there the noise and
    the frame's quieter blocks cover it: limits that are wider hide warps of 8 px."""
    alone: float
    """Factor where the floor is learnt from the take itself."""
    longer: float
    """Share of what longer takes are allowed elsewhere."""
    uneven: float
    """Of the camera's own departure from even motion: what its model leaves out (lens, shutter)
    does not cancel there."""


_NEAR_MOVED: Final = Allowed(
    noise_px=0.1,
    tolerated=1.4e-4,
    coded=3.0,
    covered_px=0.1,
    alone=1.15,
    longer=0.5,
    uneven=0.0,
)
_NEAR_SWAYED: Final = Allowed(
    noise_px=0.02,
    tolerated=1.0e-4,
    coded=6.0,
    covered_px=0.05,
    alone=1.8,
    longer=1.0,
    uneven=0.03,
)
MOVED: Final[dict[Baseline, Allowed]] = {
    "near": _NEAR_MOVED,
    "wide": _NEAR_MOVED._replace(noise_px=0.24, coded=0.5),
}
"""For single windows."""
SWAYED: Final[dict[Baseline, Allowed]] = {
    "near": _NEAR_SWAYED,
    "wide": _NEAR_SWAYED._replace(alone=1.4),
}
"""For what several windows share."""
FLOOR_SHARE: Final = 1.2
FLOOR_SQUARED: Final = 8.0
"""A patch may move by noise + 1.2 floor + 8 floor squared, px at working size, floor being what the
same spot does in the footage: still ground repeats itself to a tenth of a pixel, while half a
second of surf or leaves tells little about the next. True and recompressed middle frames of the
tuned clips stay below it."""
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
_COMMON: Final = 0.1
"""Share of the blocks that both ends show alike, from which no other evidence is asked for that
they show one scene."""
LEAST_COVERAGE: Final = 0.15
"""Share of blocks that must be verifiable for a verdict (verification method, section 5.9)."""


Measured = Callable[[Stretch], tuple[Window, ...]]


def check_scene(study: Study) -> Checked:
    """Plane-plus-parallax residual over near and wide windows, against the floor of the spot."""
    looks = [look for baseline in BASELINES for look in _looks(study, baseline)]
    if not looks:
        return Checked((unmeasured("scene", "px", _TOO_LITTLE),), coverage=0.0)
    coverage = float(np.mean([s.verified.mean() for s in looks[0].strains]))
    excess = max(look.top for look in looks)
    finding = _finding(study, looks, coverage)
    frames, heat = spread(looks, study.frames)
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


def _looks(study: Study, baseline: Baseline) -> list[Look]:
    """Strains of single windows and of what several share, where those can be verified; none where
    too few could be measured."""
    single = _look(study, lambda side: side.windows(baseline), MOVED[baseline])
    shared = _look(study, lambda side: side.sways(baseline), SWAYED[baseline])
    within = [one.only(by.verified) for one, by in zip(shared, single, strict=True)]
    known = [one.confirmed(by) for one, by in zip(single, within, strict=True)]
    return [Look.of(strains) for strains in (known, within) if strains]


def _look(study: Study, of: Measured, allowed: Allowed) -> list[Strain]:
    """Strains of all windows; none where too few could be measured."""
    found = of(study.take)
    if len(found) < 2:
        return []
    real = footage_floor(*_side(study.before, of), *_side(study.after, of))
    if real is not None:
        floors = [real.at(*_places(study, window)) for window in found]
        return [
            _strain(study, window, here, allowed, _MOST_SHAKEN_PX)
            for window, here in zip(found, floors, strict=True)
        ]
    floors = _own_floors(study, found)
    most = min(_MOST_SHAKEN_PX, _SHAKEN_ALONE * max(_whole(found[0]), _whole(found[-1])))
    return [
        _strain(study, window, here, allowed, most, wider=allowed.alone)
        for window, here in zip(found, floors, strict=True)
    ]


def _places(study: Study, window: Window) -> tuple[Places, Places]:
    return study.take.in_first[window.at], study.take.in_last[window.at]


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


def _related(study: Study) -> bool:
    """Whether the anchors show common structure: ground that the take's ends share is known
    already, and a take that does not end on its anchors fails by another check."""
    ends = ground(study.take).pairs[0].restless(study.take.in_first[0], study.take.in_last[0])
    shared = float(np.isfinite(ends).mean())
    return shared > _COMMON or relate(*study.anchors.small).model != "none"


def _side(stretch: Stretch | None, of: Measured) -> tuple[tuple[Window, ...], tuple[Link, ...]]:
    return ((), ()) if stretch is None else (of(stretch), stretch.links)


def _strain(
    study: Study,
    window: Window,
    here: np.ndarray,
    allowed: Allowed,
    most: float,
    *,
    wider: float = 1.0,
) -> Strain:
    """One window against its floor; its frame as a whole excuses up to `most` px."""
    raised = np.fmax(here, _SHAKEN * min(_whole(window), most))
    limit = allowed.noise_px + FLOOR_SHARE * raised + FLOOR_SQUARED * raised**2
    limit = limit * wider * (1 + allowed.longer * (study.longer - 1))
    limit = limit + allowed.tolerated * study.take.reel.size[0]
    limit = limit + allowed.coded * max(0.0, unsure_px(study) - allowed.covered_px)
    limit = limit + allowed.uneven * window.uneven_px
    verified = np.isfinite(window.residual) & (here <= _RESTLESS_PX)
    ratio = np.where(verified, window.residual / limit, 0.0)
    return Strain(window.at, ratio, limit, verified)


def _whole(window: Window) -> float:
    """Residual of the quieter blocks of a frame, px."""
    known = window.residual[np.isfinite(window.residual)]
    return float(np.percentile(known, _QUIET)) if len(known) else 0.0


def _finding(study: Study, looks: list[Look], coverage: float) -> Finding:
    look = max(looks, key=lambda one: one.top)
    number, row, column = look.worst
    excess, scale = look.top, study.source_scale
    limit = float(np.nan_to_num(look.strains[number].limit[row, column], nan=1.0)) * scale
    if excess <= 1 and not _related(study):
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
        span=span(looks, study.fps),
        region=region(look, study.take.reel.size),
    )
