"""Defaults of options from `landfast.toml` and the environment.

The order is command line, environment, file, default, and within environment and file the
command's own entry before the one for all. Both the file and the environment can
speak to one command (`[run] generator = …`, `LANDFAST_RUN_GENERATOR`) or to all
(`generator = …`, `LANDFAST_GENERATOR`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from landfast.errors import InputError

FILE = "landfast.toml"
PREFIX = "LANDFAST"
PROFILE = "profile"
"""`[[profile]]` entries describe models; `landfast.generators.profiles` reads them."""


def name_environment(name: str, command: Any) -> None:
    """Let every option of the command called `name` stand in `LANDFAST_NAME_OPTION`.

    Help says so once, at its end.
    """
    for long, parameter in _options(command).items():
        parameter.envvar = f"{PREFIX}_{name}_{long}".upper()
        parameter.show_envvar = False


def defaults(commands: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Defaults for the options of the command called `name`, by the names of its parameters.

    Other commands are only looked at where the file speaks to them.

    Raises:
        InputError: The file cannot be read, or holds what no command or option can use.
    """
    known = _options(commands[name])
    values = _read(Path(FILE), commands, name) | _environment(set(known))
    return {
        known[long].name: _split(known[long], value)
        for long, value in values.items()
        if long in known
    }


def _options(command: Any) -> dict[str, Any]:
    """The options of a command by their long names, as the user writes them."""
    return {
        max(parameter.opts, key=len).removeprefix("--").replace("-", "_"): parameter
        for parameter in command.params
        if parameter.param_type_name == "option" and parameter.name != "help"
    }


def _split(parameter: Any, value: Any) -> Any:
    """A repeatable option takes several values: a list in the file, blanks in one text."""
    return value.split() if parameter.multiple and isinstance(value, str) else value


def _environment(known: set[str]) -> dict[str, Any]:
    names = {long: f"{PREFIX}_{long.upper()}" for long in known}
    return {long: os.environ[name] for long, name in names.items() if os.environ.get(name)}


def _read(path: Path, commands: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What the file says to one command, its own table first; all of the file is checked."""
    content = {entry: value for entry, value in _load(path).items() if entry != PROFILE}
    tables = {entry: value for entry, value in content.items() if isinstance(value, dict)}
    shared = {entry: value for entry, value in content.items() if entry not in tables}
    for entry in tables:
        if entry not in commands:
            raise _unknown(path, f"[{entry}]", sorted(commands))
    by_command = {
        entry: _checked(path, table, _options(commands[entry])) for entry, table in tables.items()
    }
    known = _options(commands[name])
    if not {_long(entry) for entry in shared} <= set(known):
        known = {
            long: found for each in commands.values() for long, found in _options(each).items()
        }
    return _checked(path, shared, known) | by_command.get(name, {})


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"cannot be read ({error})", subject=str(path), remedy="correct it or move it away"
        ) from error


def _checked(path: Path, values: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    named = {_long(key): value for key, value in values.items()}
    for key, value in named.items():
        if key not in known:
            raise _unknown(path, key, sorted(known))
        if isinstance(value, dict) or (isinstance(value, list) and not known[key].multiple):
            raise InputError(
                f"gives {key} more than one value", subject=str(path), remedy="give it one"
            )
    return {key: _text(value) for key, value in named.items()}


def _long(key: str) -> str:
    return key.replace("-", "_")


def _text(value: Any) -> Any:
    """Options parse text, so that 0.5 in the file is as exact as 0.5 on the command line."""
    if isinstance(value, list):
        return [_text(item) for item in value]
    return value if isinstance(value, bool) else str(value)


def _unknown(path: Path, name: str, known: list[str]) -> InputError:
    return InputError(
        f"has an unknown entry {name}", subject=str(path), remedy=f"use one of {', '.join(known)}"
    )
