"""Any valid record, for properties that all records share."""

from __future__ import annotations

import itertools
from datetime import date
from fractions import Fraction
from typing import Any, get_args

from hypothesis import strategies as st

from landfast.model.clip import Audio, Clip, Colour
from landfast.model.constraint import (
    Constraint,
    ConstraintKind,
    KeepColour,
    KeepDepth,
    KeepEndpoint,
    KeepHorizon,
    KeepMotion,
    KeepPersistence,
    KeepRegion,
    KeepScene,
    KeepSteady,
    KeepTexture,
)
from landfast.model.measured import (
    Analysis,
    Anchor,
    AnchorParts,
    FoundAnchor,
    Gap,
    Horizon,
    Shot,
    Unusable,
)
from landfast.model.outcome import Film, Run
from landfast.model.plan import Generate, Keep, Plan
from landfast.model.profile import FrameRule, Price, Profile, Support
from landfast.model.record import Document
from landfast.model.take import Footage, Request, Take
from landfast.model.telemetry import Exposure, Fix, Sensor, Telemetry
from landfast.model.time import Span
from landfast.model.verdict import Finding, FrameScore, Verdict
from model.basic import maybe, number, positive, seconds, share, text
from model.finding_strategies import FOUND

TIME_BASES = [Fraction(1, 600), Fraction(1, 90000), Fraction(1001, 30000)]
rates = st.sampled_from([Fraction(24), Fraction(30000, 1001), Fraction(25)])

