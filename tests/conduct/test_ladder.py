"""The ladder: the cheapest rung that passes is used, and a model is asked for what is left."""

import itertools
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from compose.clips import hashes
from conduct.killed import stand_in
from conduct.painter import COLOUR, Painter
from landfast.conduct import attempts, fitting, orders, take
from landfast.conduct import findings as findings_module
from landfast.conduct.brief import RunOptions
from landfast.conduct.ladder import named, open_rungs
from landfast.conduct.run import resume, run
from landfast.errors import BudgetSpent, InputError, Unsupported
from landfast.generators import registry
from landfast.generators.base import Material
from landfast.ledger.ledger import Ledger
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.model.clip import Colour
from landfast.model.time import Span
from landfast.model.verdict import Finding

GAP = Span(start=Fraction(1, 2), stop=Fraction(22, 25))
WHOLE = 36
CORNER = (0.5, 0.5, 0.25, 0.25)
HELD = 4
"""Frames for which the stalled clip stands still."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, measured_once: None) -> None:
    monkeypatch.setattr(findings_module, "write_plot", lambda path, *_: path.write_bytes(b"plot"))
    monkeypatch.setitem(registry.BUILT_IN, "painter", "conduct.painter:Painter")
    Painter.shown.clear()


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, object]]]:
    """A judge that says these, take after take; a region names where a take fails."""

    def says(*states: str, region: tuple[float, ...] | None = None) -> list[dict[str, object]]:
        seen: list[dict[str, object]] = []

        def judged(path: Path, *rest: object, **more: object):
            found = stand_in(path, *rest, **more)
            state = states[min(len(seen), len(states) - 1)]
            seen.append(more)
            bad = Finding(
                check="persistence",
                state="fail",
                value=9.0,
                limit=1.0,
                unit="px",
                region=region,
                reason="Something grows",
            )
            update = {"state": state, "findings": (bad,) if state == "fail" else ()}
            verdict = found.judgement.verdict.model_copy(update=update)
            return type(found)(
                type(found.judgement)(verdict, found.judgement.heat, {}), found.take, found.clip
            )

        monkeypatch.setattr(attempts, "judge_file", judged)
        return seen

    return says


@pytest.fixture(scope="module")
def stalled(short: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flight standing still for four frames, then going on where it stopped."""
    path = tmp_path_factory.mktemp("stalled") / "stalled.mp4"
    frames = [picture.rgb() for picture in decode(short)]
    shown = [*frames[:16], *[frames[15]] * HELD, *frames[16:]]
    bt709 = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
    with Encoder(
        path, width=320, height=180, time_base=Fraction(1, 25), colour=bt709, key_interval=8
    ) as encoder:
        for number, image in enumerate(shown):
            encoder.write(image, tick=number, duration=1)
    return path


def _options(generator: str = "auto", **more: object) -> RunOptions:
    return RunOptions(**{"replace": (GAP,), "generator": generator, "repeats": "skip"} | more)


def _rows(folder: Path) -> list[tuple[str, str]]:
    with Ledger.open(folder) as ledger:
        return [(row.request.generator, row.state) for row in ledger.takes()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("luma,", "beside a comma"),
        ("", "names nothing"),
        ("geometry,auto", "auto after another"),
        ("auto,geometry", "holds already"),
    ],
)
def test_names_that_make_no_sense_are_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        named(text)


def test_auto_holds_four_rungs_and_keep_needs_footage() -> None:
    rungs = open_rungs("auto,fake", 64, 36)
    names = [one.profile.name for one in rungs]
    assert names == ["keep", "retime", "geometry", "fake:good"]
    image = np.zeros((36, 64, 3), np.uint8)
    with pytest.raises(Unsupported, match="needs the footage"):
        rungs[0].make(_any_request(), Material(image, image))


def _any_request():
    from landfast.model.take import Request

    return Request(
        segment="gap_0010",
        generator="keep",
        first="a",
        last="b",
        constraints=(),
        width=64,
        height=36,
        frames=9,
        fps=Fraction(25),
    )


def test_words_for_one_model_are_no_hindrance_to_another(short, tmp_path, judge) -> None:
    judge("fail", "pass")
    options = _options("painter,geometry", attempts=2, prompt="A slow flight.")
    run(short, tmp_path / "run", options)
    with Ledger.open(tmp_path / "run") as ledger:
        asked = [(row.request.generator, row.request.prompt) for row in ledger.takes()]
    assert asked == [("painter", "A slow flight."), ("geometry", "")]


