"""Cameras and points of a span from followed points: a pair, then one frame after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float64

from landfast.vision.depth.bundle import Bundle, adjust
from landfast.vision.depth.parallax import Parallax, key_frames, survey
from landfast.vision.depth.resection import resect
from landfast.vision.depth.rigid import Cameras, triangulate

Pixels = Float64[np.ndarray, "frame point 2"]

_NOISE: Final = 1 / 640
"""Error of a good observation, share of the width."""
_LEAST_POINTS: Final = 20
_ADJUST_EVERY: Final = 3
"""Key frames between two adjustments while the bundle grows."""
_PAIRS: Final = 4
"""Pairs tried as the start."""
ENOUGH_PARALLAX: Final = 1.6
"""Pixels at 640 wide that a pair must show beyond a turn to start from."""
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
    keys = key_frames(pixels, width)
    found = survey(pixels, keys, width, focal)
    widest = found[0] if found else None
    nothing = Structure(None, tuple(keys), None, 0.0, widest, pixels[:0])
    if widest is None or widest.rest_px < ENOUGH_PARALLAX * width / 640:
        return nothing
    observed = pixels[keys]
    chosen = _chosen(observed)
    observed = observed[:, chosen]
    start = _start(found, keys, observed, focal, width)
    bundle = None if start is None else _grown(start, observed, focal, width)
    if bundle is None:
        return nothing
    bundle, kept = _refined(bundle, observed, width)
    cameras = _all_cameras(bundle, pixels[:, chosen[kept]], keys, width)
    inliers = _inliers(bundle, observed, width)
    return Structure(bundle, tuple(keys), cameras, inliers, widest, observed[:, kept])


def set_into(
    cameras: Cameras, pixels: Pixels, keys: list[int], width: int, focal: float, widest: Parallax
) -> Structure:
    """Followed points as cameras that are known already see them; one camera a key frame."""
    chosen = _chosen(pixels[keys])
    observed = pixels[keys][:, chosen]
    posed = {k: (cameras.R[k], cameras.t[k]) for k in range(len(keys))}
    bundle = _bundle(posed, observed, focal, width)
    kept = np.flatnonzero(np.isfinite(bundle.points[:, 0]))
    bundle = replace(bundle, points=bundle.points[kept], errors_px=bundle.errors_px[:, kept])
    every = _all_cameras(bundle, pixels[:, chosen[kept]], keys, width)
    inliers = _inliers(bundle, observed, width)
    return Structure(bundle, tuple(keys), every, inliers, widest, observed[:, kept])


def _inliers(bundle: Bundle, observed: Pixels, width: int) -> float:
    good = bundle.errors_px < 2 * _NOISE * width
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


def _start(
    found: list[Parallax], keys: list[int], observed: Pixels, focal: float, width: int
) -> dict[int, tuple[np.ndarray, np.ndarray]] | None:
    """Poses of the pair that most points agree on, by their place among the key frames."""
    cap = 25 * width / 640
    ranked = sorted(found, key=lambda p: -min(p.rest_px, cap) * np.sqrt(p.common))
    best: tuple[float, dict[int, tuple[np.ndarray, np.ndarray]]] | None = None
    for pair in ranked[:_PAIRS]:
        i, j = keys.index(pair.first), keys.index(pair.last)
        posed = _relative(observed[i] / focal, observed[j] / focal, _NOISE * width / focal)
        if posed is None:
            continue
        R, t, agreeing = posed
        if best is None or agreeing > best[0]:
            best = (agreeing, {i: (np.eye(3), np.zeros(3)), j: (R, t)})
    return None if best is None else best[1]


def _relative(
    a: np.ndarray, b: np.ndarray, noise: float
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Rotation, unit translation and the points that agree.

    Essential matrix by MAGSAC++ (Barath et al. 2020), then the motion with the points ahead.
    """
    both = np.isfinite(a[:, 0] + b[:, 0])
    a, b = np.ascontiguousarray(a[both]), np.ascontiguousarray(b[both])
    if len(a) < _LEAST_POINTS:
        return None
    cv2.setRNGSeed(0)
    essential, mask = cv2.findEssentialMat(
        a, b, np.eye(3), cv2.USAC_MAGSAC, 0.9999, 1.5 * noise, 3000
    )
    if essential is None or essential.shape != (3, 3):
        return None
    agreeing = int(mask.sum())
    # Far points count as ahead.
    ahead, R, t = cv2.recoverPose(essential, a, b, np.eye(3), distanceThresh=1e9, mask=mask)[:3]
    if agreeing < _LEAST_POINTS or ahead < 0.6 * agreeing:
        return None
    return np.asarray(R), np.asarray(t).ravel(), float(ahead)


