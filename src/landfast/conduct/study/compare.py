"""Two studies side by side: has the service changed without saying so?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from landfast.conduct.study.statistics import difference, median_change, rate, spread_of
from landfast.model.study import Change, Estimate, Outcome, Rate, Study, StudyComparison


def compare(before: Study, after: Study, *, names: tuple[str, str]) -> StudyComparison:
    """Every figure that both studies have, and whether it moved by more than chance.

    Many figures are compared at once, so each is held to 5 % divided by their number
    (Bonferroni): of comparisons of an unchanged service, one in twenty says that it changed.

    Args:
        before: The earlier study.
        after: The later one.
        names: What they are called.
    """
    checks = tuple(dict.fromkeys(one.check for one in (*before.checks, *after.checks)))
    level = 0.05 / (1 + len(checks) + len(_MEASURES))
    changes = (
        _rates("accepted takes", before.accepted, after.accepted, level),
        *(
            _rates(f"{check} failed", _failed(before, check), _failed(after, check), level)
            for check in checks
        ),
        *(
            _medians(name, unit, (before, after), measure, level)
            for name, unit, measure in _MEASURES
        ),
        _identity(before, after),
    )
    return StudyComparison(
        before=names[0],
        after=names[1],
        same_question=_question(before) == _question(after),
        changes=changes,
        changed=any(one.changed for one in changes),
    )


def _camera(field: str) -> Callable[[Outcome], float | None]:
    return lambda one: None if one.camera is None else float(getattr(one.camera, field))


_MEASURES: tuple[tuple[str, str, Callable[[Outcome], float | None]], ...] = (
    ("latency", "s", lambda one: one.took_s),
    ("evidence of a fault", "", lambda one: one.score),
    ("zoom", "%", _camera("zoom_pct")),
    ("pan", "%", _camera("pan_pct")),
    ("tilt", "%", _camera("tilt_pct")),
    ("roll", "deg", _camera("roll_deg")),
)


def _question(study: Study) -> tuple[object, ...]:
    return study.clip, study.replaced, study.generators, study.prompts


def _failed(study: Study, check: str) -> Rate:
    judged = [one for one in study.outcomes if one.state != "failed"]
    return rate(sum(check in one.failed for one in judged), len(judged))


def _rates(name: str, before: Rate, after: Rate, level: float) -> Change:
    moved = difference(before, after, level=level)
    return Change(
        name=name,
        unit="share",
        before=Estimate(value=before.share, low=before.low, high=before.high),
        after=Estimate(value=after.share, low=after.low, high=after.high),
        changed=_beyond(moved),
        reason=_words(moved, "share"),
    )


def _medians(
    name: str,
    unit: str,
    studies: tuple[Study, Study],
    measure: Callable[[Outcome], float | None],
    level: float,
) -> Change:
    first, second = (_values(study, measure) for study in studies)
    moved = median_change(first, second, level=level)
    return Change(
        name=name,
        unit=unit,
        before=spread_of(first),
        after=spread_of(second),
        changed=_beyond(moved),
        reason=_words(moved, unit),
    )


def _values(study: Study, measure: Callable[[Outcome], float | None]) -> Sequence[float]:
    found = (measure(one) for one in study.outcomes)
    return [value for value in found if value is not None]


def _identity(before: Study, after: Study) -> Change:
    """Equal requests with a seed: a service that gives other pixels for them has changed."""
    known = {one.request: one.digest for one in before.outcomes if one.digest and _locked(one)}
    both = [o for o in after.outcomes if o.digest and _locked(o) and o.request in known]
    same = sum(known[one.request] == one.digest for one in both)
    share = same / len(both) if both else None
    return Change(
        name="equal requests, equal pixels",
        unit="share",
        before=Estimate(value=None),
        after=Estimate(value=share),
        changed=same < len(both) if both else None,
        reason=f"{same} of {len(both)} requests with the same seed gave the same pixels"
        if both
        else "no request with a seed stands in both",
    )


def _locked(outcome: Outcome) -> bool:
    return outcome.cell.seed is not None


def _beyond(moved: Estimate) -> bool | None:
    if moved.low is None or moved.high is None:
        return None
    return moved.low > 0 or moved.high < 0


def _words(moved: Estimate, unit: str) -> str:
    """A difference in the terms of its sides; of shares, which stand as percents, in points."""
    if moved.value is None:
        return "not measured in both"
    scale, form, unit = (100, "+.0f", "points") if unit == "share" else (1, "+.2g", unit)
    value = f"{scale * moved.value:{form}} {unit}".rstrip()
    if moved.low is None or moved.high is None:
        return f"{value}; too few takes for an interval"
    return f"{value} ({scale * moved.low:{form}} to {scale * moved.high:{form}})"
