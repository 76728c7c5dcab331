"""How models read control videos, from `conventions.toml` and from the profiles of generators."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from landfast.errors import InputError
from landfast.model.controls import ControlKind, Convention
from landfast.model.profile import Profile

OWN: Final = Convention(
    name="", title="The footage's own grid", container="mkv", source="no model was named"
)
"""The footage's own size, frames and times, whatever reads them afterwards."""
_EVERY: Final[tuple[ControlKind, ...]] = ("depth", "edges", "mask", "labels", "source", "known")


@lru_cache(maxsize=1)
def shipped_conventions() -> tuple[Convention, ...]:
    """Every convention of the file, in its order."""
    text = resources.files("landfast.generators").joinpath("conventions.toml").read_text("utf-8")
    return tuple(Convention.model_validate(one) for one in tomllib.loads(text)["convention"])


def convention_for(name: str, profiles: Iterable[Profile], fps: Fraction) -> Convention:
    """What a model wants to be shown, by the name of a family, an alias, or a generator's profile.

    A profile that belongs to a family takes its grey levels from there and its grid from itself.

    Args:
        name: As given with `--for`; empty for the footage's own grid.
        profiles: The generators that are known.
        fps: Of the footage: where a profile leaves the choice, the nearest rate is taken.

    Raises:
        InputError: No such model.
    """
    if not name:
        return OWN
    for profile in profiles:
        if profile.name == name.strip():
            return convention_of(profile, fps)
    family = _family(name)
    if family is None:
        raise InputError(
            f"no model {name!r}",
            subject="--for",
            remedy="choose from "
            + ", ".join(one.name for one in shipped_conventions())
            + ", or a name that `landfast generators` lists",
        )
    return family


def convention_of(profile: Profile, fps: Fraction) -> Convention:
    """The convention of a generator's model, on the model's own grid."""
    family = _family(profile.name) or _family(profile.model)
    kinds = profile.controls
    if family is None:
        takes: dict[Any, str] = {kind: "native" for kind in _EVERY if kind in kinds}
        base = OWN.model_copy(update={"container": "mp4", "source": f"profile {profile.name}"})
    else:
        takes = {kind: how for kind, how in family.takes.items() if not kinds or kind in kinds}
        base = family
    rate = min(profile.fps, key=lambda one: (abs(one - (base.fps or fps)), -one), default=base.fps)
    return base.model_copy(
        update={
            "name": profile.name,
            "aliases": (),
            "title": profile.title,
            "size_multiple": max(profile.size_multiple, base.size_multiple),
            "sizes": tuple((size.width, size.height) for size in profile.sizes) or base.sizes,
            "fps": rate,
            "frame_rule": profile.frame_rule,
            "durations_s": profile.durations_s,
            "takes": takes,
        }
    )


def _family(name: str) -> Convention | None:
    wanted = _plain(name)
    for one in shipped_conventions():
        if wanted in (_plain(one.name), *map(_plain, one.aliases)):
            return one
    return None


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")
