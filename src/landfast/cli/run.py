"""`landfast run` and `landfast resume`: the whole loop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from landfast.cli.ladder import climb_document, climb_words
from landfast.cli.options import (
    Budget,
    ClipPath,
    EmbeddingFile,
    GeneratorName,
    Json,
    MayKeep,
    Motions,
    Profiles,
    Prompt,
    Replace,
    Seed,
    Threads,
    WorkflowName,
    chosen,
    motions,
    spans,
    use_embedding,
    use_profiles,
    warn_of,
)
from landfast.cli.options import budget as dollars
from landfast.cli.prices import say_prices
from landfast.cli.screen import bars, pairs, print_json, say
from landfast.cli.study import finish_study
from landfast.conduct.run import RunOptions, RunResult, resume, run
from landfast.conduct.study.run import is_study, resume_study
from landfast.errors import InputError
from landfast.model.outcome import Keep
from landfast.report.page import write_report
from landfast.report.study_page import write_study

RUN_EXAMPLE = (
    "Example: [bold]landfast run flight.mp4 -o film --replace 5-6[/]; "
    "cheapest first: [bold]landfast run flight.mp4 -o film --generator auto,luma --budget 5[/]"
)
RESUME_EXAMPLE = "Example: [bold]landfast resume film[/]"

RunFolder = Annotated[Path, typer.Option("-o", "--out", metavar="RUN", help="The run's folder.")]
Existing = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run that stopped.")]
Jobs = Annotated[
    list[str] | None,
    typer.Option(
        "--job",
        metavar="GAP=ID",
        help="What became of an order that was never answered: its number at the service, or none.",
    ),
]
Moved = Annotated[
    Path | None,
    typer.Option("--clip", metavar="FILE", help="The run's footage, where it has been moved."),
]
KeptAs = Annotated[
    str,
    typer.Option(
        "--keep",
        metavar="HOW",
        help="Real frames in the film: [bold]exact[/] copies the footage's packets (H.264, HEVC; "
        "else as close); [bold]close[/] encodes all anew, visually lossless; "
        "[bold]intermediate[/] is ProRes 422 HQ (final.mov); "
        "[bold]lossless[/] is FFV1 (final.mkv), bit-exact for any codec.",
    ),
]
Attempts = Annotated[
    int | None,
    typer.Option("--attempts", min=1, help="Most takes for each gap (default: the workflow's)."),
]


def run_command(
    clip: ClipPath,
    out: RunFolder,
    replace: Replace = None,
    generator: GeneratorName = "geometry",
    may_keep: MayKeep = False,
    workflow: WorkflowName = "professional",
    budget: Budget = None,
    attempts: Attempts = None,
    seed: Seed = 0,
    keep: KeptAs = "exact",
    prompt: Prompt = "",
    measured_motions: Motions = None,
    profiles_file: Profiles = None,
    embedding: EmbeddingFile = None,
    threads: Threads = 0,
    as_json: Json = False,
) -> None:
    """Footage in; film, timeline and report out."""
    use_profiles(profiles_file)
    use_embedding(embedding)
    warn_of(prompt)
    options = RunOptions(
        replace=spans(replace),
        generator=generator,
        workflow=workflow,
        budget_usd=dollars(budget),
        threads=threads,
        attempts=attempts,
        seed=seed,
        prompt=prompt,
        motions=motions(measured_motions),
        chosen=chosen(may_keep, generator),
        keep=kept_as(keep),
    )
    with bars() as progress:
        result = run(
            clip,
            out,
            options,
            progress=progress,
            report=write_report,
            before_spending=say_prices,
        )
    finish(result, as_json)


def kept_as(text: str) -> Keep:
    """How real frames are to stand in the film.

    Raises:
        InputError: There is no such way.
    """
    ways = get_args(Keep)
    if text not in ways:
        raise InputError(
            f"knows no {text!r}", subject="--keep", remedy=f"choose from {', '.join(ways)}"
        )
    return cast(Keep, text)


def resume_command(
    folder: Existing,
    budget: Budget = None,
    job: Jobs = None,
    clip: Moved = None,
    as_json: Json = False,
) -> None:
    """Go on where a run or a study stopped; nothing is paid for twice."""
    if is_study(folder):
        given = {"--budget": budget, "--job": job, "--clip": clip}
        if named := [name for name, value in given.items() if value]:
            raise InputError(
                "goes with runs, this is a study",
                subject=", ".join(named),
                remedy="give the `study` command that began it, with the same -o",
            )
        with bars() as progress:
            found = resume_study(folder, progress=progress, page=write_study)
        finish_study(found, folder, as_json)
        return
    with bars() as progress:
        result = resume(
            folder,
            budget_usd=dollars(budget),
            jobs=jobs(job),
            source=clip,
            progress=progress,
            report=write_report,
            before_spending=say_prices,
        )
    finish(result, as_json)


def jobs(texts: list[str] | None) -> dict[str, str]:
    """Job numbers by gap.

    Raises:
        InputError: Not of the form GAP=ID.
    """
    found = {}
    for text in texts or ():
        gap, _, number = text.partition("=")
        if not gap or not number.strip():
            raise InputError(
                f"needs GAP=ID, got {text!r}", subject="--job", remedy="write gap_0010=ID or =none"
            )
        found[gap] = number.strip()
    return found


def finish(result: RunResult, as_json: bool) -> None:
    """Print the result; exit 1 where a wanted transition was not accepted."""
    found = summary(result)
    if as_json:
        print_json(found)
    else:
        pairs({name: value for name, value in found.items() if name != "rungs"})
    explain(result)
    if result.accepted < result.wanted:
        raise typer.Exit(1)


def explain(result: RunResult) -> None:
    """Say on stderr why real footage stayed where a transition was wanted."""
    if result.note:
        say(f"film: {result.note}")
    for name, steps in result.climbs.items():
        say(f"{name}: {climb_words(steps)}")
    for refusal in result.plan.refusals:
        say(f"refused: {refusal.reason}")
    for name, reason in result.unfilled.items():
        if name not in result.climbs:
            say(f"{name}: not filled, the real footage stays: {reason}")
    if result.unfilled:
        say(f"rejected: no take passed for {len(result.unfilled)} of the spans: {result.report}")


def summary(result: RunResult) -> dict[str, Any]:
    """What a run came to, for the terminal and for `--json`."""
    return {
        "film": str(result.film),
        "report": str(result.report),
        "timeline": str(result.timeline),
        "transitions": _tally(result),
        "kept_frames": result.kept_frames,
        "bit_exact_frames": result.exact_frames,
        "generated_frames": result.generated_frames,
        "kept_as": result.kept_as,
        "cost_usd": float(result.cost_usd),
        "took_s": round(result.seconds, 2),
        **({"rungs": climb_document(result.climbs)} if result.climbs else {}),
    }


def _tally(result: RunResult) -> str:
    if not result.wanted:
        return "none needed"
    return f"{result.accepted} of {result.wanted} accepted"
