"""How far apart two anchors are, measured before anything is paid."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from landfast.errors import InputError
from landfast.media.grid import Grid
from landfast.model.measured import Gap
from landfast.vision.flow import dense_flow, fetch, forward_backward_error, pixel_grid
from landfast.vision.twoview import TwoView, relate

WORKING_WIDTH: Final = 960
"""Gaps are measured on pictures at most this wide."""
FEW_FEATURES: Final = 80
"""Below this many features a picture is too plain to judge."""
LEAST_OVERLAP: Final = 0.12
"""Below this share of matched structure a bridge would be invented, not interpolated."""
MOST_HIDDEN: Final = 0.75
"""Above this share of pixels that the other anchor does not show, likewise."""
_CONSISTENT: Final = 0.004
"""Forward and backward flow agree within this share of the picture's width."""

Image = UInt8[np.ndarray, "height width 3"]


def measure_gap(first: Image, last: UInt8[np.ndarray, "rows cols 3"]) -> Gap:
    """Overlap, parallax, light change and disocclusion between two anchors.

    Args:
        first: RGB picture before the gap.
        last: RGB picture after it, of the same size.

    Returns:
        Lengths in source pixels. `unknown` where a picture has too little structure to judge,
        `unrelated` where there is structure and no rigid relation explains it, `too wide` where
        too little is shared. `chance` is `estimated_chance`, not calibrated.

    Raises:
        InputError: The pictures differ in size.
    """
    if first.shape != last.shape:
        raise InputError(
            f"anchors differ in size: {first.shape[1]}x{first.shape[0]}"
            f" and {last.shape[1]}x{last.shape[0]}",
            subject="gap",
            remedy="give two frames of one clip",
        )
    grid = Grid.working((first.shape[1], first.shape[0]), WORKING_WIDTH)
    a, b = _resized(first, grid), _resized(last, grid)
    gray_a, gray_b = (np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)) for image in (a, b))
    relation = relate(gray_a, gray_b)
    if relation.homography is None or relation.model == "none":
        return _nothing_shared(relation)
    flow, hidden = _correspondence(gray_a, gray_b, relation.homography)
    return _judge(relation, grid, _light_change(a, b, flow, ~hidden), float(hidden.mean()))


def estimated_chance(overlap: float, hidden: float) -> float:
    """A rough chance that a bridge passes verification; monotone, not calibrated.

    `(1 - hidden) ** 1.5 * min(1, overlap / 0.4)`: every pixel that only one anchor shows is a
    pixel whose motion cannot be checked from the other, and below 40 % of matched structure the
    camera itself gets uncertain.
    """
    return float((1 - hidden) ** 1.5 * min(1.0, overlap / 0.4))


def _judge(relation: TwoView, grid: Grid, light: float | None, hidden: float) -> Gap:
    overlap, motion = relation.overlap or 0.0, relation.motion_px or 0.0
    too_wide = overlap < LEAST_OVERLAP or hidden > MOST_HIDDEN
    parallax = (relation.parallax_px or 0.0) * grid.scale_x
    shared = (
        f"{overlap:.0%} of the picture shows matched structure ({relation.inliers} of"
        f" {relation.matches} matches agree, {relation.model}), {hidden:.0%} is hidden in the"
        f" other anchor, motion {motion * grid.scale_x:.1f} px, parallax {parallax:.1f} px"
    )
    return Gap(
        state="too wide" if too_wide else "bridgeable",
        model=relation.model,
        matches=relation.matches,
        inliers=relation.inliers,
        overlap=round(overlap, 6),
        motion_px=round(motion * grid.scale_x, 4),
        parallax_px=round(parallax, 4),
        light_change=None if light is None else round(light, 4),
        disoccluded=round(hidden, 6),
        chance=None if too_wide else round(estimated_chance(overlap, hidden), 6),
        reason=f"too little in common: {shared}" if too_wide else shared,
    )


def _nothing_shared(relation: TwoView) -> Gap:
    plain = relation.features < FEW_FEATURES
    return Gap(
        state="unknown" if plain else "unrelated",
        model="none",
        matches=relation.matches,
        inliers=0,
        overlap=None if plain else 0.0,
        motion_px=None,
        parallax_px=None,
        light_change=None,
        reason=(
            f"too plain to judge: {relation.features} features where {FEW_FEATURES} are needed"
            if plain
            else f"the anchors do not show the same scene: {relation.reason}"
        ),
    )


def _resized(image: Image, grid: Grid) -> UInt8[np.ndarray, "rows cols 3"]:
    if grid.size == (image.shape[1], image.shape[0]):
        return image
    return np.asarray(cv2.resize(image, grid.size, interpolation=cv2.INTER_AREA))


def _correspondence(
    a: UInt8[np.ndarray, "height width"],
    b: UInt8[np.ndarray, "height width"],
    homography: np.ndarray,
) -> tuple[Float32[np.ndarray, "height width 2"], Bool[np.ndarray, "height width"]]:
    """Flow from `a` to `b` on top of the homography, and the pixels of `a` that `b` lacks."""
    height, width = a.shape
    grid = pixel_grid(width, height)
    there = _moved(grid, homography)
    registered = fetch(b, there, border="black", resampling="linear")
    forward, backward = dense_flow(a, registered), dense_flow(registered, a)
    flow: np.ndarray = _moved(grid + forward, homography) - grid
    landed = grid + flow
    outside = (
        (landed < 0).any(axis=2) | (landed[..., 0] > width - 1) | (landed[..., 1] > height - 1)
    )
    error = forward_backward_error(forward, backward)
    return flow, outside | (error > max(1.0, _CONSISTENT * width))


def _moved(
    points: Float32[np.ndarray, "height width 2"], homography: np.ndarray
) -> Float32[np.ndarray, "height width 2"]:
    moved: np.ndarray = cv2.perspectiveTransform(points.reshape(1, -1, 2), homography)
    return moved.reshape(points.shape)


def _light_change(
    a: Image,
    b: Image,
    flow: Float32[np.ndarray, "height width 2"],
    shared: Bool[np.ndarray, "height width"],
) -> float | None:
    """Median CIE76 delta E over registered pixels; None where nothing is registered.

    Pictures are smoothed first, so that small misregistration of fine texture does not count.
    """
    if not shared.any():
        return None
    lab_a, lab_b = (_lab(image) for image in (a, fetch(b, pixel_grid(*a.shape[1::-1]) + flow)))
    return float(np.median(np.linalg.norm(lab_a - lab_b, axis=2)[shared]))


def _lab(image: Image) -> Float32[np.ndarray, "height width 3"]:
    soft = cv2.GaussianBlur(image, (0, 0), max(1.0, image.shape[1] / 200))
    return np.asarray(cv2.cvtColor(soft.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))
