"""`landfast lock`: take the swim out of an overlay."""

from __future__ import annotations

from fractions import Fraction
from math import hypot
from pathlib import Path
from typing import Annotated, Literal

import typer

from landfast.cli.lens_options import (
    AUTO,
    DistortionTerms,
    Shutter,
    readout,
    two_numbers,
)
from landfast.cli.options import FocalLength, FootageSpan, Json, focal, span
from landfast.cli.screen import bars, pairs, print_json, say
from landfast.compose.lock.path import Wish
from landfast.conduct.lock.added import mended
from landfast.conduct.lock.order import LockOrder
from landfast.conduct.lock.overlay import lock
from landfast.errors import InputError
from landfast.media.decode import still
from landfast.media.files import check_folder, check_target, make_folder, refuse_sources
from landfast.media.probe import probe
from landfast.media.stills import save_image
from landfast.model.lock import Lock
from landfast.report.lock_page import LockView, facts, write_lock
from landfast.report.verdict_page import picture_file

EXAMPLE = (
    "Example: [bold]landfast lock logo.mov --on flight.mp4 -o locked.mov "
    "--composite film.mp4 --report report[/]"
)

PAGE, FILM, WORST = "lock.html", "before_after.mp4", "worst.jpg"

Overlay = Annotated[
    Path | None,
    typer.Argument(
        metavar="OVERLAY", help="Video with alpha, a folder of PNGs, or a pattern (logo_%04d.png)."
    ),
]
On = Annotated[Path, typer.Option("--on", metavar="FOOTAGE", help="The footage it lies over.")]
Out = Annotated[
    Path,
    typer.Option(
        "-o", "--out", metavar="FILE",
        help="Corrected overlay: .mov (ProRes 4444), .mkv (FFV1), .webm (VP9), or a folder (PNG).",
    ),
]  # fmt: skip
CompositeFile = Annotated[
    Path | None,
    typer.Option("--composite", metavar="FILE", help="Also write the footage with it laid over."),
]
Baked = Annotated[
    Path | None,
    typer.Option(
        "--baked", metavar="TAKE", help="Instead of an overlay: a whole take that swims or warps."
    ),
]
Mask = Annotated[
    Path | None,
    typer.Option(
        "--mask",
        metavar="FILE",
        help="What swims in the take: video, picture or pictures. Looked for if not given.",
    ),
]
Matte = Annotated[
    Path | None,
    typer.Option(
        "--matte", metavar="FILE", help="Mask for an overlay without alpha: video or pictures."
    ),
]
Reference = Annotated[
    list[int] | None,
    typer.Option(
        "--reference", metavar="FRAME", help="The overlay is right in this frame (repeatable)."
    ),
]
KeepMotion = Annotated[
    bool, typer.Option("--keep-motion", help="Its slow motion is meant: take out jitter only.")
]
HoldKind = Annotated[
    Literal["auto", "lying", "facing", "label"],
    typer.Option("--hold", help="Lies on the scene, faces the camera, or keeps its size."),
]
AlphaKind = Annotated[
    Literal["auto", "straight", "premultiplied"],
    typer.Option("--alpha", help="How colour is stored; looked at in the pixels by default."),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="X,Y", help="Footage pixel on which a board or label stands at first."
    ),
]
Occlude = Annotated[
    Literal["auto", "off"],
    typer.Option("--occlusion", help="Hide the overlay behind what is nearer, in the composite."),
]
ReportFolder = Annotated[
    Path | None, typer.Option("--report", metavar="DIR", help="Write a page and a film here.")
]
ExportFolder = Annotated[
    Path | None,
    typer.Option("--export", metavar="DIR", help="Tracks for After Effects, Nuke, ST map, JSON."),
]


