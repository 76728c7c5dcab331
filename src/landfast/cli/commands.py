"""The commands by name, each imported when it is asked for: a small command starts at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import MarkupMode, TyperCommand, TyperGroup

from landfast.cli.settings import PREFIX, defaults, name_environment

COMMANDS = {
    "probe": "probe",
    "frames": "frames",
    "analyze": "analyze",
    "controls": "controls",
    "plan": "plan",
    "generate": "generate",
    "verify": "verify",
    "lock": "lock",
    "run": "run",
    "resume": "run",
    "study": "study",
    "init": "init",
    "generators": "generators",
    "doctor": "doctor",
    "demo": "demo",
}
"""Command to module of this package. The module's `NAME_command` is its function; its
`NAME_EXAMPLE`, or `EXAMPLE` in a module of one command, the example that help ends with."""

_MARKUP: MarkupMode = "rich"


class _Plain:
    """Flags without a `<bool>` beside them in help: they take no value."""

    def get_params(self, ctx: Any) -> list[Any]:
        """As of the command, its help option included."""
        found: list[Any] = super().get_params(ctx)  # type: ignore[misc]  # of the class beside it
        for parameter in found:
            if getattr(parameter, "is_flag", False):
                parameter.metavar = ""
        return found


class _Command(_Plain, TyperCommand):
    pass


class Root(_Plain, TyperGroup):
    """`landfast` itself. Help reads the commands' docstrings; only a call imports one."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Imported()  # type: ignore[assignment]  # read-only: nothing adds to it

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Names in the order of help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """What help says of a command; None where there is none of that name."""
        return _described(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command to call, with the defaults that file and environment give it."""
        name, _, rest = super().resolve_command(ctx, args)
        command = self.commands[str(name)]
        name_environment(str(name), command)
        ctx.default_map = {name: defaults(self.commands, str(name))}
        return name, command, rest


class _Imported(Mapping[str, Any]):
    """Commands by name, each imported once it is looked at."""

    def __getitem__(self, name: str) -> Any:
        return _imported(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


@cache
def _imported(name: str) -> Any:
    module = import_module(f"landfast.cli.{COMMANDS[name]}")
    example = getattr(module, f"{name.upper()}_EXAMPLE", None) or module.EXAMPLE
    app = typer.Typer(add_completion=False, rich_markup_mode=_MARKUP)
    elsewhere = (
        "Options can also stand in [bold]landfast.toml[/] or the environment "
        f"({PREFIX}_{name.upper()}_OPTION)."
    )
    app.command(name, cls=_Command, epilog=f"{example}\n\n{elsewhere}")(
        getattr(module, f"{name}_command")
    )
    return typer.main.get_command(app)


def _described(name: str) -> TyperCommand:
    return TyperCommand(name, help=_docstring(name), rich_markup_mode=_MARKUP)


def _docstring(name: str) -> str:
    """The docstring of a command's function, read without running its module."""
    spec = find_spec(f"landfast.cli.{COMMANDS[name]}")
    source = Path(spec.origin or "").read_text(encoding="utf-8") if spec else ""
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return next((ast.get_docstring(f) or "" for f in functions if f.name == f"{name}_command"), "")
