import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfast.compose.groups import Entry, decoding_times, stretches
from landfast.errors import Unsupported


def _entries(orders: list[list[int]]) -> list[Entry]:
    """Groups whose packets show these frames, counted from the group's first."""
    entries: list[Entry] = []
    for order in orders:
        base = len(entries)
        entries += [
            Entry(10 * (base + offset), 10 * (base + place) - 90, "" if place else "closed")
            for place, offset in enumerate(order)
        ]
    return entries


def _kinds(entries: list[Entry], replaced: set[int]) -> list[str]:
    cut = stretches(entries, sorted(entry.pts for entry in entries), replaced)
    return [stretch.kind[0] for stretch in cut for _ in stretch.frames]


@pytest.mark.parametrize(
    ("orders", "replaced", "kinds"),
    [
        ([[0, 1, 2, 3], [0, 1, 2, 3]], set(), "cccccccc"),
        ([[0, 1, 2, 3], [0, 1, 2, 3]], {2}, "ccgkcccc"),
        ([[0, 1, 2, 3], [0, 1, 2, 3]], {3, 4, 5}, "cccgggkk"),
        ([[0, 1, 2, 3], [0, 1, 2, 3]], {0, 1, 2, 3}, "ggggcccc"),
        # I0 P3 B1 B2: without P3 only I0 can be shown.
        ([[0, 3, 1, 2], [0, 1, 2, 3]], {3}, "ckkgcccc"),
        ([[0, 2, 1, 5, 3, 4], [0, 1]], {4}, "ccckgkcc"),
    ],
)
def test_what_is_copied(orders: list[list[int]], replaced: set[int], kinds: str) -> None:
    assert "".join(_kinds(_entries(orders), replaced)) == kinds


GROUP = st.integers(1, 7).flatmap(
    lambda size: st.permutations(range(1, size)).map(lambda p: [0, *p])
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(orders=st.lists(GROUP, min_size=1, max_size=5), data=st.data())
def test_copied_packets_show_exactly_the_frames_they_should(orders, data) -> None:
    entries = _entries(orders)
    replaced = data.draw(st.sets(st.integers(0, len(entries) - 1)))
    shown = sorted(entry.pts for entry in entries)
    cut = stretches(entries, shown, replaced)
    assert [index for one in cut for index in one.frames] == list(range(len(entries)))
    assert all(a.kind != b.kind for a, b in itertools.pairwise(cut))
    for stretch in cut:
        inside = set(stretch.frames)
        if stretch.kind == "copied":
            packets = entries[stretch.frames.start : stretch.frames.stop]
            assert {shown.index(entry.pts) for entry in packets} == inside
            assert not inside & replaced
            starts = [k for k in stretch.frames if entries[k].door]
            assert starts[0] == stretch.frames.start
        else:
            assert inside <= replaced if stretch.kind == "generated" else not inside & replaced


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(order=st.integers(1, 12).flatmap(lambda size: st.permutations(range(size))))
def test_decoding_times_increase_and_never_pass_presentation(order) -> None:
    pts = [1 + 5 * place for place in order]
    dts = decoding_times(pts)
    assert all(a < b for a, b in itertools.pairwise(dts))
    assert all(d <= p for d, p in zip(dts, pts, strict=True))


@pytest.mark.parametrize(
    ("entries", "shown", "words"),
    [
        ([Entry(0, 0, "closed"), Entry(0, 10, "")], [0], "one frame each"),
        ([Entry(0, 0, "closed"), Entry(10, 0, "")], [0, 10], "out of order"),
        ([Entry(10, 0, "closed"), Entry(0, 5, "closed")], [0, 10], "into one another"),
    ],
)
def test_footage_that_cannot_be_cut_is_refused(entries, shown, words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        stretches(entries, shown, [])
