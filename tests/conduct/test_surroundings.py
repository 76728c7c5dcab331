from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.conduct.surroundings import Ends, after, before, ends, rate
from landfast.errors import InputError
from landfast.media.decode import still
from landfast.media.probe import probe
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
    left, right = before(karma, clip, 30, 3, None), after(karma, clip, 45, 2, None)
    assert (len(left), len(right)) == (3, 2)
    for image, index in zip((*left, *right), (27, 28, 29, 46, 47), strict=True):
        np.testing.assert_array_equal(image, still(karma, clip, clip.time_of(index)).rgb())


def test_the_clips_ends_have_fewer_frames_around(karma: Path) -> None:
    clip = probe(karma)
    assert before(karma, clip, 0, 4, 64) == ()
    assert len(before(karma, clip, 1, 4, 64)) == 1
    assert after(karma, clip, clip.frames - 1, 4, 64) == ()
