"""Dense inverse depth of every frame, once the cameras are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, Float64, UInt8
from landfast.vision.depth.aggregate import aggregate, choose_level, guided
from landfast.vision.depth.fuse import Fused, Layer, fuse
from landfast.vision.depth.rigid import Cameras
from landfast.vision.depth.sweep import Neighbour, contrast, normalised, sweep
from landfast.vision.motion.flow import pixel_grid

Gray = UInt8[np.ndarray, "height width"]
Plane = Float32[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]

_WIDTH: Final = 320
"""Depth is matched at about this width."""
_MOST_LEVELS: Final = 72
_PARALLAX_PX: Final = (10.0, 22.0)
"""Parallax of near points (matching pixels) that neighbours are chosen for."""
_END_PARALLAX_PX: Final = (5.0, 12.0, 22.0)
"""At the span's ends, where near things leave the picture on the only side there is."""
_NEARER: Final = 1.6
"""Inverse depth up to which is searched, over that of the nearest points."""
_STEP_PX: Final = 0.8
"""Parallax between two levels."""
_KNOWN: Final = 0.2
"""Confidence below which depth is unknown."""
_SKY_STEPS: Final = 1.0
_SKY_CONFIDENCE: Final = 0.5
_NOISE_PX: Final = 0.25
"""Error of a match, matching pixels."""
_VAGUE: Final = 0.2
"""Spread over inverse depth beyond which parallax does not tell how far something is. On rendered
flights depth is off by 7 to 11 % in the mean just below, by 26 to 37 % just above."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Levels and neighbours for one frame."""

    levels: Float64[np.ndarray, " level"]
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """What matching alone says of one frame, at the matching size."""

    layer: Layer
    step: float
    before: tuple[int, ...]
    after: tuple[int, ...]


def dense_depth(
    images: Sequence[Gray],
    cameras: Cameras,
    focal: float,
    points: Sequence[Float64[np.ndarray, "_ 3"]],
    skies: Sequence[Mask],
) -> tuple[list[Plane], list[Plane], list[Mask], list[Mask]]:
    """Inverse depth, confidence, sky, and what is too far for the parallax, of every frame.

    Args:
        images: Luma of undistorted frames.
        cameras: One a frame.
        focal: Focal length in pixels of the images.
        points: For every frame (x, y, inverse depth) of the points that it sees, x and y in
            pixels from the principal point.
        skies: Where sky seems to be: infinitely far, unless depth was measured there.
    """
    small = [_small(image) for image in images]
    scale = small[0].shape[1] / images[0].shape[1]
    height, width = small[0].shape
    K = np.array(
        [[focal * scale, 0, (width - 1) / 2], [0, focal * scale, (height - 1) / 2], [0, 0, 1]]
    )
    pictures = [normalised(image) for image in small]
    matched = [
        _match(index, small, pictures, cameras, K, points[index] * [scale, scale, 1.0])
        for index in range(len(images))
    ]
    rays = ((pixel_grid(width, height) - K[:2, 2]) / K[0, 0]).astype(np.float32)
    once = [_fused(matched, k, [m.layer for m in matched], rays, K) for k in range(len(images))]
    layers = [
        Layer(each.inverse, _agreement(each), own.layer.R, own.layer.t)
        for each, own in zip(once, matched, strict=True)
    ]
    inverse, confidence, kept, far = [], [], [], []
    for k, image in enumerate(images):
        twice = _fused(matched, k, layers, rays, K)
        spread = _spread(matched[k], twice.inverse, rays, K, cameras)
        sure = _agreement(twice) * _sharpness(spread, twice.inverse, matched[k].step)
        full, known = _enlarged(twice.inverse, sure.astype(np.float32), image)
        sky = _still_sky(skies[k], full, known, matched[k].step)
        full[sky] = 0
        known[sky] = np.maximum(known[sky], _SKY_CONFIDENCE)
        inverse.append(full)
        confidence.append(known)
        kept.append(sky)
        spread = np.asarray(cv2.resize(spread, full.shape[::-1], interpolation=cv2.INTER_LINEAR))
        far.append((spread > _VAGUE * full) & ~sky)
    return inverse, confidence, kept, far


