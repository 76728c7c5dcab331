"""Endpoints: the first and last frame are the anchors, up to crop, scale and colour."""

from __future__ import annotations

from typing import Final, Literal

import cv2
import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.checks.coding import BLIND_PX, unsure_at_ends, unsure_px
from landfast.verify.checks.colour import laid as laid_anchors
from landfast.verify.findings import Checked, measured, seconds, unmeasured
from landfast.verify.measure.alignment import Alignment, displacement
from landfast.verify.measure.changes import unlike
from landfast.verify.measure.reel import Reel, reel
from landfast.verify.measure.study import Study

At = Literal["start", "end"]

UNLIKE_LIMIT: Final = 0.45
"""One minus the correlation of structure. Recompressed true frames reach 0.1, outputs of real
generators (16 to 28 dB against the anchor they were given) 0.1 to 0.4, other pictures 0.8 to 1."""
_CROP: Final = 0.06
"""Share of the width that a generator's crop and scale may shift the corners by."""
_STRAY: Final = 0.0018
"""Share of the width by which structure at the end may lie off the anchor under the crop found at
the start: a generator's crop is the same for all its frames. 3.5 px at 1920; true frames lie off by
a tenth of that."""
_STRAY_CODED: Final = 4.0
_WORSE: Final = 4.0
"""And so many times what coding moves points of the last frame by, counted up to so many times what
it does to the first: nothing is predicted from a last frame, so encoders spare bits there, and it
is dragged along as a whole. True ones through H.264 of crf 28 to 37 lie off by 1.2 to 3.3 times
that, and their points move by 1.8 to 3.8 times those of the first."""
_STRAY_OVER_START: Final = 2.0
"""Or twice what it lies off at the start, where the generator redraws."""
_NEARER: Final = 0.25
_NOISE_LEVELS: Final = 0.7
"""The last frame must be nearest to the end anchor, 25 % and 0.7 grey levels allowed for noise."""

_MARK_LEVELS: Final = 10.0
_OVER_REDRAWN: Final = 3.0
_REDRAWN: Final = 90.0
"""A patch of 24 px may differ from the anchor by 10 grey levels and three times what all but a
tenth of the picture does: a mark burnt in by the generator differs by 13 to 21, compression by 9 at
most. A generator that redraws everything is not held to it."""
_PATCH: Final = (3, 3)


def check_endpoints(study: Study) -> Checked:
    """Both ends, one finding each."""
    start = _start(study, study.laid[0])
    end = _end(study, *study.laid)
    found = [start, end]
    frames = np.zeros(study.frames, np.float32)
    frames[0], frames[-1] = (f[1] for f in found)
    excess = tuple(f[1] for f in found if f[0].state != "unknown")
    return Checked(tuple(f[0] for f in found), excess, frames=frames)


Measure = tuple[float, float, str, str]
"""Value, limit, unit, what is wrong."""


def _start(study: Study, laid: Alignment) -> tuple[Finding, float]:
    return _judged(study, "start", laid, [_crop(study, laid), _mark(study, "start")])


def _end(study: Study, first: Alignment, last: Alignment) -> tuple[Finding, float]:
    more = [_crop(study, last), _mark(study, "end"), _stray(study, first), _nearest(study)]
    finding, excess = _judged(study, "end", last, more)
    if finding.state == "pass" and unsure_px(study) > BLIND_PX:
        return unmeasured("endpoints", "px", _TOO_COARSE, part="end"), 0.0
    return finding, excess


_TOO_COARSE: Final = (
    "The take is compressed so strongly that its last frame lags behind the motion by itself: "
    "whether it arrives cannot be told"
)


