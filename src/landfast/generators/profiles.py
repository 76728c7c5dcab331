"""The models that landfast knows, as data: `profiles.toml`, and the user's own beside it."""

from __future__ import annotations

import os
import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from landfast.errors import InputError
from landfast.media.files import read_bytes
from landfast.model.profile import Profile
from landfast.model.record import describe

FILES = "LANDFAST_PROFILES"
"""Environment variable: TOML files with `[[profile]]` entries, separated as in PATH."""
SETTINGS = "landfast.toml"
"""Its `[[profile]]` entries count too."""


@lru_cache(maxsize=1)
def shipped_profiles() -> tuple[Profile, ...]:
    """Every profile of the package, in its order; price-only ones have `usable` false."""
    text = resources.files("landfast.generators").joinpath("profiles.toml").read_text("utf-8")
    return tuple(Profile.model_validate(entry) for entry in tomllib.loads(text)["profile"])


def shipped_profile(generator: str) -> Profile:
    """The first profile of a generator."""
    return next(one for one in shipped_profiles() if one.generator == generator)


def known_profiles() -> tuple[Profile, ...]:
    """The package's profiles, the user's in place of those of the same name, then the user's new.

    A user's entry that names a known model need only hold what differs.

    Raises:
        InputError: A file of the user's cannot be read or holds something else.
    """
    known = {one.name: one for one in shipped_profiles()}
    for path in _files():
        for entry in _entries(path):
            changed = _merged(entry, known, path)
            known[changed.name] = changed
    return tuple(known.values())


def remote_profile(generator: str, model: str = "") -> Profile:
    """The profile of `MODEL` or `MODEL@SIZE`; a generator's first where no model is named.

    Raises:
        InputError: No such model, or it has no such size.
    """
    name, _, size = model.partition("@")
    of_it = [one for one in known_profiles() if one.generator == generator]
    found = next((one for one in of_it if name in ("", one.model)), None)
    if found is None:
        listed = ", ".join(one.model for one in of_it) or "none that is known"
        raise InputError(
            f"has no model {name!r}",
            subject=f"generator {generator}",
            remedy=f"choose from {listed}",
        )
    if not size:
        return found
    sizes = tuple(one for one in found.sizes if one.name == size)
    if not sizes:
        listed = ", ".join(dict.fromkeys(one.name for one in found.sizes)) or "any size"
        raise InputError(f"makes no {size!r}", subject=found.name, remedy=f"it makes {listed}")
    return found.model_copy(update={"sizes": sizes})


def _files() -> tuple[Path, ...]:
    named = [Path(part) for part in os.environ.get(FILES, "").split(os.pathsep) if part]
    return (*((Path(SETTINGS),) if Path(SETTINGS).is_file() else ()), *named)


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        found = tomllib.loads(read_bytes(path).decode()).get("profile", [])
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"is not TOML ({error})", subject=str(path), remedy="correct it"
        ) from error
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise InputError(
            "holds no list of profiles", subject=str(path), remedy="write them as [[profile]]"
        )
    return found


def _merged(entry: dict[str, Any], known: dict[str, Profile], path: Path) -> Profile:
    model = entry.get("model", "")
    name = f"{entry.get('generator', '')}:{model}" if model else str(entry.get("generator", ""))
    base = known[name].model_dump() if name in known else {}
    if "price" in entry and "sizes" in base:
        # The user's one price holds for every size, or a budget would count with an old one.
        base["sizes"] = [{**size, "usd_per_second": None} for size in base["sizes"]]
        base["charges"] = ()
    try:
        return Profile.model_validate({**base, **entry})
    except ValidationError as error:
        raise InputError(
            f"profile {name!r}: {describe(error)}",
            subject=str(path),
            remedy="correct the field; a new model needs all of them",
        ) from error
