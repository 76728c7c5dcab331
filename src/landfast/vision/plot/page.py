"""analysis.png: one page on which a person sees what was measured, over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from landfast.media.stills import save_image
from landfast.model.arrays import Float64, UInt8
from landfast.model.clip import Clip
from landfast.model.measured import FoundAnchor, Shot, Unusable
from landfast.vision.analysis.onepass import Observations
from landfast.vision.plot.curves import TICKS, Panel, Timeline, anchor_panel, draw_panel, panels
from landfast.vision.plot.drawing import Ink, Page

WIDTH = 1240
_LEFT = 152
_RIGHT = 24
_TOP = 74
_LANE = 18
_INK: Ink = (38, 42, 48)
_FAINT: Ink = (122, 128, 136)
_PAPER: Ink = (255, 255, 255)
_SHOT: dict[str, Ink] = {
    "still": (112, 128, 144),
    "pan": (232, 160, 32),
    "travel": (36, 122, 160),
    "unknown": (190, 194, 200),
}
_FAULT: Ink = (200, 54, 48)
_ANCHOR: Ink = (34, 140, 76)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is laid over the measurements."""

    shots: Sequence[Shot]
    unusable: Sequence[Unusable] = ()
    anchors: Sequence[FoundAnchor] = ()
    parts: Mapping[str, Float64[np.ndarray, " frame"]] = field(default_factory=dict)
    """What speaks for each frame as an anchor, by name, from 0 to 1."""


def write_plot(path: Path, clip: Clip, seen: Observations, marks: Marks) -> None:
    """Draw the page and write it as PNG.

    Raises:
        InputError: The file cannot be written.
    """
    save_image(path, draw_plot(clip, seen, marks), content="drawing")


def draw_plot(clip: Clip, seen: Observations, marks: Marks) -> UInt8[np.ndarray, "height width 3"]:
    """The page: title, film strip, shots, faults, anchors, then one panel a measurement (RGB)."""
    curves = panels(seen.table, clip)
    if marks.parts:
        curves = (anchor_panel(seen.table.time_s, marks.parts), *curves)
    strip_height = _strip_height(seen)
    lanes = _TOP + strip_height + 10
    top = lanes + 2 * (_LANE + 8) + 20
    height = top + sum(panel.height + 24 for panel in curves) + 34
    page = Page.blank(WIDTH, height, ink=_PAPER)
    time = Timeline(_LEFT, WIDTH - _LEFT - _RIGHT, float(clip.duration))
    _title(page, clip, marks)
    _strip(page, seen, strip_height)
    _lanes(page, time, marks, lanes)
    bottom = _panels(page, time, curves, marks, top)
    if marks.parts:
        _chosen(page, time, marks, top, curves[0].height)
    _time_axis(page, time, bottom)
    return page.pixels


def _title(page: Page, clip: Clip, marks: Marks) -> None:
    page.text(clip.name, _LEFT, 32, _INK, size=20, weight=650)
    facts = (
        f"{clip.width} x {clip.height}   {float(clip.fps):.2f} frames/s   {clip.frames} frames   "
        f"{float(clip.duration):.2f} s   {clip.codec} {clip.bit_depth} bit"
    )
    page.text(facts, _LEFT, 54, _FAINT, size=12)
    x: float = WIDTH - _RIGHT
    for name, ink in reversed(list(_SHOT.items())):
        x -= page.width_of(name, size=11)
        page.text(name, x, 54, _FAINT, size=11)
        x -= 15
        page.box(x, 45, 10, 10, ink)
        x -= 14
    counts = (
        f"{_count(len(marks.shots), 'shot')}, {_count(len(marks.unusable), 'unusable span')}, "
        f"{_count(len(marks.anchors), 'anchor')}"
    )
    page.text(counts, WIDTH - _RIGHT, 32, _INK, size=12, align="right")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _strip_height(seen: Observations) -> int:
    """Height of the strip's pictures: their own shape, within reason."""
    if not seen.strip:
        return 8
    shape = seen.strip[0].image.shape
    slot = (WIDTH - _LEFT - _RIGHT) / len(seen.strip)
    tallest = 1.8 * slot
    return round(min(max(slot * float(shape[0] / shape[1]), 24.0), tallest))


def _strip(page: Page, seen: Observations, height: int) -> None:
    if not seen.strip:
        return
    slot = (WIDTH - _LEFT - _RIGHT) / len(seen.strip)
    for place, still in enumerate(seen.strip):
        page.image(still.image, _LEFT + place * slot, _TOP, slot - 1, height)


def _lanes(page: Page, time: Timeline, marks: Marks, y: float) -> None:
    """Shots, and below them what cannot be kept and where the anchors lie."""
    page.text("Shots", _LEFT - TICKS, y + 13, _INK, size=12, weight=600, align="right")
    for shot in marks.shots:
        x, width = time.across(float(shot.span.start), float(shot.span.stop))
        page.box(x, y, max(width - 1, 1), _LANE, _SHOT[shot.motion])
        words = f"{shot.motion}  {shot.confidence:.0%}"
        if page.width_of(words, size=11) < width - 8:
            page.text(words, x + 6, y + 13, _PAPER, size=11, weight=600)
    y += _LANE + 8
    page.text("Unusable", _LEFT - TICKS, y + 13, _FAULT, size=12, weight=600, align="right")
    page.box(_LEFT, y, time.width, _LANE, (244, 245, 247))
    for fault in marks.unusable:
        x, width = time.across(float(fault.span.start), float(fault.span.stop))
        page.box(x, y, max(width, 1.5), _LANE, _FAULT)
        if page.width_of(fault.fault, size=10) < width - 6:
            page.text(fault.fault, x + 4, y + 13, _PAPER, size=10, weight=600)
    for anchor in marks.anchors:
        page.diamond(time.at(float(anchor.time)), y + _LANE / 2, 6, _PAPER)
        page.diamond(time.at(float(anchor.time)), y + _LANE / 2, 5, _ANCHOR)
    if marks.anchors:
        x = _LEFT - TICKS - page.width_of("Anchors", size=11, weight=600)
        page.text("Anchors", x, y + 33, _ANCHOR, size=11, weight=600)
        page.diamond(x - 11, y + 29, 5, _ANCHOR)


def _panels(page: Page, time: Timeline, curves: Sequence[Panel], marks: Marks, top: float) -> float:
    """Draw the panels one under the other; returns where they end."""
    for panel in curves:
        for fault in marks.unusable:
            x, width = time.across(float(fault.span.start), float(fault.span.stop))
            page.box(x, top, max(width, 1), panel.height, (252, 226, 222))
        draw_panel(page, time, panel, top)
        for shot in marks.shots[1:]:
            x = time.at(float(shot.span.start))
            page.rule(x, top, x, top + panel.height, _INK, thickness=0.75)
        top += panel.height + 24
    return top - 24


def _chosen(page: Page, time: Timeline, marks: Marks, top: float, height: float) -> None:
    """Where the anchors lie among the curves that speak for them, each with its score."""
    for anchor in marks.anchors:
        x = time.at(float(anchor.time))
        page.rule(x, top, x, top + height, _ANCHOR, thickness=1.25)
        page.text(f"{anchor.score:.2f}", x + 3, top + height - 5, _ANCHOR, size=10, weight=600)


def _time_axis(page: Page, time: Timeline, y: float) -> None:
    for second in time.ticks():
        x = time.at(second)
        page.rule(x, y, x, y + 4, _FAINT)
        page.text(time.label(second), x, y + 17, _FAINT, size=10.5, align="centre")
    page.text("Time", _LEFT - TICKS, y + 17, _INK, size=12, weight=600, align="right")
