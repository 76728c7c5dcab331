"""Depth from motion over a span: follow points, find the cameras, match along depth."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import Bool, Float32, Float64, UInt8
from landfast.model.camera import Lens, Pose
from landfast.vision.depth.afloat import is_afloat
from landfast.vision.depth.dense import dense_depth
from landfast.vision.depth.distortion import (
    bent_plane,
    check_unfolded,
    is_pinhole,
    straight_picture,
)
from landfast.vision.depth.rigid import Cameras, quaternion
from landfast.vision.depth.sky import find_sky, is_all_sky
from landfast.vision.depth.solve import Engine, Solved, solve
from landfast.vision.depth.span import DepthSpan, nothing
from landfast.vision.depth.structure import Structure

Image = UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]
Gray = UInt8[np.ndarray, "height width"]
Mask = Bool[np.ndarray, "height width"]
Plane = Float32[np.ndarray, "height width"]

_SHORT_S: Final = 0.3
"""Seconds in which waves hardly change, and flight over them or their own way cannot be told apart:
rendered seas then agree to 0.04 to 0.3 px and lose no more of what surrounds their points than land
does, while depth is off by half and more."""
_TOO_SHORT = f"too short to tell land from water that runs past: at least {_SHORT_S} s are needed"
_ON_WATER = (
    "what surrounds the points changes as on waves: a swell that runs past looks like travel"
)


def measure_depth(
    images: Sequence[Image],
    times: Sequence[Fraction],
    *,
    lens: Lens | None = None,
    engine: Engine = "measured",
) -> DepthSpan:
    """Cameras and dense inverse depth of the frames of one shot.

    Poses come from followed points (essential matrix, resection, bundle adjustment), depth from
    a plane sweep against neighbours on both sides in time with semi-global aggregation, kept
    where frames confirm each other. Costs about 0.4 s of one core a frame at 640 wide.

    Args:
        images: RGB or grey frames of one size, in order, at a working width of 640 to 960.
        times: Of the frames, seconds of the clip.
        lens: Of pictures of this size; without it the focal length is measured where the motion
            fixes it, and assumed (`lens.source`) where it does not; so it is with one that is
            itself `assumed`, as what a camera recorded. Its `k1` and principal point are applied;
            without a lens the frames have no radial distortion.
        engine: Who finds the cameras: landfast, or COLMAP (`sfm`).

    Returns:
        "measured" with depth; "no parallax" where the camera only turns or stands; "unknown"
        where the frames do not show one rigid scene. Both of the latter with a plain reason.

    Raises:
        InputError: No frames, frames of different sizes, times that do not fit, or a lens for
            another size or whose `k1` folds the picture.
        Unsupported: `engine` is `sfm` and its extra is not installed.
    """
    _check(images, times, lens)
    grays = [_gray(image) for image in images]
    skies = [find_sky(image) for image in images]
    solved = _refused(images) or solve(grays, lens=lens, engine=engine)
    if solved.structure is None or solved.lens is None:
        state = solved.state if solved.state == "no parallax" else "unknown"
        return nothing(state, solved.reason, times, skies, lens=solved.lens)
    doubt = _may_be_water(grays, times, solved.structure, solved.lens)
    if doubt:
        return nothing("unknown", doubt, times, skies, lens=solved.lens)
    return _measured(solved.structure, solved.lens, solved.reason, grays, skies, times)


def _refused(images: Sequence[Image]) -> Solved | None:
    """Why the frames need not be looked at any further; None where they do."""
    if len(images) < 2:
        return Solved(None, None, "unknown", "a single frame shows no motion")
    if is_all_sky(images):
        return Solved(None, None, "unknown", "the frames show nothing but sky or fog")
    return None


def _may_be_water(
    grays: Sequence[Gray], times: Sequence[Fraction], structure: Structure, lens: Lens
) -> str:
    """Why what looks like travel may be waves; empty where it is none."""
    if times[-1] - times[0] < _SHORT_S:
        return _TOO_SHORT
    middle = np.array([lens.centre_x, lens.centre_y])
    sights = structure.observed + middle
    return _ON_WATER if is_afloat(grays, times, structure.keys, sights) else ""


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
    inverse, confidence, sky, far = _dense(grays, cameras, lens, seen, skies)
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
        far=tuple(far),
    )


def _dense(
    grays: Sequence[Gray],
    cameras: Cameras,
    lens: Lens,
    seen: Sequence[Float64[np.ndarray, "_ 3"]],
    skies: Sequence[Mask],
) -> tuple[list[Plane], list[Plane], list[Mask], list[Mask]]:
    """Depth at the pixels of the frames: matched as a pinhole sees them, and bent back."""
    if is_pinhole(lens):
        return dense_depth(grays, cameras, lens.focal_px, seen, skies)
    straight = [straight_picture(image, lens) for image in grays]
    inverse, *others = dense_depth(
        straight, cameras, lens.focal_px, seen, [straight_picture(mask, lens) for mask in skies]
    )
    confidence, sky, far = ([bent_plane(each, lens, outside=0) for each in one] for one in others)
    return [bent_plane(plane, lens, outside=np.nan) for plane in inverse], confidence, sky, far


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
    if lens is not None:
        check_unfolded(lens)
