"""From outcomes to the figures of a study: a pure function, so that it can be checked by itself."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Literal, get_args

import numpy as np

from landfast.conduct.study.statistics import outer_fence, rate, spread_of, variance_split
from landfast.conduct.study.words import motion_words
from landfast.model.study import (
    Camera,
    CheckRate,
    Estimate,
    Group,
    Latency,
    Outcome,
    PromptMotion,
    Rate,
    Sensitivity,
)
from landfast.model.verdict import Check

Kind = Literal["generator", "prompt", "seed", "segment"]


def success(outcomes: Sequence[Outcome]) -> Rate:
    """Accepted takes among all that were asked for."""
    return rate(sum(one.state == "accepted" for one in outcomes), len(outcomes))


def check_rates(outcomes: Sequence[Outcome]) -> tuple[CheckRate, ...]:
    """For each check that any take failed or left open: how often, the most frequent first."""
    judged = [one for one in outcomes if one.state != "failed"]
    checks: tuple[Check, ...] = get_args(Check)
    found = [
        CheckRate(
            check=check,
            failed=rate(sum(check in one.failed for one in judged), len(judged)),
            unknown=sum(check in one.unknown for one in judged),
        )
        for check in checks
    ]
    telling = [one for one in found if one.failed.hits or one.unknown]
    return tuple(sorted(telling, key=lambda one: (-one.failed.hits, -one.unknown)))


def groups(outcomes: Sequence[Outcome]) -> tuple[Group, ...]:
    """Success by generator, prompt, seed and segment, where there is more than one of them.

    Groups of one take each say nothing that the takes do not say, and are left out.
    """
    kinds: tuple[Kind, ...] = get_args(Kind)
    return tuple(itertools.chain.from_iterable(_by(kind, outcomes) for kind in kinds))


def _by(kind: Kind, outcomes: Sequence[Outcome]) -> list[Group]:
    names = list(dict.fromkeys(_name(kind, one) for one in outcomes))
    if len(names) < 2 or len(names) == len(outcomes):
        return []
    return [_group(kind, name, [o for o in outcomes if _name(kind, o) == name]) for name in names]


def _name(kind: Kind, outcome: Outcome) -> str:
    value = getattr(outcome.cell, kind)
    return "no seed" if value is None else str(value) or "no prompt"


def _group(kind: Kind, name: str, members: Sequence[Outcome]) -> Group:
    took = [one.took_s for one in members if one.took_s is not None]
    return Group(
        by=kind,
        name=name,
        accepted=success(members),
        median_s=round(float(np.median(took)), 3) if took else None,
        cost_usd=cost(members),
    )


def cost(outcomes: Iterable[Outcome]) -> Fraction:
    """US dollars charged."""
    return sum((one.cost_usd for one in outcomes), Fraction(0))


def cost_per_second(outcomes: Sequence[Outcome]) -> Fraction | None:
    """All that was charged for each second that was accepted; None where nothing was."""
    seconds = sum((o.seconds for o in outcomes if o.state == "accepted"), Fraction(0))
    return cost(outcomes) / seconds if seconds else None


def latency(outcomes: Sequence[Outcome]) -> Latency | None:
    """None where no take came back."""
    took = {one.request: one.took_s for one in outcomes if one.took_s is not None}
    if not took:
        return None
    values = list(took.values())
    fence = outer_fence(values)
    return Latency(
        median_s=round(float(np.median(values)), 3),
        p90_s=round(float(np.quantile(values, 0.9)), 3),
        least_s=min(values),
        most_s=max(values),
        outliers=tuple(key for key, value in took.items() if value > fence),
    )


def same_seed(outcomes: Sequence[Outcome]) -> Rate | None:
    """Requests that were made more than once and gave the same pixels each time."""
    made: dict[tuple[object, ...], list[str]] = {}
    for one in outcomes:
        if one.digest is not None:
            cell = one.cell
            same = (cell.segment, cell.generator, cell.prompt, cell.seed)
            made.setdefault(same, []).append(one.digest)
    repeated = [digests for digests in made.values() if len(digests) > 1]
    if not repeated:
        return None
    return rate(sum(len(set(digests)) == 1 for digests in repeated), len(repeated))


_MEASURES: tuple[tuple[str, str, Callable[[Outcome], float | None]], ...] = (
    ("evidence of a fault", "score", lambda one: one.score),
    ("zoom", "%", lambda one: one.camera.zoom_pct if one.camera else None),
    ("pan", "%", lambda one: one.camera.pan_pct if one.camera else None),
    ("tilt", "%", lambda one: one.camera.tilt_pct if one.camera else None),
    ("roll", "deg", lambda one: one.camera.roll_deg if one.camera else None),
)


def sensitivity(outcomes: Sequence[Outcome]) -> tuple[Sensitivity, ...]:
    """Seed against prompt, measure by measure; empty where there is no grid of both.

    Only for a study of one segment and one generator: else their differences would count as noise.
    """
    places = {(one.cell.segment, one.cell.generator) for one in outcomes}
    seeds = list(dict.fromkeys(one.cell.seed for one in outcomes))
    prompts = list(dict.fromkeys(one.cell.prompt for one in outcomes))
    if len(places) != 1 or len(seeds) < 2 or len(prompts) < 2 or None in seeds:
        return ()
    found = []
    for name, unit, measure in _MEASURES:
        table = np.full((len(seeds), len(prompts)), math.nan)
        for one in outcomes:
            value = measure(one)
            if value is not None and one.cell.repeat == 0:
                table[seeds.index(one.cell.seed), prompts.index(one.cell.prompt)] = value
        complete = table[np.isfinite(table).all(axis=1)]
        seed, prompt, rest = variance_split(complete)
        found.append(Sensitivity(measure=name, unit=unit, seed=seed, prompt=prompt, rest=rest))
    return tuple(found)


def motions(outcomes: Sequence[Outcome]) -> tuple[PromptMotion, ...]:
    """What each prompt did to the camera, by generator."""
    pairs = dict.fromkeys((one.cell.generator, one.cell.prompt) for one in outcomes)
    return tuple(_motion(generator, prompt, outcomes) for generator, prompt in pairs)


def _motion(generator: str, prompt: str, outcomes: Sequence[Outcome]) -> PromptMotion:
    cameras = [
        one.camera
        for one in outcomes
        if one.camera and (one.cell.generator, one.cell.prompt) == (generator, prompt)
    ]

    def over(measure: Callable[[Camera], float]) -> Estimate:
        return spread_of([measure(camera) for camera in cameras])

    seconds = [one.seconds for one in outcomes if one.cell.generator == generator]
    zoom, roll = over(lambda c: c.zoom_pct), over(lambda c: c.roll_deg)
    pan, tilt = over(lambda c: c.pan_pct), over(lambda c: c.tilt_pct)
    return PromptMotion(
        generator=generator,
        prompt=prompt,
        takes=len(cameras),
        seconds=sorted(seconds)[len(seconds) // 2],
        zoom_pct=zoom,
        roll_deg=roll,
        pan_pct=pan,
        tilt_pct=tilt,
        words=_words(zoom, roll, pan, tilt),
    )


def _words(zoom: Estimate, roll: Estimate, pan: Estimate, tilt: Estimate) -> str:
    if zoom.value is None or roll.value is None or pan.value is None or tilt.value is None:
        return "not measured"
    typical = Camera(
        zoom_pct=zoom.value,
        roll_deg=roll.value,
        pan_pct=pan.value,
        tilt_pct=tilt.value,
        path=(),
    )
    return motion_words(typical)
