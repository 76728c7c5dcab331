"""The page of a run: one self-contained HTML file that needs no network and no script."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import quote

from landfast.media.files import write_text
from landfast.model.outcome import Film
from landfast.report import comparison, cost, timeline, transition, words
from landfast.report.anchors import anchor_rows
from landfast.report.charts import series_chart
from landfast.report.facts import clip_facts, figures, film_facts, run_facts
from landfast.report.look import environment
from landfast.report.read import read
from landfast.report.view import Image, RunView, fit

PICTURE_BYTES = 4_000_000
"""Most bytes of pictures in a page; base64 makes 5.4 MB of them."""


def write_report(folder: Path) -> Path:
    """Write `report.html` into a run's folder from what its ledger holds.

    The ledger is only read, and the run need not be finished. The same ledger gives the same bytes.

    Raises:
        InputError: The folder holds no ledger, or the page cannot be written.
        LedgerCorrupt: The ledger cannot be read.
    """
    path = folder / "report.html"
    write_text(path, render(read(folder)))
    return path


def render(view: RunView) -> str:
    """The page's HTML: a pure function of the view."""
    shown = fit(view, PICTURE_BYTES)
    return environment().get_template("run.html.j2").render(**_content(shown))


def film_link(film: Film | None) -> str:
    """Address of the film relative to the page; empty where there is none or it lies elsewhere."""
    if film is None:
        return ""
    path = PurePosixPath(film.file)
    return "" if path.is_absolute() or ".." in path.parts else "./" + quote(film.file)


def _content(view: RunView) -> dict[str, object]:
    """Names that the template uses."""
    works = comparison.works(view)
    plan = view.plan
    return {
        "view": view,
        "plan": plan,
        "film_link": film_link(view.film),
        "outcome": words.outcome(view),
        "figures": figures(view),
        "strip": _every(view.pictures("strip"), 12),
        "ticks": timeline.ticks(plan.duration) if plan else (),
        "film_marks": timeline.film_marks(view, plan) if plan else (),
        "fault_marks": timeline.fault_marks(plan) if plan else (),
        "shot_marks": timeline.shot_marks(plan) if plan else (),
        "anchors": anchor_rows(view),
        "pins": timeline.pins(view, plan) if plan else (),
        "series": [
            (one, series_chart(one.values, one.limit, f"{one.title} over the clip"))
            for one in view.series
        ],
        "transitions": transition.transitions(view),
        "refusals": _refusals(view),
        "ways": cost.ways(view),
        "faults": words.faults(plan) if plan else (),
        "price": cost.price_note(view),
        "reserved": cost.reserved(view),
        "generated": cost.generated(view),
        "works": works,
        "ratio": comparison.ratio(works),
        "stages": comparison.stage_times(view),
        "total_s": comparison.total(view),
        "stage_words": words.STAGE,
        "clip_facts": clip_facts(view),
        "film_facts": film_facts(view),
        "run_facts": run_facts(view),
    }


def _refusals(view: RunView) -> list[tuple[object, tuple[words.Fact, ...]]]:
    if view.plan is None:
        return []
    return [
        (refusal, transition.gap_facts(refusal.gap) if refusal.gap else ())
        for refusal in view.plan.refusals
    ]


def _every(images: tuple[Image, ...], most: int) -> tuple[Image, ...]:
    """At most `most` pictures, evenly chosen."""
    if len(images) <= most:
        return images
    return tuple(images[int((k + 0.5) * len(images) / most)] for k in range(most))
