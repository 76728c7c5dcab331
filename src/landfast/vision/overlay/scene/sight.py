"""What one frame tells of the scene around an overlay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from landfast.vision.overlay.maps import Map, unit

Layer = Literal["plane", "ground", "turn", "far"]
"""The homography that most of the picture follows; the same, bent to what is around and under the
overlay; rotation of the camera with its focal length, over the whole picture; the same from what
lies at and above the horizon."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One layer in one frame."""

    map: Map | None
    """From the first frame's working pixels to this one's."""
    error_px: float
    """Standard error at the overlay's middle (of the ground: over its box), of the rotations in
    the worse direction; with those of all anchors."""

    def after(self, base: Sight) -> Sight:
        """The same from where the base begins."""
        error = float(np.hypot(self.error_px, base.error_px))
        if self.map is None or base.map is None:
            return Sight(None, error)
        return Sight(unit(self.map @ base.map), error)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFrame:
    """The scene in one frame."""

    layers: dict[Layer, Sight]
    points: int = 0
    """Points that follow the plane or the ground."""
    near: int = 0
    """Points near the overlay."""
    plane_px: float = 0.0
    """Median distance of points from the plane's homography."""
    turn_px: float = 0.0
    """Median distance of points from the rotation."""
    bend_px: float = 0.0
    """How far the ground under the overlay's middle departs from the plane."""
    bend_error_px: float = 0.0
    """Standard error of that."""
    is_far: bool = False
    """Whether the overlay lies on or above the horizon."""
    far_off_px: float = 0.0
    """Median distance of what is seen near the overlay from the far layer's motion; NaN where
    nothing is seen there."""

    @property
    def plane(self) -> Map | None:
        """How most of the picture moved."""
        return self.layers["plane"].map


def unmoved() -> SceneFrame:
    """The first frame, in which all is as it is."""
    still = Sight(np.eye(3), 0.0)
    return SceneFrame(layers={"plane": still, "ground": still, "turn": still, "far": still})
