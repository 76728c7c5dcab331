"""From a measured clip to a plan: candidates, the gaps between them, the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from landfast.conduct.analyse import Analysed, analyse
from landfast.conduct.crossing import retiming, words
from landfast.conduct.ladder import AUTO, climbs, named, open_rungs, planned_with, worded_for
from landfast.conduct.progress import Progress, stage
from landfast.conduct.rungs import FootageRung
from landfast.conduct.shares import shares
from landfast.generators.base import Generator
from landfast.generators.registry import open_generator, profiles
from landfast.generators.remote.generator import RemoteGenerator
from landfast.media.decode import stills
from landfast.media.probe import probe
from landfast.media.stills import image_id
from landfast.model.clip import Clip
from landfast.model.measured import Gap
from landfast.model.plan import Generate, Plan, Retime, Segment
from landfast.model.profile import Profile
from landfast.model.study import PromptMotion
from landfast.model.time import Span
from landfast.planning.bridges import faults_to_bridge
from landfast.planning.choice import pairs_to_measure
from landfast.planning.ladder import Chosen, Model, ladder
from landfast.planning.moves import move_through
from landfast.planning.plan import make_plan
from landfast.planning.prompt import camera_prompt, measured_words
from landfast.planning.request import refuse_open_ends
from landfast.planning.retiming import rooms_of, sides_of
from landfast.planning.segments import frames_of, inside
from landfast.vision.gap.beside import motion_beside
from landfast.vision.gap.measure import End, measure_gap

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What the user decides about a plan.

    Attributes:
        replace: Spans to replace; they overrule detection.
        generator: `NAME` or `NAME:MODEL`; several, separated by commas, are tried in turn.
        budget_usd: Hard cap on what may be spent; None for no cap.
        threads: Decoder threads, 0 for all cores.
        prompt: Words for every take, in place of the measured camera move; only for models that
            take any.
        motions: What prompts did to models' cameras, from a study: the likest is used.
        takes: Most takes of the models for each gap, to bound what a ladder costs.
        chosen: Whether a ladder may keep the real frames of a span in `replace`.
    """

    replace: tuple[Span, ...] = ()
    generator: str = "geometry"
    budget_usd: Fraction | None = None
    threads: int = 0
    prompt: str = ""
    motions: tuple[PromptMotion, ...] = ()
    takes: int = 3
    chosen: Chosen = "replace"


def plan(path: Path, options: PlanOptions, *, progress: Progress | None = None) -> Plan:
    """Measure a clip and decide what is kept and what is generated.

    Raises:
        InputError: Not a video that can be used, a span outside it, or no such generator.
    """
    clip = probe(path)
    check(options, clip)
    measured = analyse(path, clip=clip, threads=options.threads, progress=progress)
    return plan_measured(measured, options, progress=progress)


def check(options: PlanOptions, clip: Clip) -> None:
    """Refuse options that cannot be used, before any work.

    Raises:
        InputError: A span outside the clip, or no such generator.
        Unsupported: It cannot be held at both ends, as every transition must be.
    """
    makers = open_rungs(options.generator, clip.width, clip.height)
    refuse_open_ends(planned_with(makers).profile)
    for span in options.replace:
        inside(span, clip)


def profile_for(path: Path, options: PlanOptions) -> Profile:
    """The profile that a clip is planned for, at the size that suits it.

    Raises:
        InputError: Not a video that can be used, or no such generator.
    """
    clip = probe(path)
    return planned_with(open_rungs(options.generator, clip.width, clip.height)).profile


def check_ready(options: PlanOptions) -> None:
    """Refuse to ask for what cannot be paid for, where a key is missing: before the first order.

    Raises:
        InputError: A service cannot be opened from here.
    """
    for name in named(options.generator):
        if name == AUTO:
            continue
        maker = open_generator(name)
        if isinstance(maker, RemoteGenerator):
            maker.check_ready()


