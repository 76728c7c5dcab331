"""The page of one lock: the overlay's path against the scene before and after, and its spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from landfast.media.files import write_text
from landfast.model.arrays import Float64
from landfast.model.lock import Lock, LockFrame
from landfast.model.verdict import Finding
from landfast.report.look import environment
from landfast.report.view import Image
from landfast.report.words import FINDING, Fact

_WIDE, _HIGH = 1000.0, 200.0
_SQUARE = 400.0
_BADGE = {"locked": "pass", "steady": "pass", "unknown": "unknown"}

Way = Float64[np.ndarray, "frame 2"]


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
    before, after = _way(view.lock.path, "before_px"), _way(view.lock.path, "after_px")
    return (
        environment()
        .get_template("lock.html.j2")
        .render(
            view=view,
            tone=_BADGE[view.lock.state],
            headline=headline(view.lock),
            rows=facts(view.lock),
            across=timeline(before[:, 0], after[:, 0], "Drift across"),
            down=timeline(before[:, 1], after[:, 1], "Drift down"),
            reach=_reach(before, after),
            way=path_chart(before, after),
            spectrum=spectrum_chart(before, after, view.lock.fps),
            band=view.lock.fps / 2,
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
    before, after = lock.thousandths
    rows = [
        _found("Verified before", lock.finding_before),
        _found("Verified after", lock.finding_after),
        _fact("Drift before, RMS", lock.drift_before_px, before),
        _fact("Drift after, RMS", lock.drift_after_px, after),
        _fact(
            "Drift before, most", lock.drift_before_max_px, _share(lock.drift_before_max_px, lock)
        ),
        _fact("Drift after, most", lock.drift_after_max_px, _share(lock.drift_after_max_px, lock)),
        Fact("Furthest moved", f"{lock.changed_px:.2f} px"),
        Fact(
            "Follows", f"{lock.model}, {lock.hold}" if lock.model else "unknown", bool(lock.model)
        ),
        Fact("Error of one measurement", _px(lock.noise_px), lock.noise_px is not None),
        Fact("Open, as where it stands is not known", _px(lock.loose_px)),
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
        return Fact(name, "not measured", False)
    return Fact(name, f"{FINDING[finding.state]}: {finding.reason}", finding.state != "unknown")


def _hidden(lock: Lock) -> Fact:
    """How much of the overlay stands behind something nearer."""
    name = "Hidden by what is nearer"
    if lock.occluded is not None:
        return Fact(name, f"{lock.occluded:.0%} of the overlay")
    return Fact(name, lock.occlusion or "not looked for: nothing nearer moves over it", False)


def _fact(name: str, value: float | None, share: float | None) -> Fact:
    if value is None or share is None:
        return Fact(name, "not measured", False)
    return Fact(name, f"{value:.2f} px ({share:.2f} thousandths of the width)")


def _share(value: float | None, lock: Lock) -> float | None:
    return None if value is None else 1000 * value / lock.width


def _px(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.2f}\N{NO-BREAK SPACE}px"


def _way(frames: Sequence[LockFrame], name: str) -> Way:
    """A path with NaN where it was not measured."""
    nothing = (float("nan"), float("nan"))
    rows = [getattr(frame, name) or nothing for frame in frames]
    return np.array(rows, np.float64).reshape(-1, 2)


def _reach(*ways: Way) -> float:
    """The widest departure, at least a pixel."""
    known = np.concatenate([way[~np.isnan(way)] for way in ways])
    return max(1.0, float(np.abs(known).max())) if len(known) else 1.0


def timeline(
    before: Float64[np.ndarray, " frame"], after: Float64[np.ndarray, " frame"], label: str
) -> Markup:
    """Both over time, zero in the middle, one scale."""
    top = _reach(np.stack([before, before], axis=1), np.stack([after, after], axis=1)) * 1.05
    x = np.linspace(0, _WIDE, max(2, len(before)))[: len(before)]
    middle = _HIGH / 2
    zero = f'<path d="M0 {middle}H{_WIDE:.0f}" style="stroke:var(--line)"/>'
    lines = "".join(
        _line(x, _HIGH / 2 * (1 + values / top), tone)
        for values, tone in ((before, "made"), (after, "keep"))
    )
    return _svg(zero + lines, f"{label}, before and after, pixels", _WIDE, _HIGH, stretch=True)


def path_chart(before: Way, after: Way) -> Markup:
    """Where the overlay's middle wandered, seen from the scene."""
    top = _reach(before, after) * 1.08
    lines = "".join(
        _line(_SQUARE / 2 * (1 + way[:, 0] / top), _SQUARE / 2 * (1 + way[:, 1] / top), tone)
        for way, tone in ((before, "made"), (after, "keep"))
    )
    cross = f"M0 {_SQUARE / 2}H{_SQUARE}M{_SQUARE / 2} 0V{_SQUARE}"
    axes = f'<path d="{cross}" style="stroke:var(--line)"/>'
    return _svg(axes + lines, "Path of the overlay against the scene", _SQUARE, _SQUARE)


def spectrum_chart(before: Way, after: Way, fps: float) -> Markup:
    """Amplitude of the drift over frequency, up to half the frame rate, on one scale."""
    waves = [spectrum(way) for way in (before, after)]
    top = max([float(wave.max()) for wave in waves if len(wave)] + [1e-6]) * 1.05
    lines = "".join(
        _line(np.linspace(0, _WIDE, len(wave)), _HIGH * (1 - wave / top), tone)
        for wave, tone in zip(waves, ("made", "keep"), strict=True)
        if len(wave) > 1
    )
    return _svg(lines, f"Spectrum of the drift, 0 to {fps / 2:.1f} Hz", _WIDE, _HIGH, stretch=True)


def spectrum(way: Way) -> Float64[np.ndarray, " frequency"]:
    """Amplitude in pixels at each frequency (Hann window), both directions together."""
    if len(way) < 8 or np.isnan(way).any():
        return np.zeros(0)
    window = np.hanning(len(way))[:, None]
    waves = np.abs(np.fft.rfft((way - way.mean(axis=0)) * window, axis=0))
    return np.asarray(np.hypot(*waves.T) * 2 / window.sum())


def _line(x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], tone: str) -> str:
    """A polyline with breaks where it was not measured."""
    steps, pen = [], "M"
    for across, down in zip(x.tolist(), y.tolist(), strict=True):
        if down != down or across != across:
            pen = "M"
            continue
        steps.append(f"{pen}{across:.1f} {down:.1f}")
        pen = "L"
    return (
        f'<path class="line" d="{"".join(steps)}" style="stroke:var(--{tone})"/>' if steps else ""
    )


def _svg(body: str, label: str, width: float, height: float, *, stretch: bool = False) -> Markup:
    keep = ' preserveAspectRatio="none"' if stretch else ""
    head = Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" style="height:{}"'
    ).format(round(width), round(height), label, "8rem" if stretch else "auto")
    return head + Markup(f"{keep}>{body}</svg>")
