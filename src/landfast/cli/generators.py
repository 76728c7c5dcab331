"""`landfast generators`: what can be used and what it takes."""

from __future__ import annotations

from typing import Annotated

import typer

from landfast.cli.options import Json, Profiles, use_profiles
from landfast.cli.prices import old_price
from landfast.cli.screen import print_json, table
from landfast.generators.registry import profiles
from landfast.model.profile import Profile

EXAMPLE = "Example: [bold]landfast generators[/]"

All = Annotated[
    bool, typer.Option("--all", help="Also the one for tests, and those listed for their price.")
]

_COLUMNS = ("name", "takes", "makes", "USD/s")
_NAME = 17
"""Longer names stand in two lines."""
_ANCHORS = {
    "none": "no anchors",
    "first": "first frame only",
    "ends": "first, last frame",
    "any": "frames anywhere",
}


def generators_command(
    everything: All = False, profiles_file: Profiles = None, as_json: Json = False
) -> None:
    """List the generators: what each takes and how, and what it costs."""
    use_profiles(profiles_file)
    known = [one for one in profiles() if everything or (one.usable and not one.hidden)]
    if as_json:
        print_json({"generators": [{"name": p.name, **p.model_dump(mode="json")} for p in known]})
        return
    table("Generators", _COLUMNS, [_row(profile) for profile in known], whole=0)


def _row(profile: Profile) -> tuple[str, ...]:
    """Four columns, so that the table is whole in a terminal of 80."""
    controls = ", ".join(profile.controls)
    takes = [_ANCHORS[profile.keyframes], controls, _seeded(profile), f"keeps: {_native(profile)}"]
    makes = [_sizes(profile), _lengths(profile)]
    costs = [_price(profile)] + ([_billing(profile)] if profile.price else [])
    name = profile.name.replace(":", ":\n", 1) if len(profile.name) > _NAME else profile.name
    lines = ("\n".join(part for part in parts if part) for parts in (takes, makes, costs))
    return (name, *lines)


def _seeded(profile: Profile) -> str:
    words = ["seed"] if profile.seed else ["no seed"]
    words += ["prompt"] if profile.prompt else []
    words += ["negative prompt"] if profile.negative_prompt else []
    return ", ".join(words)


def _sizes(profile: Profile) -> str:
    named = list(dict.fromkeys(size.name for size in profile.sizes))
    if named:
        return " ".join(named)
    return f"multiples of {profile.size_multiple}" if profile.size_multiple > 1 else "any"


def _lengths(profile: Profile) -> str:
    rates = "/".join(f"{float(rate):g}" for rate in profile.fps) or "any"
    rule = profile.frame_rule
    if profile.durations_s:
        return f"{_seconds(profile)} s at {rates} fps"
    step = f"{rule.step}k+{rule.offset} " if rule.step > 1 else ""
    most = "" if rule.most is None else f" to {rule.most}"
    return f"{step}frames from {rule.least}{most} at {rates} fps"


def _seconds(profile: Profile) -> str:
    """`5 or 10`, or `2 to 10` where every whole second is made."""
    lengths = sorted(profile.durations_s)
    if len(lengths) > 2 and lengths[-1] - lengths[0] == len(lengths) - 1:
        return f"{float(lengths[0]):g} to {float(lengths[-1]):g}"
    return " or ".join(f"{float(length):g}" for length in lengths)


def _native(profile: Profile) -> str:
    """Constraints that the model meets by itself; all others are checked on the result."""
    kinds = [kind for kind, way in profile.support.items() if way not in ("checked", "composited")]
    return ", ".join(kinds) or "none"


def _billing(profile: Profile) -> str:
    if profile.price is None:
        return "free" if profile.usable else "not known"
    least = f", at least {float(profile.minimum_s):g} s" if profile.minimum_s else ""
    if profile.durations_s:
        return f"by its lengths{least}"
    return (f"by {float(profile.quantum_s):g} s" if profile.quantum_s else "exact") + least


def _price(profile: Profile) -> str:
    if profile.price is None:
        return "0" if profile.usable else "not known"
    rates = sorted({float(size.usd_per_second) for size in profile.sizes if size.usd_per_second})
    rates = rates or [float(profile.price.usd_per_second)]
    span = f"{rates[0]:.3f}" if len(rates) == 1 else f"{rates[0]:.3f}-{rates[-1]:.3f}"
    notes = [old_price(profile)]
    if profile.deprecated_on is not None:
        notes.append(f"ends {profile.deprecated_on.isoformat()}")
    if not profile.usable:
        notes.append("price only")
    told = "; ".join(note for note in notes if note)
    return f"{span} ({told})" if told else span
