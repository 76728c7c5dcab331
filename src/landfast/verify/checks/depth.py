"""Depth: the take's parallax is that of the real scene; its world is not flat and not another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from landfast.verify.checks.flatness import flatness
from landfast.verify.findings import Checked, measured, seconds, unmeasured
from landfast.verify.measure.floor import fetched
from landfast.verify.measure.links import Places, places_of_first, places_of_last
from landfast.verify.measure.parallel import in_order
from landfast.verify.measure.study import Stretch, Study
from landfast.verify.measure.window import Window
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

LIMIT: Final = 0.5
"""One minus the correlation of inverse depths. Over true middle frames of real clips it stays below
0.2, with parallax of 1 px and noise below 0.4; a flattened world has 0.7 to 1. Between its ends a
true take lies at up to 0.3 of the way to a flat one (62 frames, or H.264 at crf 34), a flattened
one at 0.96 to 1.04."""
_LEAST_PX: Final = 0.8
"""Parallax that the footage shows, and that the take must have room for: five times the noise."""
_TOLD_PX: Final = 0.4
"""Parallax from which a window of the take has a depth of its own to compare: with less, what it
shows is noise, and says no more than none."""
_NEARLY_ANY: Final = 25.0
"""Percentile of the footage's windows that a take of no parallax is held to."""
_FEWEST_BLOCKS: Final = 40
_FEWEST_WINDOWS: Final = 3
_ROUNDS: Final = 3
_MOST: Final = 4.0
"""Typical sizes at which a block's depth is cut off: one lamp post must not speak for a street."""
_PARTS: Final = (1 / 3, 1 / 2, 2 / 3)
"""Where in a take frames are held against what lies between its ends."""
_FEWEST_FRAMES: Final = 2
_FLAT: Final = (
    "Neither the footage nor the anchors show enough parallax to tell how deep the scene is"
)
_ALONE: Final = (
    "The anchors show too little in common, or too little parallax, to tell how deep the scene is"
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the footage beside one anchor tells about depth."""

    depth: np.ndarray
    """Inverse depth per block of the anchor, of no scale; NaN where unknown."""
    steep: float
    """Parallax a pixel of image motion, where it shows most."""
    here: list[Places]
    """For every frame of the take, where its cells stand in the anchor."""


def check_depth(study: Study) -> Checked:
    """Inverse depths per block, the take's windows against the footage's; where those do not tell,
    frames in the middle of the take against the parallax between its ends (see flatness.py).

    Depths are known up to scale, sign and a plane (planar parallax; Irani and Anandan, 1996), so
    the plane is taken out of either and their correlation compared. A camera may stop travelling
    for a while, so the median over the take counts, not its worst moment.
    """
    known = [one for one in (_before(study), _after(study)) if one is not None]
    windows = [*study.take.near_windows, *study.take.wide_windows] if known else []
    least = min((least_steep(side) for side in study.real), default=0.0)
    some = [window for window in windows if tells(window, least)]
    found = [(w.at, unlike) for w in some if (unlike := _unlike(w, known)) is not None]
    if len(found) < _FEWEST_WINDOWS:
        return _between(study)
    value = float(np.percentile([unlike for _, unlike in found], 50, method="lower"))
    # The anchors are real: what shows their parallax on its way is neither flat nor another world.
    if value > LIMIT and (between := _between(study)).findings[0].state == "pass":
        return between
    return _checked(
        study,
        value,
        found,
        good=f"Parallax in the take fits the depth of the real scene (agrees to {1 - value:.2f})",
        bad=f"Parallax in the take does not fit the depth of the real scene (agrees to "
        f"{1 - value:.2f}): its world is flat, or another",
    )


def _between(study: Study) -> Checked:
    """The parallax between the ends against the frames between them."""
    last = study.frames - 1
    frames = sorted({max(1, round(last * part)) for part in _PARTS})
    told = in_order(partial(flatness, study.take), frames)
    found = [(at, one) for at, one in zip(frames, told, strict=True) if one is not None]
    if len(found) < _FEWEST_FRAMES:
        return Checked((unmeasured("depth", "unlikeness", _FLAT if study.real else _ALONE),))
    value = max(0.0, float(np.percentile([one for _, one in found], 50, method="lower")))
    return _checked(
        study,
        value,
        found,
        good="Frames in the middle of the take show the parallax that lies between its ends",
        bad="Frames in the middle of the take show its ends laid over each other as flat pictures, "
        "not the parallax that lies between them",
    )


def _checked(
    study: Study, value: float, found: list[tuple[int, float]], *, good: str, bad: str
) -> Checked:
    over = sorted(at for at, unlike in found if unlike > LIMIT)
    span = seconds(over[0], over[-1] + 1, study.fps) if over else None
    finding = measured("depth", value, LIMIT, "unlikeness", good=good, bad=bad, span=span)
    return Checked((finding,), (value / LIMIT,))


def _before(study: Study) -> _Known | None:
    if study.before is None:
        return None
    return _side(study.before, places_of_last(study.before.links), study.take.in_first)


def _after(study: Study) -> _Known | None:
    if study.after is None:
        return None
    return _side(study.after, places_of_first(study.after.links), study.take.in_last)


def _side(stretch: Stretch, places: list[Places], here: list[Places]) -> _Known | None:
    """Depth from the window of the footage that shows most parallax."""
    windows = [w for w in (*stretch.near_windows, *stretch.wide_windows) if w.model == "parallax"]
    best = max(windows, key=lambda w: w.parallax_px, default=None)
    if best is None or best.parallax_px < _LEAST_PX:
        return None
    steep = best.parallax_px / max(best.reach_px, 1e-6)
    return _Known(fetched(best.depth, places[best.at]), steep, here)


def tells(window: Window, least: float) -> bool:
    """Whether a window of the take has to agree with the footage: one that shows parallax, and one
    that does not though nearly any of the footage would. least: parallax a pixel of its motion."""
    return window.parallax_px >= _TOLD_PX or least * window.reach_px >= _LEAST_PX


def least_steep(stretch: Stretch) -> float:
    """Parallax a pixel of image motion that the footage shows at nearly any time. A camera that
    turns on the spot, or has just passed what is near, shows none, and a take goes on like that."""
    windows = [w for w in (*stretch.near_windows, *stretch.wide_windows) if w.reach_px > 0]
    if not windows:
        return np.inf
    return float(np.percentile([w.parallax_px / w.reach_px for w in windows], _NEARLY_ANY))


def _unlike(window: Window, known: list[_Known]) -> float | None:
    """One minus the better correlation with either side; None where little parallax can show."""
    some = [one for one in known if one.steep * window.reach_px >= _LEAST_PX]
    found = [_likeness(window.depth, fetched(one.depth, one.here[window.at])) for one in some]
    known_ones = [one for one in found if one is not None]
    return 1 - max(known_ones) if known_ones else None


def _likeness(made: np.ndarray, real: np.ndarray) -> float | None:
    """Size of the correlation of two maps of inverse depth without their planes."""
    both = np.isfinite(made) & np.isfinite(real)
    if both.sum() < _FEWEST_BLOCKS:
        return None
    if not made[both].any():
        return 0.0
    a, b = _levelled(made, both), _levelled(real, both)
    return float(abs((a * b).mean()) / np.sqrt((a * a).mean() * (b * b).mean() + 1e-12))


def _levelled(depth: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Depths without the plane among them, in typical sizes, mean zero."""
    rows, columns = np.nonzero(some)
    base = np.stack([columns, rows, np.ones(len(rows))], axis=1).astype(np.float64)
    values = depth[some].astype(np.float64)
    weights = np.ones(len(values))
    left = values
    for _ in range(_ROUNDS):
        scaled = base * weights[:, None]
        plane = np.linalg.solve(scaled.T @ base + 1e-9 * np.eye(3), scaled.T @ values[:, None])
        left = values - (base * plane[:, 0]).sum(axis=1)
        size = MAD_TO_SIGMA * float(np.median(np.abs(left))) + 1e-12
        weights = geman_mcclure(left, 2 * size)
    cut = np.clip(left / size, -_MOST, _MOST)
    return np.asarray(cut - cut.mean())
