"""C1 seams: a take's clock bent until its motion at both ends is that of the footage.

A monotone time map cannot change where a take goes, only how fast it goes there: the take's
pictures are shown earlier or later. Its speed at the ends is chosen so that the first two steps
after the start anchor (and the last two before the end anchor) are as long as the footage's own
two steps on the other side; in between runs a cubic Hermite whose slopes stay within the range in
which it never runs backwards (Fritsch and Carlson, 1980).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.motion.flow import dense_flow, fetch, forward_backward_error, pixel_grid

STEPS: Final = 2
"""Frame intervals of the footage over which velocity is taken on either side of a seam."""
NOTICED_PX: Final = 0.1
"""Velocity error, px a frame at 960 wide, below which a seam is left alone."""
_AT_WIDTH: Final = 960
_SLOWEST: Final = 1 / 3
_FASTEST: Final = 3.0
"""Speeds at the ends over the take's mean; beyond three a cubic may run backwards."""
_GAIN: Final = 0.85
"""A map has to leave less than this share of the error, or the clock is left as it is."""
_AGREE_PX: Final = 1.0
_FEWEST: Final = 200
"""Pixels whose motion must be known on both sides of a seam."""
_TRIMS: Final = 3
_OUTLIER: Final = 2.5
_ROUNDS: Final = 3
"""Fixed-point rounds that turn a motion round."""
_DENOMINATOR: Final = 1 << 16

Gray = UInt8[np.ndarray, "height width"]
Flow = Float32[np.ndarray, "height width 2"]


@dataclass(frozen=True, slots=True)
class Seam:
    """One end of a take beside the footage.

    Attributes:
        real: Grey real frame `STEPS` away from the anchor on the footage's side.
        anchor: Grey anchor, of the same size.
        take: Grey frames of the take counted from this end, the first the one that stands for
            the anchor, all of that size.
    """

    real: Gray
    anchor: Gray
    take: tuple[Gray, ...]


@dataclass(frozen=True, slots=True)
class SeamSpeed:
    """Velocity over a seam, px a frame at 960 wide; None where it could not be measured."""

    before: float | None
    """Error with the take's own clock."""
    after: float | None
    """Error with the time map."""


@dataclass(frozen=True, slots=True)
class TimeMap:
    """Where in a take each frame of its result lies.

    Attributes:
        positions: For each frame of the result, both anchors included, a position from 0 to the
            take's last frame; never decreasing.
        start: Velocity at the start seam.
        end: Velocity at the end seam.
    """

    positions: tuple[Fraction, ...]
    start: SeamSpeed
    end: SeamSpeed

    @property
    def is_even(self) -> bool:
        """True where the take's own clock is kept."""
        steps = {b - a for a, b in zip(self.positions, self.positions[1:], strict=False)}
        return len(steps) <= 1


def fit_time(*, frames: int, length: int, start: Seam | None, end: Seam | None) -> TimeMap:
    """The time map that makes velocity continue over both seams.

    Args:
        frames: Frames of the take.
        length: Frames of the result, both anchors included.
        start: The start seam; None without footage before it.
        end: The end seam.
    """
    even = [Fraction(k * (frames - 1), length - 1) for k in range(length)]
    if length < 4 * STEPS or frames < 3:
        return TimeMap(tuple(even), SeamSpeed(None, None), SeamSpeed(None, None))
    plain = float(even[STEPS])
    found = [_reach(seam, plain) if seam else None for seam in (start, end)]
    reaches = [plain if one is None else one.reach for one in found]
    if all(reach == plain for reach in reaches):
        return TimeMap(tuple(even), *(_speed(one, plain) for one in found))
    positions = _bent(frames, length, (reaches[0], reaches[1]))
    reached = float(positions[STEPS]), float(frames - 1 - positions[-1 - STEPS])
    speeds = [_speed(one, reach) for one, reach in zip(found, reached, strict=True)]
    return TimeMap(positions, *speeds)


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far into the take, in its frames, the footage's velocity leads in `STEPS` frames."""

    reach: float
    plain: float
    way: tuple[Float64[np.ndarray, "pixels 2"], ...]
    """Displacement of the trusted pixels from the anchor to the take's frame k."""
    wanted: Float64[np.ndarray, "pixels 2"]
    scale: float
    """Pixels at 960 wide per pixel."""

    def error(self, reach: float) -> float:
        """Median velocity error, px a frame at 960 wide."""
        away = np.linalg.norm(_at(self.way, reach) - self.wanted, axis=1)
        return float(np.median(away)) / STEPS * self.scale


