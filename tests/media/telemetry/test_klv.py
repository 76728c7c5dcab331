"""Elements and numbers: what is written comes back, what is broken does no harm."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfast.media.telemetry.gpmf import MAX_PACKET_BYTES, payloads
from landfast.media.telemetry.klv import MAX_ELEMENTS, Faults, elements, numbers

from .writer import CODES, device, klv, mixed, nest, rows, stream, words

LIMITS = {"b": 7, "B": 8, "s": 15, "S": 16, "l": 31, "L": 32}


def read(data: bytes) -> tuple[list, Faults]:
    faults = Faults()
    return list(elements(memoryview(data), faults)), faults


@st.composite
def samples(draw: st.DrawFn) -> tuple[str, list[list[float]]]:
    kind = draw(st.sampled_from([*sorted(LIMITS), "f", "d"]))
    width = draw(st.integers(1, 255 // struct.calcsize(CODES[kind])))
    if kind in "fd":
        value: st.SearchStrategy[float] = st.floats(width=32 if kind == "f" else 64)
    else:
        top = 2 ** LIMITS[kind] - 1
        value = st.integers(-top - 1 if kind in "bsl" else 0, top)
    return kind, draw(st.lists(st.lists(value, min_size=width, max_size=width), max_size=5))


@settings(max_examples=100, deadline=None)
@given(samples())
def test_numbers_come_back(sample: tuple[str, list[list[float]]]) -> None:
    kind, values = sample
    (element,), faults = read(rows("DATA", kind, values))
    found = numbers(element)
    assert found is not None and not faults and element.repeat == len(values)
    if values:
        np.testing.assert_array_equal(found, np.array(values, np.float64))


@settings(max_examples=60, deadline=None)
@given(st.text("bBsSlLjJfd", min_size=1, max_size=20), st.integers(0, 4))
def test_structures_come_back(structure: str, count: int) -> None:
    values = [[at + row for at in range(len(structure))] for row in range(count)]
    (kind, element), _ = read(mixed("DATA", structure, values))
    found = numbers(element, kind.text)
    assert found is not None and found.tolist() == values


def test_fixed_point_counts_in_parts() -> None:
    (element,), _ = read(klv("DATA", "q", 4, 1, struct.pack(">i", -3 << 15)))
    assert numbers(element).tolist() == [[-1.5]]
    (element,), _ = read(klv("DATA", "Q", 8, 1, struct.pack(">q", 5 << 31)))
    assert numbers(element).tolist() == [[2.5]]


def test_counts_and_text_in_a_structure() -> None:
    body = klv("DATA", "?", 14, 1, struct.pack(">4s3hI", b"SNOW", 1, -2, 3, 7))
    (element,), _ = read(body)
    found = numbers(element, "Fs[3]L")
    assert np.isnan(found[0, 0]) and found[0, 1:].tolist() == [1, -2, 3, 7]


@pytest.mark.parametrize("structure", ["", "L", "Ls[300]", "XX", "L" * 300, "s[0]"])
def test_structures_that_do_not_fit_are_refused(structure: str) -> None:
    (element,), _ = read(klv("DATA", "?", 14, 1, bytes(14)))
    assert numbers(element, structure) is None


@pytest.mark.parametrize(("kind", "size"), [("l", 3), ("l", 0), ("#", 4), ("c", 1), ("\xff", 1)])
def test_types_that_are_no_numbers_are_refused(kind: str, size: int) -> None:
    (element,), _ = read(klv("DATA", kind, size, 2, bytes(2 * size)))
    assert numbers(element) is None


def test_claimed_size_beyond_the_packet_ends_the_level() -> None:
    found, faults = read(words("DVNM", "Camera") + klv("GYRO", "s", 255, 65535, b"abcd"))
    assert [element.key for element in found] == ["DVNM"]
    assert list(faults) == ["an element reaches beyond the end of its packet"]


def test_a_packet_of_nothing_but_headers_ends() -> None:
    found, faults = read(klv("EMPT", "L", 4, 0, b"") * (MAX_ELEMENTS + 5))
    assert len(found) == MAX_ELEMENTS and sum(faults.values()) == 1


def test_deep_nesting_is_not_entered() -> None:
    data = rows("GYRO", "s", [[1, 2, 3]])
    for _ in range(2000):
        data = nest("STRM", data)
        if len(data) > 60000:
            break
    faults = Faults()
    assert payloads(device("Camera", data), 0.0, 1.0, faults) == []


def test_large_packets_are_not_read() -> None:
    faults = Faults()
    assert (
        payloads(bytes(MAX_PACKET_BYTES + 1), 0.0, 1.0, faults) == [] and sum(faults.values()) == 1
    )


@pytest.mark.parametrize("scale", [[[0]], [[1], [2]], []])
def test_scales_that_do_not_fit_are_reported(scale: list[list[int]]) -> None:
    body = stream(rows("SCAL", "s", scale), rows("GYRO", "s", [[1, 2, 3]]))
    faults = Faults()
    assert payloads(device("Camera", body), 0.0, 1.0, faults) == []
    assert list(faults) == ["stream GYRO does not say how its numbers are written"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_do_no_harm(data: bytes) -> None:
    payloads(data, 0.0, 1.0, Faults())
    payloads(nest("DEVC", stream(data)), 0.0, 1.0, Faults())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_packets_do_no_harm(data: st.DataObject) -> None:
    good = device(
        "Camera",
        stream(
            rows("SCAL", "f", [[2.0]]), rows("STMP", "J", [[5]]), rows("GYRO", "s", [[1, 2, 3]])
        ),
        stream(mixed("GLPI", "LllllsssS", [[1, 2, 3, 4, 5, 6, 7, 8, 9]] * 3)),
    )
    at = data.draw(st.integers(0, len(good) - 1))
    value = data.draw(st.integers(0, 255))
    payloads(good[:at] + bytes([value]) + good[at + 1 :], 0.0, 1.0, Faults())
    payloads(good[:at], 0.0, 1.0, Faults())


def test_names_hold_nothing_that_moves_a_terminal() -> None:
    (element,), _ = read(words("DVNM", "Go\x1b[2JPro\r\n\0hidden"))
    assert element.text == "Go[2JPro"
