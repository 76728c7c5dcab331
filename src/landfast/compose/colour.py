"""Two-ended colour lock: a take meets both anchors in the anchors' own colours.

At each end a transform is fitted between the take's frame and the real anchor, on the picture that
both show: first a curve for each channel (exposure, contrast, gamma, white balance), then in CIE
L*a*b*, where equal steps look equal, an affine map whose strength may change with L* (saturation,
hue, what the curves leave).
Cells count by how surely they show the same thing; a ridge keeps colours that no cell shows where
they are. Through the gap the correction goes over from one end's to the other's, by way of those
that `midway` finds between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from landfast.compose.cells import Seen, seen
from landfast.compose.fill import Picture as Image
from landfast.model.arrays import Float32, Float64
from landfast.vision.statistics.robust import geman_mcclure
from landfast.vision.tones import white

NOISE: Final = 0.4
"""Median delta E below which colours are taken to agree, and nothing is changed."""
_GAIN: Final = 0.8
"""A correction has to leave less than this share of the difference."""
_RIDGE: Final = 2e-4
_ROUNDS: Final = 8
_SCALE: Final = 3.0
_FEWEST: Final = 64
_BEYOND: Final = 0.5
"""How far beyond black and white a correction may lead; nothing farther is drifted footage."""
_STEPS: Final = 4096
_BAND: Final = 64
"""Rows that are corrected at a time: a large picture in floats would be ten times the picture."""

Lab = Float32[np.ndarray, "rows cols 3"]


@dataclass(frozen=True, slots=True)
class Grade:
    """What is added to R, G, B, then to L*, a*, b*.

    Attributes:
        curves: A row a channel: `c0 + c1 v + c2 v^2` is added to the value v, both from 0 to 1.
        terms: A row each for L*, a*, b*: `terms @ [1, L, a, b, L L, L a, L b]` is added, L, a and
            b in hundredths. Zero changes nothing.
        before: Median delta E (CIE 1976) between the take's end and the anchor as it came.
        after: The same with the grade.
    """

    curves: Float64[np.ndarray, "3 3"]
    terms: Float64[np.ndarray, "3 7"]
    before: float
    after: float

    @property
    def is_identity(self) -> bool:
        """True where nothing would change."""
        return not (self.terms.any() or self.curves.any())


@dataclass(frozen=True, slots=True)
class ColourLock:
    """The corrections at both ends of a take, and at places between them."""

    start: Grade
    end: Grade
    between: tuple[tuple[float, Grade], ...] = ()

    def apply(self, image: Image, place: float) -> Image:
        """Correct a picture at a place from 0 (start) to 1 (end)."""
        keys = ((0.0, self.start), *self.between, (1.0, self.end))
        after = next(k for k in range(1, len(keys)) if place <= keys[k][0] or k == len(keys) - 1)
        (since, start), (until, end) = keys[after - 1 : after + 1]
        if start.is_identity and end.is_identity:
            return image
        place = (place - since) / (until - since)
        terms = (1 - place) * start.terms + place * end.terms
        table = _table(image, start.curves, end.curves, place)
        out = np.empty_like(image)
        for top in range(0, len(image), _BAND):
            band = slice(top, top + _BAND)
            lab = np.asarray(cv2.cvtColor(cv2.LUT(image[band], table), cv2.COLOR_RGB2LAB))
            lab += _change(lab, terms)
            rgb = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)
            out[band] = np.rint(rgb * np.float32(white(image)))
        return out


def lock_colour(
    *,
    start: Image,
    first: Image,
    end: Image,
    last: Image,
) -> ColourLock:
    """Fit both ends.

    Args:
        start: The real start anchor.
        first: The take's first frame, laid on the anchor.
        end: The real end anchor.
        last: The take's last frame, laid on the anchor.
    """
    return ColourLock(fit_grade(first, start), fit_grade(last, end))


def fit_grade(image: Image, target: Image) -> Grade:
    """The correction that brings `image` to `target`; identity within noise or where none fits."""
    return grade_of((seen(image, target),))


def grade_of(parts: Sequence[Seen], shares: Sequence[float] = (1.0,)) -> Grade:
    """The correction by several comparisons, each counting by its share."""
    cells = np.concatenate([one.cells for one in parts])
    wanted = np.concatenate([one.wanted for one in parts])
    sure = np.concatenate([one.sure * share for one, share in zip(parts, shares, strict=True)])
    came, want = _lab_of(cells).reshape(-1, 3), _lab_of(wanted).reshape(-1, 3)
    as_it_is = _median(want - came, sure)
    nothing = Grade(np.zeros((3, 3)), np.zeros((3, 7)), as_it_is, as_it_is)
    if int((sure > 0.5 * max(shares)).sum()) < _FEWEST:
        return nothing
    sure /= max(shares)
    curves = _fit_curves(cells.reshape(-1, 3) / 255, wanted.reshape(-1, 3) / 255, sure)
    have = _lab_of(_curved(cells, curves)).reshape(-1, 3)
    terms, weight = _fit(_design(have), want - have, sure, NOISE)
    before = _median(want - came, weight)
    after = _median(want - have - _change(have[None], terms)[0], weight)
    if before < NOISE or after > _GAIN * before:
        return replace(nothing, before=before, after=before)
    return Grade(curves, terms, before, after)


def apart(parts: Sequence[Seen], shares: Sequence[float]) -> float:
    """Median delta E of what is surely the same, each comparison counting by its share."""
    away = [(_lab_of(one.wanted) - _lab_of(one.cells)).reshape(-1, 3) for one in parts]
    sure = [one.sure * share for one, share in zip(parts, shares, strict=True)]
    return _median(np.concatenate(away), np.concatenate(sure))


def _fit_curves(have: np.ndarray, want: np.ndarray, sure: np.ndarray) -> Float64[np.ndarray, "3 3"]:
    """A quadratic for each channel on its own."""
    rows = []
    for channel in range(3):
        value = have[:, channel]
        design = np.stack([np.ones_like(value), value, value * value], axis=1)
        away = (want[:, channel] - value)[:, None]
        rows.append(_fit(design, away, sure, NOISE / 100)[0][0])
    return np.array(rows)


def _fit(
    design: np.ndarray, away: np.ndarray, sure: np.ndarray, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Robust ridge regression (Geman-McClure weights): rows of terms, and the last weights."""
    design, away = design.astype(np.float64), away.astype(np.float64)
    spread = np.diag([1e-6] + [1.0] * (design.shape[1] - 1))
    left = np.linalg.norm(away - np.median(away[sure > 0.5], axis=0), axis=1)
    terms = np.zeros((away.shape[1], design.shape[1]))
    weight = sure
    for _ in range(_ROUNDS):
        scale = max(_SCALE * float(np.median(left[sure > 0.5])), noise)
        weight = geman_mcclure(left, scale, sure)
        normal = (design * weight[:, None]).T @ design
        normal += _RIDGE * float(weight.sum()) * spread
        terms = np.linalg.solve(normal, (design * weight[:, None]).T @ away).T
        left = np.linalg.norm(away - design @ terms.T, axis=1)
    return terms, weight


