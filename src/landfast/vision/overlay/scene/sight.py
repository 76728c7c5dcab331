"""What one frame tells of the scene around an overlay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landfast.vision.overlay.maps import Map


@dataclass(frozen=True, slots=True)
class SceneFrame:
    """The scene in one frame: maps from the first frame's working pixels to this one's."""

    plane: Map | None
    """The homography that most of the picture follows."""
    ground: Map | None
    """The same, bent to what is around and under the overlay."""
    turn: Map | None
    """Rotation of the camera with its focal length, over the whole picture."""
    far: Map | None
    """The same from what lies at and above the horizon."""
    points: int
    """Points that follow the plane or the ground."""
    near: int
    """Points near the overlay."""
    plane_px: float
    """Median distance of points from the plane's homography."""
    turn_px: float
    """Median distance of points from the rotation."""
    bend_px: float
    """How far the ground under the overlay's middle departs from the plane."""
    bend_error_px: float
    """Standard error of that."""
    plane_error_px: float
    """Standard error of the plane's place at the overlay's middle, with those of all anchors."""
    noise_px: float
    """Standard error of the ground's place over the overlay's box."""
    turn_error_px: float
    """Standard error of the rotation at the overlay's middle, its worse direction."""
    far_error_px: float
    """The same of the far layer."""
    is_far: bool
    """Whether the overlay lies on or above the horizon."""
    far_off_px: float = 0.0
    """Median distance of what is seen near the overlay from the far layer's motion; NaN where
    nothing is seen there."""


def unmoved() -> SceneFrame:
    """The first frame, in which all is as it is."""
    same = np.eye(3)
    return SceneFrame(
        same, same, same, same, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, is_far=False
    )
