"""Cameras of a span, or the reason why none explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from landfast.model.arrays import Float64, UInt8
from landfast.model.camera import Lens
from landfast.vision.depth.distortion import straight_points
from landfast.vision.depth.focal import Tuned, self_calibrated
from landfast.vision.depth.following import Tracks, follow_points
from landfast.vision.depth.matching import match_points
from landfast.vision.depth.shutter import row_wobble
from landfast.vision.depth.span import State
from landfast.vision.depth.structure import Structure, begin, reconstruct

ASSUMED_FOCAL: Final = 0.9
"""Focal length in picture widths (58 degrees across) where nothing tells it."""
_LEAST_STRUCTURE: Final = 0.06
_LEAST_ALIVE: Final = 0.25
_LEAST_HOLDING: Final = 0.55
_WORST_ERROR: Final = 1.2 / 640
"""Median reprojection error, share of the width, above which no camera explains the motion."""
_WORST_WOBBLE: Final = 0.35 / 640
_LEAST_SIGNAL: Final = 40.0
"""Parallax over reprojection error: waves and wobble look like little parallax with much error.
Measured: land 100 to 630, swells of one direction that hardly change 22 to 50 in slow flight."""
_USUAL_ERROR: Final = 0.3 / 640
"""Reprojection error, share of the width, that following alone leaves. What misses by more may move
by itself, as waves do under a camera that flies over them, and must show more parallax, by the
square. Measured over what is needed: land, hand-held, in noise, dark or blurred 3 to 8; real surf
magnified four times, whose foam goes along as a thing does, 0.15 to 0.25."""
_WORST_JUMP: Final = 50.0
"""Step between key frames over the larger usual ones: beyond, the structure has come apart."""
_LEAST_INLIERS: Final = 0.65
_LEAST_RELIEF: Final = 0.1
"""Spread (10th to 90th percentile) of inverse depth over its median; below, nothing has depth."""
_LIKE_A_SHEET: Final = 0.15
"""Share of the parallax that a picture only shifted, turned and zoomed must leave unexplained."""
_STILLS: Final = 12
"""Up to this many frames may be stills from far apart, matched by features."""
_RESTARTS: Final = 4
_SETTLED: Final = 0.015
"""Relative change of the focal length at which the search ends."""
_OTHER_GUESSES: Final = (0.65, 1.5)
_MUCH_BETTER: Final = 1.3

_UP_TO_THE_LENS: Final = (
    "; the motion does not tell the focal length: depths keep their ratios, widths may be stretched"
)

Engine = Literal["measured", "sfm"]
"""Who finds the cameras: landfast, or COLMAP (extra `sfm`)."""
Gray = UInt8[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True)
class Solved:
    """Cameras of a span, or the reason why there are none."""

    structure: Structure | None
    lens: Lens | None
    state: State
    reason: str


def solve(
    grays: Sequence[Gray], *, lens: Lens | None = None, engine: Engine = "measured"
) -> Solved:
    """Cameras of a span without dense depth, which costs little.

    Args:
        grays: The frames.
        lens: Where it is known; one that is `assumed` is where the search begins.
        engine: Who finds the cameras.

    Raises:
        Unsupported: `engine` is `sfm` and its extra is not installed.
    """
    height, width = grays[0].shape
    tracks = follow_points(grays)
    if len(grays) <= _STILLS and tracks.alive[1:].min() < _LEAST_ALIVE:
        tracks = replace(match_points(grays), structure=tracks.structure)
    trouble = _trouble(tracks, grays)
    if trouble:
        return Solved(None, lens, "unknown", trouble)
    start = lens or _assumed(width, height)
    if engine == "sfm":
        return _by_colmap(grays, tracks, start)
    return _judged(*_by_points(tracks, start))


def _by_points(tracks: Tracks, start: Lens) -> tuple[Structure, Lens]:
    """Cameras from the followed points alone, with the lens where the motion tells it."""
    pixels = straight_points(tracks.points.astype(np.float64), start)
    structure = reconstruct(pixels, start.width, start.focal_px)
    if start.source == "assumed" and _is_promising(structure, start.width):
        return _calibrated(structure, tracks, start)
    return structure, start


def _by_colmap(grays: Sequence[Gray], tracks: Tracks, start: Lens) -> Solved:
    """COLMAP's cameras, through the lens that the followed points tell where none is given."""
    from landfast.vision.depth.colmap import colmap_structure, load_pycolmap

    load_pycolmap()
    if start.source == "assumed":
        start = _by_points(tracks, start)[1]
    structure = colmap_structure(grays, tracks.points.astype(np.float64), start)
    solved = _judged(structure, start)
    return replace(solved, reason=f"COLMAP: {solved.reason}")