def test_a_model_is_not_asked_where_geometry_passes(short, tmp_path, judge) -> None:
    judge("pass")
    result = run(short, tmp_path / "run", _options("auto,fake:paid"))
    assert _rows(tmp_path / "run") == [("geometry", "accepted")]
    assert (result.accepted, result.cost_usd) == (1, 0)
    assert [step.state for step in result.climbs["gap_0010"]] == [
        "skipped",
        "skipped",
        "used",
        "not needed",
    ]
    (segment,) = result.plan.generated
    assert segment.most_usd == segment.rungs[-1].most_usd > 0


def test_a_model_is_paid_only_for_what_geometry_could_not_fill(short, tmp_path, judge) -> None:
    judge("fail", "fail", "pass")
    result = run(short, tmp_path / "run", _options("auto,fake:paid"))
    assert _rows(tmp_path / "run") == [
        ("geometry", "rejected"),
        ("fake:paid", "rejected"),
        ("fake:paid", "accepted"),
    ]
    (segment,) = result.plan.generated
    assert 0 < result.cost_usd <= segment.most_usd
    steps = result.climbs["gap_0010"]
    assert (steps[2].state, steps[2].reason) == ("rejected", "persistence: Something grows")
    assert (steps[3].state, steps[3].takes, steps[3].cost_usd) == ("used", 2, result.cost_usd)


def test_even_where_all_attempts_are_made_no_rung_above_an_accepted_one_is(
    short, tmp_path, judge
) -> None:
    judge("pass")
    run(short, tmp_path / "run", _options("auto,fake:paid", workflow="learning"))
    assert _rows(tmp_path / "run") == [("geometry", "accepted")]


def test_without_a_model_the_span_stays_as_it_was(short, tmp_path, judge) -> None:
    judge("fail")
    result = run(short, tmp_path / "run", _options())
    assert (result.accepted, result.wanted, result.generated_frames) == (0, 1, 0)
    assert hashes(result.film) == hashes(short)
    assert not any(step.state == "used" for step in result.climbs["gap_0010"])


def test_the_budget_holds_at_the_top_of_the_ladder(short, tmp_path, judge) -> None:
    judge("fail")
    with pytest.raises(BudgetSpent):
        run(short, tmp_path / "run", _options("auto,fake:paid", budget_usd=Fraction(0)))
    assert _rows(tmp_path / "run") == [("geometry", "rejected")]
    assert (tmp_path / "run" / "final.mp4").is_file()


def test_what_the_user_chose_is_kept_only_where_that_is_allowed(short, tmp_path, judge) -> None:
    judge("pass")
    result = run(short, tmp_path / "run", _options(chosen="may keep"))
    assert _rows(tmp_path / "run") == [("keep", "accepted")]
    assert (result.accepted, result.generated_frames) == (1, 0)
    assert hashes(result.film) == hashes(short)
    timeline = json.loads((tmp_path / "run" / "final.otio").read_text())
    assert len(timeline["tracks"]["children"][0]["children"]) == 1


def test_a_doubtful_keep_is_none_even_where_doubtful_takes_are_let_in(
    short, tmp_path, judge
) -> None:
    judge("unknown")
    run(short, tmp_path / "run", _options(chosen="may keep", workflow="hobby"))
    assert _rows(tmp_path / "run") == [("keep", "rejected"), ("geometry", "accepted")]


def test_a_stall_is_covered_by_the_real_frames_around_it(stalled, tmp_path, judge) -> None:
    judge("pass")
    result = run(stalled, tmp_path / "run", _options(replace=()))
    assert _rows(tmp_path / "run") == [("retime", "accepted")]
    (segment,) = result.plan.generated
    retime = segment.rungs[1].retime
    assert retime is not None, segment.rungs[1].reason
    assert retime.hop == pytest.approx(1, abs=0.35)
    assert retime.slowest >= 0.5
    window = round((retime.end.time - retime.start.time) * 25)
    assert result.generated_frames == window - 1 > HELD
    source, film = hashes(stalled), hashes(result.film)
    first = round(retime.start.time * 25)
    assert len(film) == len(source)
    assert film[: first + 1] == source[: first + 1]
    assert film[first + window :] == source[first + window :]
    steps = _steps(result.film)
    assert min(steps[first : first + window]) > 0.3 * np.median(steps), "it stands still"


