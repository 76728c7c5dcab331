"""`landfast frames`: stills with exact times."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Literal

import typer

from landfast.cli.options import ClipPath, Folder, Json, positive, times
from landfast.cli.screen import bars, pairs, print_json
from landfast.errors import InputError
from landfast.media.files import check_folder
from landfast.media.probe import probe
from landfast.media.stills import extract_stills
from landfast.model.clip import Clip

EXAMPLE = "Example: [bold]landfast frames flight.mp4 -o stills --fps 1 --format png[/]"

Rate = Annotated[str | None, typer.Option("--fps", help="Stills per second (default 1).")]
At = Annotated[str | None, typer.Option("--at", metavar="T,T,…", help="Stills at these times.")]
Format = Annotated[Literal["png", "jpg", "webp"], typer.Option("--format", help="Picture format.")]


def frames_command(
    clip: ClipPath,
    out: Folder,
    fps: Rate = None,
    at: At = None,
    format: Format = "png",
    as_json: Json = False,
) -> None:
    """Write stills with exact times, and frames.json beside them."""
    if fps is not None and at is not None:
        raise InputError("stands beside --at", subject="--fps", remedy="give one of the two")
    check_folder(out)
    what = probe(clip)
    wanted = times(at) if at is not None else _every(what, positive(fps or "1", "--fps"))
    with bars() as progress:
        listing = extract_stills(
            clip,
            what,
            wanted,
            out,
            format,
            progress=lambda done, total: progress("stills", done, total),
        )
    if as_json:
        print_json(listing)
    else:
        pairs({"stills": len(listing["frames"]), "written to": out})


def _every(clip: Clip, fps: Fraction) -> tuple[Fraction, ...]:
    """Times from zero, `fps` a second, while the clip lasts; at most one still a frame."""
    starts = [clip.time_of(index) for index in range(clip.frames)]
    first = [math.ceil(start * fps) for start in [*starts, clip.duration]]
    return tuple(start for k, start in enumerate(starts) if first[k] < first[k + 1])
