from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.conduct import surroundings
from landfast.conduct.surroundings import Ends, Footage, around, ends, rate, real_frames
from landfast.errors import InputError
from landfast.generators.base import CONTEXT
from landfast.media.decode import still, stills
from landfast.media.picture import Picture
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.time import Span


def test_the_ends_are_the_frames_on_screen(karma: Path) -> None:
    clip = probe(karma)
    span = Span(start=clip.time_of(30) + Fraction(1, 100), stop=clip.time_of(45))
    assert ends(clip, span) == Ends(30, 45)
    assert rate(clip, Ends(30, 45)) == Fraction(30000, 1001)


@pytest.mark.parametrize("span", [(12, 13), (13, 14), (5, Fraction(5001, 1000))])
def test_a_span_without_a_gap(karma: Path, span: tuple[Fraction, Fraction]) -> None:
    with pytest.raises(InputError):
        ends(probe(karma), Span(start=Fraction(span[0]), stop=Fraction(span[1])))


def test_the_frames_around_leave_the_anchors_out(karma: Path) -> None:
    clip = probe(karma)
    left, right = around(karma, clip, Ends(30, 45), 3, None)
    assert (len(left), len(right)) == (3, 3)
    for image, index in zip((*left, *right), (27, 28, 29, 46, 47, 48), strict=True):
        np.testing.assert_array_equal(image, still(karma, clip, clip.time_of(index)).rgb())


def test_the_clips_ends_have_fewer_frames_around(karma: Path) -> None:
    clip = probe(karma)
    last = clip.frames - 1
    assert around(karma, clip, Ends(0, last), 4, 64) == ((), ())
    left, right = around(karma, clip, Ends(1, last - 1), 4, 64)
    assert (len(left), len(right)) == (1, 1)


def test_everything_around_a_gap_is_decoded_once(
    karma: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, asked = probe(karma), []

    def counted(path: Path, clip: Clip, times: list[Fraction]) -> Iterator[Picture]:
        asked.append(len(times))
        return stills(path, clip, times)

    monkeypatch.setattr(surroundings, "stills", counted)
    footage, gap = Footage(karma, clip), Ends(30, 45)
    found = footage.around(gap)
    assert asked == [18 + 2 + 18]
    real = real_frames(karma, clip, gap)
    assert np.array_equal(found.footage.before, real.before)
    assert np.array_equal(found.footage.after, real.after)
    seen = around(karma, clip, gap, CONTEXT, None)
    for side, expected in zip(found.beside(), seen, strict=True):
        np.testing.assert_array_equal(side, expected)
    for image, index in zip(found.anchors(deep=False), gap, strict=True):
        np.testing.assert_array_equal(image, still(karma, clip, clip.time_of(index)).rgb())
    assert found.anchors(deep=True)[0].dtype == np.uint16

    asked.clear()
    assert footage.around(gap) is found
    assert asked == []
    assert footage.around(Ends(30, 46)).gap == (30, 46)
    footage.release()
    assert footage.around(Ends(30, 46)) is not found
    assert len(asked) == 2
