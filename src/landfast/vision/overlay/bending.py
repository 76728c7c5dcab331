"""How much a lens bends, from the footage's own motion.

What is straight has to stay so: a plane, and everything that a turning camera sees, moves by
homographies, and only in a picture that was straightened right. So the radial terms are the ones
with which followed points fit best, each frame's homography set free (variable projection; Golub
and Pereyra, 1973). Where the scene has depth, its epipolar lines take the homographies' place
(Fitzgibbon, CVPR 2001; Barreto and Daniilidis, ICCV 2005). Jackknife over parts of the picture
says how far the terms are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from landfast.model.arrays import Float64
from landfast.vision.geometry import magsac
from landfast.vision.overlay.scene.planes import Stretch
from landfast.vision.overlay.sensor.lens import USUAL_FOCAL, Distortion
from landfast.vision.statistics.robust import MAD_TO_SIGMA, geman_mcclure

Points = Float64[np.ndarray, "point 2"]

_MOST_FRAMES = 20
_LEAST_FRAMES = 4
_LEAST_POINTS = 60
_LEAST_MOVE = 0.01
"""Share of the width that points have to move to say anything about straightness."""
_ROUNDS = 7
_FINEST = 0.05 / 960
_WORST = 0.3 / 960
"""Scale of what is left, shares of the width, above which the scene is none of the kind."""
_CELLS = (4, 3)
"""Parts of the picture, each left out in turn."""
_CLEAR, _CLEAR_BY_LINES = 4.0, 8.0
"""Standard errors; points of unknown depth tell less, and less surely."""
_LEAST_BEND = 0.4 / 960
_STRAIGHT = 1.0 / 960
"""Displacement up to which a lens counts as straight, its uncertainty counted in."""
_LEAST_GAIN = 0.95
"""What is left of the misfit, at most, where a lens is believed."""
_FIRM = 0.02
"""Standard deviation expected of the second term, radii in half widths."""


@dataclass(frozen=True, slots=True)
class Bending:
    """What the footage says about its lens."""

    lens: Distortion | None
    """Where it clearly bends."""
    bend_px: float
    """Root mean square displacement over the picture that straightening means, working pixels."""
    error_px: float
    """Standard error of that; infinite where the motion does not tell."""

    is_known: bool = False
    """Whether the motion tells that the lens bends, or that it hardly does."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """An anchor's points and where they lie in one frame; half widths from the middle."""

    start: Points
    there: Points
    cells: np.ndarray


@dataclass(frozen=True, slots=True)
class _Sum:
    """Normal equations by part of the picture, and the scale of what is left."""

    normal: Float64[np.ndarray, "cell 2 2"]
    pull: Float64[np.ndarray, "cell 2"]
    scale: float


