"""Texture: detail stays on its surface; it does not boil, melt, or soften and come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.checks.coding import BLIND_PX, unsure_px
from landfast.verify.checks.ground import ground_cells
from landfast.verify.checks.spots import Spots, normal, region_of, span_of, spread
from landfast.verify.findings import Checked, measured, unmeasured
from landfast.verify.measure.changes import kept
from landfast.verify.measure.study import Stretch, Study
from landfast.verify.measure.views import LEAST_SHARP, View, sharpness

MELTING: Final = 0.31
"""Share of fine detail that is not where the frames beside it have it, beyond the frame's median
and the footage: noise and compression spoil detail everywhere alike."""
SOFTER: Final = 0.125
"""Natural logarithm of the amplitude of detail that a patch may lose against the ends, beyond the
frame, its spread and the footage: an eighth. True middle frames of the tuned clips reach 0.8 of
what is allowed in all."""
SOFTER_WHOLE: Final = 0.33
_OF_THE_ENDS: Final = 0.75
_COVERED: Final = 0.2
"""And the whole frame, and three quarters of what coding takes from its ends beyond 0.2: frames
between, from which nothing is predicted, lose more. True ones lose 0.2 to 0.3 through H.264 of
crf 28, which takes up to 0.24 from the ends, and up to 0.32 at crf 34, where the ends lose 0.33 to
0.5."""
_OVER_FOOTAGE: Final = 1.2
_MOST_BY_FOOTAGE: Final = 0.6
_MELTING_ANYWHERE: Final = 0.7
_SOFTER_ANYWHERE: Final = 1.0
"""A spot may do this share of the worst that any spot of the footage does, one that the footage
does not show all of it: half a second does not show all that a spot can do."""
_NEAR: Final = 0.26
_FAR: Final = 0.4
"""Seconds from an end up to which detail is as fine as there; farther away the camera comes nearer
or goes, and the limit grows by as much again every 0.4 s."""
_SPREAD: Final = 1.5
"""And by 1.5 times the median departure of the frame's other patches: an encoder takes detail from
one and gives it to another."""
_MOST_SPREAD: Final = 0.05
"""In sharpness at most so much beyond what coding takes unevenly from the ends, so that a fault of
half of all that has detail is no spread: patches of true frames depart by 0.01 to 0.05."""
_MELTING_ALONE: Final = (1.5, 2.4)
_SOFTER_ALONE: Final = (1.35, 1.8)
"""Factors of the limits without footage, on ground and elsewhere: the detail of leaves near a
camera in the hand is found nowhere else."""
_RESTLESS: Final = 0.7
_MELTING_CELLS: Final = 5
_SOFTER_CELLS: Final = 7
"""Cells along the side of the patch over which a measure is averaged."""
_STANDS_OUT: Final = 0.15
"""Detail out of its place that a cell counts for at most beyond the median of its patch."""
_ENOUGH: Final = 0.6
"""Share of such a patch that has to have detail, so that a bird in the sky and a twig at the
picture's edge are no surface."""
_MOST_LOST: Final = 0.8
"""That one cell counts for at most: half its amplitude. What goes soft does so all over."""
_LEAST: Final = 0.03
_NOTHING: Final = "Too little fine detail can be followed to tell whether it stays on its surface"

Part = tuple[Finding, float, Spots]
Measure = Callable[[View], np.ndarray]


def check_texture(study: Study) -> Checked:
    """Two findings: detail that moves or is made anew, and detail that fades."""
    views = study.take.views
    if len(views) < 2 or np.mean([np.isfinite(v.unsteady).mean() for v in views]) < _LEAST:
        return Checked((unmeasured("texture", "share", _NOTHING),))
    parts = [_melting(study), _softening(study)]
    series, heats = zip(*(spread(part[2], study.frames) for part in parts), strict=True)
    frames: np.ndarray = np.maximum(*series)
    heat = tuple(np.maximum(a, b) for a, b in zip(*heats, strict=True))
    return Checked(tuple(p[0] for p in parts), tuple(p[1] for p in parts), frames=frames, heat=heat)


def _melting(study: Study) -> Part:
    least = MELTING * study.longer
    spots = _excess(study, _unsteady, (least, _MELTING_ANYWHERE, np.inf), _MELTING_ALONE)
    number, row, column = spots.worst
    excess = float(spots.ratio[number][row, column])
    finding = measured(
        "texture",
        excess * least,
        least,
        "share",
        good="Fine detail stays where the frames beside it have it",
        bad="Fine detail crawls, boils or melts: it is not where the frames beside it have it",
        part="detail",
        span=span_of(study, spots),
        region=region_of(spots),
    )
    return finding, excess, spots


