"""Charts put marks where the numbers say."""

from __future__ import annotations

import re

import pytest

from landfast.model.outcome import Series
from landfast.report.charts import bullet, curves, extent, score_chart, series_chart, wander
from report.markup import parse


def points(path: str) -> list[tuple[float, float]]:
    """Corners of a path."""
    return [(float(x), float(y)) for x, y in re.findall(r"([-\d.]+) ([-\d.]+)", path)]


def line(svg: str) -> list[list[tuple[float, float]]]:
    """Corners of the lines of a chart, each stretch by itself."""
    found = [e for e in parse(svg).all("path") if e.attributes["class"].startswith("line")]
    return [points(run) for e in found for run in e.attributes["d"].split("M")[1:]]


def test_scores_run_from_the_bottom_to_the_top() -> None:
    svg = score_chart([0.0, 0.5, 1.0], [(0.25, 0.5)], "label")
    assert line(svg) == [[(0, 100), (500, 50), (1000, 0)]]
    band = parse(svg).all("rect")[0].attributes
    assert (float(band["x"]), float(band["width"])) == (250, 250)


@pytest.mark.parametrize("scores", [[], [0.3]])
def test_few_scores_make_a_chart(scores: list[float]) -> None:
    assert parse(score_chart(scores, [], "label")).all("svg")


def test_what_was_not_measured_is_a_gap_and_not_zero() -> None:
    svg = series_chart([1.0, 2.0, None, None, 2.0, 1.0], 2.0, "label")
    runs = line(svg)
    assert [len(run) for run in runs] == [2, 2]
    assert [x for x, _ in runs[1]] == [800, 1000]
    level = parse(svg).all("line")[0].attributes
    assert float(level["y1"]) == runs[0][1][1], "the limit lies at the same height as 2.0"


def test_curves_share_a_scale_and_know_where_zero_is() -> None:
    svg = curves({"made": [-1.0, 3.0], "keep": [None, 0.0]}, -1.0, 3.0, "label")
    assert line(svg) == [[(0, 100), (1000, 0)], [(1000, 75)]]
    assert float(parse(svg).all("line")[0].attributes["y1"]) == 75


def test_a_path_breaks_off_where_it_is_not_known() -> None:
    svg = wander({"made": [(0.0, 0.0), (2.0, -2.0), None, (-2.0, 2.0)]}, 2.0, "label")
    assert line(svg) == [[(500, 50), (1000, 0)], [(0, 100)]]


def test_a_bar_passes_its_tick_when_it_passes_its_limit() -> None:
    def ends(value: float) -> tuple[float, float]:
        page = parse(bullet(value, 1.0, "fail", "label"))
        tick = page.all("line")[0].attributes["x1"]
        return float(page.all("rect")[0].attributes["width"]), float(tick)

    assert ends(4.0)[0] > ends(4.0)[1] and ends(0.5)[0] < ends(0.5)[1]


def test_the_extent_of_a_series_in_words() -> None:
    assert extent(Series(title="a", unit="px", values=(0.5, None, 7.0), limit=3.0)) == (
        "0.50 to 7.0 px, limit 3"
    )
    assert extent(Series(title="a", unit="", values=(None,))) == "not measured"


def test_labels_are_escaped() -> None:
    svg = bullet(1.0, 1.0, "pass", '"><script>')
    assert parse(svg).all("svg")[0].attributes["aria-label"] == '"><script>'
    assert not parse(svg).all("script")