Equations = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""What is off, its slopes by the terms and by what is set free, and the part of the picture."""
Rows = Callable[[_Pair, Float64[np.ndarray, "2"]], Equations | None]


def find_bending(
    stretches: Sequence[Stretch], size: tuple[int, int], *, focal_px: float | None = None
) -> Bending:
    """The lens that makes the motion of followed points straight.

    Args:
        stretches: All that was followed, working pixels.
        size: Width and height of the working picture.
        focal_px: In working pixels; radii are in the usual one where not known.
    """
    pairs = _pairs(stretches, size)
    focal = focal_px or USUAL_FOCAL * size[0]
    if len(pairs) < _LEAST_FRAMES:
        return Bending(None, 0.0, float("inf"))
    for rows, clear_from in ((_by_plane, _CLEAR), (_by_lines, _CLEAR_BY_LINES)):
        found = _solved(pairs, rows)
        if found is None:
            continue
        terms, covariance, gain = found
        shape = _shape(size)
        bend, error = _measured(terms, covariance, shape, size[0])
        clear = bend > max(clear_from * error, _LEAST_BEND * size[0]) and gain < _LEAST_GAIN
        lens = _lens(terms, size, focal) if clear else None
        straight = bend + 2 * error < _STRAIGHT * size[0]
        return Bending(lens, bend, error, lens is not None or straight)
    return Bending(None, 0.0, float("inf"))


def _pairs(stretches: Sequence[Stretch], size: tuple[int, int]) -> list[_Pair]:
    """Frames that lie well away from their anchor, spread over the whole."""
    half = size[0] / 2
    middle = (np.array(size) - 1) / 2
    found = []
    for stretch in stretches:
        for sights in stretch.sights:
            known = np.isfinite(sights[:, 0])
            if known.sum() < _LEAST_POINTS:
                continue
            start = (stretch.points[known] - middle) / half
            there = (sights[known] - middle) / half
            if float(np.median(np.hypot(*(there - start).T))) > 2 * _LEAST_MOVE:
                found.append((start.astype(np.float64), there.astype(np.float64)))
    chosen = np.unique(np.linspace(0, len(found) - 1, min(len(found), _MOST_FRAMES)).astype(int))
    aspect = size[1] / size[0]
    if not found:
        return []
    return [_Pair(found[k][0], found[k][1], _cells(found[k][0], aspect)) for k in chosen.tolist()]


def _cells(points: Points, aspect: float) -> np.ndarray:
    across = np.clip((points[:, 0] + 1) / 2 * _CELLS[0], 0, _CELLS[0] - 1).astype(int)
    down = np.clip((points[:, 1] / aspect + 1) / 2 * _CELLS[1], 0, _CELLS[1] - 1).astype(int)
    return np.asarray(down * _CELLS[0] + across)


def _straight(points: Points, terms: Float64[np.ndarray, "2"]) -> tuple[Points, np.ndarray]:
    """Straightened points, and how they change with each term."""
    square = np.square(points).sum(axis=1, keepdims=True)
    slopes = np.stack([points * square, points * square**2], axis=2)
    return points + slopes @ terms, slopes


def _solved(
    pairs: Sequence[_Pair], rows: Rows
) -> tuple[Float64[np.ndarray, "2"], Float64[np.ndarray, "2 2"], float] | None:
    """Terms, their covariance, and the misfit beside that without them."""
    terms = np.zeros(2)
    prior = np.diag([1e-6, 1 / _FIRM**2])
    first, total = 0.0, None
    for turn in range(_ROUNDS):
        total = _summed(pairs, terms, rows)
        if total is None:
            return None
        first = first or total.scale
        normal = total.normal.sum(axis=0) + prior
        change = np.linalg.solve(normal, total.pull.sum(axis=0) - prior @ terms)
        terms = terms + np.clip(change, -0.15, 0.15)
        if turn and float(np.abs(change).max()) < 1e-4:
            break
    total = _summed(pairs, terms, rows)
    if total is None or total.scale > 2 * _WORST or not np.isfinite(terms).all():
        return None
    return terms, _jackknifed(total, prior), total.scale / first


def _jackknifed(total: _Sum, prior: Float64[np.ndarray, "2 2"]) -> Float64[np.ndarray, "2 2"]:
    """How far the terms go where each part of the picture is left out."""
    normal, pull = total.normal.sum(axis=0) + prior, total.pull.sum(axis=0)
    full = np.linalg.solve(normal, pull)
    used = [k for k in range(len(total.normal)) if total.normal[k].any()]
    off = np.array(
        [np.linalg.solve(normal - total.normal[k], pull - total.pull[k]) - full for k in used]
    )
    spread = (len(used) - 1) / len(used) * off.T @ off
    return np.asarray(spread + np.linalg.inv(normal))


def _summed(pairs: Sequence[_Pair], terms: Float64[np.ndarray, "2"], rows: Rows) -> _Sum | None:
    count = _CELLS[0] * _CELLS[1]
    normal, pull = np.zeros((count, 2, 2)), np.zeros((count, 2))
    scales = []
    for pair in pairs:
        found = rows(pair, terms)
        if found is None:
            continue
        off, toward, free, cells = found
        scale, weights = _weights(off)
        scales.append(scale)
        for _ in range(2):
            root = np.sqrt(weights)[:, None]
            basis = np.linalg.qr(free * root)[0]
            rest = off - (basis @ (basis.T @ (off * root[:, 0]))) / root[:, 0]
            scale, weights = _weights(rest)
        root = np.sqrt(weights)[:, None]
        basis = np.linalg.qr(free * root)[0]
        rest, left = off * root[:, 0], toward * root
        rest, left = rest - basis @ (basis.T @ rest), left - basis @ (basis.T @ left)
        scales[-1] = scale
        for cell in range(count):
            here = cells == cell
            normal[cell] += left[here].T @ left[here] / scale**2
            pull[cell] -= left[here].T @ rest[here] / scale**2
    if len(scales) < _LEAST_FRAMES:
        return None
    return _Sum(normal, pull, float(np.median(scales)))


def _weights(off: Float64[np.ndarray, " row"]) -> tuple[float, Float64[np.ndarray, " row"]]:
    scale = max(MAD_TO_SIGMA * float(np.median(np.abs(off))), 2 * _FINEST)
    return scale, geman_mcclure(off, 2 * scale)


def _by_plane(pair: _Pair, terms: Float64[np.ndarray, "2"]) -> Equations | None:
    """Distances from a homography, their slopes by the terms, and by the homography."""
    start, start_by = _straight(pair.start, terms)
    there, there_by = _straight(pair.there, terms)
    cv2.setRNGSeed(11)
    found, _ = cv2.findHomography(start, there, cv2.LMEDS)
    if found is None:
        return None
    solid = np.column_stack([start, np.ones(len(start))])
    lifted = solid @ found.T
    w = lifted[:, 2:]
    guess = lifted[:, :2] / w
    slope = (found[None, :2, :2] - guess[:, :, None] * found[None, 2:, :2]) / w[:, :, None]
    toward = there_by - slope @ start_by
    nothing = np.zeros_like(solid)
    across = np.column_stack([solid, nothing, -guess[:, :1] * solid[:, :2]]) / w
    down = np.column_stack([nothing, solid, -guess[:, 1:] * solid[:, :2]]) / w
    return (
        (there - guess).T.ravel(), np.concatenate([toward[:, 0], toward[:, 1]]),
        np.concatenate([across, down]), np.tile(pair.cells, 2),
    )  # fmt: skip


def _by_lines(pair: _Pair, terms: Float64[np.ndarray, "2"]) -> Equations | None:
    """Distances from epipolar lines (Sampson), and the same slopes."""
    start, start_by = _straight(pair.start, terms)
    there, there_by = _straight(pair.there, terms)
    relation = magsac.fundamental(start * 500, there * 500, 1.0)
    if relation is None:
        return None
    scale = np.diag([500.0, 500.0, 1.0])
    found = scale @ relation.matrix @ scale
    x, y = (np.column_stack([p, np.ones(len(p))]) for p in (start, there))
    ahead, back = x @ found.T, y @ found
    size = np.sqrt(np.square(ahead[:, :2]).sum(axis=1) + np.square(back[:, :2]).sum(axis=1))
    size = np.maximum(size, 1e-12)
    off = (y * ahead).sum(axis=1) / size
    toward = np.einsum("pi,pik->pk", ahead[:, :2], there_by)
    toward = (toward + np.einsum("pi,pik->pk", back[:, :2], start_by)) / size[:, None]
    free = (y[:, :, None] * x[:, None, :]).reshape(len(x), 9) / size[:, None]
    # All but the matrix itself, by which what is off would only shrink.
    aside = np.linalg.svd(found.reshape(1, 9))[2][1:]
    return off, toward, free @ aside.T, pair.cells


def _shape(size: tuple[int, int]) -> np.ndarray:
    """Displacement over the picture for one unit of each term, similarities taken out."""
    aspect = size[1] / size[0]
    x, y = np.meshgrid(np.linspace(-1, 1, 17), np.linspace(-aspect, aspect, 11))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    moves = _straight(points, np.zeros(2))[1]
    share = np.einsum("pi,pik->k", points, moves) / np.square(points).sum()
    return np.asarray(moves - points[:, :, None] * share)


def _measured(
    terms: Float64[np.ndarray, "2"],
    covariance: Float64[np.ndarray, "2 2"],
    shape: np.ndarray,
    width: int,
) -> tuple[float, float]:
    """Displacement over the picture and its error, pixels."""
    form = np.einsum("pik,pil->kl", shape, shape) / len(shape)
    bend = float(np.sqrt(terms @ form @ terms))
    return bend * width / 2, float(np.sqrt(np.trace(form @ covariance))) * width / 2


def _lens(
    terms: Float64[np.ndarray, "2"], size: tuple[int, int], focal_px: float
) -> Distortion | None:
    """k1 and k2 of the way back; None where that folds the picture."""
    reach = float(np.hypot(1.0, size[1] / size[0]))
    seen = np.linspace(0.02, reach, 80)
    flat = seen * (1 + terms[0] * seen**2 + terms[1] * seen**4)
    if (np.diff(flat) <= 0).any():
        return None
    radii = flat * (size[0] / 2) / focal_px
    wanted = seen * (size[0] / 2) / focal_px - radii
    basis = np.column_stack([radii**3, radii**5])
    (k1, k2), *_ = np.linalg.lstsq(basis, wanted, rcond=None)
    lens = Distortion(size[0], size[1], focal_px, float(k1), float(k2))
    return lens if lens.is_unfolded() else None
