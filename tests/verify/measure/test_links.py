"""Ways composed of the links between neighbours, whoever asks first."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.verify.measure.links import (
    Link,
    Links,
    places_between,
    places_of_first,
    places_of_last,
    upper_quartile,
)
from landfast.verify.measure.parallel import once


def moving(frames: int) -> tuple[Link, ...]:
    """A camera that moves by a cell a frame to the right, over 6 x 9 cells; the corner is lost."""
    ahead = np.zeros((6, 9, 2), np.float32)
    ahead[..., 0] = -8
    sure = np.ones((6, 9), bool)
    sure[0, 8] = False
    return (Link(ahead, -ahead, sure, sure, 0.0, 0.0, 8.0),) * (frames - 1)


def test_ways_lead_as_far_as_the_links_and_are_the_same_from_wherever_they_are_continued() -> None:
    plain, kept = moving(5), Links(moving(5))
    for at, to in ((0, 2), (0, 4), (4, 3), (4, 0), (2, 2)):
        alone, shared = places_between(plain, at, to), places_between(kept, at, to)
        assert (alone.at[3, 4] == (4 + at - to, 3)).all()
        assert (alone.at == shared.at).all()
        assert (alone.known == shared.known).all()
        assert not alone.known[0, 8] or at == to
        assert not alone.known[:, : max(0, to - at)].any()


def test_places_of_an_end_are_those_between_it_and_every_frame() -> None:
    kept = Links(moving(5))
    for k, (first, last) in enumerate(
        zip(places_of_first(kept), places_of_last(kept), strict=True)
    ):
        for at, places in ((0, first), (4, last)):
            way = places_between(kept, at, k)
            assert (places.at == way.at).all()
            assert (places.known == way.known).all()


@pytest.mark.parametrize("count", [1, 2, 5, 401])
def test_the_upper_quartile_is_the_percentile(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert upper_quartile(values) == pytest.approx(float(np.percentile(values, 75)))


def test_a_measure_is_taken_once_of_every_object() -> None:
    class Thing:
        asked = 0

    @once
    def asked(thing: Thing) -> int:
        thing.asked += 1
        return thing.asked

    one, other = Thing(), Thing()
    assert [asked(one), asked(one), asked(other)] == [1, 1, 1]
