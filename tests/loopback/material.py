"""Anchors for the tests of the server: two views of a rendered terrain."""

from __future__ import annotations

import base64
import tempfile
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

import scenes
from landfast.media.decode import decode
from landfast.media.probe import probe


@lru_cache(maxsize=4)
def anchors(size: tuple[int, int] = (320, 180)) -> tuple[np.ndarray, np.ndarray]:
    """Start and end of a short flight, RGB."""
    scene = scenes.Scene(kind="terrain", seed=11)
    cameras = scenes.path("sideways", 9, size=size)
    shown = scenes.video(scene, [cameras[0], cameras[-1]])
    return shown[0], shown[1]


def png(image: np.ndarray) -> bytes:
    """The image as PNG."""
    return cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()


def coded(image: np.ndarray) -> str:
    """The image as base64 PNG."""
    return base64.b64encode(png(image)).decode()


def uri(image: np.ndarray) -> str:
    """The image as data URI."""
    return "data:image/png;base64," + coded(image)


def shown(data: bytes) -> tuple[list[np.ndarray], Fraction]:
    """Frames and rate of a clip."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.mp4"
        path.write_bytes(data)
        clip = probe(path)
        pictures = [picture.rgb() for picture in decode(path, clip)]
    return pictures, Fraction(len(pictures)) / clip.duration


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """PSNR in dB of `a` and `b` scaled to `a`'s size."""
    sized = cv2.resize(b, (a.shape[1], a.shape[0]), interpolation=cv2.INTER_AREA)
    error = np.mean((a.astype(np.float64) - sized) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))
