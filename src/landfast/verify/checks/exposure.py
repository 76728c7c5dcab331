"""Exposure: how much lighter or darker a camera makes the picture by itself, without a fault."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from landfast.model.arrays import Float
from landfast.verify.measure.study import Stretch
from landfast.verify.measure.tints import Tint

_SETTLES: Final = Fraction(1, 2)
"""Seconds after which an automatic exposure has followed what came into the picture."""

Light = Float[np.ndarray, " frames"]


def between(found: list[Tint], light: Light) -> Light:
    """The part of a drift of lightness that stays between what both anchors show of the same spots.

    Exposure that settles goes from one to the other by a curve, not by a straight line.
    light: Delta L of every frame off the line between the anchors.
    """
    at = np.linspace(0, 1, len(found))
    apart = np.nan_to_num([one.apart for one in found])
    to_first, to_last = -at * apart, (1 - at) * apart
    return _within(light, np.minimum(to_first, to_last), np.maximum(to_first, to_last))


def called_for(take: Stretch, light: Light) -> Light:
    """The part of a drift of lightness that what is in the picture calls for.

    An automatic exposure keeps the picture as light as it was: where what comes into sight is
    lighter than what leaves it, the same spots get darker, a moment later and by no more than that.
    A dip of the whole picture that nothing in it answers to is none.
    light: as above; nothing is explained at the ends, which are the anchors.
    """
    picture = np.array([float(lab[..., 0].mean(dtype=np.float64)) for lab in take.labs])
    line = np.linspace(picture[0], picture[-1], len(picture))
    content = picture - line - np.nan_to_num(light)
    back = int(_SETTLES * take.reel.fps)
    recent = [content[max(0, t - back) : t + 1] for t in range(len(content))]
    down = np.array([max(0.0, float(some.max())) for some in recent])
    up = np.array([max(0.0, float(-some.min())) for some in recent])
    down[[0, -1]] = up[[0, -1]] = 0.0
    return _within(light, -down, up)


def _within(light: Light, low: Light, high: Light) -> Light:
    return np.asarray(np.clip(np.nan_to_num(light), low, high))
