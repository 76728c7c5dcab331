"""`landfast init`: a commented project file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landfast.cli.screen import say
from landfast.cli.settings import FILE
from landfast.conduct.workflow import NAMES, packaged
from landfast.errors import InputError
from landfast.media.files import make_folder, write_text

EXAMPLE = "Example: [bold]landfast init --workflow professional[/]"

WORKFLOW_FILE = "workflow.toml"
_PROJECT = """\
# Project file of landfast: options that stand here need not stand on the command line.
# The order is command line, environment (LANDFAST_RUN_BUDGET, or LANDFAST_BUDGET for all
# commands), this file, default. `landfast COMMAND --help` lists every option.

# For all commands that know the option:
generator = "geometry"          # see `landfast generators`

# For one command, under its name:
[run]
workflow = "./{workflow}"    # a copy of `{name}`, beside this file: change it as you like
# replace = ["5-6", "1:12.5-1:14"]   # spans to replace; without them landfast finds its own
# budget = 5                    # US dollars, a hard cap over attempts and resumes
# attempts = 3                  # most takes for each gap
# seed = 0

[plan]
# generator = "luma:ray-3.2"    # see what another generator would cost

[study]
# takes = 10
# seeds = "1-10"
# prompts = "prompts.txt"       # one a line
"""

Place = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder of the project.")]
From = Annotated[
    str,
    typer.Option("--workflow", metavar="W", help=f"Copy this one: {', '.join(NAMES)}."),
]


def init_command(folder: Place = Path(), workflow: From = "professional") -> None:
    """Write a commented landfast.toml and a workflow to change; nothing is overwritten."""
    text = packaged(workflow)
    make_folder(folder)
    project, copy = folder / FILE, folder / WORKFLOW_FILE
    for path in (project, copy):
        if path.exists():
            raise InputError(
                "exists already", subject=str(path), remedy="move it away or give another folder"
            )
    write_text(copy, text)
    write_text(project, _PROJECT.format(workflow=WORKFLOW_FILE, name=workflow))
    say(f"wrote {project} and {copy}")
