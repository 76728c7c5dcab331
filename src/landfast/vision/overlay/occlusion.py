"""What of an overlay is hidden by nearer things: dense depth of the scene against its own layer.

The overlay's own depth comes from how its place in the scene moves: points of it are triangulated
with the cameras that the depth was measured with. Where nothing is known, nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from landfast.media.cameras import rotation_matrix
from landfast.model.arrays import Bool, Float32, Float64, UInt8
from landfast.vision.depth.distortion import straight_points
from landfast.vision.depth.measure import measure_depth
from landfast.vision.depth.rigid import Cameras, triangulate
from landfast.vision.depth.span import DepthSpan
from landfast.vision.overlay.scene.hanging import Hanging
from landfast.vision.overlay.scene.near import Box
from landfast.vision.overlay.scene.ways import Way, ahead

Gray = UInt8[np.ndarray, "height width"]
Points = Float64[np.ndarray, "point 2"]
Keep = UInt8[np.ndarray, "rows columns"]

_APART_PX = 1.5
"""Motion against the overlay's layer, at 960 wide, of a point that has another depth."""
_FEWEST = 5
_NEARER, _FULLY = 1.08, 1.16
"""Inverse depth beside the layer's from which things begin to hide it, and hide it all."""
_LEAST_CONFIDENCE = 0.3
_BEYOND_PX = 6
_SPECK = 3
_ACROSS = (7, 4)


@dataclass(frozen=True, slots=True)
class Matte:
    """Where the overlay is seen in one frame, around its box; working pixels."""

    left: int
    top: int
    keep: Keep
    """255 where it is seen, 0 where something nearer hides it."""


def has_other_depths(
    hanging: Hanging | None, ways: Sequence[Way | None], boxes: Sequence[Box | None], width: int
) -> bool:
    """Whether points that move otherwise than the overlay's layer come to lie under its box.

    Args:
        hanging: Followed points; source pixels.
        ways: Of the overlay's layer.
        boxes: Of the overlay, source pixels.
        width: Of the footage.
    """
    if hanging is None or not len(hanging.starts):
        return False
    inside = np.zeros(len(hanging.starts), bool)
    furthest = np.zeros(len(hanging.starts))
    for frame, (way, box) in enumerate(zip(ways, boxes, strict=True)):
        if way is None or box is None:
            continue
        there = hanging.paths[:, frame]
        off = np.nan_to_num(np.linalg.norm(ahead(way, hanging.starts) - there, axis=1))
        furthest = np.maximum(furthest, off)
        low, high = np.array(box[:2]), np.array(box[2:])
        inside |= ((there > low) & (there < high)).all(axis=1)
    return int((inside & (furthest > _APART_PX * width / 960)).sum()) >= _FEWEST


def mattes(
    grays: Sequence[Gray],
    times: Sequence[Fraction],
    places: Float64[np.ndarray, "frame point 2"],
    ground: Float64[np.ndarray, "frame point 2"] | None,
    boxes: Sequence[Box | None],
) -> tuple[list[Matte | None], str]:
    """Where the overlay is seen in each frame, and why nothing is known where nothing is.

    Args:
        grays: Footage at a working width of about 640.
        times: Of the frames.
        places: Where points of the overlay's layer lie in each frame, working pixels; NaN unknown.
        ground: The same of the ground that it stands on, which does not hide it; None for what
            lies.
        boxes: Of the overlay, working pixels.
    """
    span = measure_depth(grays, times)
    nothing: list[Matte | None] = [None] * len(grays)
    if span.state != "measured" or span.lens is None:
        return nothing, span.reason
    layers = _inverse_depths(span, places)
    grounds = None if ground is None else _inverse_depths(span, ground)
    result: list[Matte | None] = []
    for frame, box in enumerate(boxes):
        own = None if box is None else _layer(places[frame], layers[frame], box, grays[frame].shape)
        if box is None or own is None:
            result.append(None)
            continue
        if ground is not None and grounds is not None:
            below = _layer(ground[frame], grounds[frame], box, grays[frame].shape)
            own = own if below is None else np.maximum(own.mean(), below)
        result.append(_matte(span, frame, box, own))
    return result, ""


