"""The overlay's own motion, in its own pixels: corners and outlines, held against an anchor."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from landfast.model.arrays import Bool, Float32, UInt8
from landfast.vision.motion.pairs import fit_homography, relit
from landfast.vision.motion.tracks import follow
from landfast.vision.overlay.drawing.whole import SMALL_PX, laid_over
from landfast.vision.overlay.maps import Map, fit_similarity, inverse, moved, unit

Gray = UInt8[np.ndarray, "height width"]

_MOST_POINTS = 120
_QUALITY = 0.02
_SPACING = 5
_BORDER = 12
"""Clear pixels around the overlay's box, so that its outline has two sides."""
_EDGE = 9
"""Points this near the frame's edge may belong to a cut outline."""
_LEAST_POINTS = 6
_LEAST_ALIVE = 0.5
_SCALES = (0.66, 1.5)
_WINDOW_LEVELS = 2
_CLEARER = 1.5
"""An overlay that fades in is held against a frame in which it can be seen."""

_ALIKE, _SAME = 0.9, 0.97
"""Correlation from which on two frames show the same where corners are too few, and where there are
some: parts that are animated would pull at the whole."""
_LEAST_SIDE = 2
_ENTERED = 1.3
"""Times as much of it that has to be seen of an overlay that comes in through the frame's edge."""


@dataclass(frozen=True, slots=True)
class OverlayView:
    """One frame of an overlay as it is measured: grey values and alpha in one picture."""

    gray: Gray
    """Half its light, half its alpha; clear is black."""
    left: int
    """Place of the picture's first pixel in the frame, pixels of the frame as measured."""
    top: int
    width: int
    """Of the whole frame."""
    height: int


@dataclass(frozen=True, slots=True)
class OverlayFrame:
    """Points of the overlay in one frame and in the anchor frame they were found in."""

    anchor: int
    """Index of the anchor frame."""
    start: Float32[np.ndarray, "point 2"]
    arrived: Float32[np.ndarray, "point 2"]
    strength: float = 1.0
    """Of its brightest, most opaque pixel, 0..1: what is fading cannot be placed exactly."""


def carried(frame: OverlayFrame, there: Map) -> OverlayFrame:
    """The same points in other pixels."""
    start, arrived = (
        moved(there, points).astype(np.float32) for points in (frame.start, frame.arrived)
    )
    return OverlayFrame(frame.anchor, start, arrived, frame.strength)


@dataclass(slots=True)
class OverlayTracker:
    """Takes the overlay's frames in order."""

    _index: int = -1
    _anchor: OverlayView | None = None
    _anchor_index: int = -1
    _points: Float32[np.ndarray, "point 2"] = field(default_factory=lambda: np.empty((0, 2), "f4"))
    _map: Map | None = None
    """From the anchor to the last frame."""

    def see(self, view: OverlayView | None, step: Map | None) -> OverlayFrame | None:
        """The next frame; None where the overlay shows nothing that can be followed.

        Args:
            view: The overlay; None where it is clear.
            step: How the scene moved since the frame before, as a first guess.
        """
        self._index += 1
        if view is None:
            if self._map is not None and step is not None:
                self._map = unit(step @ self._map)
            return None
        if self._anchor is None:
            return self._begin(view)
        found = self._found(view, step)
        if found is None:
            return self._begin(view, again=True)
        frame, alive, size = found
        is_clearer = _strength(view) > _CLEARER * _strength(self._anchor)
        has_entered = is_cut(self._anchor) and _area(view) > _ENTERED * _area(self._anchor)
        if alive < _LEAST_ALIVE or is_clearer or has_entered or not _SCALES[0] < size < _SCALES[1]:
            self._take(view)
        return frame

    def _begin(self, view: OverlayView, *, again: bool = False) -> OverlayFrame | None:
        self._take(view)
        if again:
            return None
        if len(self._points) >= _LEAST_POINTS:
            return OverlayFrame(self._index, self._points, self._points, _strength(view))
        has_pixels = min(view.gray.shape) >= 2 * _BORDER + _LEAST_SIDE
        return self._start(view) if has_pixels and not is_cut(view) else None

    def _start(self, view: OverlayView) -> OverlayFrame:
        """Where what is followed as a whole begins."""
        points = _grid(view)
        return OverlayFrame(self._index, points, points, _strength(view))

    def _take(self, view: OverlayView) -> None:
        self._anchor, self._anchor_index = view, self._index
        self._points = overlay_points(view)
        self._map = np.eye(3)

    def _found(
        self, view: OverlayView, step: Map | None
    ) -> tuple[OverlayFrame, float, float] | None:
        """Where the anchor's points are now, the share of them, and how much larger they lie."""
        if self._map is None:
            return None
        guesses = [self._map] if step is None else [unit(step @ self._map), self._map]
        has_corners = len(self._points) >= _LEAST_POINTS
        if is_small(view) or not has_corners:
            whole = self._laid_over(view, guesses, _SAME if has_corners else _ALIKE)
            if whole is not None or not has_corners:
                return whole
        for guess in guesses:
            keep, arrived = self._followed(view, guess)
            fit = _fitted(self._points[keep], arrived[keep])
            if fit is None:
                continue
            self._map, follows = fit
            chosen = np.flatnonzero(keep)[follows]
            frame = OverlayFrame(
                self._anchor_index, self._points[chosen], arrived[chosen], _strength(view)
            )
            return frame, len(chosen) / len(self._points), _size(frame)
        return None

    def _laid_over(
        self, view: OverlayView, guesses: list[Map], least: float
    ) -> tuple[OverlayFrame, float, float] | None:
        """The same for what has no corners to follow, or hardly any pixels: as a whole."""
        anchor = self._anchor
        assert anchor is not None
        if is_cut(anchor) or is_cut(view):
            return None
        for guess in guesses:
            shaped = self._shaped(view, guess)
            by = laid_over(shaped, view.gray, border=_BORDER, least=least)
            if by is None:
                continue
            here = _shifted(view.left, view.top)
            self._map = unit(here @ by @ inverse(here) @ guess)
            start = _grid(anchor)
            arrived = moved(self._map, start).astype(np.float32)
            frame = OverlayFrame(self._anchor_index, start, arrived, _strength(view))
            return frame, 1.0, _size(frame)
        return None

    def _shaped(self, view: OverlayView, guess: Map) -> Gray:
        """The anchor at the place where it is expected, in the view's light."""
        anchor = self._anchor
        assert anchor is not None
        into = _shifted(-view.left, -view.top) @ guess @ _shifted(anchor.left, anchor.top)
        size = view.gray.shape[1], view.gray.shape[0]
        shaped = cv2.warpPerspective(anchor.gray, into, size, flags=cv2.INTER_CUBIC)
        return relit(shaped, view.gray)

    def _followed(
        self, view: OverlayView, guess: Map
    ) -> tuple[Bool[np.ndarray, " point"], Float32[np.ndarray, "point 2"]]:
        corner = np.array([view.left, view.top], np.float32)
        shaped = self._shaped(view, guess)
        expected = (moved(guess, self._points) - corner).astype(np.float32)
        found = follow(shaped, view.gray, expected, guess=expected, levels=_WINDOW_LEVELS)
        arrived = found.points + corner
        return np.asarray(found.found & ~_at_edge(arrived, view)), arrived