def _reach(seam: Seam, plain: float) -> _Reach | None:
    """None where too little can be followed over the seam."""
    most = min(len(seam.take) - 1, int(np.ceil(plain * _FASTEST)))
    back, sure = _followed(seam.anchor, seam.real)
    ways = [_followed(seam.take[0], seam.take[k]) for k in range(1, most + 1)]
    for _, known in ways[: max(1, int(np.ceil(plain)))]:
        sure = sure & known
    if most < 1 or sure.sum() < _FEWEST:
        return None
    wanted = onward(back)[sure].astype(np.float64)
    way = (np.zeros_like(wanted), *(flow[sure].astype(np.float64) for flow, _ in ways))
    scale = _AT_WIDTH / seam.anchor.shape[1]
    found = _Reach(plain, plain, way, wanted, scale)
    best = _nearest(way, wanted, plain * _SLOWEST, min(plain * _FASTEST, most))
    before = found.error(plain)
    if before < NOTICED_PX or found.error(best) > _GAIN * before:
        return found
    return _Reach(best, plain, way, wanted, scale)


def _speed(found: _Reach | None, reach: float) -> SeamSpeed:
    if found is None:
        return SeamSpeed(None, None)
    return SeamSpeed(round(found.error(found.plain), 3), round(found.error(reach), 3))


def _nearest(way: Sequence[np.ndarray], wanted: np.ndarray, least: float, most: float) -> float:
    """The position at which the displacement is nearest to the wanted one, outliers left out."""
    kept = np.ones(len(wanted), bool)
    best = least
    for _ in range(_TRIMS):
        best = min(
            (_in_step(way, wanted, kept, k, least, most) for k in range(len(way) - 1)),
            key=lambda one: (one[1], one[0]),
        )[0]
        away = np.linalg.norm(_at(way, best) - wanted, axis=1)
        kept = away <= _OUTLIER * max(float(np.median(away)), 1e-3)
    return best


def _in_step(
    way: Sequence[np.ndarray],
    wanted: np.ndarray,
    kept: np.ndarray,
    k: int,
    least: float,
    most: float,
) -> tuple[float, float]:
    """Best position between the take's frames k and k + 1, and its mean squared error."""
    low, high = max(least, k), min(most, k + 1)
    if low > high:
        return least, float("inf")
    step, left = (way[k + 1] - way[k])[kept], (wanted - way[k])[kept]
    share = float((step * left).sum() / max(float((step * step).sum()), 1e-9))
    at = min(max(k + share, low), high)
    return at, float(np.square(left - (at - k) * step).sum(axis=1).mean())


def _at(way: Sequence[np.ndarray], position: float) -> np.ndarray:
    k = min(int(position), len(way) - 2)
    out: np.ndarray = way[k] + (position - k) * (way[k + 1] - way[k])
    return out


def _followed(a: Gray, b: Gray) -> tuple[Flow, np.ndarray]:
    """Motion from one picture to another, and where the way back agrees."""
    there, back = dense_flow(a, b), dense_flow(b, a)
    return there, forward_backward_error(there, back) < _AGREE_PX


def onward(back: Flow) -> Flow:
    """The motion ahead that goes on as the motion before did: at a place as fast as there before.

    A camera that keeps its course shows that (things grow as they come near, and pass faster),
    where the way back of each pixel mirrored would be too short.
    """
    height, width = back.shape[:2]
    grid = pixel_grid(width, height)
    ahead = -back
    for _ in range(_ROUNDS):
        ahead = -fetch(back, grid + ahead, resampling="linear")
    return ahead


def _bent(frames: int, length: int, reaches: tuple[float, float]) -> tuple[Fraction, ...]:
    """The cubic through both ends that has come `reaches` far `STEPS` frames from either."""
    whole = float(frames - 1)
    u = STEPS / (length - 1)
    rise, leave, arrive = _basis(np.array([u, 1 - u]))
    wanted = np.array([reaches[0], whole - reaches[1]]) - rise * whole
    slopes = np.linalg.solve(np.stack([leave, arrive], axis=1), wanted)
    slopes = np.clip(slopes, 0.0, _FASTEST * whole)
    rise, leave, arrive = _basis(np.linspace(0, 1, length))
    at = rise * whole + leave * slopes[0] + arrive * slopes[1]
    at = np.maximum.accumulate(np.clip(at, 0, whole))
    at[0], at[-1] = 0, whole
    return tuple(Fraction(round(value * _DENOMINATOR), _DENOMINATOR) for value in at.tolist())


def _basis(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the cubic Hermite: how the end, the first and the last slope count."""
    return 3 * u**2 - 2 * u**3, u**3 - 2 * u**2 + u, u**3 - u**2