def _softening(study: Study) -> Part:
    views = study.take.views
    taken = _coded(study)
    coded = min(_departure(_patches(lost, _SOFTER_CELLS)) for lost in taken)
    taken_all_over = min(_median(lost) for lost in taken)
    most = SOFTER_WHOLE + _OF_THE_ENDS * max(0.0, taken_all_over - _COVERED)
    limits = (SOFTER * study.longer + _SPREAD * coded, _SOFTER_ANYWHERE, _MOST_SPREAD + coded)
    spots = _excess(study, _softer, limits, _SOFTER_ALONE, far=_FAR)
    whole = [max(0.0, _median(v.softer)) / most for v in views]
    number, row, column = spots.worst
    part, every = float(spots.ratio[number][row, column]), _second(whole)
    if every > part:
        # A loss all over the frame has no place in it, but a time.
        maps = [np.full_like(m, w) for m, w in zip(spots.ratio, whole, strict=True)]
        spots = Spots(spots.at, tuple(maps))
    excess = max(part, every)
    limit = most if every > part else SOFTER
    finding = measured(
        "texture",
        1 - float(np.exp(-excess * limit)),
        1 - float(np.exp(-limit)),
        "share",
        good="Detail is as sharp all the way as at both ends",
        bad=f"{'The whole picture' if every > part else 'A part of the picture'} goes soft between "
        "its ends",
        part="sharpness",
        span=span_of(study, spots),
        region=None if every > part else region_of(spots),
    )
    return finding, excess, spots


def _unsteady(view: View) -> np.ndarray:
    """Detail out of its place beyond what the whole frame shows, and hardly more than around it: a
    car on a road is a few cells of no surface."""
    field = view.unsteady - np.float32(_median(view.unsteady))
    around = cv2.medianBlur(np.nan_to_num(field), _MELTING_CELLS)
    return _patches(np.minimum(field, around + np.float32(_STANDS_OUT)), _MELTING_CELLS)


def _softer(view: View) -> np.ndarray:
    """Detail lost beyond what the whole frame lost."""
    whole = np.float32(max(0.0, _median(view.softer)))
    return _patches(np.clip(view.softer, -_MOST_LOST, _MOST_LOST) - whole, _SOFTER_CELLS)


def _coded(study: Study) -> list[np.ndarray]:
    """Detail that the take's coding takes from its first and from its last frame."""
    found = []
    for at in (0, -1):
        anchor, frame = sharpness(study.anchors, at), sharpness(study.take.reel, at)
        lost = anchor - np.nan_to_num(frame, nan=LEAST_SHARP)
        found.append(np.clip(lost, -_MOST_LOST, _MOST_LOST))
    return found


def _excess(
    study: Study,
    measure: Measure,
    limits: tuple[float, float, float],
    alone: tuple[float, float],
    far: float = np.inf,
) -> Spots:
    """A measure over what it may be: the least, and what the footage does at the spot, the more
    the more detail the take's compression leaves out.

    limits: the least, the share of the footage's worst and the most that the frame's spread may
    be. alone: factors without footage, on ground and off it. far: seconds that double the limit.
    """
    least, share, most = limits

    def maps(stretch: Stretch) -> list[tuple[int, np.ndarray]]:
        return [(view.at, measure(view)) for view in stretch.views]

    usual, anywhere = normal(study, maps), _own(study, maps)
    views = study.take.views
    coded = 1 + unsure_px(study) / BLIND_PX
    ratios = []
    for t, field in maps(study.take):
        here = np.maximum(np.nan_to_num(usual(t), nan=anywhere), share * anywhere)
        limit = least + _OVER_FOOTAGE * here + _SPREAD * min(_departure(field), most)
        away = max(0.0, min(t, study.frames - 1 - t) / float(study.fps) - _NEAR)
        limit = limit * coded * (1 + away / far)
        if not study.real:
            limit = limit * np.where(ground_cells(study.take, t), *alone)
        ratios.append((t, np.where(here < _RESTLESS, field / limit, 0.0).astype(np.float32)))
    return Spots(tuple(v.at for v in views), tuple(kept(tuple(ratios), study.take.links)))


def _departure(field: np.ndarray) -> float:
    """Median departure of patches from the frame's median patch."""
    known = field[field != 0]
    return float(np.median(np.abs(known - np.median(known)))) if len(known) else 0.0


def _own(study: Study, maps: Callable[[Stretch], list[tuple[int, np.ndarray]]]) -> float:
    """Greatest lasting value in the footage."""
    worst = [0.0]
    for side in study.real:
        worst += [float(m.max()) for m in kept(tuple(maps(side)), side.links)]
    return min(_MOST_BY_FOOTAGE, max(worst))


def _second(values: list[float]) -> float:
    """Second greatest: one soft frame is a stroke of motion blur."""
    return sorted(values)[-2] if len(values) > 1 else 0.0


def _median(field: np.ndarray) -> float:
    known = field[np.isfinite(field)]
    return float(np.median(known)) if len(known) else 0.0


def _patches(field: np.ndarray, side: int) -> np.ndarray:
    """Mean over squares of known cells; zero where too few of them are known."""
    known = np.isfinite(field).astype(np.float32)
    total, count = (
        cv2.blur(f, (side, side), borderType=cv2.BORDER_CONSTANT)
        for f in (np.nan_to_num(field).astype(np.float32), known)
    )
    mean = np.where(count > _ENOUGH, total / np.maximum(count, 1e-6), 0.0)
    return np.asarray(mean, np.float32)
