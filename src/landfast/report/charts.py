"""Charts as inline SVG. Shapes stretch with the page, so all words stand beside them in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from landfast.model.outcome import Series
from landfast.report.numbers import UNKNOWN, limit, number

WIDTH = 1000
HEIGHT = 100


def _points(values: Sequence[float], top: float) -> list[tuple[float, float]]:
    step = WIDTH / max(1, len(values) - 1)
    return [(i * step, HEIGHT - HEIGHT * min(v, top) / top) for i, v in enumerate(values)]


def _runs(values: Sequence[float | None]) -> Iterable[tuple[int, list[float]]]:
    """Stretches without None, each with the index it starts at."""
    run: list[float] = []
    for index, value in enumerate([*values, None]):
        if value is not None:
            run.append(value)
        elif run:
            yield index - len(run), run
            run = []


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _svg(body: str, label: str, name: str) -> Markup:
    head = Markup(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
    ).format(name, WIDTH, HEIGHT, label)
    return head + Markup(body) + Markup("</svg>")


def _level(share: float, name: str) -> str:
    y = HEIGHT * (1 - share)
    return f'<line class="{name}" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'


def score_chart(
    scores: Sequence[float], bands: Iterable[tuple[float, float]], label: str
) -> Markup:
    """Evidence of a fault for each frame, 0 to 1 from the bottom, with the line at 0.5.

    Args:
        scores: One value a frame, 0 to 1.
        bands: Stretches to shade, as shares of the width.
        label: What the picture says, for those who cannot see it.
    """
    shaded = "".join(
        f'<rect class="band" x="{WIDTH * left:.1f}" width="{WIDTH * (right - left):.1f}" '
        f'y="0" height="{HEIGHT}"/>'
        for left, right in bands
    )
    points = _points(list(scores) * 2 if len(scores) == 1 else scores, 1.0)
    line = _path(points) if points else ""
    area = f'<path class="area" d="{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z"/>' if points else ""
    stroke = f'<path class="line" d="{line}"/>' if points else ""
    return _svg(shaded + area + _level(0.5, "limit") + stroke, label, "chart score")


def series_chart(values: Sequence[float | None], bound: float | None, label: str) -> Markup:
    """A quantity over the clip; a break in the line is a stretch that was not measured."""
    known = [value for value in values if value is not None]
    top = max([*known, bound or 0.0, 1e-9]) * 1.08
    step = WIDTH / max(1, len(values) - 1)
    lines = []
    for start, run in _runs(values):
        points = [
            ((start + i) * step, HEIGHT - HEIGHT * max(0.0, value) / top)
            for i, value in enumerate(run)
        ]
        lines.append(f'<path class="line" d="{_path(points)}"/>')
    level = _level(bound / top, "limit") if bound is not None else ""
    return _svg(level + "".join(lines), label, "chart series")


def extent(series: Series) -> str:
    """What the height of a series' chart means: from least to most, with unit and limit."""
    known = [value for value in series.values if value is not None]
    if not known:
        return UNKNOWN
    words = (
        f"{number(min(known), digits=2)} to {number(max(known), digits=2)} {series.unit}".rstrip()
    )
    return words if series.limit is None else f"{words}, limit {limit(series.limit)}"


def bullet(value: float, bound: float, state: str, label: str) -> Markup:
    """A measured value as a bar with a tick at its limit."""
    top = max(abs(value), abs(bound), 1e-12) * 1.25
    bar = f'<rect class="value" x="0" y="25" width="{WIDTH * abs(value) / top:.1f}" height="50"/>'
    x = WIDTH * abs(bound) / top
    tick = f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}"/>'
    return _svg(bar + tick, label, f"bullet {state}")
