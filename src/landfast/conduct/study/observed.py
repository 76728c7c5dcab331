"""What is measured in a take besides its verdict: its camera, and whether it is the same again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from landfast.conduct.study.spread import sampled
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.arrays import UInt8
from landfast.model.record import Document
from landfast.model.study import Camera
from landfast.vision.motion.travel import Travel, travel

Gray = UInt8[np.ndarray, "height width"]

WIDTH = 480
"""Pixels at which takes are measured and compared."""
_PATH_POINTS = 21


class Observed(Document):
    """One take, measured once and kept."""

    digest: str
    """SHA-256 over the decoded luma of every frame."""
    camera: Camera | None


def observed(path: Path) -> Observed:
    """Decode a take once: the digest of its frames, and what its camera does.

    Raises:
        InputError: It cannot be decoded.
    """
    digest = hashlib.sha256()
    small: list[Gray] = []
    for picture in decode(path, probe(path)):
        digest.update(np.ascontiguousarray(picture.gray()).tobytes())
        small.append(picture.gray(WIDTH))
    return Observed(digest=digest.hexdigest(), camera=_camera(travel(small)))


def samples(path: Path) -> tuple[Gray, ...]:
    """The frames by which a take is compared with others.

    Raises:
        InputError: It cannot be decoded.
    """
    return sampled([picture.gray(WIDTH) for picture in decode(path, probe(path))])


def _camera(way: Travel | None) -> Camera | None:
    if way is None:
        return None
    rows = np.round(way.path, 4)
    last = len(rows) - 1
    count = min(_PATH_POINTS, len(rows))
    kept = [rows[round(k * last / (count - 1))] for k in range(count)]
    points = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in kept)
    zoom, roll, pan, tilt = points[-1]
    return Camera(zoom_pct=zoom, roll_deg=roll, pan_pct=pan, tilt_pct=tilt, path=points)
