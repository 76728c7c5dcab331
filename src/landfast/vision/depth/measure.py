"""Depth from motion over a span: follow points, find the cameras, match along depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from jaxtyping import Bool, Float64, UInt8

from landfast.errors import InputError
from landfast.model.camera import Lens, Pose
from landfast.vision.depth.dense import dense_depth
from landfast.vision.depth.following import Tracks, follow_points
from landfast.vision.depth.rigid import Cameras, quaternion
from landfast.vision.depth.shutter import row_wobble
from landfast.vision.depth.sky import find_sky, is_all_sky
from landfast.vision.depth.span import DepthSpan, State, nothing
from landfast.vision.depth.structure import Structure, reconstruct

ASSUMED_FOCAL: Final = 0.9
"""Focal length in picture widths (58 degrees across) where nothing tells it."""
_LEAST_STRUCTURE: Final = 0.06
_LEAST_ALIVE: Final = 0.25
_LEAST_HOLDING: Final = 0.55
_WORST_ERROR: Final = 1.2 / 640
"""Median reprojection error, share of the width, above which no camera explains the motion."""
_WORST_WOBBLE: Final = 0.35 / 640
_LEAST_SIGNAL: Final = 20.0
"""Parallax over reprojection error: waves and wobble look like little parallax with much error."""
_LEAST_INLIERS: Final = 0.65
_FOCAL_SPREAD: Final = 0.01
"""Formal spread of the focal length up to which it counts as measured."""
_RESTARTS: Final = 3

Image = UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]
Gray = UInt8[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True)
class Solved:
    """Cameras of a span, or the reason why there are none."""

    structure: Structure | None
    lens: Lens | None
    state: State
    reason: str


def measure_depth(
    images: Sequence[Image],
    times: Sequence[Fraction],
    *,
    lens: Lens | None = None,
    sky: Sequence[Mask] | None = None,
) -> DepthSpan:
    """Cameras and dense inverse depth of the frames of one shot.

    Poses come from followed points (essential matrix, resection, bundle adjustment), depth from
    a plane sweep against neighbours on both sides in time with semi-global aggregation, kept
    where frames confirm each other. Costs about 0.4 s of one core a frame at 640 wide.

    Args:
        images: RGB or grey frames of one size, in order, at a working width of 640 to 960.
        times: Of the frames, seconds of the clip.
        lens: Of pictures of this size; without it the focal length is measured where the motion
            fixes it, and assumed (`lens.source`) where it does not. The frames have no radial
            distortion: undistort them first.
        sky: Where each frame shows sky, where that is known better than colour tells.

    Returns:
        "measured" with depth; "no parallax" where the camera only turns or stands; "unknown"
        where the frames do not show one rigid scene. Both of the latter with a plain reason.

    Raises:
        InputError: No frames, frames of different sizes, or times that do not fit.
    """
    _check(images, times, lens)
    grays = [_gray(image) for image in images]
    skies = list(sky) if sky is not None else [find_sky(i) for i in images]
    solved = _refused(images) or solve(grays, lens=lens)
    if solved.structure is None or solved.lens is None:
        return nothing(
            "no parallax" if solved.state == "no parallax" else "unknown",
            solved.reason,
            times,
            skies,
            lens=solved.lens,
        )
    return _measured(solved.structure, solved.lens, solved.reason, grays, skies, times)


def _refused(images: Sequence[Image]) -> Solved | None:
    """Why the frames need not be looked at any further; None where they do."""
    if len(images) < 2:
        return Solved(None, None, "unknown", "a single frame shows no motion")
    if is_all_sky(images):
        return Solved(None, None, "unknown", "the frames show nothing but sky or fog")
    return None


def solve(grays: Sequence[Gray], *, lens: Lens | None = None) -> Solved:
    """Cameras of a span without dense depth, which costs little."""
    height, width = grays[0].shape
    tracks = follow_points(grays)
    trouble = _trouble(tracks, grays)
    if trouble:
        return Solved(None, lens, "unknown", trouble)
    start = lens or _assumed(width, height)
    pixels = tracks.points.astype(np.float64) - [start.centre_x, start.centre_y]
    structure = reconstruct(pixels, width, start.focal_px, is_focal_free=False)
    if lens is None and structure.bundle is not None:
        structure, start = _calibrated(structure, pixels, start)
    return _judged(structure, start)


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
    if widest is not None and widest.rest_px < _LEAST_SIGNAL * error:
        reason = (
            f"{widest.rest_px:.1f} px of parallax do not stand out from the {error:.2f} px that no "
            "camera explains"
        )
        return Solved(None, lens, "unknown", reason)
    wobble = row_wobble(structure.bundle, structure.observed, lens.height)
    if wobble > _WORST_WOBBLE * width:
        reason = f"rows of the picture move apart by {wobble:.1f} px: a rolling shutter's wobble"
        return Solved(None, lens, "unknown", reason)
    known = int(np.isfinite(structure.bundle.errors_px).sum())
    reason = (
        f"{len(structure.keys)} key frames and {len(structure.bundle.points)} points agree to "
        f"{error:.2f} px over {known} sights; {widest.rest_px if widest else 0:.0f} px of parallax"
    )
    return Solved(structure, lens, "measured", reason)


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


def _calibrated(
    structure: Structure, pixels: Float64[np.ndarray, "frame point 2"], lens: Lens
) -> tuple[Structure, Lens]:
    """Refine the focal length where the motion fixes it; start again from the better one.

    Points that a wrong focal length threw out come back on a new start.
    """
    focal = lens.focal_px
    for _ in range(_RESTARTS):
        found = reconstruct(pixels, lens.width, focal, is_focal_free=True)
        bundle = found.bundle
        if bundle is None or bundle.focal_spread > 3 * _FOCAL_SPREAD:
            return structure, lens
        if abs(bundle.focal_px / focal - 1) < 0.02:
            break
        focal = bundle.focal_px
    else:
        return structure, lens
    is_fixed = bundle.focal_spread < _FOCAL_SPREAD and 0.4 < focal / lens.width < 6
    if not is_fixed or bundle.error_px > 1.05 * (structure.bundle or bundle).error_px:
        return structure, lens
    return found, lens.model_copy(update={"focal_px": bundle.focal_px, "source": "measured"})


def _measured(
    structure: Structure,
    lens: Lens,
    reason: str,
    grays: Sequence[Gray],
    skies: Sequence[Mask],
    times: Sequence[Fraction],
) -> DepthSpan:
    assert structure.bundle is not None and structure.cameras is not None
    cameras, points = _scaled(structure.cameras, structure.bundle.points)
    seen = [_visible(cameras.take([k]), points, lens) for k in range(len(grays))]
    if min(len(each) for each in seen) < 8:
        return nothing("unknown", "a frame sees too few of the points", times, skies, lens=lens)
    inverse, confidence, sky = dense_depth(grays, cameras, lens.focal_px, seen, skies)
    return DepthSpan(
        state="measured",
        reason=reason,
        times=tuple(times),
        lens=lens,
        poses=poses(cameras, times),
        error_px=structure.bundle.error_px,
        inverse=tuple(inverse),
        confidence=tuple(confidence),
        sky=tuple(sky),
    )


def _scaled(
    cameras: Cameras, points: Float64[np.ndarray, "point 4"]
) -> tuple[Cameras, Float64[np.ndarray, "point 4"]]:
    """The first camera at the origin, and the median depth of the points at 1."""
    R0, t0 = cameras.R[0], cameras.t[0]
    ahead = points[:, :3] @ R0.T + points[:, 3:] * t0
    z = ahead[:, 2]
    unit = 1 / max(float(np.median(points[:, 3] / np.where(z > 0, z, np.inf))), 1e-9)
    R = cameras.R @ R0.T
    t = (cameras.t - R @ t0) / unit
    return Cameras(R, t), np.concatenate([ahead, points[:, 3:] * unit], axis=1)


def _visible(
    camera: Cameras, points: Float64[np.ndarray, "point 4"], lens: Lens
) -> Float64[np.ndarray, "seen 3"]:
    """(x, y, inverse depth) of the points that fall into a camera's picture."""
    local = points[:, :3] @ camera.R[0].T + points[:, 3:] * camera.t[0]
    z = np.where(local[:, 2] > 1e-9, local[:, 2], np.nan)
    at = lens.focal_px * local[:, :2] / z[:, None]
    inside = (np.abs(at) < [lens.width / 2, lens.height / 2]).all(axis=1)
    return np.asarray(np.column_stack([at, np.maximum(points[:, 3] / z, 0)])[inside])


def poses(cameras: Cameras, times: Sequence[Fraction]) -> tuple[Pose, ...]:
    """Records of cameras."""
    return tuple(
        Pose(
            time=time,
            rotation=quaternion(R),
            position=(float(at[0]), float(at[1]), float(at[2])),
        )
        for time, R, at in zip(times, cameras.R, cameras.centres, strict=True)
    )


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


def _gray(image: Image) -> Gray:
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def _check(images: Sequence[Image], times: Sequence[Fraction], lens: Lens | None) -> None:
    if not images or len(images) != len(times):
        raise InputError(
            f"{len(images)} frames and {len(times)} times do not fit",
            subject="depth",
            remedy="give one time a frame",
        )
    sizes = {image.shape[:2] for image in images}
    if len(sizes) > 1:
        raise InputError(f"frames differ in size: {sorted(sizes)}", subject="depth")
    height, width = next(iter(sizes))
    if lens is not None and (lens.width, lens.height) != (width, height):
        raise InputError(
            f"is for {lens.width}x{lens.height}, the frames are {width}x{height}", subject="lens"
        )