def view_of(gray: Gray, *, left: int, top: int, width: int, height: int) -> OverlayView:
    """The overlay's box with clear pixels around it."""
    framed = cv2.copyMakeBorder(gray, *(_BORDER,) * 4, cv2.BORDER_CONSTANT, value=0)
    return OverlayView(np.asarray(framed), left - _BORDER, top - _BORDER, width, height)


def _grid(view: OverlayView) -> Float32[np.ndarray, "point 2"]:
    """Points over the overlay's box, which say how it moved as a whole."""
    rows, columns = view.gray.shape
    x = view.left + np.linspace(_BORDER, columns - _BORDER - 1, 4)
    y = view.top + np.linspace(_BORDER, rows - _BORDER - 1, 3)
    return np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2).astype(np.float32)


def is_small(view: OverlayView) -> bool:
    """Whether the overlay is better followed as a whole than by its corners."""
    return bool(min(view.gray.shape) - 2 * _BORDER < SMALL_PX)


def is_cut(view: OverlayView) -> bool:
    """Whether the overlay touches the frame's edge, and may go on beyond it."""
    right, bottom = view.left + view.gray.shape[1], view.top + view.gray.shape[0]
    return (
        view.left + _BORDER <= 0
        or view.top + _BORDER <= 0
        or right - _BORDER >= view.width
        or bottom - _BORDER >= view.height
    )


def _area(view: OverlayView) -> int:
    return int(view.gray.size)


def overlay_points(view: OverlayView) -> Float32[np.ndarray, "point 2"]:
    """Corners of the overlay's drawing and outline, in pixels of the frame."""
    if min(view.gray.shape) < 2 * _BORDER:
        return np.empty((0, 2), np.float32)
    found = cv2.goodFeaturesToTrack(view.gray, _MOST_POINTS, _QUALITY, _SPACING, blockSize=5)
    if found is None:
        return np.empty((0, 2), np.float32)
    points = found.reshape(-1, 2) + np.array([view.left, view.top], np.float32)
    return np.asarray(points[~_at_edge(points, view)])


def _at_edge(
    points: Float32[np.ndarray, "point 2"], view: OverlayView
) -> Bool[np.ndarray, " point"]:
    most = np.array([view.width, view.height]) - 1 - _EDGE
    return np.asarray(((points < _EDGE) | (points > most)).any(axis=1))


def _fitted(
    start: Float32[np.ndarray, "point 2"], arrived: Float32[np.ndarray, "point 2"]
) -> tuple[Map, Bool[np.ndarray, " point"]] | None:
    if len(start) < _LEAST_POINTS:
        return None
    fit = fit_homography(start, arrived, tolerance_px=1.5) if len(start) >= 16 else None
    if fit is not None and fit.inliers.mean() > 0.5:
        return fit.homography, fit.inliers
    alike = fit_similarity(start.astype(np.float64), arrived.astype(np.float64), finest_px=0.1)
    if alike is None or alike[1].sum() < _LEAST_POINTS:
        return None
    return alike[0], alike[1]


def _strength(view: OverlayView) -> float:
    return float(view.gray.max()) / 255


def _size(frame: OverlayFrame) -> float:
    start, arrived = frame.start, frame.arrived
    before = float(np.linalg.norm(start - start.mean(axis=0), axis=1).mean())
    return float(np.linalg.norm(arrived - arrived.mean(axis=0), axis=1).mean()) / max(before, 1e-6)


def _shifted(x: float, y: float) -> Map:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