parts = st.builds(
    AnchorParts,
    quality=share,
    structure=share,
    stability=share,
    stillness=share,
    coverage=st.one_of(st.none(), share),
    fit=st.one_of(st.none(), share),
)
anchors = st.builds(
    Anchor, time=seconds, image=text, score=share, parts=st.one_of(st.none(), parts), reason=text
)
found_anchors = st.builds(
    FoundAnchor, time=seconds, measured_as=text, score=share, parts=parts, reason=text
)
spans = st.builds(
    lambda start, length: Span(start=start, stop=start + length), start=seconds, length=positive
)
gaps = st.builds(
    Gap,
    overlap=st.one_of(st.none(), share),
    motion_px=maybe,
    parallax_px=maybe,
    baseline=st.one_of(st.none(), share),
    light_change=maybe,
    colour_change=st.one_of(st.none(), share),
    disoccluded=st.one_of(st.none(), share),
    churn=st.one_of(st.none(), share),
    turn_px=st.one_of(st.none(), share),
    unsteady_px=st.one_of(st.none(), share),
    semantic=st.one_of(st.none(), share),
    frames=st.one_of(st.none(), st.integers(1, 500)),
    seconds=st.one_of(st.none(), positive),
    chance=st.one_of(st.none(), share),
    reason=text,
)
shots = st.builds(
    Shot, span=spans, confidence=share, speed_px=maybe, parallax_px=maybe, reason=text
)
unusable = st.builds(Unusable, span=spans, confidence=share, reason=text)
constraints: st.SearchStrategy[Constraint] = st.one_of(
    st.builds(KeepEndpoint, image=text),
    st.builds(KeepScene),
    st.builds(KeepPersistence),
    st.builds(KeepTexture),
    st.builds(KeepMotion),
    st.builds(KeepSteady),
    st.builds(KeepColour),
    st.builds(KeepHorizon),
    st.builds(KeepDepth),
    st.builds(KeepRegion, mask=text),
)


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    """Any clip, of constant or variable rate."""
    steps = draw(st.lists(st.integers(1, 50), min_size=1, max_size=40))
    ticks = [0, *itertools.accumulate(steps)]
    audio = st.builds(Audio, codec=text, start=seconds, duration=st.one_of(st.none(), seconds))
    return Clip(
        content=draw(text),
        name=draw(text),
        width=draw(st.integers(1, 8192)),
        height=draw(st.integers(1, 8192)),
        rotation=draw(st.sampled_from([0, 90, 180, 270])),
        sample_aspect=draw(positive),
        codec=draw(text),
        pixel_format=draw(text),
        bit_depth=draw(st.integers(1, 16)),
        colour=draw(st.builds(Colour)),
        time_base=draw(
            st.sampled_from([Fraction(1, 600), Fraction(1, 90000), Fraction(1001, 30000)])
        ),
        start=draw(seconds),
        ticks=tuple(ticks[:-1]),
        end_tick=ticks[-1],
        audio=tuple(draw(st.lists(audio, max_size=2))),
        timecode=draw(st.one_of(st.none(), text)),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan: kept and generated spans by turns."""
    steps = draw(st.lists(positive, min_size=1, max_size=5))
    edges = [Fraction(0), *itertools.accumulate(steps)]
    segments: list[Keep | Generate] = []
    for at, (start, stop) in enumerate(itertools.pairwise(edges)):
        span = Span(start=start, stop=stop)
        segments.append(draw(_generate(span)) if at % 2 else Keep(span=span))
    return Plan(
        clip=draw(text),
        clip_name=draw(text),
        duration=edges[-1],
        generator=draw(text),
        shots=tuple(draw(st.lists(shots, max_size=2))),
        unusable=tuple(draw(st.lists(unusable, max_size=2))),
        segments=tuple(segments),
        cost_usd=draw(seconds),
        budget_usd=draw(st.one_of(st.none(), seconds)),
    )


def _generate(span: Span) -> st.SearchStrategy[Generate]:
    return st.builds(
        Generate,
        name=text,
        span=st.just(span),
        start=anchors,
        end=anchors,
        gap=gaps,
        frames=st.integers(3, 500),
        fps=rates,
        constraints=st.lists(constraints, max_size=3).map(tuple),
        replaces=st.lists(unusable, max_size=2).map(tuple),
        cost_usd=seconds,
    )


profiles = st.builds(
    Profile,
    generator=text,
    model=text,
    title=text,
    size_multiple=st.integers(1, 64),
    fps=st.lists(rates, max_size=2).map(tuple),
    frame_rule=st.builds(FrameRule, step=st.integers(1, 8), offset=st.integers(0, 8)),
    durations_s=st.lists(positive, max_size=2).map(tuple),
    support=st.dictionaries(
        st.sampled_from(get_args(ConstraintKind)), st.sampled_from(get_args(Support))
    ),
    quantum_s=seconds,
    minimum_s=seconds,
    price=st.one_of(
        st.none(),
        st.builds(Price, usd_per_second=seconds, read_on=st.just(date(2026, 11, 1)), source=text),
    ),
)
requests = st.builds(
    Request,
    segment=text,
    generator=text,
    first=text,
    last=text,
    constraints=st.lists(constraints, max_size=3).map(tuple),
    width=st.integers(1, 8192),
    height=st.integers(1, 8192),
    frames=st.integers(2, 500),
    fps=rates,
    seed=st.integers(0, 2**32),
    footage=st.one_of(st.none(), st.builds(Footage, clip=text, span=spans)),
)
takes = st.builds(
    Take,
    request=text,
    generator=text,
    file=text,
    sha256=text,
    frames=st.integers(1, 500),
    width=st.integers(1, 8192),
    height=st.integers(1, 8192),
    cost_usd=seconds,
    took_s=st.floats(0, 1e6),
)
verdicts = st.builds(
    Verdict,
    score=share,
    coverage=share,
    findings=st.lists(
        st.builds(
            Finding,
            value=maybe,
            limit=maybe,
            unit=text,
            span=st.one_of(st.none(), st.tuples(number, number)),
            region=st.one_of(st.none(), st.tuples(share, share, share, share)),
            reason=text,
        ),
        max_size=3,
    ).map(tuple),
    frames=st.lists(st.builds(FrameScore, time_s=number, score=share), max_size=3).map(tuple),
)
analyses = st.builds(
    Analysis,
    clip=text,
    frames=st.integers(1, 500),
    duration=positive,
    working_width=st.integers(1, 4096),
    shots=st.lists(shots, max_size=2).map(tuple),
    unusable=st.lists(unusable, max_size=2).map(tuple),
    anchors=st.lists(found_anchors, max_size=2).map(tuple),
    horizon=st.builds(Horizon, seen=share, angle_deg=maybe, height=maybe),
    table=text,
)
runs = st.builds(
    Run,
    clip_path=text,
    started=text,
    threads=st.integers(0, 8),
    versions=st.dictionaries(text, text, max_size=3),
    machine=text,
)
films = st.builds(
    Film,
    file=text,
    sha256=text,
    frames=st.integers(1, 500),
    generated=st.integers(0, 500),
    exact=st.one_of(st.none(), st.integers(0, 500)),
    codec=text,
    pixel_format=text,
    duration=positive,
    audio=text,
)
telemetries = st.builds(
    Telemetry,
    clip=text,
    device=st.one_of(st.none(), text),
    fixes=st.lists(
        st.builds(
            Fix,
            time=seconds,
            latitude=st.floats(-90, 90),
            longitude=st.floats(-180, 180),
            altitude_m=maybe,
            speed_mps=st.one_of(st.none(), st.floats(0, 1000)),
        ),
        max_size=4,
    ).map(tuple),
    sensors=st.lists(
        st.builds(
            Sensor,
            unit=text,
            values=st.lists(
                st.one_of(st.none(), st.tuples(number, number, number)), max_size=4
            ).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    exposures=st.lists(st.builds(Exposure, time=seconds), max_size=2).map(tuple),
    notes=st.lists(text, max_size=2).map(tuple),
)
EVERY: dict[type[Document], st.SearchStrategy[Any]] = {
    Analysis: analyses,
    Clip: clips(),
    Film: films,
    Plan: plans(),
    Profile: profiles,
    Request: requests,
    Run: runs,
    Take: takes,
    Telemetry: telemetries,
    Verdict: verdicts,
    **FOUND,
}
"""Each kind of document with its strategy."""
documents: st.SearchStrategy[Document] = st.one_of(*EVERY.values())
