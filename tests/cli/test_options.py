from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from cli.command import Command
from landfast.cli.options import budget, focal, footage_span, positive, spans, times
from landfast.errors import InputError
from landfast.model.time import Span


def test_rates_are_exact() -> None:
    assert positive("29.97", "--fps") == Fraction(2997, 100)
    assert positive("30000/1001", "--fps") == Fraction(30000, 1001)


@pytest.mark.parametrize("text", ["0", "-3", "fast", "", "1/0", "nan", "1e99999999"])
def test_rates_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--fps"):
        positive(text, "--fps")


def test_a_budget_may_be_nothing_but_not_less() -> None:
    assert budget(None) is None
    assert budget("0") == 0
    assert budget("2.50") == Fraction(5, 2)
    for text in ("-1", "nan", "$5", "", "1e999", "9" * 400):
        with pytest.raises(InputError, match=r"--budget: needs dollars.*2\.50"):
            budget(text)


def test_times_come_in_order_without_repeats() -> None:
    assert times("2,0.5,00:02") == (Fraction(1, 2), Fraction(2))


def test_spans_are_read_in_the_order_given() -> None:
    assert spans(["3-4", "0:01-2"]) == (
        Span(start=Fraction(3), stop=Fraction(4)),
        Span(start=Fraction(1), stop=Fraction(2)),
    )
    assert spans(None) == ()


def test_footage_and_span_belong_together() -> None:
    assert footage_span(None, None) is None
    assert footage_span(Path("a.mp4"), "1-2") == Span(start=Fraction(1), stop=Fraction(2))
    with pytest.raises(InputError, match="--span"):
        footage_span(Path("a.mp4"), None)
    with pytest.raises(InputError, match="--footage"):
        footage_span(None, "1-2")


def test_errors_name_the_option() -> None:
    with pytest.raises(InputError, match=r"--replace: is not a span: '5'; write A-B"):
        spans(["1-2", "5"])
    with pytest.raises(InputError, match="--at: is not a time: 'x'"):
        times("1,x")
    with pytest.raises(InputError, match="--span: is not a time: 'x'"):
        footage_span(Path("a.mp4"), "1-x")


def test_a_focal_length_is_pixels_or_the_equivalent_of_35_mm() -> None:
    assert focal(None) is None
    pixels, equivalent = focal("2900.5"), focal("24mm")
    assert pixels is not None and equivalent is not None
    assert pixels.lens(3840, 2160).focal_px == 2900.5
    # A 3:2 picture is as the film was: 36 mm across.
    assert equivalent.lens(3600, 2400).focal_px == pytest.approx(2400)
    assert equivalent.lens(3600, 2400).source == "given"


@pytest.mark.parametrize("text", ["0", "-24mm", "wide", "24 inch", "nan", ""])
def test_what_is_no_focal_length_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--focal: is not a focal length.*24mm"):
        focal(text)


def test_help_shows_brackets_as_they_are_typed(landfast: Command) -> None:
    assert "[[profile]]" in landfast("generate", "--help").out


@pytest.mark.parametrize("told", ["option", "file"])
def test_an_embedding_is_named_by_option_or_settings(
    told: str, landfast: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDFAST_EMBEDDING", "")
    monkeypatch.chdir(tmp_path)
    if told == "file":
        Path("landfast.toml").write_text('embedding = "none.onnx"\n')
    named = ["--embedding", "none.onnx"] if told == "option" else []
    done = landfast("plan", "clip.mp4", "-o", "plan.json", *named)
    assert done.code == 2
    assert "none.onnx: no such model" in done.err
