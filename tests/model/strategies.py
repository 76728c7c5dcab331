"""Any valid record, drawn from the types and limits of its own fields."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
from datetime import date
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st

from landfast import model
from landfast.model.clip import Clip
from landfast.model.plan import Generate, Keep, Plan
from landfast.model.profile import Profile
from landfast.model.record import Document, Record
from landfast.model.take import Request
from landfast.model.time import Span

Drawn = st.SearchStrategy[Any]

seconds = st.fractions(min_value=0, max_value=10000, max_denominator=90000)
positive = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=90000)
spans = st.builds(
    lambda start, length: Span(start=start, stop=start + length), start=seconds, length=positive
)
OWN: dict[Any, Drawn] = {Span: spans}
"""Records whose fields hang together."""
_FEW = 2


@cache
def built(record: type[Record]) -> Drawn:
    """A record with every field as its type allows."""
    return OWN[record] if record in OWN else fields(record).map(lambda drawn: record(**drawn))


def fields(record: type[Record], *without: str, **given: Drawn) -> Drawn:
    """The fields of a record by name, without some, and some as given."""
    drawn = {
        name: _value(field.annotation, field.metadata)
        for name, field in record.model_fields.items()
        if name not in (*without, *given)
    }
    return st.fixed_dictionaries(drawn | given)


def _value(kind: Any, limits: list[Any]) -> Drawn:
    """A value of a type, within the limits that the field sets."""
    if get_origin(kind) is Annotated:
        kind, *more = get_args(kind)
        return _value(kind, [*limits, *more])
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([_value(each, limits) for each in get_args(kind)])
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), _limit(limits, "min_length", 0))
    if get_origin(kind) is dict:
        name, value = (_value(each, []) for each in get_args(kind))
        return st.dictionaries(name, value, max_size=_FEW)
    return _plain(kind, limits)


def _tuple(kinds: tuple[Any, ...], least: int) -> Drawn:
    if kinds[1:] == (...,):
        return st.lists(_value(kinds[0], []), min_size=least, max_size=least + _FEW).map(tuple)
    return st.tuples(*(_value(each, []) for each in kinds))


def _plain(kind: Any, limits: list[Any]) -> Drawn:
    if isinstance(kind, type) and issubclass(kind, Record):
        return built(kind)
    low = _limit(limits, "ge", None)
    above = _limit(limits, "gt", None)
    high = _limit(limits, "le", None)
    if kind is int:
        least = above + 1 if above is not None else low or 0
        return st.integers(least, high if high is not None else least + 500)
    if kind is float:
        least = low if above is None else above
        return st.floats(
            least, high, exclude_min=above is not None, allow_nan=False, allow_infinity=False
        )
    return {
        bool: st.booleans(),
        str: st.text(min_size=_limit(limits, "min_length", 0), max_size=12),
        date: st.dates(),
        Fraction: seconds,
        type(None): st.none(),
    }[kind]


def _limit(limits: list[Any], name: str, default: Any) -> Any:
    return next((getattr(one, name) for one in limits if hasattr(one, name)), default)


_CLIP = fields(
    Clip,
    "ticks",
    "end_tick",
    time_base=st.sampled_from([Fraction(1, 600), Fraction(1, 90000), Fraction(1001, 30000)]),
    sample_aspect=positive,
)


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    """Any clip, of constant or variable rate."""
    steps = draw(st.lists(st.integers(1, 50), min_size=1, max_size=40))
    *ticks, end = itertools.accumulate(steps, initial=0)
    return Clip(**draw(_CLIP), ticks=tuple(ticks), end_tick=end)


_PLAN = fields(Plan, "duration", "segments")


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan: kept and generated spans by turns."""
    steps = draw(st.lists(positive, min_size=1, max_size=5))
    edges = list(itertools.accumulate(steps, initial=Fraction(0)))
    segments = [
        draw(built(Generate if at % 2 else Keep)).model_copy(
            update={"span": Span(start=start, stop=stop)}
        )
        for at, (start, stop) in enumerate(itertools.pairwise(edges))
    ]
    return Plan(**draw(_PLAN), duration=edges[-1], segments=tuple(segments))


profiles = fields(Profile, "charges", durations_s=st.lists(positive, max_size=_FEW).map(tuple)).map(
    lambda drawn: Profile(**drawn)
)
OWN |= {Clip: clips(), Plan: plans(), Profile: profiles}
requests = built(Request)


def kinds() -> list[type[Document]]:
    """Every kind of document that the model has."""
    for module in pkgutil.iter_modules(model.__path__):
        importlib.import_module(f"landfast.model.{module.name}")
    ours = [
        each for each in Document.__subclasses__() if each.__module__.startswith(model.__name__)
    ]
    return sorted(ours, key=lambda each: each.__name__)


documents = st.sampled_from(kinds()).flatmap(built)
