"""Defaults of options from `landfast.toml` and the environment.

The order is command line, environment, file, default, and within environment and file the
command's own entry before the one for all. Both the file and the environment can
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


def name_environment(root: Any) -> None:
    """Let every option of every command of `root` stand in `LANDFAST_COMMAND_OPTION`."""
    for name, command in root.commands.items():
        for long, parameter in _options(command).items():
            parameter.envvar = f"{PREFIX}_{name}_{long}".upper()


def defaults(root: Any) -> dict[str, dict[str, Any]]:
    """Option defaults for every command of `root`, in the form of click's `default_map`.

    Raises:
        InputError: The file cannot be read, or holds what no command or option can use.
    """
    options = {name: _options(command) for name, command in root.commands.items()}
    shared, by_command = _read(Path(FILE), options)
    environment = _environment({long for known in options.values() for long in known})
    return {
        name: {
            known[long].name: _split(known[long], value)
            for long, value in (shared | by_command[name] | environment).items()
            if long in known
        }
        for name, known in options.items()
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


def _read(
    path: Path, options: dict[str, dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    content = _load(path)
    shared: dict[str, Any] = {}
    by_command: dict[str, dict[str, Any]] = {name: {} for name in options}
    everywhere = {
        long: parameter for known in options.values() for long, parameter in known.items()
    }
    for name, value in content.items():
        if isinstance(value, dict):
            if name not in options:
                raise _unknown(path, f"[{name}]", sorted(options))
            by_command[name] = _checked(path, value, options[name])
        else:
            shared |= _checked(path, {name: value}, everywhere)
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


def _checked(path: Path, values: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    named = {key.replace("-", "_"): value for key, value in values.items()}
    for key, value in named.items():
        if key not in known:
            raise _unknown(path, key, sorted(known))
        if isinstance(value, dict) or (isinstance(value, list) and not known[key].multiple):
            raise InputError(
                f"gives {key} more than one value", subject=str(path), remedy="give it one"
            )
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
