"""The page of a study: says what was found, escapes what others wrote, stands alone."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from conduct.study.outcomes import camera, outcome
from landfast.conduct.study import summary
from landfast.conduct.study.statistics import rate
from landfast.model.outcome import Picture
from landfast.model.study import Spread, Study, Work
from landfast.model.time import Span
from landfast.report.study_page import StudyView, render_study
from landfast.report.view import Image

HOSTILE = "<script>alert(1)</script> & \"quoted\" 'words'"


def study(*outcomes, **changes) -> Study:
    fields = {
        "clip": "c" * 64,
        "clip_name": "flight.mp4",
        "replaced": (Span(start=Fraction(5), stop=Fraction(6)),),
        "generators": ("fake:good",),
        "prompts": (),
        "seeds": (),
        "asked": max(1, len(outcomes)),
        "complete": True,
        "outcomes": outcomes,
        "accepted": summary.success(outcomes),
        "unknown": sum(one.state == "unknown" for one in outcomes),
        "failed": sum(one.state == "failed" for one in outcomes),
        "checks": summary.check_rates(outcomes),
        "groups": summary.groups(outcomes),
        "latency": summary.latency(outcomes),
        "cost_usd": summary.cost(outcomes),
        "usd_per_accepted_s": summary.cost_per_second(outcomes),
        "spread": (),
        "same_seed": summary.same_seed(outcomes),
        "sensitivity": summary.sensitivity(outcomes),
        "motions": summary.motions(outcomes),
        "works": (
            Work(
                kind="vision",
                name="measure the clip",
                ms_per_frame=8.0,
                repeats=2,
                identical=True,
                failures=rate(0, 100),
            ),
        ),
    }
    return Study(**(fields | changes))


def page(found: Study, **more) -> str:
    return render_study(StudyView(study=found, **more))


def test_the_figures_stand_there() -> None:
    takes = [outcome(k) for k in range(8)]
    takes += [outcome(8, state="rejected", failed=("scene",), took_s=54.0), outcome(9)]
    html = page(study(*takes))
    assert "<h1>9 of 10 takes accepted</h1>" in html
    assert "59.6\u00a0% to 98.2\u00a0%" in html
    assert 'href="#take-9"' in html and 'id="take-9"' in html
    assert "Standing out: take 9." in html
    assert html.count('class="tile"') == 10


def test_prompts_are_escaped() -> None:
    html = page(study(outcome(0, prompt=HOSTILE), prompts=(HOSTILE,)))
    assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html


def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = page(study(outcome(0)))
    assert not re.findall(r'(?:src|href)="(?!#|data:)', html)
    assert "default-src 'none'" in html


def test_nothing_accepted_is_said_and_nothing_is_divided() -> None:
    error = outcome(0, state="failed", took_s=None, digest=None, camera=None, error="no answer")
    html = page(study(error))
    assert "0 of 1 take accepted" in html and "nothing was accepted" in html
    assert "No answer." in html and "No take came back" in html


def test_takes_are_laid_over_each_other() -> None:
    spread = Spread(
        segment="gap_0010",
        generator="fake:good",
        prompt="",
        takes=("key0", "key1", "key2"),
        difference=((0.0, 2.5, None), (2.5, 0.0, 1.0), (None, 1.0, 0.0)),
        mean_difference=1.75,
        camera_pct=0.8,
        distinct=3,
    )
    html = page(study(outcome(0), outcome(1), outcome(2), spread=(spread,)))
    assert "3 different results in 3 takes" in html
    assert html.count(">2.5<") == 2 and html.count(">?<") >= 2


def test_seed_against_prompt_is_shown_where_there_is_a_grid() -> None:
    takes = [
        outcome(2 * s + p, seed=s, prompt=word, camera=camera(zoom=5.0 * p + s / 10))
        for s in range(3)
        for p, word in enumerate(("push in", "hold"))
    ]
    html = page(study(*takes, prompts=("push in", "hold"), seeds=(0, 1, 2)))
    assert "Seed or prompt" in html and "zoom in 5.1 %" in html
    assert "Seed or prompt" not in page(study(outcome(0)))


def test_a_note_is_read() -> None:
    html = page(study(outcome(0), notes=("luma takes no seed: nothing can be locked",)))
    assert "Luma takes no seed: nothing can be locked." in html


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_pictures_that_are_too_many_are_left_out(size: int) -> None:
    takes = [outcome(k) for k in range(3)]
    images = tuple(
        Image(
            Picture(
                role="take",
                subject=one.request,
                time=Fraction(0),
                width=4,
                height=3,
                media_type="image/jpeg",
                blob="b" * 64,
            ),
            b"x" * size,
        )
        for one in takes
    )
    html = page(study(*takes), images=images)
    assert html.count("no picture") == (0 if size == 10 else 2)
