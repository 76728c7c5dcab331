"""Vision beside generation, from the run's own timings, repeats and takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from landfast.model.outcome import Repeat, Timing
from landfast.report.comparison import determinism, ratio, stage_times, total, works
from landfast.report.view import RunView
from report import run_views as views


def test_latency_a_frame_and_its_ratio() -> None:
    analyse, generate, verify = works(views.full_view())
    assert analyse.per_frame == pytest.approx(4.83 / 362)
    assert generate.per_frame == pytest.approx(3.127 / 33)
    assert (generate.bar, generate.kind) == (100, "generation")
    assert verify.bar == pytest.approx(100 * 2.31 / 3.127)
    assert ratio(works(views.full_view())) == pytest.approx((3.127 / 33) / (4.83 / 362))


def test_no_ratio_without_both() -> None:
    view = views.full_view()
    assert ratio(works(replace(view, timings=view.timings[:3]))) is None
    assert works(RunView()) == () and stage_times(RunView()) == ()


def test_failures_are_counted() -> None:
    analyse, generate, verify = works(views.full_view())
    assert analyse.failures.startswith("3 of 362 frames not measured (0.8")
    assert generate.failures.startswith("1 rejected of 2")
    assert verify.failures.replace("\u00a0", " ") == "1 of 10 findings not measured"
    view = views.full_view()
    uncounted = [row.model_copy(update={"failures": None}) for row in view.timings]
    assert works(replace(view, timings=tuple(uncounted)))[0].failures_tone == "unknown"


@pytest.mark.parametrize(
    ("digests", "tone", "word"),
    [
        ([], "unknown", "not checked"),
        ([("a",)], "unknown", "not checked"),
        ([("a", "a")], "pass", "identical over 2 runs"),
        ([("a", "a", "a"), ("b", "b")], "pass", "identical over 2 runs, 2"),
        ([("a", "b"), ("c", "c")], "fail", "1 of 2"),
    ],
)
def test_determinism_by_hash(digests: list[tuple[str, ...]], tone: str, word: str) -> None:
    repeats = [Repeat(stage="verify", subject=str(k), digests=one) for k, one in enumerate(digests)]
    found, found_tone, _ = determinism(repeats)
    assert found_tone == tone and found.startswith(word)


def test_stages_add_up_in_the_order_of_the_method() -> None:
    view = views.full_view()
    extra = Timing(stage="generate", subject="another", seconds=1.0, frames=7)
    view = replace(view, timings=(extra, *view.timings))
    rows = stage_times(view)
    names = ["probe", "analyse", "plan", "generate", "verify", "compose", "repeat"]
    assert [row.stage for row in rows] == names
    assert (rows[3].seconds, rows[3].frames, rows[3].times) == (pytest.approx(4.127), 40, 2)
    assert sum(row.seconds for row in rows) == pytest.approx(total(view))
    assert sum(row.bar for row in rows) == pytest.approx(100)
