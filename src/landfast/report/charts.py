"""Charts as inline SVG. Shapes stretch with the page, so all words stand beside them in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from landfast.model.outcome import Series
from landfast.report.numbers import UNKNOWN, limit, number

WIDTH = 1000
HEIGHT = 100
Values = Sequence[float | None]
Places = Iterable[tuple[float, float] | None]
"""Points of a chart, x and y; None where the line breaks off."""


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
    line = _path(_points(list(scores) * 2 if len(scores) == 1 else scores, 0.0, 1.0))
    area = f'<path class="area" d="{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z"/>' if line else ""
    return _svg(shaded + area + _level(0.5, "limit") + _drawn(line), label, "score")


def series_chart(values: Values, bound: float | None, label: str) -> Markup:
    """A quantity over the clip; a break in the line is a stretch that was not measured."""
    known = [value for value in values if value is not None]
    top = max([*known, bound or 0.0, 1e-9]) * 1.08
    level = _level(bound / top, "limit") if bound is not None else ""
    return _svg(level + _drawn(_path(_points(values, 0.0, top))), label, "series")


def curves(lines: Mapping[str, Values], low: float, high: float, label: str) -> Markup:
    """Several quantities on one scale, by the name of their look; a line at zero."""
    drawn = (_drawn(_path(_points(values, low, high)), look) for look, values in lines.items())
    return _svg(_level(low / (low - high), "zero") + "".join(drawn), label, "curves")


def wander(ways: Mapping[str, Places], reach: float, label: str) -> Markup:
    """Paths in the plane by the name of their look, `reach` from the middle to each edge."""
    across = f'<line class="zero" x1="{WIDTH / 2:.1f}" x2="{WIDTH / 2:.1f}" y1="0" y2="{HEIGHT}"/>'
    drawn = (
        _drawn(_path(None if p is None else _placed(p, reach) for p in way), look)
        for look, way in ways.items()
    )
    return _svg(_level(0.5, "zero") + across + "".join(drawn), label, "wander")


def bullet(value: float, bound: float, state: str, label: str) -> Markup:
    """A measured value as a bar with a tick at its limit."""
    top = max(abs(value), abs(bound), 1e-12) * 1.25
    bar = f'<rect class="value" x="0" y="25" width="{WIDTH * abs(value) / top:.1f}" height="50"/>'
    x = WIDTH * abs(bound) / top
    tick = f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}"/>'
    return _svg(bar + tick, label, f"bullet {state}", kind="")


def extent(series: Series) -> str:
    """What the height of a series' chart means: from least to most, with unit and limit."""
    known = [value for value in series.values if value is not None]
    if not known:
        return UNKNOWN
    words = (
        f"{number(min(known), digits=2)} to {number(max(known), digits=2)} {series.unit}".rstrip()
    )
    return words if series.limit is None else f"{words}, limit {limit(series.limit)}"


def _points(values: Values, low: float, high: float) -> Places:
    step = WIDTH / max(1, len(values) - 1)
    for i, value in enumerate(values):
        share = None if value is None else min(1.0, max(0.0, (value - low) / (high - low)))
        yield None if share is None else (i * step, HEIGHT * (1 - share))


def _placed(point: tuple[float, float], reach: float) -> tuple[float, float]:
    return WIDTH / 2 * (1 + point[0] / reach), HEIGHT / 2 * (1 + point[1] / reach)


def _path(points: Places) -> str:
    steps, pen = [], "M"
    for point in points:
        if point is not None:
            steps.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "M" if point is None else "L"
    return "".join(steps)


def _drawn(path: str, look: str = "") -> str:
    return f'<path class="{f"line {look}".strip()}" d="{path}"/>' if path else ""


def _level(share: float, name: str) -> str:
    y = HEIGHT * (1 - share)
    return f'<line class="{name}" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _svg(body: str, label: str, name: str, *, kind: str = "chart ") -> Markup:
    head = Markup(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
    ).format(kind + name, WIDTH, HEIGHT, label)
    return head + Markup(body) + Markup("</svg>")
