"""`landfast verify`: judge any clip from any generator."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from landfast.cli.options import END, START, Footage, FootageSpan, Json, footage_span, span
from landfast.cli.screen import bars, print_json, say, table
from landfast.conduct.verification import verify
from landfast.errors import InputError
from landfast.media.files import check_folder
from landfast.model.verdict import Finding, Verdict

EXAMPLE = (
    "Example: [bold]landfast verify take.mp4 --start a.png --end b.png "
    "--footage flight.mp4 --span 5-6 -o evidence[/]"
)

PAGE = "verdict.html"

TakePath = Annotated[Path, typer.Argument(metavar="TAKE", help="The generated video.")]
Overlay = Annotated[
    Path | None,
    typer.Option(
        "--overlay", metavar="FILE", help="Also judge whether this overlay swims over the take."
    ),
]
Mask = Annotated[
    Path | None,
    typer.Option(
        "--mask", metavar="FILE", help="The same for what this video's luma marks in the take."
    ),
]
Evidence = Annotated[
    Path | None,
    typer.Option(
        "-o", "--out", metavar="DIR", help="Write a page, a heat-map video, pictures here."
    ),
]


def verify_command(
    take: TakePath,
    start: Annotated[Path | None, START] = None,
    end: Annotated[Path | None, END] = None,
    footage: Footage = None,
    span_text: FootageSpan = None,
    overlay: Overlay = None,
    mask: Mask = None,
    out: Evidence = None,
    as_json: Json = False,
) -> None:
    """Judge a take against its real anchors. Exit 0 on pass, 1 on fail or unknown.

    With --overlay or --mask, the anchors may be left out: then only the overlay is judged, on the
    --footage if that is given and on the take itself otherwise.
    """
    if out is not None:
        check_folder(out)
    is_overlay = overlay is not None or mask is not None
    ends = _ends(start, end, is_needed=not is_overlay)
    verdict = None
    with bars() as progress:
        if ends is not None:
            verdict = verify(
                take,
                start=ends[0],
                end=ends[1],
                footage=footage,
                span=footage_span(footage, span_text),
                out=out,
                progress=progress,
            )
        if is_overlay:
            # Only here: measuring overlays takes a hundred modules more.
            from landfast.conduct.lock.check import verify_overlay
            from landfast.verify.checks.lock import with_lock

            is_alone = ends is None
            on = footage if is_alone and footage is not None else take
            swim = verify_overlay(
                overlay or take,
                on,
                matte=mask,
                is_shown=on == take,
                span=span(span_text, "--span") if is_alone and span_text is not None else None,
                progress=progress,
            )
            verdict = swim if verdict is None else with_lock(verdict, swim)
    assert verdict is not None
    if out is not None:
        say(f"evidence written to {_written(out, take, verdict, has_pictures=ends is not None)}")
    if as_json:
        print_json(verdict)
    else:
        show(verdict)
    if verdict.state != "pass":
        raise typer.Exit(1)


def _ends(start: Path | None, end: Path | None, *, is_needed: bool) -> tuple[Path, Path] | None:
    """Both anchors, or none where an overlay alone is judged.

    Raises:
        InputError: One is missing.
    """
    if start is not None and end is not None:
        return start, end
    if start is None and end is None and not is_needed:
        return None
    missing = "--start" if start is None else "--end"
    raise InputError(
        "is missing: a take is judged against both its real frames",
        subject=missing,
        remedy="give --start and --end, or --overlay or --mask to judge an overlay alone",
    )


def _written(out: Path, take: Path, verdict: Verdict, *, has_pictures: bool) -> Path:
    """The page, with the pictures that stand beside it."""
    # Only here: the page's words and looks take a tenth of a second to load.
    from landfast.conduct import evidence
    from landfast.media.files import make_folder, write_text
    from landfast.report.verdict_page import VerdictView, picture_file, write_verdict

    make_folder(out)
    write_text(out / evidence.VERDICT, verdict.to_json())
    view = VerdictView(name=take.name, verdict=verdict)
    if has_pictures:
        worst = max(verdict.frames, key=lambda frame: frame.score)
        when = Fraction(str(worst.time_s))
        view = VerdictView(
            name=take.name,
            verdict=verdict,
            start=picture_file(out / evidence.START, "start"),
            end=picture_file(out / evidence.END, "end"),
            plain=picture_file(out / evidence.WORST, "worst", time=when),
            heat=picture_file(out / evidence.HEAT, "heat", time=when),
        )
    return write_verdict(out / PAGE, view)


def show(verdict: Verdict) -> None:
    """The findings as a table under the verdict, what is wrong first."""
    title = f"{verdict.state.upper()}  score {verdict.score:.2f}, {verdict.coverage:.0%} verified"
    order = ("fail", "unknown", "pass")
    findings = sorted(verdict.findings, key=lambda finding: order.index(finding.state))
    table(title, ("check", "state", "measured", "why"), [_row(finding) for finding in findings])


def _row(finding: Finding) -> tuple[str, ...]:
    known = finding.value is not None and finding.limit is not None
    measured = f"{finding.value:.3g} of {finding.limit:.3g} {finding.unit}" if known else ""
    when = f"{finding.span[0]:.2f}-{finding.span[1]:.2f} s: " if finding.span else ""
    return (
        f"{finding.check}: {finding.part}" if finding.part else finding.check,
        finding.state,
        measured.strip(),
        when + finding.reason,
    )
