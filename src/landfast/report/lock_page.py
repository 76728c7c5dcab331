"""The page of one lock: the overlay's path against the scene before and after, and its spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landfast.media.files import write_text
from landfast.model.lock import Lock
from landfast.model.verdict import Finding
from landfast.report.charts import curves, wander
from landfast.report.look import environment
from landfast.report.numbers import NBSP, UNKNOWN
from landfast.report.view import Image
from landfast.report.words import Fact

_LEAST_WAVE = 8
"""Frames."""
_BADGE = {"locked": "pass", "steady": "pass", "unknown": "unknown"}

Way = Sequence[tuple[float, float] | None]
"""A place for each frame, None where it was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockView:
    """A lock and what shows it."""

    name: str
    """The overlay's file name."""
    lock: Lock
    worst: Image | None = None
    """The frame with the greatest drift: left as it came, right as it is now."""
    film: str = ""
    """Name of the film before and after, beside the page."""


def write_lock(path: Path, view: LockView) -> Path:
    """Write the page; the same view gives the same bytes.

    Raises:
        InputError: It cannot be written.
    """
    write_text(path, render_lock(view))
    return path


def render_lock(view: LockView) -> str:
    """The page's HTML: a pure function of the view."""
    lock = view.lock
    ways = {
        "made": [frame.before_px for frame in lock.path],
        "keep": [frame.after_px for frame in lock.path],
    }
    reach = max([1.0, *(abs(at) for way in ways.values() for one in way if one for at in one)])
    waves = {look: spectrum(way) for look, way in ways.items()}
    highest = max([1e-6, *(one for wave in waves.values() for one in wave)])
    return (
        environment()
        .get_template("lock.html.j2")
        .render(
            view=view,
            tone=_BADGE[lock.state],
            headline=headline(lock),
            rows=facts(lock),
            reach=reach,
            across=curves(_along(ways, 0), -reach, reach, "Drift across, before and after"),
            # The picture's y points downwards.
            down=curves(_along(ways, 1), reach, -reach, "Drift down, before and after"),
            way=wander(ways, reach, "Path of the overlay against the scene"),
            highest=highest,
            spectrum=curves(waves, 0.0, highest, "Spectrum of the drift, before and after"),
        )
    )


def headline(lock: Lock) -> str:
    """The result in a sentence."""
    if lock.state == "locked":
        before, after = _px(lock.drift_before_px), _px(lock.drift_after_px)
        return f"The swim is out: {before} before, {after} after."
    if lock.state == "steady":
        drift = _px(lock.drift_before_px)
        return f"Nothing to do: the overlay drifts by {drift} and was left as it is."
    return "Not known: nothing was changed."


def facts(lock: Lock) -> list[Fact]:
    """The figures, with what they are worth in thousandths of the frame."""
    rows = [
        _found("Verified before", lock.finding_before),
        _found("Verified after", lock.finding_after),
        _drift("Drift before, RMS", lock.drift_before_px, lock),
        _drift("Drift after, RMS", lock.drift_after_px, lock),
        _drift("Drift before, most", lock.drift_before_max_px, lock),
        _drift("Drift after, most", lock.drift_after_max_px, lock),
        Fact("Furthest moved", _px(lock.changed_px)),
        Fact(
            "Follows", f"{lock.model}, {lock.hold}" if lock.model else "unknown", bool(lock.model)
        ),
        Fact("Error of one measurement", _px(lock.noise_px), lock.noise_px is not None),
        Fact("Left open by where it stands", _px(lock.loose_px)),
        _hidden(lock),
        Fact("Frames", f"{lock.frames}, {lock.time_map.rule}"),
        Fact("Frame", f"{lock.width} x {lock.height} at {lock.fps:.3f} fps"),
    ]
    sensor = (("Lens", lock.lens), ("Shutter", lock.shutter))
    rows += [Fact(name, ", ".join(one.said)) for name, one in sensor if one is not None]
    weighed = "; ".join(f"{name} {drift:.2f} px" for name, drift in lock.weighed.items())
    return [*rows, Fact("Drift against each layer", weighed or "none", bool(weighed))]


def _found(name: str, finding: Finding | None) -> Fact:
    if finding is None:
        return Fact(name, UNKNOWN, False)
    return Fact(name, f"{finding.state}: {finding.reason}", finding.state != "unknown")


def _hidden(lock: Lock) -> Fact:
    """How much of the overlay stands behind something nearer."""
    name = "Hidden by what is nearer"
    if lock.occluded is not None:
        return Fact(name, f"{lock.occluded:.0%} of the overlay")
    return Fact(name, lock.occlusion or "not looked for", False)


def _drift(name: str, value: float | None, lock: Lock) -> Fact:
    if value is None:
        return Fact(name, UNKNOWN, False)
    return Fact(name, f"{_px(value)} ({1000 * value / lock.width:.2f} thousandths of the width)")


def _px(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f}{NBSP}px"


def _along(ways: Mapping[str, Way], axis: int) -> dict[str, list[float | None]]:
    return {look: [None if one is None else one[axis] for one in way] for look, way in ways.items()}


def spectrum(way: Way) -> list[float]:
    """Amplitude in pixels from standing still to half the frame rate, both directions together.

    Hann window; empty where a frame was not measured.
    """
    if len(way) < _LEAST_WAVE or None in way:
        return []
    places = np.array(way, np.float64)
    window = np.hanning(len(way))[:, None]
    waves = np.abs(np.fft.rfft((places - places.mean(axis=0)) * window, axis=0))
    return [float(one) for one in np.hypot(*waves.T) * 2 / window.sum()]
