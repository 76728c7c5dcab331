"""The generators of `--generator`, one by one or as the ladder `auto`, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from landfast.conduct.rungs import FootageRung
from landfast.errors import InputError
from landfast.generators.base import Generator
from landfast.generators.registry import open_all
from landfast.ledger.rows import TakeRow
from landfast.model.clip import Clip
from landfast.model.plan import Generate, Plan, Retime, Segment
from landfast.model.profile import Profile
from landfast.model.take import Request
from landfast.planning.ladder import GEOMETRY, KEEP, RETIME
from landfast.planning.retiming import widened
from landfast.planning.segments import cover

AUTO: Final = "auto"


def named(text: str) -> tuple[str, ...]:
    """The names in `NAME[:MODEL][,NAME...]`.

    Raises:
        InputError: Nothing stands between two commas, or `auto` stands where it cannot.
    """
    found = tuple(name.strip() for name in text.split(","))
    if not all(found):
        raise InputError(
            f"names nothing {'beside a comma' if ',' in text else ''}".strip() + f": {text!r}",
            subject="--generator",
            remedy="write NAME, or NAME,NAME to have the second tried after the first",
        )
    if AUTO in found[1:]:
        raise InputError(
            f"has auto after another name: {text!r}",
            subject="--generator",
            remedy="write auto first and the models after it: auto,luma",
        )
    if found[0] == AUTO and GEOMETRY in found:
        raise InputError(
            f"names geometry, which auto holds already: {text!r}",
            subject="--generator",
            remedy="leave geometry out",
        )
    return found


def climbs(text: str) -> bool:
    """True where `--generator` asks for the ladder."""
    return named(text)[0] == AUTO


def open_rungs(text: str, width: int, height: int) -> tuple[Generator, ...]:
    """The generators in the order in which they are tried; services held to the footage's size.

    Raises:
        InputError: There is none of that name, or it has no such model.
    """
    names = named(text)
    if names[0] != AUTO:
        return open_all(",".join(names), width, height)
    ordinary = open_all(",".join((GEOMETRY, *names[1:])), width, height)
    return FootageRung(KEEP), FootageRung(RETIME), *ordinary


def planned_with(makers: tuple[Generator, ...]) -> Generator:
    """The one that a plan is made for: the first that makes takes from anchors alone."""
    return next(one for one in makers if not isinstance(one, FootageRung))


def worded_for(makers: tuple[Generator, ...]) -> Profile:
    """The first that takes words, for which prompts are written; else the plan's own."""
    return next((one.profile for one in makers if one.profile.prompt), planned_with(makers).profile)


def retime_of(segment: Generate) -> Retime | None:
    """How the plan would have real frames cover a segment."""
    return next((rung.retime for rung in segment.rungs if rung.retime is not None), None)


def asked_of(segment: Generate, generator: str, clip: Clip) -> Generate:
    """The segment as a rung fills it: retiming has a window of its own."""
    retime = retime_of(segment) if generator == RETIME else None
    return segment if retime is None else widened(segment, retime, clip)


def as_asked(segment: Generate, request: Request, clip: Clip) -> Generate:
    """The segment that a request is for."""
    return asked_of(segment, request.generator, clip)


def as_filled(plan: Plan, clip: Clip, accepted: Mapping[str, TakeRow]) -> Plan:
    """The plan as it came out: kept spans are footage, retimed ones have their own window."""
    if all(row.request.generator not in (KEEP, RETIME) for row in accepted.values()):
        return plan
    filled = [_filled(segment, accepted.get(segment.name), clip) for segment in plan.generated]
    made: tuple[Segment, ...] = cover(clip, [one for one in filled if one is not None])
    return plan.model_copy(update={"segments": made})


def _filled(segment: Generate, row: TakeRow | None, clip: Clip) -> Generate | None:
    if row is None:
        return segment
    return None if row.request.generator == KEEP else as_asked(segment, row.request, clip)
