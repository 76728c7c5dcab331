"""Videos that clients submit, decoded."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from landfast.errors import LandfastError
from landfast.media.decode import decode
from landfast.media.probe import probe
from loopback.exchange import Refusal


def frames_of(data: bytes) -> tuple[list[np.ndarray], Fraction]:
    """Every frame (RGB) and the rate; `Refusal` where the data are no video."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.mp4"
        path.write_bytes(data)
        try:
            clip = probe(path)
            pictures = [picture.rgb() for picture in decode(path, clip)]
        except LandfastError as error:
            raise Refusal(400, f"input is not a readable video: {error}") from error
    return pictures, Fraction(len(pictures)) / clip.duration
