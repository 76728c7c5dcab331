"""The page of an analysis: there is something to see in every part of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.media.probe import probe
from landfast.media.stills import load_image
from landfast.model.clip import Clip
from landfast.model.measured import AnchorParts, FoundAnchor, Shot, Unusable
from landfast.model.time import Span
from landfast.vision.analysis.onepass import Observations, observe
from landfast.vision.analysis.shots import shots
from landfast.vision.plot.page import Marks, draw_plot, write_plot
from scenes import Scene, path, video, write_video


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Observations]:
    file = tmp_path_factory.mktemp("plot") / "clip.mp4"
    write_video(file, video(Scene(), path("forward", 10)))
    clip = probe(file)
    return clip, observe(file, clip)


def test_marks_are_drawn(tmp_path: Path, seen: tuple[Clip, Observations]) -> None:
    clip, found = seen
    fault = Unusable(
        span=Span(start=Fraction(1, 10), stop=Fraction(2, 10)),
        fault="blurred",
        confidence=1,
        reason="",
    )
    parts = AnchorParts(quality=1, structure=1, stability=1, stillness=1)
    anchor = FoundAnchor(time=Fraction(0), measured_as="0" * 64, score=1, parts=parts, reason="")
    plain = draw_plot(clip, found, Marks(shots(found.table, clip)))
    marked = draw_plot(clip, found, Marks(shots(found.table, clip), [fault], [anchor]))
    assert plain.shape == marked.shape and (plain != marked).any()
    red = (marked == (200, 54, 48)).all(axis=2).sum() - (plain == (200, 54, 48)).all(axis=2).sum()
    assert red > 2000
    write_plot(tmp_path / "analysis.png", clip, found, Marks(shots(found.table, clip)))
    np.testing.assert_array_equal(load_image(tmp_path / "analysis.png"), plain)


def test_what_speaks_for_an_anchor_is_drawn(seen: tuple[Clip, Observations]) -> None:
    clip, found = seen
    lines = shots(found.table, clip)
    parts = {name: np.linspace(0, 1, clip.frames) for name in ("quality", "structure")}
    plain = draw_plot(clip, found, Marks(lines))
    told = draw_plot(clip, found, Marks(lines, parts=parts))
    assert told.shape[0] > plain.shape[0]
    anchor = FoundAnchor(
        time=clip.time_of(5),
        measured_as="0" * 64,
        score=0.5,
        parts=AnchorParts(quality=1, structure=1, stability=1, stillness=1),
        reason="",
    )
    held = draw_plot(clip, found, Marks(lines, anchors=[anchor], parts=parts))
    green = [(page == (34, 140, 76)).all(axis=2).sum() for page in (told, held)]
    assert green[1] > green[0] + 300


@pytest.mark.parametrize("frames", [1, 3])
def test_silent_clips_are_drawn_too(tmp_path: Path, frames: int) -> None:
    file = write_video(tmp_path / "clip.mp4", [np.zeros((48, 64, 3), np.uint8)] * frames)
    clip = probe(file)
    found = observe(file, clip)
    unknown = Shot(
        span=clip.span, motion="unknown", confidence=0, speed_px=None, parallax_px=None, reason=""
    )
    page = draw_plot(clip, found, Marks([unknown]))
    assert (page < 128).any()