def _judged(structure: Structure, lens: Lens) -> Solved:
    widest, width = structure.widest, lens.width
    if structure.bundle is None or structure.cameras is None:
        return _without(structure, lens)
    error = structure.bundle.error_px
    if error > _WORST_ERROR * width or structure.inliers < _LEAST_INLIERS:
        reason = (
            f"no camera explains the motion: points miss by {error:.1f} px, "
            f"{structure.inliers:.0%} agree"
        )
        return Solved(None, lens, "unknown", reason)
    steps = np.linalg.norm(np.diff(structure.bundle.cameras.centres, axis=0), axis=1)
    if steps.max() > _WORST_JUMP * np.percentile(steps, 75):
        at = structure.keys[int(steps.argmax()) + 1]
        reason = f"the camera's path cannot be followed beyond frame {at} of the span"
        return Solved(None, lens, "unknown", reason)
    doubt = max(1.0, error / (_USUAL_ERROR * width)) ** 2
    if widest is not None and widest.rest_px < _LEAST_SIGNAL * error * doubt:
        reason = (
            f"{widest.rest_px:.1f} px of parallax do not stand out from the {error:.2f} px that no "
            "camera explains"
        )
        return Solved(None, lens, "unknown", reason)
    if _is_flat(structure):
        reason = (
            "the picture moves as one flat sheet, as when it is shifted, zoomed or stabilised: "
            "points that last are all equally far"
        )
        return Solved(None, lens, "no parallax", reason)
    wobble = row_wobble(structure.bundle, structure.observed, lens.height)
    if wobble > _WORST_WOBBLE * width:
        reason = f"rows of the picture move apart by {wobble:.1f} px: a rolling shutter's wobble"
        return Solved(None, lens, "unknown", reason)
    known = int(np.isfinite(structure.bundle.errors_px).sum())
    reason = (
        f"{len(structure.keys)} key frames and {len(structure.bundle.points)} points agree to "
        f"{error:.2f} px over {known} sights; {widest.rest_px if widest else 0:.0f} px of parallax"
        f"{_UP_TO_THE_LENS if lens.source == 'assumed' else ''}"
    )
    return Solved(structure, lens, "measured", reason)


def _is_flat(structure: Structure) -> bool:
    """True where the points that the widest pair shares lie at one distance.

    A pan through a lens of another focal length, a zoom, or a stabiliser's shift moves all points
    alike; through the assumed lens that looks like a wall, to which sky and foreground belong.
    """
    widest, bundle = structure.widest, structure.bundle
    if widest is None or bundle is None or not {widest.first, widest.last} <= {*structure.keys}:
        return False
    first, last = (structure.keys.index(frame) for frame in (widest.first, widest.last))
    both = np.isfinite(structure.observed[[first, last], :, 0]).all(axis=0)
    points = bundle.points[both]
    z = points[:, :3] @ bundle.cameras.R[first, 2] + points[:, 3] * bundle.cameras.t[first, 2]
    if not len(points):
        return False
    low, middle, high = np.percentile(points[:, 3] / np.where(z > 0, z, np.inf), (10, 50, 90))
    if high - low < _LEAST_RELIEF * middle:
        return True
    # A wall that leans a little together with a turn shows nearly the same pictures as a zoom.
    a, b = structure.observed[[first, last]][:, both]
    return _sheet_misses(a, b) < _LIKE_A_SHEET * widest.rest_px


def _sheet_misses(a: Float64[np.ndarray, "point 2"], b: Float64[np.ndarray, "point 2"]) -> float:
    """How far nine in ten points are at most from a picture only shifted, turned and zoomed."""
    here, there = a[:, 0] + 1j * a[:, 1], b[:, 0] + 1j * b[:, 1]
    kept = np.ones(len(a), bool)
    for _ in range(3):
        columns = np.stack([here, np.ones_like(here)], axis=1)
        fitted, *_ = np.linalg.lstsq(columns[kept], there[kept], rcond=None)
        misses = np.abs(columns @ fitted - there)
        kept = misses <= 2 * np.median(misses)
    return float(np.percentile(misses, 90))


