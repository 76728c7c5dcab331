"""Which generators there are: adapters by entry point, and profiles as data.

Another package adds a generator with an entry point in the group `landfast.generators`: its name
is the generator's, its object is called with the model (the part after the colon, may be empty)
and returns a `Generator`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from landfast.errors import InputError
from landfast.generators.base import Generator
from landfast.generators.profiles import known_profiles
from landfast.model.profile import Profile

GROUP = "landfast.generators"

BUILT_IN = {
    "luma": "landfast.generators.luma:open_luma",
    "luma-legacy": "landfast.generators.luma_legacy:open_luma_legacy",
    "runway": "landfast.generators.runway:open_runway",
    "fal": "landfast.generators.fal:open_fal",
    "comfyui": "landfast.generators.comfyui:open_comfyui",
    "diffusers": "landfast.generators.diffusers:open_diffusers",
}
"""Adapters that come with landfast beside those among its entry points."""


def names() -> tuple[str, ...]:
    """Names of the generators that can be opened, sorted."""
    return tuple(sorted({point.name for point in _points()}))


@cache
def _brought(search: Callable[..., Iterable[EntryPoint]]) -> tuple[EntryPoint, ...]:
    """What packages bring; looked for once, since that reads the records of all of them."""
    return tuple(search(group=GROUP))


def _points() -> list[EntryPoint]:
    brought = _brought(entry_points)
    named = {point.name for point in brought}
    own = [EntryPoint(name, value, GROUP) for name, value in BUILT_IN.items() if name not in named]
    return [*brought, *own]


def open_generator(name: str) -> Generator:
    """The generator `NAME`, `NAME:MODEL`, or `NAME@SIZE` for its first model.

    Raises:
        InputError: There is none of that name, or it has no such model.
    """
    adapter, _, model = name.partition(":")
    if not model:
        adapter, at, size = adapter.partition("@")
        model = f"{at}{size}"
    for point in _points():
        if point.name == adapter:
            return _load(point)(model)
    priced = any(profile.generator == adapter for profile in known_profiles())
    raise InputError(
        f"{name!r} stands in the list for its price alone" if priced else f"no generator {name!r}",
        subject="--generator",
        remedy=f"choose from {', '.join(names())}",
    )


def open_all(names: str, width: int, height: int) -> tuple[Generator, ...]:
    """The generators of `NAME[:MODEL[@SIZE]][,NAME...]`, in the order in which they are tried.

    Services are held to the size that suits footage of `width` x `height`.

    Raises:
        InputError: There is none of that name, or it has no such model.
    """
    # Loaded here: a command that judges or measures opens none.
    from landfast.generators.remote.generator import RemoteGenerator

    opened = [open_generator(name.strip()) for name in names.split(",")]
    return tuple(
        one.with_profile(one.profile.sized(width, height))
        if isinstance(one, RemoteGenerator)
        else one
        for one in opened
    )


def profiles() -> tuple[Profile, ...]:
    """What every known model takes and costs, price-only ones included, usable ones first."""
    known = known_profiles()
    listed = {profile.generator for profile in known}
    added = [open_generator(name).profile for name in names() if name not in listed]
    return tuple(sorted((*known, *added), key=lambda one: (not one.usable, one.name)))


def _load(point: EntryPoint) -> Callable[[str], Generator]:
    try:
        factory: Callable[[str], Generator] = point.load()
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"generator {point.name!r} cannot be loaded ({error})",
            subject="--generator",
            remedy=f"install again the package that brings {point.value}",
        ) from error
    return factory