def _small(image: Gray) -> Gray:
    height, width = image.shape
    if width < 1.5 * _WIDTH:
        return image
    size = _WIDTH, max(2, round(height * _WIDTH / width))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _relative(cameras: Cameras, frame: int, other: int) -> tuple[np.ndarray, np.ndarray]:
    """Motion from one frame's axes to another's."""
    R = cameras.R[other] @ cameras.R[frame].T
    return R, cameras.t[other] - R @ cameras.t[frame]


def _plan(frame: int, cameras: Cameras, K: np.ndarray, points: np.ndarray) -> Plan:
    """Levels up to the nearest point, and neighbours with a useful parallax on either side."""
    nearest = float(np.percentile(points[:, 2], 99)) * _NEARER
    parallax = np.array([_parallax(frame, k, cameras, K, points) for k in range(len(cameras.R))])
    is_end = parallax[:frame].max(initial=0) < 4 or parallax[frame + 1 :].max(initial=0) < 4
    wanted = _END_PARALLAX_PX if is_end else _PARALLAX_PX
    before = _neighbours(parallax[:frame][::-1], wanted)
    after = _neighbours(parallax[frame + 1 :], wanted)
    behind = tuple(frame - 1 - k for k in before)
    ahead = tuple(frame + 1 + k for k in after)
    most = max(parallax[list(behind + ahead)], default=0.0)
    count = int(np.clip(most * _NEARER / _STEP_PX, 16, _MOST_LEVELS))
    return Plan(np.linspace(0, nearest, count), behind, ahead)


def _neighbours(parallax: np.ndarray, targets: Sequence[float]) -> list[int]:
    """The first frames that reach each wanted parallax, or the one that comes nearest."""
    if not len(parallax):
        return []
    picked = set()
    for wanted in targets:
        reach = np.flatnonzero(parallax >= wanted)
        picked.add(int(reach[0]) if len(reach) else int(parallax.argmax()))
    return [k for k in sorted(picked) if parallax[k] > 1.0]


def _parallax(frame: int, other: int, cameras: Cameras, K: np.ndarray, points: np.ndarray) -> float:
    """90th percentile of the way that points move by their depth between two frames, pixels."""
    R, t = _relative(cameras, frame, other)
    rays = np.column_stack([points[:, :2] / K[0, 0], np.ones(len(points))]) @ R.T
    near = rays + points[:, 2:] * t
    ahead = (rays[:, 2] > 0.1) & (near[:, 2] > 0.1)
    if ahead.sum() < 0.3 * len(points):
        return 0.0
    moved = near[ahead, :2] / near[ahead, 2:] - rays[ahead, :2] / rays[ahead, 2:]
    return float(np.percentile(np.linalg.norm(moved, axis=1), 90)) * float(K[0, 0])


def _match(
    frame: int,
    small: Sequence[Gray],
    pictures: Sequence[Plane],
    cameras: Cameras,
    K: np.ndarray,
    points: np.ndarray,
) -> Match:
    plan = _plan(frame, cameras, K, points)
    if not plan.before and not plan.after:
        return _blank(pictures[frame].shape, frame, cameras, plan)
    before, after = (
        [Neighbour(pictures[k], *_relative(cameras, frame, k)) for k in side]
        for side in (plan.before, plan.after)
    )
    volume = sweep(pictures[frame], before, after, K, plan.levels)
    costs = np.ascontiguousarray(volume.transpose(1, 2, 0))
    level, margin = choose_level(aggregate(costs, small[frame]))
    step = float(plan.levels[1])
    at = np.clip(np.rint(level).astype(np.intp), 0, len(plan.levels) - 1)
    own = np.take_along_axis(costs, at[..., None], axis=2)[..., 0]
    texture = contrast(small[frame])
    trust = np.clip(1.2 - 1.8 * own, 0, 1) * np.clip(4 * margin, 0, 1) * texture / (texture + 2)
    layer = Layer(
        level * np.float32(step), trust.astype(np.float32), cameras.R[frame], cameras.t[frame]
    )
    return Match(layer, step, plan.before, plan.after)