def _without(structure: Structure, lens: Lens) -> Solved:
    """Why there is no structure: no travel, or nothing rigid."""
    widest = structure.widest
    if widest is None:
        return Solved(None, lens, "unknown", "too few points stay in view to compare frames")
    limit = 1.6 * lens.width / 640
    if widest.rest_px >= limit:
        reason = f"no rigid scene explains the {widest.common} points that frames share"
        return Solved(None, lens, "unknown", reason)
    moves = "turns only" if widest.motion_px > limit else "stands still"
    reason = f"the camera {moves}: a turn leaves {widest.rest_px:.1f} px of motion unexplained"
    return Solved(None, lens, "no parallax", reason)


def _calibrated(structure: Structure, tracks: Tracks, lens: Lens) -> tuple[Structure, Lens]:
    """Cameras through the lens that the motion fixes; as they are where it fixes none.

    Points that a wrong lens threw out come back on a new start.
    """
    found, now = structure, lens
    points = tracks.points.astype(np.float64)
    focal = _first_guess(straight_points(points, lens), lens)
    if focal != lens.focal_px:
        now = lens.model_copy(update={"focal_px": focal})
        found = reconstruct(straight_points(points, now), now.width, focal)
    tuned: Tuned | None = None
    for _ in range(_RESTARTS):
        tuned = self_calibrated(found, now)
        if tuned is None:
            return structure, lens
        is_settled = abs(tuned.lens.focal_px / now.focal_px - 1) < _SETTLED
        if is_settled and not tuned.is_fixed:
            return structure, lens
        now = tuned.lens
        found = reconstruct(straight_points(points, now), now.width, now.focal_px)
        if is_settled:
            break
    if tuned is None or not tuned.is_fixed or found.bundle is None or structure.bundle is None:
        return structure, lens
    is_worse = found.bundle.error_px > 1.05 * structure.bundle.error_px
    return (structure, lens) if is_worse else (found, now)


def _is_promising(structure: Structure, width: int) -> bool:
    """False where no lens would help: little agrees, as on water, or all is equally far."""
    bundle = structure.bundle
    if bundle is None or structure.inliers < _LEAST_INLIERS - 0.2:
        return False
    return bundle.error_px < 2 * _WORST_ERROR * width and not _is_flat(structure)


def _first_guess(pixels: Float64[np.ndarray, "frame point 2"], lens: Lens) -> float:
    """The assumed focal length, or one far from it where a start through that is much better.

    Through a lens that is far off, relief turned inside out can fit better than the true one.
    """
    trusted = begin(pixels, lens.width, lens.focal_px).trust * _MUCH_BETTER
    best = lens.focal_px
    for share in _OTHER_GUESSES:
        trust = begin(pixels, lens.width, lens.focal_px * share).trust
        if trust > trusted:
            best, trusted = lens.focal_px * share, trust
    return best


def _assumed(width: int, height: int) -> Lens:
    return Lens(
        width=width,
        height=height,
        focal_px=ASSUMED_FOCAL * max(width, height),
        centre_x=(width - 1) / 2,
        centre_y=(height - 1) / 2,
        source="assumed",
    )


def _trouble(tracks: Tracks, grays: Sequence[Gray]) -> str | None:
    """What makes following points useless, in a sentence."""
    structure = float(np.median(tracks.structure))
    if structure < _LEAST_STRUCTURE:
        deep = float(np.median([gray.std() for gray in grays]))
        return (
            f"too little texture to follow: {structure:.0%} of the picture has structure, "
            f"contrast {deep:.0f} grey levels"
        )
    lost = int(tracks.alive[1:].argmin()) + 1
    if tracks.alive[lost] < _LEAST_ALIVE:
        return (
            f"the picture breaks off at frame {lost} of the span: "
            f"{tracks.alive[lost]:.0%} of the points are found again"
        )
    holding = float(np.median(tracks.alive[1:]))
    if holding < _LEAST_HOLDING:
        return (
            f"points do not last: {holding:.0%} are found again in the next frame, as in noise, "
            "blur or moving water"
        )
    return None
