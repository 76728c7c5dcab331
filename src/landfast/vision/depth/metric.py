"""Metres: the scale of a span from the path that the camera's own telemetry tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from landfast.media.telemetry.path import path_m
from landfast.model.arrays import Float64
from landfast.model.telemetry import Telemetry
from landfast.vision.depth.span import DepthSpan

_LEAST_FIXES: Final = 4
_LEAST_PATH_M: Final = 3.0
"""A receiver's jitter is about a metre."""
_WORST_FIT: Final = 0.05
"""Root mean square distance of the paths over their length."""

Path = Float64[np.ndarray, "point 3"]


class Similarity(NamedTuple):
    """`target = scale * R source + t`, and how far the two are apart."""

    scale: float
    R: Float64[np.ndarray, "3 3"]
    t: Float64[np.ndarray, " 3"]
    rms: float
    """Root mean square distance, in the target's unit."""


def similarity(source: Path, target: Path) -> Similarity:
    """The least-squares similarity of two paths (Umeyama, PAMI 1991)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    U, values, Vt = np.linalg.svd(b.T @ a)
    mirror = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(U @ Vt)))])
    R = U @ mirror @ Vt
    scale = float((values * np.diag(mirror)).sum() / max(float((a**2).sum()), 1e-300))
    rest = b - scale * a @ R.T
    t = target.mean(axis=0) - scale * R @ source.mean(axis=0)
    return Similarity(scale, R, t, float(np.sqrt((rest**2).sum(axis=1).mean())))


def in_metres(span: DepthSpan, telemetry: Telemetry | None) -> DepthSpan:
    """The span in metres where the telemetry's path fits the measured one, else as it is.

    At least four fixes over three metres within the span must agree with the camera's path to
    5 % of its length, root mean square, after the best similarity. Axes stay the first camera's.
    """
    if telemetry is None or span.state != "measured":
        return span
    times = np.array([float(pose.time) for pose in span.poses])
    fixes = np.array([float(fix.time) for fix in telemetry.fixes])
    within = (fixes >= times[0]) & (fixes <= times[-1]) if len(fixes) else np.zeros(0, bool)
    if within.sum() < _LEAST_FIXES:
        return span
    places = np.nan_to_num(path_m(telemetry)[within])
    length = float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())
    centres = np.array([pose.position for pose in span.poses])
    own = np.stack([np.interp(fixes[within], times, centres[:, k]) for k in range(3)], axis=1)
    fit = similarity(own, places)
    if length < _LEAST_PATH_M or fit.rms > _WORST_FIT * length:
        return span
    return _rescaled(span, fit, length)


def _rescaled(span: DepthSpan, fit: Similarity, length: float) -> DepthSpan:
    scale = fit.scale
    poses = tuple(
        pose.model_copy(update={"position": tuple(float(value) * scale for value in pose.position)})
        for pose in span.poses
    )
    return replace(
        span,
        poses=poses,
        inverse=tuple(plane / np.float32(scale) for plane in span.inverse),
        unit="metres",
        reason=f"{span.reason}; telemetry's {length:.1f} m fit to {fit.rms / length:.1%}",
    )