def grid_of(box: Box) -> Points:
    """Points all over a box."""
    x, y = np.meshgrid(
        np.linspace(box[0], box[2], _ACROSS[0]), np.linspace(box[1], box[3], _ACROSS[1])
    )
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _inverse_depths(
    span: DepthSpan, places: Float64[np.ndarray, "frame point 2"]
) -> Float64[np.ndarray, "frame point"]:
    """Of points that move so, in each frame."""
    lens = span.lens
    assert lens is not None
    cameras = _cameras(span)
    rays = straight_points(places, lens) / lens.focal_px
    solid = triangulate(cameras, rays)
    z = np.einsum("ki,pi->kp", cameras.R[:, 2], solid[:, :3]) + np.outer(
        cameras.t[:, 2], solid[:, 3]
    )
    return np.asarray(np.where(z > 1e-9, solid[:, 3] / np.maximum(z, 1e-9), np.nan))


def _cameras(span: DepthSpan) -> Cameras:
    turns = np.array([rotation_matrix(pose.rotation) for pose in span.poses])
    centres = np.array([pose.position for pose in span.poses], np.float64)
    return Cameras(turns, -np.einsum("kij,kj->ki", turns, centres))


def _window(box: Box, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    height, width = shape[:2]
    return (
        max(0, int(box[0]) - _BEYOND_PX), max(0, int(box[1]) - _BEYOND_PX),
        min(width, int(box[2]) + _BEYOND_PX + 2), min(height, int(box[3]) + _BEYOND_PX + 2),
    )  # fmt: skip


def _layer(
    at: Points, inverse: Float64[np.ndarray, " point"], box: Box, shape: tuple[int, ...]
) -> Float64[np.ndarray, "rows columns"] | None:
    """Inverse depth of a layer over a box: linear, as that of every plane is."""
    known = np.isfinite(inverse) & np.isfinite(at[:, 0])
    left, top, right, bottom = _window(box, shape)
    if known.sum() < 4 or right - left < 4 or bottom - top < 4:
        return None
    x = np.column_stack([at[known], np.ones(int(known.sum()))])
    a, b, c = np.linalg.lstsq(x, inverse[known], rcond=None)[0].tolist()
    columns, rows = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    return np.asarray(np.maximum(a * columns + b * rows + c, 1e-6))


def _matte(
    span: DepthSpan, frame: int, box: Box, own: Float64[np.ndarray, "rows columns"]
) -> Matte:
    left, top, right, bottom = _window(box, span.inverse[frame].shape)
    part = np.s_[top:bottom, left:right]
    inverse = span.inverse[frame][part].astype(np.float64)
    sure: Bool[np.ndarray, "rows columns"] = np.isfinite(inverse)
    sure &= span.confidence[frame][part] > _LEAST_CONFIDENCE
    nearer = np.where(sure, inverse / own, 0.0)
    behind = np.clip((nearer - _NEARER) / (_FULLY - _NEARER), 0, 1)
    hidden = np.asarray(cv2.medianBlur(np.rint(behind * 255).astype(np.uint8), 2 * _SPECK - 1))
    # Matching by windows makes what is near a pixel wider than it is.
    hidden = np.asarray(cv2.erode(hidden, np.ones((3, 3), np.uint8)))
    return Matte(left, top, np.asarray(255 - hidden, np.uint8))


def seen_through(
    matte: Matte,
    guide: Float32[np.ndarray, "rows columns"],
    corner: tuple[int, int],
    scale: tuple[float, float],
) -> Float32[np.ndarray, "rows columns"]:
    """The matte at the pixels of a part of the footage, its edge drawn to the picture's.

    Guided filter (He, Sun and Tang, PAMI 2013) with the footage's light as the guide.

    Args:
        matte: Working pixels.
        guide: Luma of that part, 0..1.
        corner: Its left and top, footage pixels.
        scale: Footage pixels for one working pixel, across and down.
    """
    rows, columns = guide.shape
    x = ((np.arange(columns) + corner[0] + 0.5) / scale[0] - 0.5 - matte.left).astype(np.float32)
    y = ((np.arange(rows) + corner[1] + 0.5) / scale[1] - 0.5 - matte.top).astype(np.float32)
    rough = cv2.remap(
        matte.keep.astype(np.float32) / 255, *np.meshgrid(x, y), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    if rough.min() > 0.99:
        return np.ones_like(guide)
    size = (2 * max(2, round(2.5 * scale[0])) + 1,) * 2

    def mean(image: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.blur(image, size))

    middle, told = mean(guide), mean(rough)
    spread = mean(guide * guide) - middle * middle
    slope = (mean(guide * rough) - middle * told) / (spread + 4e-4)
    drawn = mean(slope) * guide + mean(told - slope * middle)
    return np.asarray(np.clip(1.25 * drawn - 0.125, 0, 1), np.float32)
