"""What all records share: frozen, exact round trip, strict reading, stable keys."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from landfast.errors import InputError
from landfast.model.constraint import KeepEndpoint, KeepScene
from landfast.model.measured import Anchor
from landfast.model.record import Document, canonical
from landfast.model.take import Request
from model.strategies import documents, requests

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(documents)
def test_a_document_comes_back_equal(document: Document) -> None:
    text = document.to_json()
    again = type(document).from_json(text)
    assert again == document
    assert again.key == document.key
    assert again.to_json() == text
    body = json.loads(text)
    assert list(body)[:2] == ["type", "version"]
    assert body["type"] == document.type_name()
    assert text.endswith("}\n")


@few
@given(requests, st.randoms())
def test_the_key_does_not_depend_on_the_order_of_fields(request: Request, random: Any) -> None:
    items = list(json.loads(request.to_json()).items())
    random.shuffle(items)
    assert Request.from_json(json.dumps(dict(items))).key == request.key


@few
@given(requests, requests)
def test_keys_differ_where_contents_differ(a: Request, b: Request) -> None:
    assert (a.key == b.key) == (a == b)


def test_a_key_is_the_same_in_every_process() -> None:
    text = '{"at":"start","image":"é","kind":"endpoint","strength":"required"}'
    assert KeepEndpoint(at="start", image="é").key == sha256(text.encode()).hexdigest()


def request_body(**changes: Any) -> str:
    """The JSON of a request with some fields changed."""
    request = Request(
        segment="gap_0010",
        generator="geometry",
        first="a",
        last="b",
        constraints=(KeepScene(),),
        width=64,
        height=36,
        frames=12,
        fps="30000/1001",  # type: ignore[arg-type]
    )
    return json.dumps({**json.loads(request.to_json()), **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seeds": 3}, "field seeds"),
        ({"frames": "many"}, "field frames"),
        ({"frames": 1}, "field frames"),
        ({"fps": 29.97}, "field fps"),
        ({"fps": "1/0"}, "field fps"),
        ({"fps": "1e999999"}, "field fps"),
        ({"constraints": [{"kind": "wish"}]}, "field constraints"),
        ({"constraints": [{"kind": "scene", "at": "start"}]}, "field constraints"),
        ({"footage": {"clip": "c", "span": {"start": "2", "stop": "1"}}}, "must start before"),
        ({"version": 2}, "version 2"),
        ({"version": None}, "version None"),
        ({"type": "plan"}, "does not hold a request"),
    ],
)
def test_what_is_not_as_written_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        Request.from_json(request_body(**changes), source="request.json")
    message = str(caught.value)
    assert words in message
    assert message.startswith("request.json: ")
    assert caught.value.remedy
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"request"', b"\xff\xfe", '{"a": 1}'])
def test_what_is_no_document_is_refused(text: str | bytes) -> None:
    with pytest.raises(InputError):
        Request.from_json(text)


def test_a_missing_field_is_named() -> None:
    body = json.loads(request_body())
    del body["first"]
    with pytest.raises(InputError, match="field first"):
        Request.from_json(json.dumps(body))


def test_records_are_frozen_and_take_no_unknown_field() -> None:
    scene = KeepScene()
    with pytest.raises(ValidationError):
        scene.strength = "preferred"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        KeepScene(colour="red")  # type: ignore[call-arg]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_are_finite(value: float) -> None:
    with pytest.raises(ValidationError):
        Anchor(time=0, image="", score=value, reason="")  # type: ignore[arg-type]


def test_canonical_json_is_sorted_tight_and_finite() -> None:
    assert canonical({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))
