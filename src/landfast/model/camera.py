"""Cameras: how the picture was taken, measured from the picture itself or told by the user."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from landfast.model.record import Document, Record
from landfast.model.time import Rational, Span

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
"""Unit quaternion (w, x, y, z)."""


_DIAGONAL_MM: Final = (36.0**2 + 24.0**2) ** 0.5


class Lens(Record):
    """A pinhole with one radial term, in pixels of a picture of `width` x `height`.

    Pixel (0, 0) is the centre of the top-left pixel, so the usual principal point is
    ((width - 1) / 2, (height - 1) / 2).
    """

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    focal_px: float = Field(gt=0)
    centre_x: float
    centre_y: float
    k1: float = 0.0
    """Radial distortion of normalised coordinates: r' = r (1 + k1 r^2)."""
    source: Literal["measured", "given", "assumed"]
    """`assumed`: the footage does not fix the focal length, a usual one was taken."""


class Focal(Record):
    """A focal length that the user tells, of the whole displayed picture of the footage."""

    value: float = Field(gt=0, allow_inf_nan=False)
    unit: Literal["px", "mm35"]
    """`mm35`: 35 mm equivalent, by the diagonal (43.27 mm; CIPA DCG-001)."""

    def lens(self, width: int, height: int) -> Lens:
        """The pinhole of a displayed picture of this size."""
        diagonal = (width**2 + height**2) ** 0.5
        focal = self.value if self.unit == "px" else self.value * diagonal / _DIAGONAL_MM
        return Lens(
            width=width,
            height=height,
            focal_px=focal,
            centre_x=(width - 1) / 2,
            centre_y=(height - 1) / 2,
            source="given",
        )


class Pose(Record):
    """Where the camera stood: camera axes are x right, y down, z into the picture."""

    time: Rational
    rotation: Quaternion
    """World to camera."""
    position: Vector
    """Camera centre in the world."""


class CameraPath(Document):
    """The camera over one span of a clip, in one frame of reference and one unit.

    The world's axes are those of the first pose's camera unless the span's telemetry gave others.
    """

    clip: str
    """Content id of the clip."""
    span: Span
    lens: Lens
    unit: Literal["arbitrary", "metres"]
    poses: tuple[Pose, ...]
    error_px: float | None
    """Median reprojection error of the structure it was measured from."""
    reason: str
    """The evidence in a sentence."""
