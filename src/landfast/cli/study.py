"""`landfast study`: the consistency experiment, and two of them compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landfast.cli.options import Budget, Json, Replace, Threads, spans
from landfast.cli.options import budget as dollars
from landfast.cli.screen import bars, pairs, print_json, say, table
from landfast.conduct.study.brief import StudyOptions, parse_seeds, read_prompts
from landfast.conduct.study.compare import compare
from landfast.conduct.study.run import STUDY, study
from landfast.errors import InputError
from landfast.media.files import read_document
from landfast.model.study import Study, StudyComparison
from landfast.report.study_page import write_study

EXAMPLE = (
    "Example: [bold]landfast study flight.mp4 --replace 5-6 --takes 10 -o study[/]; "
    "two of them: [bold]landfast study compare before after[/]"
)
RESULT = f"{STUDY}.json"

Subject = Annotated[str, typer.Argument(metavar="CLIP", help="A video file; or `compare`.")]
Compared = Annotated[
    list[Path] | None, typer.Argument(metavar="[A B]", help="With `compare`: folders of studies.")
]
Folder = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="DIR", help="The study's folder.")
]
Takes = Annotated[
    int | None,
    typer.Option("--takes", help="Takes of each cell (default: 10; 1 where seeds are given)."),
]
Seeds = Annotated[
    str | None, typer.Option("--seeds", metavar="S", help="Seeds of the grid, like 1,2,5 or 1-10.")
]
Prompts = Annotated[
    Path | None, typer.Option("--prompts", metavar="FILE", help="Prompts of the grid, one a line.")
]
Generators = Annotated[
    list[str] | None,
    typer.Option("--generator", metavar="NAME[:MODEL]", help="Repeatable; default geometry."),
]


def study_command(
    clip: Subject,
    others: Compared = None,
    out: Folder = None,
    replace: Replace = None,
    takes: Takes = None,
    seeds: Seeds = None,
    prompts: Prompts = None,
    generator: Generators = None,
    budget: Budget = None,
    threads: Threads = 0,
    as_json: Json = False,
) -> None:
    """Make the same take many times: success rate, latency, spread, and what prompts do."""
    if clip == "compare":
        _compare(others or [], as_json)
        return
    if others:
        raise InputError(
            "is one file too many",
            subject=str(others[0]),
            remedy="give one CLIP, or `compare A B`",
        )
    if out is None:
        raise InputError("is missing", subject="--out", remedy="name a folder with -o")
    options = StudyOptions(
        replace=spans(replace),
        generators=tuple(generator or ("geometry",)),
        takes=takes,
        seeds=parse_seeds(seeds) if seeds is not None else (),
        prompts=read_prompts(prompts) if prompts is not None else (),
        budget_usd=dollars(budget),
        threads=threads,
    )
    with bars() as progress:
        found = study(Path(clip), out, options, progress=progress, page=write_study)
    finish_study(found, out, as_json)


def finish_study(found: Study, out: Path, as_json: bool) -> None:
    """Print what a study found."""
    if as_json:
        print_json(found)
    else:
        pairs(summary(found, out))
        for note in found.notes:
            say(f"note: {note}")


def summary(found: Study, out: Path) -> dict[str, str | int | float | None]:
    """What a study came to, for the terminal."""
    rate, latency = found.accepted, found.latency
    per_second = found.usd_per_accepted_s
    return {
        "page": str(out / "study.html"),
        "takes": f"{len(found.outcomes)} of {found.asked}",
        "accepted": f"{rate.hits} of {rate.trials} "
        f"(95 % interval {rate.low:.0%} to {rate.high:.0%})",
        "unknown": found.unknown,
        "never came": found.failed,
        "failed checks": ", ".join(
            f"{one.check} {one.failed.hits}" for one in found.checks if one.failed.hits
        )
        or None,
        "median_s": latency.median_s if latency else None,
        "p90_s": latency.p90_s if latency else None,
        "cost_usd": float(found.cost_usd),
        "usd_per_accepted_s": None if per_second is None else round(float(per_second), 4),
    }


def _compare(folders: list[Path], as_json: bool) -> None:
    if len(folders) != 2:
        raise InputError(
            f"needs two studies, got {len(folders)}",
            subject="study compare",
            remedy="give two folders: landfast study compare BEFORE AFTER",
        )
    before, after = (read_document(_result(folder), Study) for folder in folders)
    found = compare(before, after, names=(str(folders[0]), str(folders[1])))
    if as_json:
        print_json(found)
    else:
        _show(found)


def _result(folder: Path) -> Path:
    return folder / RESULT if folder.is_dir() else folder


def _show(found: StudyComparison) -> None:
    if not found.same_question:
        say("note: the two studies did not ask the same; differences may come from that")
    title = "Changed" if found.changed else "No change beyond chance"
    header = ("what", "changed", "before", "after", "difference")
    rows = [
        (
            one.name,
            {True: "yes", False: "no", None: "unknown"}[one.changed],
            _value(one.before.value, one.unit),
            _value(one.after.value, one.unit),
            one.reason,
        )
        for one in found.changes
    ]
    table(title, header, rows)


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "none"
    return f"{value:.0%}" if unit == "share" else f"{value:.3g} {unit}".rstrip()
