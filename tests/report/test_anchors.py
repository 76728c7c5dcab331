"""Why each anchor was chosen, in the report."""

from __future__ import annotations

from dataclasses import replace

from landfast.report.anchors import anchor_rows
from landfast.report.page import render
from report import run_views as views
from report.markup import parse


def test_each_anchor_found_has_its_parts() -> None:
    rows = anchor_rows(views.full_view())
    assert len(rows) == 5
    parts = dict(rows[0].parts)
    assert parts["Coverage"].startswith("84") and parts["Stillness"].startswith("97")
    assert parts["Fit"] == "not measured", "an anchor without neighbours fits none"
    assert rows[0].score == "0.89"


def test_without_an_analysis_there_are_none() -> None:
    assert anchor_rows(replace(views.full_view(), analysis=None)) == ()


def test_the_page_says_why() -> None:
    html = render(views.full_view())
    assert "Why these anchors" in html and "stands for 0.00-2.40 s" in html
    assert parse(html)
