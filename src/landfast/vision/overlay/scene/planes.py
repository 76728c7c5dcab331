"""Motion of the scene around and under an overlay, every frame held against an anchor frame.

Points are followed from frame to frame only to know where to look; what counts is where the
ANCHOR's own pixels, brought into the frame's shape, are found in the frame. So errors do not add
up from frame to frame. A new anchor is taken only when too little of the old one is left, and is
tied to the old one in that frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, Float64, Int, UInt8
from landfast.vision.motion.pairs import carry, fit_homography, step
from landfast.vision.motion.tracks import follow
from landfast.vision.overlay.maps import Map, moved
from landfast.vision.overlay.scene.ground import bend
from landfast.vision.overlay.scene.near import Box, moves_along, near_box, scene_points, within
from landfast.vision.overlay.scene.sight import Layer, SceneFrame, Sight, unmoved
from landfast.vision.overlay.scene.turn import Turned, Turner

Gray = UInt8[np.ndarray, "height width"]

_LEAST_ALIVE = 0.45
_LEAST_NEAR = 0.4
_SCALES = (0.72, 1.4)
_OFF_GUESS_PX = 3.0
_LEAST_POINTS = 12
_LEAST_CLOSE = 8
_LEAST_PROVEN = 0.25
"""Share of the points near the overlay that must be more than noise."""


@dataclass(slots=True)
class _Anchor:
    """A frame that later ones are held against."""

    gray: Gray
    points: Float32[np.ndarray, "point 2"]
    box: Box
    base: dict[Layer, Sight]
    """From the first frame to this anchor."""
    proven: Bool[np.ndarray, " point"] | None = None
    """Which points went with their neighbours to the next frame; the loss of others is no wear.
    None where no motion has been told since."""


@dataclass(slots=True)
class Stretch:
    """Frames that were held against one anchor, and where its points were found in them."""

    first: int
    """The anchor's own frame."""
    points: Float32[np.ndarray, "point 2"]
    box: Box
    """Where the overlay lay in the anchor."""
    origin: Int[np.ndarray, " point"]
    """Which point of the stretch before each one is; -1 for new ones."""
    sights: list[Float32[np.ndarray, "point 2"]] = field(default_factory=list)
    """In each later frame; NaN where a point was not found."""


