"""Labels of a span: cues of every frame, evidence, then one picture of it all in time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Float32, UInt8
from landfast.vision.depth.sky import is_all_sky
from landfast.vision.labels.cues import Cues, look
from landfast.vision.labels.follow import Step, smoothed, steady, step_between
from landfast.vision.labels.guided import guided
from landfast.vision.labels.level import find_above
from landfast.vision.labels.lines import find_lines
from landfast.vision.labels.moving import find_moving
from landfast.vision.labels.palette import settled
from landfast.vision.labels.record import BONUS, LABELS, SURE, UNKNOWN, Labels
from landfast.vision.labels.sky import find_sky
from landfast.vision.labels.surface import memberships

RGB = UInt8[np.ndarray, "large_height large_width 3"]
Planes = Float32[np.ndarray, "label height width"]

_MOVING: Final = LABELS.index("moving")
_TOLD: Final = [LABELS.index(name) for name in ("sky", "water", "built")]
_SMALLEST: Final = 64
_DARKEST: Final = 45.0
"""Grey level that the lightest hundredth must reach."""
_FLATTEST: Final = 18.0
"""Grey levels that must lie between the darkest and the lightest twentieth."""
_LEAST_TEXTURE: Final = 0.02
"""Share of the picture that must show slopes of two grey levels a pixel."""
_ONE_HUE: Final = (30.0, 12.0, 12.0)
"""Range (5th to 95th percentile) of lightness, a* and b* up to which a picture has one colour.
Measured: open water of any colour 16 to 26, 1 to 9 and 3 to 11; land from above 23 to 52, 18 and
15 and more."""
_ELSE: Final = 0.2
"""Share of sky, water or built from which on a picture does not show one surface only."""
_ONE_SURFACE: Final = "one colour all over, and nothing tells water from meadow or bare ground"


def label_span(images: Sequence[RGB]) -> Labels:
    """Label every pixel of a span: sky, water, vegetation, built, moving, ground.

    Frames follow each other in time, at working width (about 480 to 640). Colours are judged
    against the span, changes against the motion of the picture. A cut inside the span parts it.
    Frames that are too dark, too flat or without texture get no labels, and a reason.

    Raises:
        InputError: No frames, frames of different sizes, or below 64 pixels.
    """
    check_span(images)
    cues = [look(image) for image in images]
    reasons = [_reason(*each) for each in zip(cues, images, strict=True)]
    steps = [step_between(a.gray, b.gray) for a, b in pairwise(cues)]
    planes: list[Planes] = []
    unmoved: list[str] = []
    for part in _parts(steps, len(cues)):
        found, why = _of_shot(cues[part], steps[part.start : part.stop - 1])
        surface = _one_surface(cues[part], found)
        reasons[part] = [reason or surface for reason in reasons[part]]
        planes, unmoved = planes + found, unmoved + why
    planes = [np.zeros_like(p) if reason else p for p, reason in zip(planes, reasons, strict=True)]
    confidence = [_refined(*each) for each in zip(planes, cues, strict=True)]
    index = steady(confidence, steps, least=SURE, bonus=BONUS, unknown=UNKNOWN)
    return Labels(tuple(confidence), tuple(index), tuple(reasons), tuple(unmoved))


def check_span(images: Sequence[RGB]) -> None:
    """Refuse a span that cannot be labelled.

    Raises:
        InputError: No frames, frames of different sizes, or below 64 pixels.
    """
    if not images:
        raise InputError("has no frames to label", subject="span", remedy="give at least one")
    shapes = {image.shape for image in images}
    if len(shapes) > 1:
        raise InputError(f"has frames of different sizes: {sorted(shapes)}", subject="span")
    height, width = images[0].shape[:2]
    if min(height, width) < _SMALLEST:
        raise InputError(
            f"is {width} x {height} pixels, too small to label",
            subject="span",
            remedy=f"give frames of at least {_SMALLEST} x {_SMALLEST}",
        )


def _reason(cues: Cues, image: RGB) -> str:
    """Why a frame cannot be labelled; empty where it can."""
    calm = cv2.blur(cues.gray, (3, 3))
    low, high, top = np.percentile(calm, [5, 95, 99])
    if top < _DARKEST:
        return "too dark"
    if high - low < _FLATTEST:
        return "too little contrast"
    if float((cues.rough > 2).mean()) < _LEAST_TEXTURE:
        return "no texture"
    if is_all_sky([image]):
        return "nothing but sky, fog or calm water, and nothing tells which"
    return ""


def _one_surface(cues: Sequence[Cues], planes: Sequence[Planes]) -> str:
    """Why colours mean nothing in a shot: it shows one only, and it is no sky, water or house."""
    told = [float((each[_TOLD].max(axis=0) > SURE).mean()) for each in planes]
    if np.mean(told) > _ELSE:
        return ""
    pixels = np.stack([np.stack([one.light, one.a, one.b])[:, ::4, ::4] for one in cues], axis=1)
    low, high = np.percentile(pixels.reshape(3, -1), [5, 95], axis=1)
    return _ONE_SURFACE if (high - low < _ONE_HUE).all() else ""


def _parts(steps: Sequence[Step], count: int) -> list[slice]:
    """Runs of frames between cuts."""
    starts = [0, *(k + 1 for k, step in enumerate(steps) if step.is_cut), count]
    return [slice(start, stop) for start, stop in pairwise(starts)]


def _of_shot(cues: Sequence[Cues], steps: Sequence[Step]) -> tuple[list[Planes], list[str]]:
    """Confidence planes, at half size, of frames without a cut between them; what moves apart.

    And why nothing can be said to move, a reason a frame.
    """
    above = find_above(cues)
    sky = find_sky(cues, above)
    lines = smoothed([find_lines(*each)[None] for each in zip(cues, above, strict=True)], steps)
    single = [
        memberships(*each[:3], each[3][0]) for each in zip(cues, sky, above, lines, strict=True)
    ]
    single = settled(cues, single)
    still = [np.maximum(planes[0], np.minimum(2 * planes[1], 1)) for planes in single]
    # Flow that lost what moves would carry its label away: its evidence is held in time by itself.
    out = smoothed(single, steps)
    moves, why = find_moving(cues, steps, still)
    for planes, moving in zip(out, moves, strict=True):
        planes[_MOVING] = moving
    return out, why


def _refined(planes: Planes, cues: Cues) -> UInt8[np.ndarray, "label large_height large_width"]:
    """Planes at the picture's size with edges on its edges, as bytes.

    What moves takes its confidence from the rest, and is too small to be smoothed.
    """
    height, width = cues.whole.shape
    moving = cv2.resize(planes[_MOVING], (width, height))
    fine = guided(planes, cues.gray.astype(np.float32), cues.whole.astype(np.float32))
    fine[_MOVING] = 0
    fine *= (1 - moving) / np.maximum(fine.sum(axis=0), 1)
    fine[_MOVING] = moving
    return np.asarray(np.rint(fine * 255), np.uint8)