def lock_command(
    on: On,
    out: Out,
    overlay: Overlay = None,
    baked: Baked = None,
    mask: Mask = None,
    composite: CompositeFile = None,
    matte: Matte = None,
    span_text: FootageSpan = None,
    reference: Reference = None,
    keep_motion: KeepMotion = False,
    hold: HoldKind = "auto",
    alpha: AlphaKind = "auto",
    focal_text: FocalLength = None,
    distortion: DistortionTerms = AUTO,
    rolling_shutter: Shutter = AUTO,
    occlusion: Occlude = "auto",
    at: At = None,
    report: ReportFolder = None,
    export: ExportFolder = None,
    as_json: Json = False,
) -> None:
    """Take the swim out of an overlay. Exit 0 when done or not needed, 1 when not known."""
    keep_sources((out, composite), (overlay, baked, on, mask, matte))
    check_targets(out, composite, report, export)
    order = LockOrder(
        overlay=check_source(overlay, baked, mask),
        on=on,
        out=out,
        composite=composite,
        matte=mask or matte,
        span=None if span_text is None else span(span_text, "--span"),
        wish=Wish(tuple(reference or ()), keep_motion),
        hold=None if hold == "auto" else hold,
        storage=None if alpha == "auto" else alpha,
        focal=focal(focal_text),
        distortion=None if distortion == AUTO else two_numbers("--distortion", distortion),
        readout_s=readout(rolling_shutter),
        is_always_seen=occlusion == "off",
        at=None if at is None else two_numbers("--at", at),
        report=report,
        export=export,
        baked=mask is not None,
    )
    if baked is not None and (composite is not None or export is not None):
        remedy = "-o is the film itself"
        raise InputError("goes with an overlay", subject="--composite, --export", remedy=remedy)
    with bars() as progress:
        carry_out = mended if baked is not None and mask is None else lock
        result = carry_out(order, progress=progress)
    answer(order, result, as_json)


def keep_sources(targets: tuple[Path | None, ...], sources: tuple[Path | None, ...]) -> None:
    """Refuse targets that are read; a pattern of pictures stands for its folder.

    Raises:
        InputError: A target is a source, or the folder that a source's pictures stand in.
    """
    read = [one.parent if one is not None and "%" in one.name else one for one in sources]
    for target in targets:
        if target is not None:
            refuse_sources(target, *read)


def check_targets(
    out: Path, composite: Path | None, report: Path | None, export: Path | None
) -> None:
    """Whether what is to be written can be.

    Raises:
        InputError: It cannot.
    """
    for target in (out, composite):
        if target is not None and target.suffix:
            check_target(target)
    for folder in (report, export):
        if folder is not None:
            check_folder(folder)


def answer(order: LockOrder, result: Lock, as_json: bool) -> None:
    """Page, figures or JSON, and the exit code."""
    if order.report is not None:
        page = write_report(order.report, order.overlay.name, result)
        say(f"report written to {page}")
    if as_json:
        print_json(result)
    else:
        figures = {fact.name: fact.value for fact in facts(result)}
        pairs({"Result": f"{result.state}: {result.reason}"} | figures | result.files)
    if result.state == "unknown":
        say(f"nothing was written: {result.reason}" + (f"; {result.remedy}" * bool(result.remedy)))
        raise typer.Exit(1)


def check_source(overlay: Path | None, baked: Path | None, mask: Path | None) -> Path:
    """What is to be corrected.

    Raises:
        InputError: Neither an overlay nor a take, both, or a mask without a take.
    """
    if mask is not None and baked is None:
        remedy = "give the take with --baked, or --matte for an overlay"
        raise InputError("belongs to a take", subject="--mask", remedy=remedy)
    given = [path for path in (overlay, baked) if path is not None]
    if len(given) != 1:
        remedy = "give one of the two"
        raise InputError("needs an overlay or --baked TAKE", subject="lock", remedy=remedy)
    return given[0]


def write_report(folder: Path, name: str, result: Lock) -> Path:
    """The page, with the frame that drifted most from the film beside it."""
    make_folder(folder)
    film = folder / FILM
    worst = None
    if result.state != "unknown" and film.exists():
        time = worst_time(result)
        clip = probe(film)
        at = min(time, clip.time_of(clip.frames - 1))
        save_image(folder / WORST, still(film, clip, at).rgb())
        worst = picture_file(folder / WORST, "worst", time=at)
    shown = FILM if worst is not None else ""
    return write_lock(folder / PAGE, LockView(name=name, lock=result, worst=worst, film=shown))


def worst_time(result: Lock) -> Fraction:
    """Seconds from the film's start to the frame with the greatest drift."""
    start = result.path[0].time_s
    drifts = [(hypot(*frame.before_px), frame.time_s) for frame in result.path if frame.before_px]
    return Fraction(str(round(max(drifts)[1] - start, 6))) if drifts else Fraction(0)
