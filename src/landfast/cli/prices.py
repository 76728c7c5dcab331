"""Prices on the screen, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from landfast.cli.ladder import ladder_lines
from landfast.cli.screen import say
from landfast.model.plan import Plan
from landfast.model.profile import Profile
from landfast.planning.price import PricedSegment, Tally, priced

STALE_DAYS: Final = 90
"""A price older than this is called old."""


def usd(amount: Fraction | None, *, digits: int = 2) -> str:
    """Dollars for people; `unknown` for None."""
    return "unknown" if amount is None else f"{float(amount):.{digits}f}"


def old_price(profile: Profile) -> str:
    """How old a price is, where it is old; else empty."""
    if profile.price is None:
        return ""
    age = (date.today() - profile.price.read_on).days
    return f"price is {age} days old" if age > STALE_DAYS else ""


def price_rows(found: Sequence[PricedSegment]) -> list[tuple[str, ...]]:
    """A row a segment, in the order of `PRICE_COLUMNS`."""
    return [
        (
            one.segment,
            f"{float(one.seconds):.2f}",
            f"{float(one.billed_s):.2f}",
            usd(one.take_usd),
            "unknown" if one.chance is None else f"{one.chance:.0%}",
            usd(one.expected_usd),
            usd(one.accepted_second_usd),
        )
        for one in found
    ]


PRICE_COLUMNS: Final = (
    "segment",
    "film s",
    "billed s",
    "USD a take",
    "chance",
    "USD until accepted",
    "USD an accepted s",
)


def price_document(found: Sequence[PricedSegment]) -> list[dict[str, Any]]:
    """The same for `--json`."""
    return [
        {
            "segment": one.segment,
            "seconds": float(one.seconds),
            "billed_s": float(one.billed_s),
            "take_usd": float(one.take_usd),
            "chance": one.chance,
            "expected_usd": None if one.expected_usd is None else float(one.expected_usd),
            "accepted_second_usd": (
                None if one.accepted_second_usd is None else float(one.accepted_second_usd)
            ),
        }
        for one in found
    ]


def say_prices(plan: Plan, profile: Profile, tally: Tally) -> None:
    """What a run is about to cost, on stderr; nothing where nothing is charged."""
    for line in ladder_lines(plan):
        say(line)
    if profile.price is None or not plan.generated:
        return
    found = priced(plan, profile, tally)
    for one in found:
        say(
            f"{one.segment}: {usd(one.take_usd)} USD a take ({float(one.billed_s):g} s billed), "
            f"{usd(one.expected_usd)} USD until one is accepted, "
            f"{usd(one.accepted_second_usd)} USD an accepted second"
        )
    whole = sum((one.take_usd for one in found), Fraction(0))
    cap = "no budget is set" if plan.budget_usd is None else f"budget {usd(plan.budget_usd)} USD"
    naive = [
        f"{way.way} {usd(way.cost_usd)} USD" for way in plan.naive if way.profile == profile.name
    ]
    beside = f"; without anchors: {', '.join(naive)}" if naive else ""
    say(f"{profile.name}: {usd(whole)} USD for one take each, {cap}{beside}")
    if old := old_price(profile):
        say(f"{profile.name}: {old}; check it at the source: {profile.price.source}")