def _design(lab: np.ndarray) -> np.ndarray:
    unit = lab / np.asarray(100, lab.dtype)
    light = unit[..., :1]
    return np.concatenate([np.ones_like(light), unit, light * unit], axis=-1)


def _change(lab: Lab, terms: Float64[np.ndarray, "3 7"]) -> Lab:
    """What a grade adds to a picture in L*a*b*."""
    linear = np.column_stack([terms[:, 1:4] / 100, terms[:, 0]])
    change: np.ndarray = cv2.transform(lab, linear.astype(np.float32))
    crossed = lab * (lab[..., :1] / np.float32(100))
    change += cv2.transform(crossed, (terms[:, 4:] / 100).astype(np.float32))
    return change


def _curved(
    levels: Float32[np.ndarray, "rows cols 3"], curves: Float64[np.ndarray, "3 3"]
) -> Float32[np.ndarray, "rows cols 3"]:
    """Levels from 0 to 255 along the curves."""
    return np.asarray(np.clip(_bent(levels / np.float32(255), curves), 0, 1) * np.float32(255))


def _bent(value: np.ndarray, curves: Float64[np.ndarray, "3 3"]) -> np.ndarray:
    """Values from 0 to 1 along the curves, wherever these lead."""
    c0, c1, c2 = (curves[:, k].astype(np.float32) for k in range(3))
    return np.asarray(value + c0 + value * (c1 + value * c2))


def _table(
    image: Image,
    start: Float64[np.ndarray, "3 3"],
    end: Float64[np.ndarray, "3 3"],
    place: float,
) -> Float32[np.ndarray, "1 levels 3"]:
    """What becomes of every level that a picture may have, 0 to 1.

    What creeps from end to end is the take's colours, so it is their drift away from the real ones
    that lies between those of both ends, and the correction is its inverse: the mean of two
    corrections would be too strong on the way.
    """
    came = np.linspace(0, 1, white(image) + 1, dtype=np.float64)
    real = np.linspace(-_BEYOND, 1 + _BEYOND, _STEPS)
    sides = [
        np.maximum.accumulate(_bent(came[:, None].repeat(3, axis=1), curves), axis=0)
        for curves in (start, end)
    ]
    table = np.empty((1, len(came), 3), np.float32)
    for channel in range(3):
        first, last = (_drifted(real, side[:, channel], came) for side in sides)
        table[0, :, channel] = np.interp(came, (1 - place) * first + place * last, real)
    return np.clip(table, 0, 1)


def _drifted(real: np.ndarray, corrected: np.ndarray, came: np.ndarray) -> np.ndarray:
    """The take's levels for real ones; outside what it has, as far off as at its ends."""
    inside = np.clip(real, corrected[0], corrected[-1])
    return np.asarray(np.interp(inside, corrected, came) + (real - inside))


def _median(away: np.ndarray, weight: np.ndarray) -> float:
    """Median length over the cells that count."""
    counted = weight > 0.25 * weight.max() if weight.any() else np.ones(len(away), bool)
    return round(float(np.median(np.linalg.norm(away, axis=1)[counted])), 3)


def _lab_of(cells: Float32[np.ndarray, "rows cols 3"]) -> Lab:
    return np.asarray(cv2.cvtColor(cells / np.float32(255), cv2.COLOR_RGB2LAB))
