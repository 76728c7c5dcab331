"""Panels of curves over time, for the page of an analysis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from landfast.model.arrays import Float64
from landfast.model.clip import Clip
from landfast.vision.analysis.table import FrameTable
from landfast.vision.plot.drawing import SCALE, Ink, Page
from landfast.vision.statistics.windows import runs

_INK: Ink = (38, 42, 48)
_FAINT: Ink = (122, 128, 136)
_GRID: Ink = (226, 229, 233)
_BLUE: Ink = (32, 102, 168)
_ORANGE: Ink = (222, 122, 26)
_GREEN: Ink = (38, 140, 88)
_PURPLE: Ink = (126, 78, 166)
_GREY: Ink = (150, 156, 164)

TICKS = 42
"""Room for the numbers of a scale, left of the curves."""

Values = Float64[np.ndarray, "frame"]


@dataclass(frozen=True, slots=True)
class Curve:
    """One measurement over the frames."""

    name: str
    values: Values
    ink: Ink
    band: tuple[Values, Values] | None = None
    """Lower and upper edge of a band drawn behind the line."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves on one scale."""

    title: str
    unit: str
    times: Values
    curves: tuple[Curve, ...]
    low: float
    high: float
    silence: str
    """Words for a panel in which nothing was measured."""
    height: int = 84


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where a time lies across the page, logical pixels."""

    left: float
    width: float
    duration_s: float

    def at(self, seconds: float) -> float:
        """x of a time."""
        return self.left + self.width * seconds / self.duration_s

    def across(self, start: float, stop: float) -> tuple[float, float]:
        """x and width of a span."""
        return self.at(start), self.at(stop) - self.at(start)

    def ticks(self) -> Iterator[float]:
        """Round times, about ten of them."""
        step = round_step(self.duration_s / 10, bases=(1, 2, 5) if self.duration_s < 60 else (1, 3))
        count = math.floor(self.duration_s / step + 1e-9)
        return (step * number for number in range(count + 1))

    def label(self, seconds: float) -> str:
        """A time as seconds, or minutes and seconds in long clips."""
        if self.duration_s >= 120:
            return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
        return f"{seconds:g} s"


def round_step(least: float, *, bases: tuple[int, ...] = (1, 2, 5)) -> float:
    """The smallest round number that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(max(least, 1e-9)))
    return next(
        base * power * factor
        for factor in (1, 10, 100)
        for base in bases
        if base * power * factor >= least * (1 - 1e-9)
    )


def panels(table: FrameTable, clip: Clip) -> tuple[Panel, ...]:
    """Sharpness, exposure, motion, shake, horizon."""
    get = {name: np.asarray(getattr(table, name), np.float64) for name in _DRAWN}
    return (*_picture_panels(get), *_motion_panels(get, clip), *_horizon_panels(get))


def _picture_panels(get: dict[str, Values]) -> tuple[Panel, ...]:
    sharp = Curve("relative to the shot", get["sharpness_relative"], _BLUE)
    band = get["luma_p01"], get["luma_p99"]
    light = Curve("mean (band: 1st to 99th percentile)", get["luma_mean"], _INK, band)
    time, dull = get["time_s"], "too little texture to judge"
    return (
        _panel("Sharpness", "share of usual", time, dull, [sharp], low=0.0, least_high=1.25),
        _panel("Exposure", "luma, 0-255", time, "", [light], low=0.0, least_high=255.0),
    )


def _motion_panels(get: dict[str, Values], clip: Clip) -> tuple[Panel, ...]:
    motion = Curve("median motion", get["motion_px"], _BLUE)
    depth = Curve("parallax", get["parallax_px"], _ORANGE)
    shake = Curve("off the smooth path", get["shake_px"], _PURPLE)
    time, lost = get["time_s"], "motion could not be measured"
    least = clip.width / 800
    return (
        _panel("Motion", "px / frame", time, lost, [motion, depth], low=0.0, least_high=1.0),
        _panel("Shake", "px", time, lost, [shake], low=0.0, least_high=least),
    )


def _horizon_panels(get: dict[str, Values]) -> tuple[Panel, ...]:
    height = Curve("height at the centre", get["horizon_height"] * 100, _GREEN)
    roll = Curve("right end lower is positive", get["horizon_angle_deg"], _ORANGE)
    time, none = get["time_s"], "no horizon in sight"
    return (
        _panel("Horizon height", "% from top", time, none, [height], least_span=6.0, height=64),
        _panel("Horizon roll", "degrees", time, none, [roll], least_span=3.0, height=64),
    )


def anchor_panel(times: Values, parts: Mapping[str, Values]) -> Panel:
    """What speaks for each frame as an anchor, by name, from 0 to 1."""
    inks = (_BLUE, _GREEN, _PURPLE, _ORANGE)
    curves = [Curve(name, parts[name], ink) for name, ink in zip(parts, inks, strict=False)]
    return _panel("Anchors", "score", times, "nothing to hold on to", curves, low=0.0, least_high=1)