def _blank(shape: tuple[int, ...], frame: int, cameras: Cameras, plan: Plan) -> Match:
    """A frame that no other frame shows from another place."""
    nothing = np.zeros(shape, np.float32)
    layer = Layer(nothing, nothing, cameras.R[frame], cameras.t[frame])
    return Match(layer, float(plan.levels[1]), (), ())


def _fused(
    matched: Sequence[Match], frame: int, layers: Sequence[Layer], rays: np.ndarray, K: np.ndarray
) -> Fused:
    own = matched[frame]
    close = [k for k in (frame - 2, frame - 1, frame + 1, frame + 2) if 0 <= k < len(matched)]
    others = sorted({*close, *own.before, *own.after})
    return fuse(layers[frame], [layers[k] for k in others], rays, K, own.step)


def _agreement(fused: Fused) -> Plane:
    """Trust of the frames that agree, over those that were asked, 0 to 1."""
    return np.asarray(np.clip(1.5 * fused.support / fused.asked, 0, 1))


def _spread(
    match: Match, inverse: Plane, rays: np.ndarray, K: np.ndarray, cameras: Cameras
) -> Plane:
    """How closely parallax tells the inverse depth; wide near the point of flight."""
    frame_R, frame_t = match.layer.R, match.layer.t
    best = np.zeros(inverse.shape, np.float32)
    for other in (*match.before, *match.after):
        R = (cameras.R[other] @ frame_R.T).astype(np.float32)
        t = (cameras.t[other] - R @ frame_t).astype(np.float32)
        x, y = rays[..., 0], rays[..., 1]
        fx = R[0, 0] * x + R[0, 1] * y + R[0, 2]
        fy = R[1, 0] * x + R[1, 1] * y + R[1, 2]
        fz = np.maximum(R[2, 0] * x + R[2, 1] * y + R[2, 2], 0.1)
        z = np.maximum(fz + inverse * t[2], 0.1)
        pull = np.hypot(t[0] - t[2] * fx / fz, t[1] - t[2] * fy / fz) / z
        best = np.maximum(best, pull * np.float32(K[0, 0]))
    return _NOISE_PX / np.maximum(best, np.float32(1e-6))


def _sharpness(spread: Plane, inverse: Plane, step: float) -> Plane:
    """How well parallax fixes the inverse depth, 0 to 1."""
    typical = max(float(np.median(inverse)), 2 * step)
    return np.asarray(1 / (1 + (spread / (0.15 * inverse + 0.15 * typical)) ** 2), np.float32)


def _still_sky(sky: Mask, inverse: Plane, known: Plane, step: float) -> Mask:
    """Sky less the places that were measured to be near, opened to whole regions."""
    near = (np.nan_to_num(inverse) > _SKY_STEPS * step) & (known > 0.5)
    solid = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return np.asarray(sky & (solid == 0))


def _enlarged(inverse: Plane, sure: Plane, image: Gray) -> tuple[Plane, Plane]:
    """Inverse depth and confidence at the size of the picture, edges from the picture."""
    size = image.shape[1], image.shape[0]
    values = np.asarray(cv2.resize(inverse, size, interpolation=cv2.INTER_LINEAR))
    weight = np.asarray(cv2.resize(sure, size, interpolation=cv2.INTER_LINEAR))
    guide = image.astype(np.float32) / np.float32(255)
    smooth = guided(guide, values, weight * weight, radius=3, eps=2e-4)
    out = np.maximum(smooth, np.float32(0))
    known = np.clip(cv2.boxFilter(weight, -1, (5, 5)), 0, 1)
    unknown = (known < _KNOWN).astype(np.uint8)
    # Specks between unknown pixels were confirmed by chance.
    unknown = cv2.morphologyEx(unknown, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    out[unknown] = np.nan
    known[unknown] = 0
    return out.astype(np.float32), known.astype(np.float32)
