"""The horizon that both anchors show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from landfast.verify.checks.level import Line, Template, likely, seek, template
from landfast.verify.measure.study import Study

_DISAGREES: Final = 0.1
"""Confidence that a degree of difference between the anchors costs."""
_MOST_TRIED: Final = 6
"""Pairs of lines that are looked at."""
_CONFIRMED_DEG: Final = 0.7
"""Tilt by which an anchor's horizon may differ when it is measured by the look of the other's."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The horizon of an anchor."""

    line: Line
    look: Template


def sights_of(study: Study) -> tuple[Sight, Sight] | None:
    """The horizon of both anchors; what one of them shows is sought in the other too.

    The two that agree best are taken of those that look the same in the other anchor: an edge that
    only passes for a horizon would be a false measure of all that lies between.
    """
    grey, small = study.anchors.grey, study.anchors.small
    own = [likely(small[k], grey[k]) for k in (0, 1)]
    found = [own[k] + _sought(grey[k], grey[1 - k], own[1 - k]) for k in (0, 1)]
    pairs = [(a, b, p * q - _DISAGREES * _apart(a, b)) for a, p in found[0] for b, q in found[1]]
    pairs.sort(key=lambda pair: -pair[2])
    tried = (_confirmed(grey, (first, last)) for first, last, _ in pairs[:_MOST_TRIED])
    return next((sights for sights in tried if sights is not None), None)


def _sought(
    grey: np.ndarray, other: np.ndarray, lines: list[tuple[Line, float]]
) -> list[tuple[Line, float]]:
    """The horizons of the other anchor as this one shows them: a coast or houses may hide one that
    is as clear as ever over the sea."""
    found = [(seek(grey, line, template(other, line)), sure) for line, sure in lines]
    return [(line, sure) for line, sure in found if line is not None]


def _apart(a: Line, b: Line) -> float:
    """Difference of two lines in degrees; a percent of the height counts for a fifth of one."""
    return abs(a.tilt - b.tilt) + 20 * abs(a.height - b.height)


def _confirmed(
    grey: tuple[np.ndarray, ...], lines: tuple[Line, Line]
) -> tuple[Sight, Sight] | None:
    """Horizons measured again the way the frames are, so that what that is off by falls out."""
    looks = [template(picture, line) for picture, line in zip(grey, lines, strict=True)]
    out = []
    for k in (0, 1):
        own, crossed = (seek(grey[k], lines[k], looks[j]) for j in (k, 1 - k))
        if own is None or crossed is None or abs(own.tilt - crossed.tilt) > _CONFIRMED_DEG:
            return None
        out.append(Sight(own, looks[k]))
    return out[0], out[1]
