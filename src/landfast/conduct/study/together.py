"""Everything that was measured in a study, as one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from landfast.conduct.study.brief import StudyBrief
from landfast.conduct.study.statistics import rate
from landfast.conduct.study.summary import (
    check_rates,
    cost,
    cost_per_second,
    groups,
    latency,
    motions,
    same_seed,
    sensitivity,
    success,
)
from landfast.errors import LandfastError
from landfast.model.clip import Clip
from landfast.model.outcome import Repeat, Stage, Timing
from landfast.model.profile import Profile
from landfast.model.study import Outcome, Spread, Study, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a study is about, besides its takes."""

    brief: StudyBrief
    clip: Clip
    clip_name: str
    asked: int
    stopped: LandfastError | None
    """Why takes are missing; None where all were made."""
    profiles: Mapping[str, Profile]
    timings: Sequence[Timing]
    repeats: Sequence[Repeat]


def summed_up(context: Context, outcomes: tuple[Outcome, ...], spread: tuple[Spread, ...]) -> Study:
    """The study's record: a pure function of what was measured."""
    brief = context.brief
    return Study(
        clip=context.clip.content,
        clip_name=context.clip_name,
        replaced=brief.replace,
        generators=brief.generators,
        prompts=brief.prompts,
        seeds=brief.seeds,
        asked=context.asked,
        complete=context.stopped is None,
        outcomes=outcomes,
        accepted=success(outcomes),
        unknown=sum(one.state == "unknown" for one in outcomes),
        failed=sum(one.state == "failed" for one in outcomes),
        checks=check_rates(outcomes),
        groups=groups(outcomes),
        latency=latency(outcomes),
        cost_usd=cost(outcomes),
        usd_per_accepted_s=cost_per_second(outcomes),
        spread=spread,
        same_seed=same_seed(outcomes),
        sensitivity=sensitivity(outcomes),
        motions=motions(outcomes),
        works=_works(context, outcomes),
        notes=_notes(context),
    )


def _works(context: Context, outcomes: Sequence[Outcome]) -> tuple[Work, ...]:
    """Vision against generation, from this study's own measurements."""
    vision = [
        _vision(context, "analyse", "measure the clip"),
        _vision(context, "verify", "judge a take"),
    ]
    made = [
        _generation(context, name, [o for o in outcomes if o.cell.generator == name])
        for name in context.brief.generators
    ]
    return (*(work for work in vision if work is not None), *made)


def _vision(context: Context, stage: Stage, name: str) -> Work | None:
    timed = [one for one in context.timings if one.stage == stage and one.frames]
    frames = sum(one.frames or 0 for one in timed)
    if not frames:
        return None
    missed = [one.failures for one in timed if one.failures is not None]
    repeats, identical = _repeated(context, stage)
    return Work(
        kind="vision",
        name=name,
        ms_per_frame=round(1000 * sum(one.seconds for one in timed) / frames, 3),
        repeats=repeats,
        identical=identical,
        failures=rate(sum(missed), frames) if missed else rate(0, 0),
    )


def _repeated(context: Context, stage: Stage) -> tuple[int, bool | None]:
    found = [one for one in context.repeats if one.stage == stage and one.identical is not None]
    count = sum(len(one.digests) for one in found)
    return count, all(one.identical for one in found) if found else None


def _generation(context: Context, generator: str, outcomes: Sequence[Outcome]) -> Work:
    frames = sum(one.frames for one in outcomes)
    seconds = sum(one.took_s or 0.0 for one in outcomes)
    again = same_seed(outcomes)
    repeats, identical = _repeated(context, "generate")
    first = generator == context.brief.generators[0]
    if again is not None:
        repeats, identical = again.trials, again.hits == again.trials
    elif not first:
        repeats, identical = 0, None
    return Work(
        kind="generation",
        name=generator,
        ms_per_frame=round(1000 * seconds / frames, 3) if frames else None,
        repeats=repeats,
        identical=identical,
        failures=rate(sum(one.state != "accepted" for one in outcomes), len(outcomes)),
    )


def _notes(context: Context) -> tuple[str, ...]:
    notes = [
        f"{name} takes no seed: nothing can be locked, and every take is a new draw"
        for name, profile in context.profiles.items()
        if not profile.seed and not profile.deterministic
    ]
    notes += [
        f"{name} is deterministic and takes no seed: equal requests give equal takes"
        for name, profile in context.profiles.items()
        if not profile.seed and profile.deterministic
    ]
    if context.stopped is not None:
        notes.append(f"not every take was made: {context.stopped}")
    return tuple(notes)
