"""The console script: errors are one line with their exit code."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import landfast
from landfast.cli.commands import Root
from landfast.errors import LandfastError

INTERRUPTED, TERMINATED = 130, 143
_GARBAGE = 20_000
"""New objects after which Python looks for garbage while a command works; its own figure is 700."""
_TURN_S = 0.001
"""Seconds after which a thread that works in Python lets another one have its turn."""
_NOISE = "Value error, "

app = typer.Typer(
    name="landfast",
    cls=Root,
    help="Keeps generated video fast to real footage: measure, generate only the transitions, "
    "verify every take.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every option can also stand in [bold]landfast.toml[/] or the environment "
    "(LANDFAST_RUN_GENERATOR, or LANDFAST_GENERATOR for all commands).",
)


def _version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"landfast {landfast.__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    _started()


def main() -> None:
    """Run the command line; an error is one line on stderr and its own exit code."""
    _start_lightly()
    _prepare_streams()
    signal.signal(signal.SIGTERM, _terminated)
    code = 0
    try:
        command = typer.main.get_command(app)
        code = command.main(prog_name="landfast", standalone_mode=False) or 0
    except LandfastError as error:
        typer.echo(f"error: {error}", err=True)
        code = error.exit_code
    except typer.TyperException as error:
        _explain(error)
        code = error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except typer.Exit as ended:
        code = ended.exit_code
    _started()
    if code in (INTERRUPTED, TERMINATED):
        again = "`landfast resume` (after `generate`: the same command)"
        typer.echo(f"interrupted; {again} goes on where a run stopped", err=True)
    if code:
        sys.exit(code)


def _start_lightly() -> None:
    """Leave out what a command's start and end spend a fifth of a second of one core on.

    Loading makes many objects and no garbage, and the end of the process frees all of them
    anyway; Pydantic would look for plugins in every package; idle threads of OpenBLAS spin, and
    make the last digits depend on how many cores there are. Decoders ask for the interpreter
    often and briefly, and would each time wait 5 ms while another thread loads a library.
    """
    sys.setswitchinterval(_TURN_S)
    gc.disable()
    gc.set_threshold(_GARBAGE)
    atexit.register(gc.freeze)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _started() -> None:
    """The command is loaded: look for garbage from now on, but not among what was loaded."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _terminated(*_: object) -> NoReturn:
    """Leave through every open file, so that no draft stays behind."""
    raise typer.Exit(TERMINATED)


def _explain(error: typer.TyperException) -> None:
    """Say in one line what the command line got wrong. Without any words, help was shown."""
    words = " ".join(error.format_message().split()).replace(_NOISE, "").rstrip(".")
    context = getattr(error, "ctx", None)
    hint = f"; see {context.command_path} --help" if context is not None else ""
    if words:
        typer.echo(f"error: {words[0].lower()}{words[1:]}{hint}", err=True)


def _prepare_streams() -> None:
    """A closed stdout swallows the result; an encoding too narrow costs letters, not the result."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
