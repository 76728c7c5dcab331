"""Scene: the world is rigid. One camera path explains what the take shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.checks.coding import BLIND_PX, unsure_px
from landfast.verify.checks.ground import crossed, ground, quiet
from landfast.verify.checks.strain import Look, Strain, region, span, spread
from landfast.verify.findings import Checked, measured, unmeasured
from landfast.verify.measure.floor import footage_floor, own_floor
from landfast.verify.measure.links import Link
from landfast.verify.measure.neighbours import BASELINES, Baseline
from landfast.verify.measure.study import Stretch, Study
from landfast.verify.measure.window import Window
from landfast.vision.geometry.twoview import relate


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
    floor: float
    """Of what the footage does at the spot, besides 8 times its square, px: still ground repeats
    itself to a tenth of a pixel, while half a second of surf or leaves tells little about the
    next. True and recompressed middle frames of the tuned clips stay below it."""
    alone: float
    """Factor where the floor is learnt from the take itself."""
    longer: float
    """Share of what longer takes are allowed elsewhere."""


_NEAR_MOVED: Final = Allowed(
    noise_px=0.1,
    tolerated=1.4e-4,
    coded=3.0,
    covered_px=0.1,
    floor=1.2,
    alone=1.15,
    longer=1.7,
)
MOVED: Final[dict[Baseline, Allowed]] = {
    "near": _NEAR_MOVED,
    "wide": _NEAR_MOVED._replace(noise_px=0.24, coded=0.5),
}
"""For single windows."""
SWAYED: Final = Allowed(
    noise_px=0.025,
    tolerated=1.0e-4,
    coded=6.0,
    covered_px=0.05,
    floor=1.2,
    alone=1.6,
    longer=2.0,
)
"""For what all windows tell together."""
_FLOOR_SQUARED: Final = 18.0
_SHARED: Final = 0.3
"""Of what single windows do at a spot of the footage that all of them together may: half a second
of it tells little of surf, and its ends are taken to be at rest."""
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
"""Share of blocks that must be verifiable for a verdict."""


Measured = Callable[[Stretch], tuple[Window, ...]]


class Normal(NamedTuple):
    """What is normal at the blocks of a frame, px."""

    at: Callable[[int], np.ndarray]
    real: bool
    """Whether footage tells it; without, the take's own quiet times do."""
    crossed: Callable[[int], np.ndarray] | None = None
    """Blocks in which something drives over the ground all the way; None where none are known."""


def check_scene(study: Study) -> Checked:
    """Plane-plus-parallax residual over near and wide windows, against the floor of the spot."""
    looks = _looks(study)
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


def _looks(study: Study) -> list[Look]:
    """Strains of single windows, and of what all of them tell together where those can be
    verified; none where too few could be measured."""
    normal = {baseline: _normal(study, _single(baseline)) for baseline in BASELINES}
    single = {
        baseline: _strains(study, _single(baseline)(study.take), normal[baseline], MOVED[baseline])
        for baseline in BASELINES
    }
    least = _least(_normal(study, _together), [normal[baseline] for baseline in BASELINES])
    shared = _strains(study, _together(study.take), least, SWAYED)
    shared = [one.only(by.verified) for one, by in zip(shared, single["near"], strict=True)]
    known = [[one.confirmed(shared) for one in single[baseline]] for baseline in BASELINES]
    return [Look.of(strains) for strains in (*known, shared) if strains]


def _single(baseline: Baseline) -> Measured:
    return lambda side: side.windows(baseline)


def _together(side: Stretch) -> tuple[Window, ...]:
    return side.sways


def _least(together: Normal, single: list[Normal]) -> Normal:
    """What is normal together, and a share at least of what single windows do."""

    def at(t: int) -> np.ndarray:
        shares = [np.float32(_SHARED) * one.at(t) for one in single]
        return np.asarray(np.fmax.reduce([together.at(t), *shares]))

    return Normal(at, together.real, together.crossed)


def _strains(
    study: Study, found: tuple[Window, ...], normal: Normal, allowed: Allowed
) -> list[Strain]:
    """Strains of all windows; none where too few could be measured."""
    if len(found) < 2:
        return []
    wider, most = 1.0, _MOST_SHAKEN_PX
    if not normal.real:
        wider = allowed.alone
        most = min(most, _SHAKEN_ALONE * max(_whole(found[0]), _whole(found[-1])))
    strains = [_strain(study, one, normal.at(one.at), allowed, most, wider=wider) for one in found]
    if normal.crossed is None:
        return strains
    return [one.less(normal.crossed) for one in strains]


def _normal(study: Study, of: Measured) -> Normal:
    """What the footage does at a spot; without it the take in its quiet times, and no more than
    that on ground that both ends show alike."""
    take = study.take
    real = footage_floor(*_side(study.before, of), *_side(study.after, of))
    if real is not None:
        return Normal(lambda t: real.at(take.in_first[t], take.in_last[t]), real=True)
    found, still = of(take), ground(take)
    own = own_floor(found, take.links)
    restless = [still.restless(take.in_first[one.at], take.in_last[one.at]) for one in found]
    usual = np.float32(quiet([one.residual for one in found], restless) if found else np.nan)

    def at(t: int) -> np.ndarray:
        places = take.in_first[t], take.in_last[t]
        here = np.maximum(usual, still.restless(*places))
        # Both may be unknown: NaN gives way to what is known.
        return np.asarray(here if own is None else np.fmin(own.at(*places), here), np.float32)

    return Normal(at, real=False, crossed=partial(crossed, take))


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
    limit = allowed.noise_px + allowed.floor * raised + _FLOOR_SQUARED * raised**2
    limit = limit * wider * (1 + allowed.longer * (study.longer - 1))
    limit = limit + allowed.tolerated * study.take.reel.size[0]
    limit = limit + allowed.coded * max(0.0, unsure_px(study) - allowed.covered_px)
    verified = np.isfinite(window.residual) & (here <= _RESTLESS_PX)
    ratio = np.where(verified, window.residual / limit, 0.0)
    return Strain(window.at, ratio, limit, verified)


def _whole(window: Window) -> float:
    """Residual of the quieter blocks of a frame, px."""
    known = window.residual[np.isfinite(window.residual)]
    return float(np.percentile(known, _QUIET)) if len(known) else 0.0


def _related(study: Study) -> bool:
    """Whether the anchors show common structure: ground that the take's ends share is known
    already, and a take that does not end on its anchors fails by another check."""
    ends = ground(study.take).pairs[0].restless(study.take.in_first[0], study.take.in_last[0])
    shared = float(np.isfinite(ends).mean())
    return shared > _COMMON or relate(*study.anchors.small).model != "none"


def _finding(study: Study, looks: list[Look], coverage: float) -> Finding:
    look = max(looks, key=lambda one: one.top)
    excess, limit = look.top, look.limit * study.source_scale
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
        span=span(look, study.take.links, study.fps),
        region=region(look, study.take.reel.size),
    )
