"""What a plan costs and what the naive ways would cost. Exact fractions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from landfast.model.clip import Clip
from landfast.model.measured import Unusable
from landfast.model.plan import Generate, NaiveWay
from landfast.model.profile import Profile


def naive_ways(
    clip: Clip, generated: Iterable[Generate], references: Sequence[Profile]
) -> tuple[NaiveWay, ...]:
    """List price of doing it without anchors, for each reference profile that has a price.

    "everything" generates the whole clip anew; "each gap" buys one take for each run of replaced
    time, as the provider's billing quantum and minimum have it. Refused spans count in neither.
    """
    gaps = [gap for segment in generated for gap in runs_s(segment.replaces)]
    ways: list[NaiveWay] = []
    for profile in references:
        if profile.price is not None:
            ways.append(_way("everything", profile, [clip.duration]))
            ways.append(_way("each gap", profile, gaps))
    return tuple(ways)


def _way(way: str, profile: Profile, takes_s: Sequence[Fraction]) -> NaiveWay:
    billed = sum((profile.billed_s(seconds) for seconds in takes_s), Fraction(0))
    price = profile.price.usd_per_second if profile.price else Fraction(0)
    return NaiveWay.model_validate(
        {"way": way, "profile": profile.name, "billed_s": billed, "cost_usd": billed * price}
    )


def runs_s(faults: Iterable[Unusable]) -> tuple[Fraction, ...]:
    """Lengths, in seconds, of the stretches of time that the faults cover together."""
    lengths: list[Fraction] = []
    reached = Fraction(-1)
    for span in sorted((fault.span for fault in faults), key=lambda one: (one.start, one.stop)):
        if span.start > reached:
            lengths.append(span.duration)
        else:
            lengths[-1] += max(Fraction(0), span.stop - reached)
        reached = max(reached, span.stop)
    return tuple(lengths)


def expected_usd(cost_usd: Fraction, chance: float) -> Fraction:
    """Expected list price until a take is accepted, when each passes with the same chance.

    Args:
        cost_usd: List price of one take.
        chance: Chance that a take passes verification, in (0, 1].
    """
    if not 0 < chance <= 1:
        raise ValueError(f"a chance lies in (0, 1], got {chance}")
    return cost_usd / Fraction(chance).limit_denominator(1_000_000)
