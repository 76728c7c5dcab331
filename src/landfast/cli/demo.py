"""`landfast demo`: the main job on the bundled clip."""

from __future__ import annotations

import resource
from fractions import Fraction
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from landfast.cli.options import Json
from landfast.cli.run import summary
from landfast.cli.screen import bars, pairs, print_json, say
from landfast.conduct.run import RunOptions, run
from landfast.model.time import Span
from landfast.report.page import write_report

EXAMPLE = "Example: [bold]landfast demo -o demo-run[/]"

REPLACED = Span(start=Fraction(2), stop=Fraction(3))

DemoFolder = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", help="Where to write; made anew if taken.")
]


def demo_command(out: DemoFolder = Path("demo-run"), as_json: Json = False) -> None:
    """Replace one second of a real drone flight; no key, no model, no network."""
    folder = _free(out)
    say(f"Replacing {REPLACED} s of the bundled drone clip by a measured, verified transition.")
    with resources.as_file(resources.files("landfast") / "data" / "karma.mp4") as clip, bars() as p:
        options = RunOptions(replace=(REPLACED,))
        result = run(clip, folder, options, progress=p, report=write_report)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    shown = summary(result) | {"peak_memory_gb": round(peak_gb, 2)}
    (print_json if as_json else pairs)(shown)
    if result.accepted < result.wanted:
        raise typer.Exit(1)


def _free(folder: Path) -> Path:
    """The folder, or the first of `folder-2`, `folder-3` … that is not taken."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return folder
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(candidate for candidate in numbered if not candidate.exists())
