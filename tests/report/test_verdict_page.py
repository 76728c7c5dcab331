"""The page of one verdict."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from landfast.errors import InputError
from landfast.report.verdict_page import (
    VerdictView,
    headline,
    picture_file,
    render_verdict,
    write_verdict,
)
from report import run_views as views
from report.markup import parse


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small picture on disk."""
    path = tmp_path / "worst.png"
    cv2.imwrite(str(path), np.full((18, 32, 3), 90, np.uint8))
    return path


def test_headlines_tell_failures_first() -> None:
    assert headline(views.bad_verdict()) == "Not accepted: scene and steadiness failed."
    assert headline(views.good_verdict()) == "Passed; colour could not be measured."
    unknown = views.good_verdict().model_copy(update={"state": "unknown"})
    assert headline(unknown).startswith("Not known whether it holds: colour")


def test_the_page_holds_findings_chart_and_pictures(picture: Path, tmp_path: Path) -> None:
    heat = picture_file(picture, "heat", time=Fraction(1, 2))
    view = VerdictView(
        name="<take>.mp4", verdict=views.bad_verdict(), heat=heat, plain=heat, start=heat, end=heat
    )
    html = write_verdict(tmp_path / "index.html", view).read_text(encoding="utf-8")
    assert html == render_verdict(view)
    page = parse(html)
    assert "<take>.mp4" in page.text and "4.21" in page.text and "0.400 to 0.720" in page.text
    sizes = {(e.attributes["width"], e.attributes["height"]) for e in page.all("img")}
    assert sizes == {("32", "18")} and len(page.all("img")) == 4
    assert all(e.attributes["src"].startswith("data:image/png;") for e in page.all("img"))


@pytest.mark.parametrize(("state", "is_open"), [("pass", True), ("fail", False)])
def test_what_passes_is_unfolded_only_where_all_does(state: str, is_open: bool) -> None:
    first, *rest = views.bad_verdict().findings
    findings = (first.model_copy(update={"state": state}), rest[-1])
    verdict = views.bad_verdict().model_copy(update={"findings": findings})
    (folded,) = parse(render_verdict(VerdictView(name="a", verdict=verdict))).all("details")
    assert ("open" in folded.attributes) is is_open
    assert folded.text.startswith("2 findings pass" if is_open else "1 finding passes")


def test_the_page_stands_without_pictures() -> None:
    page = parse(render_verdict(VerdictView(name="take.mp4", verdict=views.good_verdict())))
    assert not page.all("img") and "anchors" not in page.ids()
    empty = views.good_verdict().model_copy(
        update={"findings": (), "frames": (), "state": "unknown"}
    )
    text = parse(render_verdict(VerdictView(name="take.mp4", verdict=empty))).text
    assert "No findings are recorded." in text and "no check was decisive" in text


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"heat\.mp4"):
        picture_file(tmp_path / "heat.mp4", "heat")
    with pytest.raises(InputError, match=r"none\.png"):
        picture_file(tmp_path / "none.png", "heat")
