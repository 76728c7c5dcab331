"""What depth from motion gives: inverse depth of every frame of a span, in one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from landfast.model.arrays import Bool, Float32
from landfast.model.camera import CameraPath, Lens, Pose
from landfast.model.time import Span

State = Literal["measured", "no parallax", "unknown"]
Unit = Literal["arbitrary", "metres", "relative"]

Inverse = Float32[np.ndarray, "height width"]
Sky = Bool[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True)
class DepthSpan:
    """Depth of a span's frames, or the reason why there is none.

    Depth is along the optical axis (z of the camera). Where `state` is not "measured" every
    inverse depth is NaN, every confidence is 0 and there are no poses.
    """

    state: State
    reason: str
    """The evidence in a sentence."""
    times: tuple[Fraction, ...]
    """Of the frames, seconds of the clip."""
    lens: Lens | None
    """In pixels of the pictures that were given; None where no camera could be found."""
    poses: tuple[Pose, ...]
    """One a frame; the world's axes are those of the first frame's camera."""
    error_px: float | None
    """Median reprojection error of the points that the poses were measured from."""
    inverse: tuple[Inverse, ...]
    """Inverse depth a frame, one scale over the span; 0 infinitely far, NaN unknown."""
    confidence: tuple[Inverse, ...]
    """0 to 1 a pixel: how far views agree, and how well their parallax fixes the depth."""
    sky: tuple[Sky, ...]
    """Where the picture shows sky; its inverse depth is 0."""
    unit: Unit = "arbitrary"
    """Of depth and positions. "arbitrary": the median depth of the measured points is about 1.
    "relative": learned alone, in no known relation to the positions."""
    far: tuple[Sky, ...] = ()
    """Where the parallax does not tell how far something is, only that it is far: `inverse` is near
    enough to 0, its reciprocal may be several times off. Empty where nothing was measured."""

    def camera_path(self, clip_id: str, span: Span) -> CameraPath | None:
        """The poses as a document; None where none were measured, or depth does not go with them.

        Args:
            clip_id: Content id of the clip.
            span: The stretch of the clip that the frames are from.
        """
        if self.lens is None or not self.poses or self.unit == "relative":
            return None
        return CameraPath(
            clip=clip_id,
            span=span,
            lens=self.lens,
            unit=self.unit,
            poses=self.poses,
            error_px=self.error_px,
            reason=self.reason,
        )

    @property
    def range(self) -> tuple[float, float] | None:
        """1st and 99th percentile of the known inverse depths of all frames; None without any.

        The one normalisation for a whole control video. Every sixteenth pixel is looked at.
        """
        known = [each.ravel()[::16] for each in self.inverse]
        values = np.concatenate(known) if known else np.empty(0, np.float32)
        values = values[np.isfinite(values)]
        if not len(values):
            return None
        low, high = np.percentile(values, (1, 99))
        return float(low), float(high)


def nothing(
    state: Literal["no parallax", "unknown"],
    reason: str,
    times: Sequence[Fraction],
    sky: Sequence[Sky],
    *,
    lens: Lens | None = None,
) -> DepthSpan:
    """A span without depth, and why."""
    shapes = [each.shape for each in sky]
    return DepthSpan(
        state=state,
        reason=reason,
        times=tuple(times),
        lens=lens,
        poses=(),
        error_px=None,
        inverse=tuple(np.full(shape, np.nan, np.float32) for shape in shapes),
        confidence=tuple(np.zeros(shape, np.float32) for shape in shapes),
        sky=tuple(sky),
    )