@dataclass(slots=True)
class SceneTracker:
    """Takes the frames of the footage in order, at working size."""

    focal_px: float | None = None
    """Focal length in working pixels where it is known."""
    is_covered: bool = False
    """The footage shows the overlay: what lies in its box is not the scene."""
    _anchor: _Anchor | None = None
    _before: Gray | None = None
    _now: Float32[np.ndarray, "point 2"] = field(default_factory=lambda: np.empty((0, 2), "f4"))
    _alive: Bool[np.ndarray, " point"] = field(default_factory=lambda: np.zeros(0, bool))
    _expected: Float64[np.ndarray, "3 3"] | None = None
    turner: Turner | None = None
    """Rotation, from the first frame on."""
    step: Map | None = None
    """From the frame before to the last one seen; None where not measured."""
    stretches: list[Stretch] = field(default_factory=list)
    """All that was followed."""
    _index: int = -1

    def see(self, gray: Gray, box: Box | None) -> SceneFrame | None:
        """The next frame; None where its motion could not be measured.

        Args:
            gray: Luma at working size.
            box: Where the overlay lies; None where it shows nothing, which keeps the last place.
        """
        self._index += 1
        if self.turner is None:
            self.turner = Turner((gray.shape[1], gray.shape[0]), focal_px=self.focal_px)
        before, self._before = self._before, gray
        if self._anchor is None or before is None:
            first = unmoved()
            self._begin(gray, box or _middle(gray), first.layers)
            return first
        self._follow(before, gray)
        if self.is_covered and box is not None:
            self._alive &= ~within(self._now, box)
        frame = self._measure(gray, box or self._anchor.box)
        if frame is not None and self._is_worn():
            self._begin(gray, box or self._anchor.box, frame.layers)
        return frame

    def _begin(self, gray: Gray, box: Box, base: dict[Layer, Sight]) -> None:
        handed = np.flatnonzero(self._alive)
        handed = handed[near_box(self._now[handed], box)]
        fresh = scene_points(gray, box)
        if self.is_covered:
            fresh = fresh[~within(fresh, box)]
        points = np.concatenate([self._now[handed], fresh])
        origin = np.concatenate([handed, np.full(len(fresh), -1)])
        self._anchor = _Anchor(gray, points, box, base)
        self._now, self._alive = points.copy(), np.ones(len(points), bool)
        self.stretches.append(Stretch(self._index, points, box, origin))
        assert self.turner is not None
        self.turner.anchor(gray, box if self.is_covered else None)

    def _follow(self, before: Gray, gray: Gray) -> None:
        """Where each living point went since the frame before."""
        self.step = None
        living = np.flatnonzero(self._alive)
        if len(living) == 0:
            return
        taken = step(before, gray, self._now[living], expected=self._expected)
        self._expected = None if taken.fit is None else taken.fit.homography
        self.step = self._expected
        followed = living[taken.followed.found]
        self._now[living] = taken.followed.points
        self._alive[:] = False
        self._alive[followed] = True

    def _measure(self, gray: Gray, box: Box) -> SceneFrame | None:
        anchor = self._anchor
        assert anchor is not None and self.turner is not None
        plane, keep = self._registered(anchor, gray)
        self.stretches[-1].sights.append(_where(self._now, keep))
        start, arrived = anchor.points[keep], self._now[keep]
        turned = self.turner.see(gray, start, arrived, box)
        if plane is None and turned is None:
            return None
        off = (
            np.zeros(0)
            if plane is None
            else np.linalg.norm(carry(plane, start) - arrived, axis=1).astype(np.float64)
        )
        bent = None if plane is None else bend(plane, start, arrived, anchor.box, box)
        nothing = Sight(None, float("inf"))
        own: dict[Layer, Sight] = {
            "plane": Sight(plane, _plane_error(start, off, box)),
            "ground": nothing if bent is None else Sight(bent.map, bent.noise_px),
            "turn": nothing if turned is None else Sight(turned.whole, turned.whole_error_px),
            "far": nothing if turned is None else Sight(turned.far, turned.far_error_px),
        }
        return SceneFrame(
            layers={layer: sight.after(anchor.base[layer]) for layer, sight in own.items()},
            points=len(start),
            near=0 if bent is None else bent.points,
            plane_px=float(np.median(off)) if len(off) else float("nan"),
            turn_px=float("nan") if turned is None else turned.misfit_px,
            bend_px=0.0 if bent is None else bent.bend_px,
            bend_error_px=float("inf") if bent is None else bent.error_px,
            is_far=self.turner.is_above(anchor.box),
            far_off_px=_far_off(turned, start, arrived, anchor.box),
        )

    def _registered(
        self, anchor: _Anchor, gray: Gray
    ) -> tuple[Float64[np.ndarray, "3 3"] | None, Bool[np.ndarray, " point"]]:
        """Homography from the anchor, and which points were found again from its own pixels."""
        living = np.flatnonzero(self._alive)
        fit = fit_homography(anchor.points[living], self._now[living], tolerance_px=2.0)
        nobody = np.zeros(len(self._alive), bool)
        if fit is None:
            return None, nobody
        size = gray.shape[1], gray.shape[0]
        shaped = cv2.warpPerspective(
            anchor.gray,
            fit.homography,
            size,
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        expected = carry(fit.homography, anchor.points[living])
        found = follow(shaped, gray, expected, guess=self._now[living], levels=1)
        near = np.linalg.norm(found.points - self._now[living], axis=1) < _OFF_GUESS_PX
        keep = found.found & near
        # A point found from the anchor replaces the one that frame after frame has handed on.
        self._now[living[keep]] = found.points[keep]
        self._alive[:] = False
        self._alive[living[keep]] = True
        if anchor.proven is None:
            anchor.proven = self._alive.copy()
            anchor.proven[living[keep]] = moves_along(expected[keep], found.points[keep])
        if keep.sum() < _LEAST_POINTS:
            return None, nobody
        sharp = fit_homography(anchor.points[self._alive], self._now[self._alive])
        return (None if sharp is None else sharp.homography), self._alive.copy()

    def _is_worn(self) -> bool:
        anchor = self._anchor
        assert anchor is not None
        proven = anchor.proven
        if (
            proven is None
            or proven.sum() < _LEAST_POINTS
            or self._alive[proven].mean() < _LEAST_ALIVE
        ):
            return True
        around = near_box(anchor.points, anchor.box)
        inside = proven & around
        fewest = max(_LEAST_CLOSE, _LEAST_PROVEN * around.sum())
        if inside.sum() >= fewest and self._alive[inside].mean() < _LEAST_NEAR:
            return True
        start, now = anchor.points[self._alive], self._now[self._alive]
        spread = float(np.linalg.norm(now - now.mean(axis=0), axis=1).mean())
        size = spread / max(1e-6, float(np.linalg.norm(start - start.mean(axis=0), axis=1).mean()))
        return not _SCALES[0] < size < _SCALES[1]


def _middle(gray: Gray) -> Box:
    height, width = gray.shape
    return 0.3 * width, 0.3 * height, 0.7 * width, 0.7 * height


def _where(
    points: Float32[np.ndarray, "point 2"], found: Bool[np.ndarray, " point"]
) -> Float32[np.ndarray, "point 2"]:
    return np.where(found[:, None], points, np.float32(np.nan))


def _plane_error(
    start: Float32[np.ndarray, "point 2"], off: Float64[np.ndarray, " point"], box: Box
) -> float:
    """What points this many, this exact and this far away leave open at the overlay's middle."""
    good = off < 3 * max(float(np.median(off)), 0.05) if len(off) else np.zeros(0, bool)
    if good.sum() < _LEAST_POINTS:
        return float("inf")
    middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    basis = np.column_stack([np.ones(good.sum()), (start[good] - middle) / 100.0])
    spread = np.linalg.inv(basis.T @ basis + 1e-6 * np.eye(3))
    return float(np.sqrt(spread[0, 0])) * max(float(np.sqrt(np.square(off[good]).mean())), 0.05)


def _far_off(
    turned: Turned | None,
    start: Float32[np.ndarray, "point 2"],
    arrived: Float32[np.ndarray, "point 2"],
    box: Box,
) -> float:
    close = near_box(start, box)
    if turned is None or turned.far is None or close.sum() < _LEAST_CLOSE:
        return float("nan")
    off = moved(turned.far, start[close]) - arrived[close]
    return float(np.median(np.linalg.norm(off, axis=1)))