def _judged(study: Study, at: At, laid: Alignment, more: list[Measure]) -> tuple[Finding, float]:
    """The measure that is furthest beyond its limit speaks for this end."""
    if laid.likeness is None:
        reason = f"The {at} anchor has too little structure to recognise"
        return unmeasured("endpoints", "unlikeness", reason, part=at), 0.0
    name = "first" if at == "start" else "last"
    unlike = 1 - laid.likeness
    picture = (
        unlike,
        UNLIKE_LIMIT,
        "unlikeness",
        f"The {name} frame does not show the {at} anchor",
    )
    worst = max([picture, *more], key=lambda m: m[0] / m[1])
    # What passes is told by its likeness: how far a crop stays below its limit helps nobody.
    said = picture if unlike > UNLIKE_LIMIT or worst[0] <= worst[1] else worst
    value, limit, unit, bad = said
    span = seconds(0, 1, study.fps) if at == "start" else _last_span(study)
    good = f"The {name} frame is the {at} anchor (structure agrees to {laid.likeness:.2f})"
    finding = measured("endpoints", value, limit, unit, good=good, bad=bad, part=at, span=span)
    return finding, max(value / limit, worst[0] / worst[1])


def _last_span(study: Study) -> tuple[float, float]:
    return seconds(study.frames - 1, study.frames, study.fps)


def _crop(study: Study, laid: Alignment) -> Measure:
    width = study.take.reel.small[0].shape[1]
    scale = 2 * study.source_scale
    words = f"The frame is shifted or scaled by {laid.shift_px * scale:.0f} px against the anchor"
    return laid.shift_px * scale, _CROP * width * scale, "px", words


def _stray(study: Study, first: Alignment) -> Measure:
    """How far structure in the last frame lies off the end anchor under the start's crop."""
    small, anchors = study.take.reel.small, study.anchors.small
    ends = [displacement(small[k], anchors[k], first.transform) for k in (0, -1)]
    scale = 2 * study.source_scale
    start, end = (0.0 if value is None else value * scale for value in ends)
    limit = max(_STRAY * small[0].shape[1] * scale, _STRAY_OVER_START * start)
    limit += _STRAY_CODED * _coded_px(study) * study.source_scale
    words = f"The last frame lies {end:.0f} px off the end anchor: the take does not arrive"
    return end, limit, "px", words


def _coded_px(study: Study) -> float:
    """How far coding moves points of the last frame, px at working size."""
    most = _WORSE * unsure_px(study)
    return min(most, float(np.nan_to_num(unsure_at_ends(study)[1])))


def _mark(study: Study, at: At) -> Measure:
    """What a patch shows that the anchor does not, grey levels; a crop is taken out first where
    that could explain it."""
    words = f"The frame at the {at} shows something that its anchor does not"
    which = 0 if at == "start" else -1
    value, limit = _foreign(study, study.anchors, which)
    if value > limit:
        moved = reel(laid_anchors(study), study.fps, study.take.reel.size)
        value, limit = min((value, limit), _foreign(study, moved, which), key=lambda m: m[0] / m[1])
    return value, limit, "grey levels", words


def _foreign(study: Study, anchors: Reel, which: int) -> tuple[float, float]:
    levels = np.nan_to_num(unlike(study.take.reel, anchors, (which, which))).astype(np.float32)
    usual = float(np.percentile(levels, _REDRAWN))
    return float(cv2.blur(levels, _PATCH).max()), _MARK_LEVELS + _OVER_REDRAWN * usual


def _nearest(study: Study) -> Measure:
    """How much nearer another frame is to the end anchor than the last one."""
    anchor = _levelled(study.anchors.small[1])
    distance = [float(cv2.absdiff(_levelled(g), anchor).mean()) for g in study.take.reel.small]
    best = int(np.argmin(distance))
    when = float(best / study.fps)
    words = f"The take is nearest to its end anchor at {when:.2f} s, not at its end"
    least = min(distance)
    return distance[-1] - least, _NEARER * least + _NOISE_LEVELS, "grey levels", words


def _levelled(grey: np.ndarray) -> np.ndarray:
    """Grey without its mean: exposure is not distance."""
    plain = grey.astype(np.float32)
    return np.asarray(plain - np.float32(plain.mean()))
