"""Colour: runs straight from one anchor's to the other's, and starts and ends on them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from landfast.verify.findings import Checked, measured, seconds, unmeasured
from landfast.verify.links import Places, sample
from landfast.verify.study import Stretch, Study

LIMIT_DELTA_E: Final = 2.3
"""Just noticeable difference of CIE76 (Mahy et al., 1994). The median over the scene is compared,
so that noise and small misplacement do not add to it."""
_ALLOWED: Final = 0.5
"""Of what the footage's own exposure moves by in half a second: a change that goes on through the
gap is a straight line and costs nothing, only its bend does."""
ALONE_DELTA_E: Final = 2.8
"""Limit without footage, where what the camera's own exposure does cannot be known."""
_FEWEST: Final = 60
"""Cells that must be known in both anchors."""


def check_colour(study: Study) -> Checked:
    """Median difference in Lab between each frame and its place on the line between anchors."""
    drift = _drift(study)
    size = np.sqrt((drift**2).sum(axis=1))
    if np.isfinite(size).sum() < max(2, study.frames // 3) or not np.isfinite(size[[0, -1]]).all():
        return Checked((unmeasured("colour", "delta E", _UNSEEN),))
    value, limit = float(np.nanmax(size)), _limit(study)
    over = np.flatnonzero(np.nan_to_num(size) > limit)
    span = seconds(int(over[0]), int(over[-1]) + 1, study.fps) if len(over) else None
    worst = int(np.nanargmax(size))
    finding = measured(
        "colour",
        value,
        limit,
        "delta E",
        good=f"Colour keeps to the line between the anchors within delta E {value:.1f}",
        bad=f"Colour is {_words(drift[worst])} by delta E {value:.1f} against the line between "
        "the anchors",
        span=span,
    )
    frames = (np.nan_to_num(size) / limit).astype(np.float32)
    return Checked((finding,), (value / limit,), frames=frames)


_UNSEEN: Final = "Too little of the scene can be followed from both anchors to compare its colour"


def _drift(study: Study) -> np.ndarray:
    """Lab difference of every frame, frames x 3; NaN where unmeasured."""
    lab = [_lab(tone) for tone in study.take.tones]
    first, last = (_lab(_tone(study, n)) for n in (0, 1))
    count = study.frames
    out = np.full((count, 3), np.nan)
    for t in range(count):
        share = t / (count - 1)
        line, known = _line(first, last, study.take.in_first[t], study.take.in_last[t], share)
        if known.sum() >= _FEWEST:
            out[t] = np.median((lab[t] - line)[known], axis=0)
    return out


def _limit(study: Study) -> float:
    return LIMIT_DELTA_E + _ALLOWED * _own_change(study) if study.real else ALONE_DELTA_E


def _own_change(study: Study) -> float:
    """Delta E that the footage's own exposure and white balance move by beside the gap."""
    changes = [0.0]
    for side, places in _sides(study):
        anchor = 0 if side is study.after else len(side.reel) - 1
        lab = [_lab(tone) for tone in side.tones]
        for tone, place in zip(lab, places, strict=True):
            if place.known.sum() >= _FEWEST:
                apart = (tone - sample(lab[anchor], place.at))[place.known]
                changes.append(float(np.sqrt((np.median(apart, axis=0) ** 2).sum())))
    return max(changes)


def _sides(study: Study) -> list[tuple[Stretch, list[Places]]]:
    """Real stretches with where their cells stand in the anchor."""
    out = []
    if study.before is not None:
        out.append((study.before, study.before.in_last))
    if study.after is not None:
        out.append((study.after, study.after.in_first))
    return out


def _line(
    first: np.ndarray, last: np.ndarray, in_first: Places, in_last: Places, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Colour that each cell should have, and where both anchors know it."""
    known = np.ones(first.shape[:2], bool)
    line = np.zeros_like(first)
    for colour, places, weight in ((first, in_first, 1 - share), (last, in_last, share)):
        if weight > 0:
            line += np.float32(weight) * sample(colour, places.at)
            known &= places.known
    return line, known


def _tone(study: Study, which: int) -> np.ndarray:
    rows, columns = study.take.tones[0].shape[:2]
    rgb = study.anchors.rgb[which].astype(np.float32)
    return np.asarray(cv2.resize(rgb, (columns, rows), interpolation=cv2.INTER_AREA))


def _lab(tone: np.ndarray) -> np.ndarray:
    """CIE Lab of a tone picture in sRGB, L 0 to 100."""
    return np.asarray(cv2.cvtColor(tone / np.float32(255), cv2.COLOR_RGB2Lab))


def _words(drift: np.ndarray) -> str:
    """The main direction of a drift in Lab."""
    names = (("lighter", "darker"), ("redder", "greener"), ("yellower", "bluer"))
    axis = int(np.argmax(np.abs(drift)))
    return names[axis][0 if drift[axis] > 0 else 1]
