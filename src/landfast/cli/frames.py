"""`landfast frames`: stills with exact times."""

from __future__ import annotations

import math
from collections.abc import Collection
from fractions import Fraction
from typing import Annotated, Literal

import typer

from landfast.cli.options import ClipPath, Folder, Json, positive, times
from landfast.cli.screen import bars, pairs, print_json
from landfast.errors import InputError
from landfast.media.decode import begin_stills, read_index
from landfast.media.files import check_folder
from landfast.media.probe import probe
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
    index = read_index(clip, what)
    if at is not None:
        wanted = times(at)
    else:
        wanted = every(what, positive(fps or "1", "--fps"), index.keys)
    pictures = begin_stills(clip, what, wanted, index)
    # Loaded while the decoder is at work.
    from landfast.media.stills import extract_stills

    with bars() as progress:
        listing = extract_stills(
            clip,
            what,
            wanted,
            out,
            format,
            pictures=pictures,
            progress=lambda done, total: progress("stills", done, total),
        )
    if as_json:
        print_json(listing)
    else:
        pairs({"stills": len(listing["frames"]), "written to": out})


def every(clip: Clip, fps: Fraction, keys: Collection[int]) -> tuple[Fraction, ...]:
    """Times from zero, `fps` a second, while the clip lasts; at most one still a frame.

    It is the frame on screen then. Where none begins just then and the following frame is a key
    frame, it is that one: it begins less than a frame later, and no other need be decoded for it.
    """
    starts = [clip.time_of(index) for index in range(clip.frames)]
    first = [math.ceil(start * fps) for start in [*starts, clip.duration]]
    shown = {k for k in range(clip.frames) if first[k] < first[k + 1]}
    late = {k for k in shown if k + 1 in keys and k + 1 not in shown and starts[k] * fps % 1}
    return tuple(starts[k + 1 if k in late else k] for k in sorted(shown))
