"""`landfast verify`: judge any clip from any generator."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from landfast.cli.options import Footage, FootageSpan, Json, footage_span
from landfast.cli.screen import bars, print_json, say, table
from landfast.conduct import evidence
from landfast.conduct.verification import verify
from landfast.media.files import check_folder
from landfast.model.verdict import Finding, Verdict
from landfast.report.verdict_page import VerdictView, picture_file, write_verdict

EXAMPLE = (
    "Example: [bold]landfast verify take.mp4 --start a.png --end b.png "
    "--footage flight.mp4 --span 5-6 -o evidence[/]"
)

PAGE = "verdict.html"

TakePath = Annotated[Path, typer.Argument(metavar="TAKE", help="The generated video.")]
Start = Annotated[Path, typer.Option("--start", metavar="IMG", help="Real frame at its start.")]
End = Annotated[Path, typer.Option("--end", metavar="IMG", help="Real frame at its end.")]
Evidence = Annotated[
    Path | None,
    typer.Option(
        "-o", "--out", metavar="DIR", help="Write a page, a heat-map video, pictures here."
    ),
]


def verify_command(
    take: TakePath,
    start: Start,
    end: End,
    footage: Footage = None,
    span: FootageSpan = None,
    out: Evidence = None,
    as_json: Json = False,
) -> None:
    """Judge a take against its real anchors. Exit 0 on pass, 1 on fail or unknown."""
    if out is not None:
        check_folder(out)
    with bars() as progress:
        verdict = verify(
            take,
            start=start,
            end=end,
            footage=footage,
            span=footage_span(footage, span),
            out=out,
            progress=progress,
        )
    if out is not None:
        page = write_verdict(out / PAGE, _view(take, verdict, out))
        say(f"evidence written to {page}")
    if as_json:
        print_json(json.loads(verdict.to_json()))
    else:
        show(verdict)
    if verdict.state != "pass":
        raise typer.Exit(1)


def _view(take: Path, verdict: Verdict, folder: Path) -> VerdictView:
    worst = max(verdict.frames, key=lambda frame: frame.score)
    when = Fraction(str(worst.time_s))
    return VerdictView(
        name=take.name,
        verdict=verdict,
        start=picture_file(folder / evidence.START, "start"),
        end=picture_file(folder / evidence.END, "end"),
        plain=picture_file(folder / evidence.WORST, "worst", time=when),
        heat=picture_file(folder / evidence.HEAT, "heat", time=when),
    )


def show(verdict: Verdict) -> None:
    """The findings as a table under the verdict."""
    title = f"{verdict.state.upper()}  score {verdict.score:.2f}, {verdict.coverage:.0%} verified"
    header = ("check", "state", "measured", "when, s", "why")
    table(title, header, [_row(finding) for finding in verdict.findings])


def _row(finding: Finding) -> tuple[str, ...]:
    known = finding.value is not None and finding.limit is not None
    measured = f"{finding.value:.3g} of {finding.limit:.3g} {finding.unit}" if known else ""
    when = f"{finding.span[0]:.2f}-{finding.span[1]:.2f}" if finding.span else ""
    return (
        f"{finding.check}: {finding.part}" if finding.part else finding.check,
        finding.state,
        measured.strip(),
        when,
        finding.reason,
    )
