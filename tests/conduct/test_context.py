"""Short takes judged with the real frames beside them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.conduct import context
from landfast.conduct.context import AROUND, SHORT, stretch, with_context
from landfast.conduct.surroundings import Ends, real_frames
from landfast.conduct.take import generate
from landfast.conduct.verdict import Judged, judge_file
from landfast.media.decode import still
from landfast.media.probe import probe
from landfast.media.stills import save_image
from landfast.model.clip import Clip
from landfast.model.time import Span
from landfast.model.verdict import Finding, State, Verdict
from landfast.verify.judge import Judgement
from landfast.verify.measure.reel import FootageFrames, TakeFrames

FPS = Fraction(25)
FIRST = 14


def image(level: int, size: tuple[int, int] = (64, 96)) -> np.ndarray:
    return np.full((*size, 3), level, np.uint8)


def footage(count: int = 24, size: tuple[int, int] = (64, 96)) -> FootageFrames:
    return FootageFrames(
        [image(k, size) for k in range(count)], [image(100 + k, size) for k in range(count)], FPS
    )


def take(frames: int) -> TakeFrames:
    return TakeFrames([image(50 + k) for k in range(frames)], FPS)


def test_the_stretch_is_the_take_between_its_neighbours_and_they_leave_the_footage() -> None:
    wide = stretch(take(5), footage())
    assert wide is not None
    levels = [int(one[0, 0, 0]) for one in wide.take.images]
    assert levels == [*range(18, 24), *range(50, 55), *range(100, 106)]
    assert wide.own == range(AROUND, AROUND + 5)
    assert [int(wide.footage.before[-1][0, 0, 0]), int(wide.footage.after[0][0, 0, 0])] == [17, 106]


@pytest.mark.parametrize(
    ("frames", "real"),
    [(SHORT, footage()), (5, footage(1)), (5, footage(24, (65, 96)))],
)
def test_long_takes_and_takes_without_footage_of_their_size_stay_alone(
    frames: int, real: FootageFrames
) -> None:
    assert stretch(take(frames), real) is None


def finding(check: str, state: State, **more: object) -> Finding:
    value = {"check": check, "state": state, "value": 1.0, "limit": 2.0, "unit": "px"}
    return Finding.model_validate({**value, "reason": "Seen", **more})


def judgement(state: State, frames: int, *found: Finding) -> Judgement:
    verdict = Verdict(state=state, score=0.2, coverage=0.3, findings=found, frames=())
    return Judgement(verdict, tuple(np.zeros((1, 1), np.uint8) for _ in range(frames)), {})


def merged(
    clip: Clip,
    monkeypatch: pytest.MonkeyPatch,
    alone: tuple[Finding, ...],
    wide: Judgement,
    frames: int = 5,
    **more: str,
) -> Verdict:
    monkeypatch.setattr(context, "judge", lambda *_, **__: wide)
    judged = Judged(judgement("unknown", frames, *alone), take(frames), clip)
    return with_context(judged, footage(), **more).judgement.verdict


def test_what_was_measured_alone_stands_and_the_rest_comes_from_the_stretch(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = (finding("motion", "pass"), finding("scene", "unknown", value=None))
    wide = judgement(
        "pass", 17, finding("motion", "pass", value=9.0), finding("scene", "pass", value=0.1)
    )
    found = merged(probe(short), monkeypatch, alone, wide)
    assert found.state == "pass"
    assert [(one.check, one.value) for one in found.findings] == [("motion", 1.0), ("scene", 0.1)]
    assert "with the real frames beside it" in found.findings[1].reason


@pytest.mark.parametrize(
    ("span", "state"), [((0.24, 0.4), "fail"), ((0.0, 0.2), "unknown"), ((0.5, 0.6), "unknown")]
)
def test_a_fault_among_the_real_frames_is_not_the_takes(
    short: Path, monkeypatch: pytest.MonkeyPatch, span: tuple[float, float], state: State
) -> None:
    alone = (finding("scene", "unknown", value=None),)
    wide = judgement("fail", 17, finding("scene", "fail", span=span))
    found = merged(probe(short), monkeypatch, alone, wide)
    assert found.state == state
    if state == "fail":
        assert found.findings[0].span == (0.0, 0.16)


def test_a_single_frame_is_judged_only_where_it_is_carried_from_real_ones(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, wide = (finding("endpoints", "fail"),), judgement("pass", 15, finding("scene", "pass"))
    left = merged(probe(short), monkeypatch, alone, wide, frames=3)
    assert [one.check for one in left.findings] == ["endpoints"]
    judged = merged(probe(short), monkeypatch, alone, wide, frames=3, single="judge")
    assert (judged.state, [one.check for one in judged.findings]) == ("pass", ["scene"])


@pytest.fixture(scope="module")
def ends(short: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder, clip = tmp_path_factory.mktemp("ends"), probe(short)
    paths = folder / "start.png", folder / "end.png"
    for path, at in zip(paths, (FIRST, FIRST + 3), strict=True):
        save_image(path, still(short, clip, clip.time_of(at)).rgb())
    return paths


@pytest.mark.parametrize(
    ("generator", "state"), [("geometry", "pass"), ("fake:flicker", "fail"), ("fake:warp", "fail")]
)
def test_two_lost_frames_can_be_judged(
    short: Path, ends: tuple[Path, Path], tmp_path: Path, generator: str, state: State
) -> None:
    clip, out = probe(short), tmp_path / "take.mkv"
    span = Span(start=clip.time_of(FIRST), stop=clip.time_of(FIRST + 3))
    generate(
        start=ends[0],
        end=ends[1],
        frames=4,
        fps=FPS,
        out=out,
        generator=generator,
        footage=short,
        span=span,
    )
    real = real_frames(short, clip, Ends(FIRST, FIRST + 3))
    first, last = (still(short, clip, clip.time_of(at)).rgb() for at in (FIRST, FIRST + 3))
    alone = judge_file(out, first, last, footage=real)
    assert alone.judgement.verdict.state != "pass"
    assert with_context(alone, real).judgement.verdict.state == state
