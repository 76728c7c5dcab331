"""The profiles that landfast itself describes, as data in `profiles.toml`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

from landfast.model.profile import Profile


@lru_cache(maxsize=1)
def shipped_profiles() -> tuple[Profile, ...]:
    """Every profile of the file, in its order; price-only ones have `usable` false."""
    text = resources.files("landfast.generators").joinpath("profiles.toml").read_text("utf-8")
    return tuple(Profile.model_validate(entry) for entry in tomllib.loads(text)["profile"])


def shipped_profile(generator: str) -> Profile:
    """The first profile of a generator."""
    return next(one for one in shipped_profiles() if one.generator == generator)
