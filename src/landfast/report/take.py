"""One take as the page shows it: how it ended, what it cost, what was found."""

from __future__ import annotations

from dataclasses import dataclass

from landfast.ledger.rows import TakeRow
from landfast.model.plan import Generate
from landfast.model.take import Ordered
from landfast.model.verdict import Verdict
from landfast.report.evidence import Evidence, evidence
from landfast.report.numbers import money, number, share, took
from landfast.report.view import RunView
from landfast.report.words import TAKE, Fact, Tone


@dataclass(frozen=True, slots=True)
class TakePanel:
    """A take and what was found in it."""

    number: int
    view: TakeRow
    word: str
    tone: Tone
    facts: tuple[Fact, ...]
    evidence: Evidence


def take_panel(view: RunView, segment: Generate, take: TakeRow, index: int) -> TakePanel:
    """A take of a segment, numbered from 1."""
    word, tone = take_word(view, take)
    found = evidence(
        take.verdict,
        segment.start.time,
        plain=view.largest("worst", take.key),
        heat=view.largest("heat", take.key),
    )
    return TakePanel(index, take, word, tone, _take_facts(take), found)


def take_word(view: RunView, take: TakeRow) -> tuple[str, Tone]:
    """How a take ended; of several accepted ones, which is in the film."""
    word, tone = TAKE[take.state]
    if take.state != "accepted":
        return word, tone
    if take.key not in view.in_film:
        return "accepted, another one is in the film", "plain"
    if take.verdict and take.verdict.state != "pass":
        return f"accepted with the verdict {take.verdict.state}", take.verdict.state
    return word, tone


def _take_facts(take: TakeRow) -> tuple[Fact, ...]:
    facts = [Fact("Made by", take.request.generator), Fact("Seed", seed_words(take))]
    facts += _order_facts(take.ordered)
    if take.take:
        facts.append(Fact("Took", took(take.take.took_s)))
        if take.take.adjustments:
            facts.append(Fact("Brought back to the footage", "; ".join(take.take.adjustments)))
    facts.append(Fact("Cost", money(take.cost_usd)))
    if take.verdict:
        facts.extend(verdict_facts(take.verdict))
    if take.take and take.take.provider_job:
        facts.append(Fact("Job", take.take.provider_job, code=True))
    return tuple(facts)


def seed_words(take: TakeRow) -> str:
    """The seed, or that there is none to lock a take with."""
    if take.ordered is not None and take.ordered.seed is None:
        return "none: the service has no seed, so no lock is possible"
    return str(take.request.seed)


def _order_facts(ordered: Ordered | None) -> tuple[Fact, ...]:
    """What a service was asked for where that differs from the request."""
    if ordered is None:
        return ()
    asked = f"{ordered.model}, {ordered.size}, {number(ordered.seconds)} s"
    facts = [Fact("Asked for", asked)]
    if ordered.prompt:
        facts.append(Fact("Prompt as sent", ordered.prompt))
    if ordered.adjustments:
        facts.append(Fact("Changed to fit", "; ".join(ordered.adjustments)))
    if ordered.dropped:
        facts.append(Fact("Not asked for", "; ".join(ordered.dropped)))
    return tuple(facts)


def verdict_facts(verdict: Verdict) -> tuple[Fact, ...]:
    """The two numbers of a verdict."""
    return (
        Fact("Evidence of a fault", f"{number(verdict.score)} on a scale to 1"),
        Fact("Could be verified", f"{share(verdict.coverage)} of the picture"),
    )