_DRAWN = (
    "time_s",
    "sharpness_relative",
    "luma_mean",
    "luma_p01",
    "luma_p99",
    "motion_px",
    "parallax_px",
    "shake_px",
    "horizon_height",
    "horizon_angle_deg",
)


def _panel(
    title: str,
    unit: str,
    times: Values,
    silence: str,
    curves: list[Curve],
    *,
    low: float | None = None,
    least_high: float = -math.inf,
    least_span: float = 0.0,
    height: int = 84,
) -> Panel:
    """A panel whose scale holds the curves but for the rarest peaks."""
    known = np.concatenate([curve.values[~np.isnan(curve.values)] for curve in curves])
    if known.size == 0:
        return Panel(title, unit, times, tuple(curves), 0.0, 1.0, silence, height)
    top = max(float(np.quantile(known, 0.998)) * (1.06 if low == 0 else 1), least_high)
    bottom = float(known.min()) if low is None else low
    if low is None:
        middle, span = (top + bottom) / 2, max(1.2 * (top - bottom), least_span)
        bottom, top = middle - span / 2, middle + span / 2
    return Panel(title, unit, times, tuple(curves), bottom, top, silence, height)


def draw_panel(page: Page, time: Timeline, panel: Panel, top: float) -> None:
    """Frame, scale, legend and curves of a panel whose upper edge is at `top`."""
    page.text(panel.title, time.left - TICKS, top + 12, _INK, size=12, weight=600, align="right")
    page.text(panel.unit, time.left - TICKS, top + 26, _FAINT, size=10, align="right")
    empty = all(np.isnan(curve.values).all() for curve in panel.curves)
    if not empty:
        _scale(page, time, panel, top)
    for curve in panel.curves:
        _draw_curve(page, time, panel, curve, top)
    page.rule(time.left, top + panel.height, time.left + time.width, top + panel.height, _GREY)
    if empty:
        page.text(panel.silence, time.left + 8, top + panel.height / 2 + 4, _FAINT)
        return
    _legend(page, time, panel, top)


def _legend(page: Page, time: Timeline, panel: Panel, top: float) -> None:
    x = time.left + time.width
    for curve in reversed(panel.curves):
        x -= page.width_of(curve.name, size=10.5)
        page.text(curve.name, x, top - 5, _FAINT, size=10.5)
        page.rule(x - 20, top - 9, x - 5, top - 9, curve.ink, thickness=1.5)
        x -= 34


def _scale(page: Page, time: Timeline, panel: Panel, top: float) -> None:
    step = round_step((panel.high - panel.low) / 3.5)
    first = math.ceil(panel.low / step - 1e-9)
    for number in range(first, math.floor(panel.high / step + 1e-9) + 1):
        y = _height_of(number * step, panel, top)
        page.rule(time.left, y, time.left + time.width, y, _GRID)
        page.text(f"{number * step:.10g}", time.left - 8, y + 3.5, _FAINT, size=9.5, align="right")


def _height_of(value: float, panel: Panel, top: float) -> float:
    share = (value - panel.low) / (panel.high - panel.low)
    return top + panel.height * (1 - min(max(share, 0.0), 1.0))


def _draw_curve(page: Page, time: Timeline, panel: Panel, curve: Curve, top: float) -> None:
    """A line through what was measured, broken where nothing was."""
    x = time.left + time.width * panel.times / time.duration_s
    if curve.band is not None:
        _draw_band(page, x, panel, curve.band, top)
    span = panel.high - panel.low
    share = np.clip((curve.values - panel.low) / span, 0, 1)
    points = np.stack([x, top + panel.height * (1 - share)], axis=1)
    for start, stop in runs(~np.isnan(curve.values)):
        part = points[start:stop]
        if len(part) == 1:
            part = np.concatenate([part, part + np.array([1.0, 0.0])])
        page.line(_thinned(part), curve.ink, thickness=1.0)


def _thinned(points: Float64[np.ndarray, "point 2"]) -> Float64[np.ndarray, "point 2"]:
    """At most two points a real pixel across: the lowest and the highest there."""
    cell = np.floor(points[:, 0] * SCALE)
    if len(points) < 4 or len(np.unique(cell)) > len(points) / 3:
        return points
    starts = np.flatnonzero(np.diff(cell, prepend=cell[0] - 1))
    low = np.minimum.reduceat(points[:, 1], starts)
    high = np.maximum.reduceat(points[:, 1], starts)
    x = points[starts, 0]
    return np.stack([np.repeat(x, 2), np.stack([low, high], axis=1).ravel()], axis=1)


def _draw_band(
    page: Page, x: Values, panel: Panel, band: tuple[Values, Values], top: float
) -> None:
    """The space between two curves, one thin box a frame."""
    right = np.append(x[1:], x[-1] + (x[-1] - x[-2] if len(x) > 1 else 4))
    last = -1.0
    for k in range(len(x)):
        if np.isnan(band[0][k]) or right[k] - last < 1 / SCALE:
            continue
        upper, lower = (_height_of(band[side][k], panel, top) for side in (1, 0))
        page.box(max(x[k], last), upper, right[k] - max(x[k], last), lower - upper, (222, 230, 238))
        last = right[k]
