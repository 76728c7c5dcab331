"""Cameras and points of a span from followed points: a pair, then one frame after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from landfast.vision.depth.bundle import Bundle, adjust
from landfast.vision.depth.growth import NOISE, Pixels, Posed, adjusted, bundle_of, grown
from landfast.vision.depth.parallax import Parallax, key_frames, survey
from landfast.vision.depth.resection import resect
from landfast.vision.depth.rigid import Cameras
from landfast.vision.depth.start import starts

_ENOUGH_PARALLAX: Final = 1.6
"""Pixels at 640 wide that a pair must show beyond a turn to start from."""
STARTS: Final = 2
"""Starts tried until one explains enough."""
SOUND: Final = 0.7
"""Share of observations that fit well, with which no other start is tried."""
_POINTS: Final = 4000
"""Points in an adjustment, those seen longest first."""
_POINTS_A_FRAME: Final = 800
"""Points of a key frame beyond which no more are taken for its sake."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What was reconstructed, or why nothing was."""

    bundle: Bundle | None
    """Over the key frames."""
    keys: tuple[int, ...]
    """Frames of the bundle's cameras."""
    cameras: Cameras | None
    """One a frame."""
    inliers: float
    """Share of all observations of followed points, also of points given up, that fit well."""
    widest: Parallax | None
    """The pair of frames with the most parallax."""
    observed: Pixels
    """What the bundle's cameras saw of its points."""


def reconstruct(pixels: Pixels, width: int, focal: float) -> Structure:
    """Cameras of every frame and the points that they see.

    Args:
        pixels: Followed points from the principal point; NaN where not seen.
        width: Of the picture, for tolerances.
        focal: Focal length in pixels.
    """
    begun = begin(pixels, width, focal)
    keys, widest = list(begun.keys), begun.widest
    best = nothing(begun)
    observed = pixels[keys][:, begun.chosen]
    for start in begun.starts[:STARTS]:
        bundle = grown(start, observed, focal, width)
        if bundle is None:
            continue
        bundle, kept = _refined(bundle, observed, width)
        inliers = _inliers(bundle, observed, width)
        if inliers > best.inliers:
            cameras = _all_cameras(bundle, pixels[:, begun.chosen[kept]], keys, width)
            best = Structure(bundle, begun.keys, cameras, inliers, widest, observed[:, kept])
        if inliers > SOUND:
            break
    return best


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a structure can start."""

    keys: tuple[int, ...]
    """Key frames."""
    widest: Parallax | None
    chosen: np.ndarray
    """Points that take part."""
    starts: tuple[Posed, ...]
    """Poses of some key frames, by their place, the most trusted first."""
    trust: float
    """In the first of them."""


def begin(pixels: Pixels, width: int, focal: float) -> Begun:
    """Key frames, points and poses to start from; none where a turn explains the motion."""
    keys = key_frames(pixels, width)
    chosen = _chosen(pixels[keys])
    found = survey(pixels, keys, width, focal)
    widest = found[0] if found else None
    if widest is None or widest.rest_px < _ENOUGH_PARALLAX * width / 640:
        return Begun(tuple(keys), widest, chosen, (), 0.0)
    scored = starts(found, keys, pixels[keys][:, chosen], focal, width)
    trust = scored[0][0] if scored else 0.0
    return Begun(tuple(keys), widest, chosen, tuple(posed for _, posed in scored), trust)


def nothing(begun: Begun) -> Structure:
    """No structure was found."""
    return Structure(None, begun.keys, None, 0.0, begun.widest, np.empty((0, 0, 2)))


def set_into(
    cameras: Cameras, pixels: Pixels, begun: Begun, keys: list[int], width: int, focal: float
) -> Structure:
    """Followed points as cameras that are known already see them; one camera a key frame."""
    observed = pixels[keys][:, begun.chosen]
    posed = {k: (cameras.R[k], cameras.t[k]) for k in range(len(keys))}
    bundle = bundle_of(posed, observed, focal, width)
    kept = np.flatnonzero(np.isfinite(bundle.points[:, 0]))
    bundle = replace(bundle, points=bundle.points[kept], errors_px=bundle.errors_px[:, kept])
    every = _all_cameras(bundle, pixels[:, begun.chosen[kept]], keys, width)
    inliers = _inliers(bundle, observed, width)
    return Structure(bundle, tuple(keys), every, inliers, begun.widest, observed[:, kept])


def _inliers(bundle: Bundle, observed: Pixels, width: int) -> float:
    good = bundle.errors_px < 2 * NOISE * width
    return float(good.sum() / max(1, np.isfinite(observed[..., 0]).sum()))


def _chosen(observed: Pixels) -> np.ndarray:
    """Points seen in at least three key frames (two where there are only two), up to a quota.

    Those seen longest and those that move most take turns: the first hold the cameras' directions
    together, the second, near and soon gone, the scale.
    """
    seen = np.isfinite(observed[..., 0])
    length = seen.sum(axis=0)
    usable = np.flatnonzero(length >= min(3, len(observed)))
    speed = _speeds(observed[:, usable])
    longest = usable[np.argsort(-length[usable], kind="stable")]
    fastest = usable[np.argsort(-speed, kind="stable")]
    need = np.zeros(len(observed))
    taken: set[int] = set()
    for point in np.stack([longest, fastest], axis=1).ravel().tolist():
        if point in taken:
            continue
        at = seen[:, point]
        if (need[at] < _POINTS_A_FRAME).any():
            taken.add(point)
            need[at] += 1
        if len(taken) >= _POINTS:
            break
    return np.array(sorted(taken), np.intp)


def _speeds(observed: Pixels) -> np.ndarray:
    """Mean motion of every point between key frames."""
    steps = np.linalg.norm(np.diff(observed, axis=0), axis=2)
    known = np.isfinite(steps)
    total = np.where(known, steps, 0).sum(axis=0)
    return np.asarray(total / np.maximum(known.sum(axis=0), 1))


def _refined(bundle: Bundle, observed: Pixels, width: int) -> tuple[Bundle, np.ndarray]:
    """The final adjustment, and which of the points stayed."""
    for _ in range(2):
        posed = {k: (bundle.cameras.R[k], bundle.cameras.t[k]) for k in range(len(observed))}
        bundle, _ = adjusted(bundle, posed, observed, rounds=6)
        posed = {k: (bundle.cameras.R[k], bundle.cameras.t[k]) for k in range(len(observed))}
        bundle = bundle_of(posed, observed, bundle.focal_px, width)
    kept = np.flatnonzero(np.isfinite(bundle.points[:, 0]))
    part = observed[:, kept]
    bundle = replace(bundle, points=bundle.points[kept], errors_px=np.zeros(part.shape[:2]))
    return adjust(bundle, part, rounds=8), kept


def _all_cameras(bundle: Bundle, pixels: Pixels, keys: list[int], width: int) -> Cameras:
    """A camera for every frame: the key frames' own, the others by resection."""
    R = np.empty((len(pixels), 3, 3))
    t = np.empty((len(pixels), 3))
    place = {frame: n for n, frame in enumerate(keys)}
    noise = NOISE * width / bundle.focal_px
    for frame in range(len(pixels)):
        if frame in place:
            R[frame], t[frame] = bundle.cameras.R[place[frame]], bundle.cameras.t[place[frame]]
            continue
        known = np.isfinite(pixels[frame, :, 0])
        rays = pixels[frame, known] / bundle.focal_px
        R[frame], t[frame], _ = resect(
            bundle.points[known], rays, R[frame - 1], t[frame - 1], noise=noise
        )
    return Cameras(R, t)