def _steps(film: Path) -> list[float]:
    """How much each frame differs from the one before."""
    frames = [picture.rgb().astype(np.float64) for picture in decode(film)]
    return [float(np.abs(b - a).mean()) for a, b in itertools.pairwise(frames)]


@pytest.fixture
def unfitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paint shows no motion to fit."""

    def plain(images, frames, material, *, length) -> tuple[Callable, tuple[str, ...]]:
        from landfast.compose.inbetween import pictures_at

        places = [Fraction(k * (frames - 1), length - 1) for k in range(length)]
        return lambda: pictures_at(images(), places), ()

    for module in (fitting, take, orders):
        monkeypatch.setattr(module, "fitted", plain)


def test_only_the_part_that_failed_is_the_models(short, tmp_path, judge, unfitted) -> None:
    seen = judge("fail", "pass", region=CORNER)
    run(short, tmp_path / "run", _options("auto,painter"))
    with Ledger.open(tmp_path / "run") as ledger:
        base, made = ledger.takes()
    assert [base.state, made.state] == ["rejected", "accepted"]
    assert made.request.patch is not None
    assert made.request.patch.base == base.key
    assert base.take is not None and made.take is not None
    assert (made.take.width, made.take.height) == (320, 180)
    assert "only" in made.take.adjustments[-1]
    assert [one.kind for one in made.request.constraints][-1] == "region"
    (plate,) = seen[1]["plates"].values()
    before, after = (_pixels(tmp_path / "run" / row.take.file) for row in (base, made))
    outside = plate.mask > 0
    for k, (old, new) in enumerate(zip(before, after, strict=True)):
        assert (old[outside] == new[outside]).all()
        painted = np.abs(new[110, 200].astype(int) - COLOUR).max() < 12
        assert painted == (0 < k < len(before) - 1)
    assert [one.kind for one in Painter.shown[0].controls] == ["source", "mask"]


def test_a_generator_that_meets_the_anchors_by_itself_fills_a_part_too(
    short, tmp_path, judge
) -> None:
    judge("fail", "pass", region=CORNER)
    run(short, tmp_path / "run", _options("auto,fake:region", repeats="check"))
    with Ledger.open(tmp_path / "run") as ledger:
        base, made = ledger.takes()
        remade = [one.identical for one in ledger.repeats() if one.stage == "generate"]
    assert remade == [True]
    assert base.take is not None and made.take is not None
    assert (made.request.generator, made.state) == ("fake:region", "accepted")
    assert made.request.constraints == base.request.constraints
    before, after = (_pixels(tmp_path / "run" / row.take.file) for row in (base, made))
    changed = np.any([old != new for old, new in zip(before, after, strict=True)], axis=(0, 3))
    assert 0.01 < changed.mean() < 0.5


def _pixels(path: Path) -> list[np.ndarray]:
    return [picture.rgb() for picture in decode(path)]


def test_the_model_is_shown_the_rest_and_a_mask_of_the_part(
    short, tmp_path, judge, unfitted
) -> None:
    judge("fail", "pass", region=CORNER)
    run(short, tmp_path / "run", _options("auto,painter"))
    controls = {one.kind: list(one.frames()) for one in Painter.shown[0].controls}
    first, *inner, last = controls["mask"]
    assert not first.any() and not last.any()
    height, width = inner[0].shape[:2]
    assert all(0.06 < (mask > 0).mean() < 0.2 for mask in inner)
    assert inner[0][int(0.6 * height), int(0.6 * width)].min() == 255
    grey = controls["source"][3][inner[0][..., 0] > 0]
    assert (grey == 127).all()
    assert (controls["source"][3][0, 0] != 127).any()


def test_a_patched_take_is_not_paid_twice(short, tmp_path, judge, unfitted) -> None:
    judge("fail", "fail", "fail", "fail", region=CORNER)
    options = _options("auto,painter", attempts=3)
    run(short, tmp_path / "run", options)
    with Ledger.open(tmp_path / "run") as ledger:
        rows = ledger.takes()
    assert [row.request.patch is not None for row in rows] == [False, True, True, False]
    (tmp_path / "run" / "final.mp4").unlink()
    resume(tmp_path / "run")
    with Ledger.open(tmp_path / "run") as ledger:
        assert [row.key for row in ledger.takes()] == [row.key for row in rows]
    assert len(Painter.shown) == 3
