"""Overlays over footage with exact truth: a drawing carried by known maps, with swim planted."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from landfast.media.layers.layer import Layer, layer_of
from landfast.media.layers.write import Coding, write_layers
from scenes import Image, Scene, gaussian_noise, homography, path, video, write_video

F64 = NDArray[np.float64]
RATE = Fraction(25)
SIZE = (480, 270)
PLACE = (180.0, 120.0)
DRAWING = (130, 50)


def drawing() -> NDArray[np.float32]:
    """A logo at double density, premultiplied RGBA 0..1."""
    width, height = (2 * side for side in DRAWING)
    alpha = np.zeros((height, width), np.uint8)
    cv2.putText(alpha, "FAST", (10, 66), cv2.FONT_HERSHEY_DUPLEX, 2.4, 255, 6, cv2.LINE_AA)
    cv2.rectangle(alpha, (10, 78), (width - 12, 90), 255, -1)
    rgba = np.empty((height, width, 4), np.float32)
    rgba[..., :3] = np.array([0.95, 0.85, 0.3], np.float32)
    rgba[..., 3] = alpha.astype(np.float32) / 255
    rgba[..., :3] *= rgba[..., 3:]
    return rgba


def placed(rgba: NDArray[np.float32], to: F64, size: tuple[int, int] = SIZE) -> Layer:
    """The drawing under a map from its own pixels to the frame's."""
    half = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]])
    double = np.array([[2.0, 0, 0.5], [0, 2.0, 0.5], [0, 0, 1]])
    big = cv2.warpPerspective(rgba, double @ to @ half, (2 * size[0], 2 * size[1]))
    small = cv2.resize(big, size, interpolation=cv2.INTER_AREA)
    alpha = small[..., 3:]
    colour = np.where(alpha > 1e-4, small[..., :3] / np.maximum(alpha, 1e-4), 0)
    pixels = np.clip(np.rint(np.dstack([colour, alpha]) * 255), 0, 255).astype(np.uint8)
    return layer_of(np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]))


def swims(
    frames: int, shift_px: float, *, turn_deg: float = 0.5, growth: float = 0.01
) -> list[F64]:
    """Slow similarities about the drawing's middle in the first frame."""
    middle = np.array(PLACE) + np.array(DRAWING) / 2
    result = []
    for phase in np.linspace(0, 2 * np.pi, frames):
        turn, size = np.radians(turn_deg * np.sin(phase)), 1 + growth * np.sin(0.7 * phase)
        linear = size * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shift = shift_px * np.array([np.sin(1.3 * phase), 0.6 * np.sin(0.9 * phase)])
        swim = np.eye(3)
        swim[:2, :2], swim[:2, 2] = linear, middle - linear @ middle + shift
        result.append(swim)
    return result


def overlay_layers(maps: Sequence[F64], swim: Sequence[F64]) -> list[Layer]:
    """The drawing carried by the scene's maps, swim planted in the first frame's pixels."""
    start = np.array([[1, 0, PLACE[0]], [0, 1, PLACE[1]], [0, 0, 1.0]])
    rgba = drawing()
    return [placed(rgba, scene @ s @ start) for scene, s in zip(maps, swim, strict=True)]


def write_overlay(
    target: Path, layers: Sequence[Layer], coding: Coding = "ffv1", fps: Fraction = RATE
) -> Path:
    """A file with these layers."""
    first = layers[0]
    with write_layers(
        target, width=first.width, height=first.height, fps=fps, coding=coding, bit_depth=8
    ) as writer:
        for layer in layers:
            writer.write(layer)
    return target


def plane_footage(target: Path, frames: int = 20) -> tuple[Path, list[F64]]:
    """A flight over a plane, and its exact maps from the first frame."""
    scene = Scene(sky="clouds")
    cameras = path("sideways", frames, size=SIZE, shake_px=1.0)
    images: list[Image] = gaussian_noise(video(scene, cameras), 1.0, 2)
    write_video(target, images, fps=RATE, quality=14)
    return target, [homography(scene, cameras[0], camera) for camera in cameras]


def off_path(maps: Sequence[F64], by: Sequence[F64 | None], swim: Sequence[F64]) -> float:
    """RMS distance of the corrected drawing's corners from a fixed place in the scene, px."""
    width, height = DRAWING
    corners = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64) + PLACE
    places = []
    for scene, fix, s in zip(maps, by, swim, strict=True):
        moved = np.linalg.inv(scene) @ (np.eye(3) if fix is None else fix) @ scene @ s
        places.append(cv2.perspectiveTransform(corners, moved)[0] - corners[0])
    rest = np.array(places) - np.mean(places, axis=0)
    return float(np.sqrt(np.square(rest).sum(axis=2).mean()))