def plan_measured(
    measured: Analysed, options: PlanOptions, *, progress: Progress | None = None
) -> Plan:
    """The plan for a clip that is measured already.

    Raises:
        InputError: A span outside the clip, or no such generator.
    """
    clip, analysis = measured.clip, measured.analysis
    makers = open_rungs(options.generator, clip.width, clip.height)
    profile = planned_with(makers).profile
    bridges = faults_to_bridge(
        measured.table,
        clip,
        analysis.shots,
        analysis.unusable,
        replace=options.replace,
        profile=profile,
    )
    ends: dict[int, End] = {}
    images: dict[int, str] = {}
    gaps: dict[Pair, Gap] = {}
    told = stage(progress, "measure gaps")
    while wanted := pairs_to_measure(bridges, gaps, clip=clip, profile=profile):
        for pair in wanted:
            gaps[pair] = _measure(measured, pair, ends, images)
            told(len(gaps), len(gaps) + len(wanted) - 1 - wanted.index(pair))
    made = make_plan(
        clip,
        shots=analysis.shots,
        unusable=analysis.unusable,
        bridges=bridges,
        images=images,
        gaps=gaps,
        profile=profile,
        references=_references([one.profile for one in makers], clip),
        budget_usd=options.budget_usd,
    )
    made = _worded(made, measured, worded_for(makers), options)
    return _with_ladders(made, measured, makers, options) if climbs(options.generator) else made


def _references(own: Sequence[Profile], clip: Clip) -> tuple[Profile, ...]:
    """Models whose prices stand beside the plan's: its own, and the first of each service."""
    found = {one.generator: one for one in reversed(profiles()) if one.price is not None}
    found |= {one.generator: one for one in reversed(own) if one.price is not None}
    held = (one.sized(clip.width, clip.height) for one in found.values())
    return tuple(sorted(held, key=lambda one: one.name))


def _worded(made: Plan, measured: Analysed, profile: Profile, options: PlanOptions) -> Plan:
    """Every segment told how the camera moves through it, where the model takes words."""
    clip = measured.clip

    def told(segment: Segment) -> Segment:
        if segment.kind == "keep":
            return segment
        ends = clip.index_at(segment.start.time), clip.index_at(segment.end.time)
        move = move_through(measured.table, clip, *ends)
        own = options.prompt or measured_words(options.motions, profile.name, move)
        prompt, negative = camera_prompt(move, profile, own=own)
        return segment.model_copy(update={"prompt": prompt, "negative_prompt": negative})

    return made.model_copy(update={"segments": tuple(told(one) for one in made.segments)})


def _with_ladders(
    made: Plan, measured: Analysed, makers: Sequence[Generator], options: PlanOptions
) -> Plan:
    """The plan with every segment's rungs, from the footage itself to the models named."""
    geometry, *models = [one for one in makers if not isinstance(one, FootageRung)]
    counts = shares(options.takes, models) if models else ()
    tops = [Model(one.profile, count) for one, count in zip(models, counts, strict=True)]
    rooms = rooms_of(made.generated, measured.clip)

    def climbed(segment: Segment) -> Segment:
        if segment.kind == "keep":
            return segment
        retime, reason = _retime(segment, measured, rooms[segment.name])
        rungs = ladder(
            segment,
            clip=measured.clip,
            detected=measured.analysis.unusable,
            chosen=options.chosen,
            retime=retime,
            retime_reason=reason,
            geometry=geometry.profile,
            models=tops,
        )
        return segment.model_copy(update={"rungs": rungs})

    segments = tuple(climbed(one) for one in made.segments)
    return made.model_copy(update={"segments": segments, "generator": options.generator})


def _retime(segment: Generate, measured: Analysed, room: range) -> tuple[Retime | None, str]:
    """How real frames could cover a segment, and why, or why not."""
    clip, analysis = measured.clip, measured.analysis
    faults = (*analysis.unusable, *segment.replaces)
    sides = sides_of(
        segment,
        measured.table,
        clip,
        shots=[frames_of(shot.span, clip) for shot in analysis.shots],
        avoid=frozenset(at for fault in faults for at in frames_of(fault.span, clip)),
        room=room,
    )
    found = sides if isinstance(sides, str) else retiming(measured.path, clip, sides)
    return (None, found) if isinstance(found, str) else (found, words(found, clip))


def _measure(measured: Analysed, pair: Pair, ends: dict[int, End], images: dict[int, str]) -> Gap:
    """The gap between two frames; both are kept in `ends`, their content ids in `images`."""
    clip, (start, end) = measured.clip, pair
    new = [clip.time_of(index) for index in pair if index not in ends]
    for picture in stills(measured.path, clip, new):
        image = picture.rgb()
        ends[picture.index], images[picture.index] = End.of(image), image_id(image)
    return measure_gap(
        ends[start],
        ends[end],
        frames=end - start,
        seconds=clip.time_of(end) - clip.time_of(start),
        beside=motion_beside(measured.table, start, end, size=(clip.width, clip.height)),
    )
