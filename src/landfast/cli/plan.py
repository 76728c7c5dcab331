"""`landfast plan`: what will be generated, and what it costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from landfast.cli.options import (
    Budget,
    ClipPath,
    GeneratorName,
    Json,
    Replace,
    Threads,
    WorkflowName,
    spans,
)
from landfast.cli.options import budget as dollars
from landfast.cli.screen import bars, print_json, say, table
from landfast.conduct.planner import PlanOptions, plan
from landfast.conduct.workflow import open_workflow
from landfast.media.files import check_target, write_text
from landfast.model.plan import Plan

EXAMPLE = "Example: [bold]landfast plan flight.mp4 -o plan.json --replace 5-6[/]"

PlanFile = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The plan to write.")]


def plan_command(
    clip: ClipPath,
    out: PlanFile,
    replace: Replace = None,
    generator: GeneratorName = "geometry",
    workflow: WorkflowName = "professional",
    budget: Budget = None,
    threads: Threads = 0,
    as_json: Json = False,
) -> None:
    """Decide which spans stay real and which are generated, and price it beside the naive ways."""
    check_target(out)
    open_workflow(workflow)
    options = PlanOptions(
        replace=spans(replace), generator=generator, budget_usd=dollars(budget), threads=threads
    )
    with bars() as progress:
        made = plan(clip, options, progress=progress)
    write_text(out, made.to_json())
    if as_json:
        print_json(json.loads(made.to_json()))
    else:
        show(made)
        say(f"plan written to {out}")


def show(made: Plan) -> None:
    """The plan as two tables: its segments, and its price beside the naive ways."""
    rows = [
        ("keep", str(segment.span), "", "real footage, untouched")
        if segment.kind == "keep"
        else ("generate", str(segment.span), str(segment.frames), segment.gap.reason)
        for segment in made.segments
    ]
    rows += [("refused", str(refusal.span), "", refusal.reason) for refusal in made.refusals]
    table(f"Plan for {made.clip_name}", ("what", "seconds", "frames", "why"), rows)
    ways = [("this plan", made.generator, "", f"{float(made.cost_usd):.2f}")]
    ways += [
        (way.way, way.profile, f"{float(way.billed_s):.1f}", f"{float(way.cost_usd):.2f}")
        for way in made.naive
    ]
    table("Cost at list price", ("way", "generator", "billed s", "USD"), ways)
