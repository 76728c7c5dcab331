"""`landfast generators`: what can be used and what it takes."""

from __future__ import annotations

from datetime import date

from landfast.cli.options import Json
from landfast.cli.screen import print_json, table
from landfast.generators.registry import profiles
from landfast.model.profile import Profile

EXAMPLE = "Example: [bold]landfast generators[/]"

STALE_DAYS = 90


def generators_command(as_json: Json = False) -> None:
    """List the generators: what each takes and how, and what it costs."""
    known = profiles()
    if as_json:
        print_json({"generators": [{"name": p.name, **p.model_dump(mode="json")} for p in known]})
        return
    header = ("name", "use", "seed", "billing", "price", "meets itself")
    table("Generators", header, [_row(profile) for profile in known])


def _row(profile: Profile) -> tuple[str, ...]:
    return (
        profile.name,
        "ready" if profile.usable else "price only",
        "yes" if profile.seed else "no",
        _billing(profile),
        _price(profile),
        _native(profile),
    )


def _native(profile: Profile) -> str:
    """Constraints that the model meets by itself; all others are checked on the result."""
    kinds = [kind for kind, way in profile.support.items() if way != "checked"]
    return ", ".join(kinds) or "none"


def _billing(profile: Profile) -> str:
    if profile.price is None:
        return "free" if profile.usable else "not known"
    if profile.durations_s:
        return " or ".join(f"{float(length):g} s" for length in profile.durations_s)
    least = f", at least {float(profile.minimum_s):g} s" if profile.minimum_s else ""
    step = f"by {float(profile.quantum_s):g} s" if profile.quantum_s else "exact"
    return step + least


def _price(profile: Profile) -> str:
    if profile.price is None:
        return "0" if profile.usable else "not known"
    age = (date.today() - profile.price.read_on).days
    old = f" (read {age} days ago)" if age > STALE_DAYS else ""
    return f"{float(profile.price.usd_per_second):.3f} USD/s{old}"
