"""Defaults of options from `landfast.toml` and the environment.

The order is command line, environment, file, default. Both the file and the environment can
speak to one command (`[run] generator = …`, `LANDFAST_RUN_GENERATOR`) or to all
(`generator = …`, `LANDFAST_GENERATOR`).
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from landfast.errors import InputError

FILE = "landfast.toml"
PREFIX = "LANDFAST"


def defaults(root: Any) -> dict[str, dict[str, Any]]:
    """Option defaults for every command of `root`, in the form of click's `default_map`.

    Raises:
        InputError: The file cannot be read, or names a command or an option that does not exist.
    """
    options = {
        name: {
            parameter.name
            for parameter in command.params
            if parameter.param_type_name == "option" and parameter.name != "help"
        }
        for name, command in root.commands.items()
    }
    shared, by_command = _read(Path(FILE), options)
    shared |= _environment(set().union(*options.values()))
    return {
        name: {key: value for key, value in shared.items() if key in known} | by_command[name]
        for name, known in options.items()
    }


def _environment(known: set[str]) -> dict[str, Any]:
    names = {key: f"{PREFIX}_{key.upper()}" for key in known}
    return {key: os.environ[name] for key, name in names.items() if os.environ.get(name)}


def _read(
    path: Path, options: dict[str, set[str]]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    content = _load(path)
    shared: dict[str, Any] = {}
    by_command: dict[str, dict[str, Any]] = {name: {} for name in options}
    for name, value in content.items():
        if isinstance(value, dict):
            if name not in options:
                raise _unknown(path, f"[{name}]", sorted(options))
            by_command[name] = _checked(path, value, options[name])
        else:
            shared |= _checked(path, {name: value}, set().union(*options.values()))
    return shared, by_command


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"cannot be read ({error})", subject=str(path), remedy="correct it or move it away"
        ) from error


def _checked(path: Path, values: dict[str, Any], known: set[str]) -> dict[str, Any]:
    named = {key.replace("-", "_"): value for key, value in values.items()}
    for key in named:
        if key not in known:
            raise _unknown(path, key, sorted(known))
    return {key: _text(value) for key, value in named.items()}


def _text(value: Any) -> Any:
    """Options parse text, so that 0.5 in the file is as exact as 0.5 on the command line."""
    if isinstance(value, list):
        return [_text(item) for item in value]
    return value if isinstance(value, bool) else str(value)


def _unknown(path: Path, name: str, known: list[str]) -> InputError:
    return InputError(
        f"has an unknown entry {name}", subject=str(path), remedy=f"use one of {', '.join(known)}"
    )
