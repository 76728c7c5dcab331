"""`landfast plan`: what will be generated, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from landfast.cli.ladder import LADDER_COLUMNS, ladder_rows, planned_usd
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
from landfast.cli.prices import PRICE_COLUMNS, price_document, price_rows
from landfast.cli.screen import bars, print_json, say, table
from landfast.conduct.planner import PlanOptions, plan, profile_for
from landfast.conduct.run import tally
from landfast.conduct.workflow import open_workflow
from landfast.ledger.ledger import Ledger
from landfast.media.files import check_target, refuse_sources, write_text
from landfast.model.measured import Unusable
from landfast.model.plan import NaiveWay, Plan
from landfast.planning.price import PricedSegment, Tally, priced

EXAMPLE = "Example: [bold]landfast plan flight.mp4 -o plan.json --replace 5-6[/]"

History = Annotated[
    Path | None,
    typer.Option(
        "--ledger", metavar="RUN", help="An earlier run: how its takes fared tells the chances."
    ),
]
PlanFile = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The plan to write.")]


def plan_command(
    clip: ClipPath,
    out: PlanFile,
    replace: Replace = None,
    generator: GeneratorName = "geometry",
    may_keep: MayKeep = False,
    workflow: WorkflowName = "professional",
    budget: Budget = None,
    prompt: Prompt = "",
    measured_motions: Motions = None,
    profiles_file: Profiles = None,
    embedding: EmbeddingFile = None,
    ledger: History = None,
    threads: Threads = 0,
    as_json: Json = False,
) -> None:
    """Decide which spans stay real and which are generated, and price it beside the naive ways."""
    check_target(out)
    refuse_sources(out, clip, measured_motions, profiles_file)
    way = open_workflow(workflow)
    use_profiles(profiles_file)
    use_embedding(embedding)
    warn_of(prompt)
    options = PlanOptions(
        replace=spans(replace),
        generator=generator,
        budget_usd=dollars(budget),
        threads=threads,
        prompt=prompt,
        motions=motions(measured_motions),
        takes=way.attempts,
        chosen=chosen(may_keep, generator),
    )
    with bars() as progress:
        made = plan(clip, options, progress=progress)
    write_text(out, made.to_json())
    costs = _priced(clip, made, options, ledger)
    if as_json:
        print_json(made.body() | {"prices": price_document(costs)})
    else:
        show(made)
        if any(one.take_usd for one in costs):
            table("Prices before spending", PRICE_COLUMNS, price_rows(costs))
        say(f"plan written to {out}")


def _priced(
    clip: Path, made: Plan, options: PlanOptions, history: Path | None
) -> tuple[PricedSegment, ...]:
    profile = profile_for(clip, options)
    told = Tally()
    if history is not None:
        with Ledger.open(history) as ledger:
            told = tally(ledger, profile.name)
    return priced(made, profile, told)


def _saved(made: Plan, way: NaiveWay) -> str:
    if not way.cost_usd:
        return ""
    share = f"{float(1 - made.cost_usd / way.cost_usd):.0%}"
    return f"up to {share}" if made.most_usd else share


def why(faults: Iterable[Unusable], reason: str) -> str:
    """What is wrong with the footage of a span, and what that leads to."""
    named = [f"{one.fault}: {one.reason}" for one in faults if one.fault != "chosen"]
    return "; ".join([*named, reason])


def show(made: Plan) -> None:
    """The plan as two tables: its segments, and its price beside the naive ways."""
    rows = [
        ("keep", str(segment.span), "", "", "real footage, untouched")
        if segment.kind == "keep"
        else (
            "generate",
            str(segment.span),
            str(segment.frames),
            "unknown" if segment.gap.chance is None else f"{segment.gap.chance:.0%}",
            why(segment.replaces, f"between its anchors {segment.gap.reason}"),
        )
        for segment in made.segments
    ]
    for one in made.refusals:
        faults = [fault for fault in made.unusable if fault.span.overlaps(one.span)]
        rows.append(("refused", str(one.span), "", "", why(faults, one.reason)))
    columns = ("what", "seconds", "frames", "chance", "why")
    table(f"Plan for {made.clip_name}", columns, rows)
    if rungs := ladder_rows(made):
        table("Ladder, lowest first", LADDER_COLUMNS, rungs)
    ways = [("this plan", made.generator, "", planned_usd(made), "")]
    ways += [
        (
            way.way,
            way.profile,
            f"{float(way.billed_s):.1f}",
            f"{float(way.cost_usd):.2f}",
            _saved(made, way),
        )
        for way in made.naive
    ]
    title = f"Keeps {made.kept:.1%} of the footage; cost at list price"
    table(title, ("way", "generator", "billed s", "USD", "saved"), ways)
