"""Records in a notebook: what they say, escaped."""

from __future__ import annotations

from fractions import Fraction

from landfast.model.take import Take
from landfast.model.verdict import Finding, Verdict


def test_a_verdict_says_its_state_and_reasons() -> None:
    finding = Finding(
        check="scene", state="fail", value=4.25, limit=1.0, unit="px", reason="<b>bends</b> & melts"
    )
    verdict = Verdict(state="fail", score=0.93, coverage=0.71, findings=(finding,), frames=())
    html = verdict._repr_html_()
    assert "FAIL: score 0.93, 71% verified" in html
    assert "4.25 px" in html and "&lt;b&gt;bends&lt;/b&gt; &amp; melts" in html


def test_a_take_leaves_out_what_is_not_known() -> None:
    take = Take(
        request="k",
        generator="geometry",
        file="a.mkv",
        sha256="0" * 64,
        frames=31,
        width=640,
        height=360,
        cost_usd=Fraction(1, 4),
        took_s=1.5,
    )
    html = take._repr_html_()
    assert "31 of 640x360" in html and "0.25 USD" in html and "provider job" not in html
