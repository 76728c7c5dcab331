"""What the run cost beside what doing it without anchors would cost."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from landfast.model.plan import Plan
from landfast.model.take import TakeState
from landfast.report.numbers import money
from landfast.report.view import RunView

OPEN: tuple[TakeState, ...] = ("intended", "submit_unknown", "submitted")
NAIVE = {
    "everything": "Generate the whole clip anew",
    "each gap": "Generate each gap, anchors not chosen",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do the job, priced."""

    title: str
    model: str
    billed_s: Fraction | None
    """Seconds of video that are charged; None where nothing is charged by the second."""
    cost_usd: Fraction
    bar: float
    """Percent of the dearest way."""
    saved: float | None
    """Share of this way's cost that the run saved (negative: it cost more).

    None for the run itself, and where the run did not do the whole job."""
    own: bool


@dataclass(frozen=True, slots=True)
class Generated:
    """How much had to be generated at all."""

    frames: int
    """Frames of the film that were generated; while there is no film, those that are planned."""
    whole: int
    """Frames of the film, or of the clip while there is no film."""
    asked: int
    """Frames of all takes that came back, those rejected and the anchors included."""
    done: bool
    """False while there is no film."""
    complete: bool
    """True where the film holds every planned transition."""


def complete(view: RunView) -> bool:
    """True where a film stands with every planned transition in it: only then is money saved."""
    if view.plan is None or view.film is None:
        return False
    return all(view.accepted(segment) for segment in view.plan.generated)


def spent(view: RunView) -> Fraction:
    """US dollars paid for takes that came back or failed."""
    return sum((t.cost_usd for t in view.takes if t.state not in OPEN), Fraction(0))


def reserved(view: RunView) -> Fraction:
    """US dollars set aside for takes under way: paid or not, nobody knows yet."""
    return sum((t.cost_usd for t in view.takes if t.state in OPEN), Fraction(0))


def price_note(view: RunView) -> str:
    """What the run's own generator charges, with day and source of the price."""
    profile = view.profile
    if view.plan is not None and any(segment.rungs for segment in view.plan.generated):
        return _ladder_note(view.plan)
    if profile is None:
        return ""
    if profile.price is None:
        return f"{profile.title}: nothing is charged."
    rate = money(profile.price.usd_per_second)
    read = f"read on {profile.price.read_on.isoformat()} ({profile.price.source})"
    return f"{profile.title}: {rate} a second by list price, {read}."


def _ladder_note(plan: Plan) -> str:
    """What the ladders of a plan could have cost."""
    if not plan.most_usd:
        return f"The ladder {plan.generator}: nothing is charged."
    most = money(plan.most_usd)
    return f"The ladder {plan.generator}: at most {most} by list price, for its models alone."


def ways(view: RunView) -> tuple[Way, ...]:
    """The run first, then its plan, then each naive way with its models in the plan's order."""
    if view.plan is None:
        return ()
    paid = spent(view)
    top = max([paid, view.plan.cost_usd, *(way.cost_usd for way in view.plan.naive)])

    def bar(cost: Fraction) -> float:
        return float(100 * cost / top) if top else 0.0

    model = view.profile.title if view.profile else view.plan.generator
    if any(segment.rungs for segment in view.plan.generated):
        model = view.plan.generator
    own = Way("This run, all takes", model, None, paid, bar(paid), None, True)
    planned = view.plan.cost_usd
    plan = Way("The plan, one take for each gap", model, None, planned, bar(planned), None, True)
    naive = [
        Way(
            NAIVE[way.way],
            way.profile,
            way.billed_s,
            way.cost_usd,
            bar(way.cost_usd),
            float(1 - paid / way.cost_usd) if way.cost_usd and complete(view) else None,
            False,
        )
        for way in sorted(view.plan.naive, key=lambda way: list(NAIVE).index(way.way))
    ]
    return (own, plan, *naive)


def generated(view: RunView) -> Generated | None:
    """Frames generated against frames kept; None without a plan or clip."""
    if view.clip is None or view.plan is None:
        return None
    asked = sum(take.take.frames for take in view.takes if take.take)
    if view.film:
        return Generated(view.film.generated, view.film.frames, asked, True, complete(view))
    planned = sum(segment.frames - 2 for segment in view.plan.generated)
    return Generated(planned, view.clip.frames, asked, False, False)
