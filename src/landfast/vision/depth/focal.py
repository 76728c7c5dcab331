"""The lens from the motion itself, where turns and parallax together fix it.

A camera that only travels tells nothing of its focal length: with another one the same pictures
show a scene stretched along the axis, exactly. Turns tell, but a lens that bends lines tells the
same lie as a wrong focal length, so both are free while the focal length's spread is found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from landfast.model.arrays import Float64
from landfast.model.camera import Lens
from landfast.vision.depth.bundle import Bundle, LensFit, adjust
from landfast.vision.depth.distortion import is_folded
from landfast.vision.depth.structure import Structure

_FOCAL_SPREAD: Final = 0.05
"""Spread of the focal length up to which it counts as measured; a guess is off by 0.3."""
_HOPELESS: Final = 0.2
"""Formal spread that leaves no hope of more on a new start."""
_POINTS: Final = 500
_ROUNDS: Final = 60
_SHORTEST: Final = 0.4
_LONGEST: Final = 6.0
"""Focal lengths believed, in picture widths."""
_WORTH: Final = 0.05
"""Share of the error that a bend must take away."""
_ASIDE: Final = 0.14
"""Logarithm of the focal length to either side where the cost must have risen."""
_ASIDE_ROUNDS: Final = 12
_VARIANCE: Final = 1.386
"""Median squared length of an error over the variance of one coordinate (Rayleigh)."""
_MOST_BEND: Final = 0.35
"""Share by which k1 may move a corner."""
_HALVES_APART: Final = 3.0
"""Spreads by which the halves of a span may differ."""
_LEAST_HALF: Final = 6
"""Key frames that tell a focal length by themselves."""
_SLACK: Final = 0.03

Pixels = Float64[np.ndarray, "camera point 2"]
Part = Float64[np.ndarray, "camera some 2"]


class Tuned(NamedTuple):
    """A lens that fits the motion better, and whether the motion fixes it."""

    lens: Lens
    is_fixed: bool


def self_calibrated(structure: Structure, lens: Lens) -> Tuned | None:
    """The lens that the motion tells, or None where it tells none.

    Focal length and k1 move with cameras and points (Triggs et al. 2000); k1 stays 0 where it
    takes less than 5 % of the error away. It is fixed where the larger of the formal spread and
    of the one that the cost shows to either side is at most 5 %, and the span's halves agree.
    From far off it may take a new structure through the lens that was found, and another call.

    Args:
        structure: Reconstructed through `lens`.
        lens: Where to start.
    """
    if structure.bundle is None:
        return None
    bundle, seen = _some(structure.bundle, structure.observed, lens)
    bent = adjust(bundle, seen, fit="focal and k1", rounds=_ROUNDS)
    if not bent.focal_spread < _HOPELESS:
        return None
    flat = adjust(replace(bundle, k1=0.0), seen, fit="focal", rounds=_ROUNDS)
    best = bent if bent.error_px < (1 - _WORTH) * flat.error_px else flat
    found = lens.model_copy(update={"focal_px": best.focal_px, "k1": best.k1, "source": "measured"})
    corner = ((lens.width**2 + lens.height**2) / 4) / best.focal_px**2
    is_bent_much = abs(best.k1) * corner > _MOST_BEND or is_folded(found)
    if is_bent_much or not _SHORTEST < best.focal_px / lens.width < _LONGEST:
        return None
    spread = max(bent.focal_spread, _spread_aside(best, seen))
    return Tuned(found, spread < _FOCAL_SPREAD and _agree(bundle, seen, spread))


def _some(bundle: Bundle, observed: Pixels, lens: Lens) -> tuple[Bundle, Part]:
    """A part of the points, and where the lens itself shows them."""
    count = len(bundle.points)
    some = np.linspace(0, count - 1, min(count, _POINTS)).astype(np.intp)
    flat = observed[:, some] / lens.focal_px
    seen = lens.focal_px * flat * (1 + lens.k1 * (flat**2).sum(axis=-1, keepdims=True))
    part = replace(
        bundle, points=bundle.points[some], errors_px=bundle.errors_px[:, some], k1=lens.k1
    )
    return part, seen


def _spread_aside(best: Bundle, seen: Pixels) -> float:
    """The spread that the cost tells 14 % to either side, all else moved to its best.

    The formal spread is blind to what noise feigns: fitted turns of a camera that never turned.
    """
    spreads = [_ASIDE / np.sqrt(max(_rise(best, seen, way * _ASIDE), 1e-9)) for way in (-1, 1)]
    return float(max(spreads))


def _rise(best: Bundle, seen: Pixels, step: float) -> float:
    """How much the cost rises with the logarithm of the focal length, in variances."""
    scale = 2 * best.error_px
    other = adjust(_stretched(best, float(np.exp(step))), seen, rounds=_ASIDE_ROUNDS)
    costs = [float(np.nansum(np.log1p((b.errors_px / scale) ** 2))) for b in (best, other)]
    return (costs[1] - costs[0]) * scale**2 * _VARIANCE / best.error_px**2


def _stretched(bundle: Bundle, factor: float) -> Bundle:
    """The scene that shows the same pictures through another focal length, but for turns."""
    t = bundle.cameras.t / [factor, factor, 1]
    points = bundle.points / [factor, factor, 1, 1]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return replace(
        bundle,
        cameras=replace(bundle.cameras, t=t),
        points=points,
        focal_px=bundle.focal_px * factor,
    )


def _agree(bundle: Bundle, seen: Pixels, spread: float) -> bool:
    """False where the halves of the span tell focal lengths that differ beyond their spreads.

    Rolling shutter and digital stabilisers turn the picture in ways that no lens does.
    """
    half = len(seen) // 2
    if half < _LEAST_HALF:
        return True
    one, two = (_alone(bundle, seen, part) for part in (slice(0, half), slice(half, None)))
    if one is None or two is None:
        return True
    apart = abs(float(np.log(one.focal_px / two.focal_px)))
    sure = float(np.hypot(one.focal_spread, two.focal_spread))
    return apart < _HALVES_APART * max(sure, spread) + _SLACK


def _alone(bundle: Bundle, seen: Pixels, part: slice) -> Bundle | None:
    """The lens from some of the key frames; None where they do not tell it."""
    sights = seen[part]
    often = np.flatnonzero(np.isfinite(sights[..., 0]).sum(axis=0) >= 3)
    if len(often) < 3 * len(sights):
        return None
    own = replace(
        bundle,
        cameras=bundle.cameras.take(part),
        points=bundle.points[often],
        errors_px=bundle.errors_px[part][:, often],
    )
    fit: LensFit = "focal and k1"
    found = adjust(own, sights[:, often], fit=fit, rounds=_ROUNDS)
    return found if found.focal_spread < 2 * _FOCAL_SPREAD else None