def _grown(
    posed: dict[int, tuple[np.ndarray, np.ndarray]], observed: Pixels, focal: float, width: int
) -> Bundle | None:
    """A bundle over all key frames, from the pair outwards."""
    noise = _NOISE * width / focal
    bundle = _bundle(posed, observed, focal, width)
    bundle, posed = _adjusted(bundle, posed, observed, rounds=8)
    last = len(posed)
    while len(posed) < len(observed):
        index = min(
            (k for k in range(len(observed)) if k not in posed),
            key=lambda k: (min(abs(k - done) for done in posed), k),
        )
        near = min(posed, key=lambda done: (abs(done - index), done))
        known = np.isfinite(observed[index, :, 0]) & np.isfinite(bundle.points[:, 0])
        if known.sum() < _LEAST_POINTS:
            return None
        R, t, away = resect(
            bundle.points[known], observed[index, known] / focal, *posed[near], noise=noise
        )
        if float(np.median(away)) > 6 * noise:
            return None
        posed = {**posed, index: (R, t)}
        bundle = _bundle(posed, observed, focal, width)
        if len(posed) >= last + _ADJUST_EVERY or len(posed) == len(observed):
            bundle, posed = _adjusted(bundle, posed, observed, rounds=5)
            bundle = _bundle(posed, observed, focal, width)
            last = len(posed)
    return bundle


def _bundle(
    posed: dict[int, tuple[np.ndarray, np.ndarray]], observed: Pixels, focal: float, width: int
) -> Bundle:
    """Points triangulated from the posed frames; NaN where they are not fixed."""
    order = sorted(posed)
    cameras = Cameras(
        np.stack([posed[k][0] for k in order]), np.stack([posed[k][1] for k in order])
    )
    part = observed[order]
    seen = np.isfinite(part[..., 0]).sum(axis=0) >= 2
    points = np.full((part.shape[1], 4), np.nan)
    points[seen] = triangulate(cameras, part[:, seen] / focal)
    local = np.einsum("kij,pj->kpi", cameras.R, points[:, :3])
    local += points[None, :, 3:] * cameras.t[:, None]
    z = np.where(local[..., 2] > 1e-9, local[..., 2], np.nan)
    errors = np.linalg.norm(focal * local[..., :2] / z[..., None] - part, axis=-1)
    bad = (np.isfinite(part[..., 0]) & ~(errors < 6 * _NOISE * width)).sum(axis=0)
    total = np.isfinite(part[..., 0]).sum(axis=0)
    points[bad > 0.34 * total] = np.nan
    return Bundle(cameras, points, focal, 0.0, errors)


def _adjusted(
    bundle: Bundle,
    posed: dict[int, tuple[np.ndarray, np.ndarray]],
    observed: Pixels,
    *,
    rounds: int,
) -> tuple[Bundle, dict[int, tuple[np.ndarray, np.ndarray]]]:
    order = sorted(posed)
    known = np.isfinite(bundle.points[:, 0])
    part = observed[order][:, known]
    small = replace(bundle, points=bundle.points[known], errors_px=np.zeros(part.shape[:2]))
    done = adjust(small, part, rounds=rounds)
    points = np.full_like(bundle.points, np.nan)
    points[known] = done.points
    errors = np.full((len(order), len(points)), np.nan)
    errors[:, known] = done.errors_px
    poses = {k: (done.cameras.R[n], done.cameras.t[n]) for n, k in enumerate(order)}
    return replace(done, points=points, errors_px=errors), poses


def _refined(bundle: Bundle, observed: Pixels, width: int) -> tuple[Bundle, np.ndarray]:
    """The final adjustment, and which of the points stayed."""
    for _ in range(2):
        posed = {k: (bundle.cameras.R[k], bundle.cameras.t[k]) for k in range(len(observed))}
        bundle, _ = _adjusted(bundle, posed, observed, rounds=6)
        posed = {k: (bundle.cameras.R[k], bundle.cameras.t[k]) for k in range(len(observed))}
        bundle = _bundle(posed, observed, bundle.focal_px, width)
    kept = np.flatnonzero(np.isfinite(bundle.points[:, 0]))
    part = observed[:, kept]
    bundle = replace(bundle, points=bundle.points[kept], errors_px=np.zeros(part.shape[:2]))
    return adjust(bundle, part, rounds=8), kept


def _all_cameras(bundle: Bundle, pixels: Pixels, keys: list[int], width: int) -> Cameras:
    """A camera for every frame: the key frames' own, the others by resection."""
    R = np.empty((len(pixels), 3, 3))
    t = np.empty((len(pixels), 3))
    place = {frame: n for n, frame in enumerate(keys)}
    noise = _NOISE * width / bundle.focal_px
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
