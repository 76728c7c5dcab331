"""A hand-made run for the page's tests: every record is valid, every number is its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from landfast.ledger.rows import TakeRow
from landfast.model.clip import Audio, Clip, Colour
from landfast.model.constraint import (
    KeepColour,
    KeepEndpoint,
    KeepMotion,
    KeepScene,
    KeepSteady,
)
from landfast.model.measured import (
    Analysis,
    Anchor,
    AnchorParts,
    FoundAnchor,
    Gap,
    Horizon,
    Recorded,
    Shot,
    Unusable,
)
from landfast.model.outcome import Film, Picture, Repeat, Run, Series, Timing
from landfast.model.plan import Generate, Keep, NaiveWay, Plan, Refusal
from landfast.model.profile import Profile
from landfast.model.take import Footage, Request, Take
from landfast.model.time import Span
from landfast.model.verdict import Finding, FrameScore, Verdict
from landfast.report.view import Image, RunView

Pixels = Callable[[Picture], bytes]
TICK = Fraction(1001, 30000)
FRAMES = 362
FIRST, LAST = 104, 136
"""Frame indices of the two anchors."""


def digest(text: str) -> str:
    """A SHA-256 to stand for some content."""
    return hashlib.sha256(text.encode()).hexdigest()


def at(frame: int) -> Fraction:
    """Start of a frame in seconds."""
    return frame * TICK


def span(first: int, stop: int) -> Span:
    """Frames `first` to before `stop`."""
    return Span(start=at(first), stop=at(stop))


def flat_picture(about: Picture) -> bytes:
    """A small flat JPEG whose grey follows the picture's time."""
    grey = int(about.time * 20) % 200 + 30
    image = np.full((about.height // 20, about.width // 20, 3), grey, np.uint8)
    return bytes(cv2.imencode(".jpg", image)[1])


def clip(name: str = "karma.mp4") -> Clip:
    """A drone clip of 12 s."""
    return Clip(
        content=digest("clip"),
        name=name,
        width=854,
        height=480,
        rotation=0,
        sample_aspect=Fraction(1),
        codec="h264",
        pixel_format="yuvj420p",
        bit_depth=8,
        colour=Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="full"),
        time_base=Fraction(1, 30000),
        start=Fraction(0),
        ticks=tuple(1001 * k for k in range(FRAMES)),
        end_tick=1001 * FRAMES,
        audio=(
            Audio(
                codec="aac", sample_rate=48000, channels=2, start=Fraction(0), duration=at(FRAMES)
            ),
        ),
        timecode="00:31:12;04",
    )


SHOTS = (
    Shot(
        span=span(0, FRAMES),
        motion="travel",
        confidence=0.94,
        speed_px=3.41,
        parallax_px=0.62,
        reason="image motion that no single homography explains in 91 % of the frames",
    ),
)
FAULTS = (
    Unusable(
        span=span(107, 131),
        fault="shaken",
        confidence=0.88,
        reason="departs from the smooth path by up to 9.7 px, ten times the clip's median",
    ),
    Unusable(
        span=span(281, 290),
        fault="occluded",
        confidence=0.71,
        reason="something dark covers 18 % of the picture from the left edge",
    ),
)
GAP = Gap(
    state="bridgeable",
    model="epipolar",
    matches=612,
    inliers=540,
    overlap=0.873,
    motion_px=48.2,
    parallax_px=6.37,
    light_change=1.14,
    disoccluded=0.081,
    chance=None,
    reason="540 of 612 matches agree with one moving camera; 87 % of the picture is in both",
)
WIDE = Gap(
    state="too wide",
    model="none",
    matches=41,
    inliers=9,
    overlap=0.07,
    motion_px=None,
    parallax_px=None,
    light_change=None,
    reason="only 9 of 41 matches agree: too few to bridge",
)
CONSTRAINTS = (
    KeepEndpoint(at="start", image=digest("first")),
    KeepEndpoint(at="end", image=digest("last")),
    KeepScene(),
    KeepMotion(),
    KeepSteady(),
    KeepColour(strength="preferred"),
)


def anchor(frame: int, reason: str) -> Anchor:
    """A real frame worth holding on to."""
    return Anchor(time=at(frame), image=digest(f"frame {frame}"), score=0.91, reason=reason)


def found(frame: int) -> FoundAnchor:
    """A frame that the analysis found."""
    parts = AnchorParts(
        quality=0.98, structure=0.95, stability=0.99, stillness=0.97, coverage=0.84, fit=None
    )
    return FoundAnchor(
        time=at(frame),
        measured_as=digest(f"small {frame}"),
        score=0.89,
        parts=parts,
        reason="sharp and steady; stands for 0.00-2.40 s",
    )


def generate() -> Generate:
    """The one generated segment."""
    return Generate(
        name="gap_0010",
        span=span(FIRST + 1, LAST),
        start=anchor(FIRST, "sharp, steady, rich in structure"),
        end=anchor(LAST, "sharp, steady, shares the most with the start"),
        gap=GAP,
        frames=LAST - FIRST + 1,
        fps=1 / TICK,
        constraints=CONSTRAINTS,
        replaces=FAULTS[:1],
        cost_usd=Fraction(0),
    )


NAIVE = (
    NaiveWay(
        way="everything",
        profile="hosted:example-1",
        billed_s=Fraction(15),
        cost_usd=Fraction(27, 4),
    ),
    NaiveWay(
        way="each gap", profile="hosted:example-1", billed_s=Fraction(10), cost_usd=Fraction(9, 2)
    ),
)


def plan(**changes: Any) -> Plan:
    """Keep, generate, keep; one span refused."""
    made = generate()
    whole = {
        "clip": digest("clip"),
        "clip_name": "karma.mp4",
        "duration": at(FRAMES),
        "generator": "geometry",
        "shots": SHOTS,
        "unusable": FAULTS,
        "segments": (
            Keep(span=span(0, FIRST + 1)),
            made,
            Keep(span=span(LAST, FRAMES)),
        ),
        "refusals": (
            Refusal(
                span=span(281, 290),
                gap=WIDE,
                reason="the frames on both sides share too little: footage stays as it is",
            ),
        ),
        "cost_usd": Fraction(0),
        "naive": NAIVE,
    }
    return Plan(**{**whole, **changes})


PROFILE = Profile(
    generator="geometry",
    model="",
    title="Geometry (this machine)",
    usable=True,
    support={
        "endpoint": "native",
        "scene": "native",
        "motion": "native",
        "steady": "checked",
        "colour": "native",
    },
    seed=False,
    deterministic=True,
    negative_prompt=False,
    prompt=False,
)


def request(seed: int = 0, generator: str = "geometry") -> Request:
    """What a take asks for."""
    return Request(
        segment="gap_0010",
        generator=generator,
        first=digest("first"),
        last=digest("last"),
        constraints=CONSTRAINTS,
        width=854,
        height=480,
        frames=LAST - FIRST + 1,
        fps=1 / TICK,
        seed=seed,
        footage=Footage(clip=digest("clip"), span=span(FIRST + 1, LAST)),
    )


def take_view(seed: int = 0, generator: str = "geometry", **changes: Any) -> TakeRow:
    """A take that came back and was accepted, unless changed."""
    asked = request(seed, generator)
    came = Take(
        request=asked.key,
        generator=generator,
        file=f"takes/gap_0010_{seed + 1:02d}.mkv",
        sha256=digest(f"take {generator} {seed}"),
        frames=asked.frames,
        width=854,
        height=480,
        cost_usd=Fraction(0),
        took_s=3.127,
    )
    whole = TakeRow(
        key=asked.key,
        segment=asked.segment,
        attempt=seed + 1,
        state="accepted",
        request=asked,
        cost_usd=Fraction(0),
        take=came,
        verdict=good_verdict(),
    )
    return replace(whole, **changes)


def scores(peak: int, height: float) -> tuple[FrameScore, ...]:
    """A bump around one frame of the take."""
    return tuple(
        FrameScore(
            time_s=float(at(k)), score=min(1.0, 0.03 + height * 2 ** (-(((k - peak) / 3) ** 2)))
        )
        for k in range(LAST - FIRST + 1)
    )


def finding(
    check: str, state: str, value: float | None, limit: float, unit: str, reason: str, **where: Any
) -> Finding:
    """A finding."""
    return Finding.model_validate(
        {
            "check": check,
            "state": state,
            "value": value,
            "limit": limit,
            "unit": unit,
            "reason": reason,
            **where,
        }
    )


def good_verdict() -> Verdict:
    """Everything passes but one thing that could not be measured."""
    return Verdict(
        state="pass",
        score=0.112,
        coverage=0.713,
        findings=(
            finding("endpoints", "pass", 0.31, 1.5, "px", "both ends show the anchors"),
            finding(
                "scene", "pass", 0.42, 1.0, "px", "one camera path explains 98 % of the structure"
            ),
            finding("motion", "pass", 0.18, 0.5, "share", "motion runs on through both joins"),
            finding(
                "steady", "pass", 0.006, 0.02, "share", "no frame is brighter than its neighbours"
            ),
            finding(
                "colour", "unknown", None, 3.0, "ΔE", "too little structure in the sky to tell"
            ),
        ),
        frames=scores(18, 0.1),
    )


def bad_verdict() -> Verdict:
    """The scene melts, and it flickers."""
    where = {"span": (0.4, 0.72), "region": (0.31, 0.40, 0.22, 0.18)}
    return Verdict(
        state="fail",
        score=0.934,
        coverage=0.688,
        findings=(
            finding("endpoints", "pass", 0.44, 1.5, "px", "both ends show the anchors"),
            finding(
                "scene",
                "fail",
                4.21,
                1.0,
                "px",
                "the rocks move 4.2 px against one camera path",
                **where,
            ),
            finding("motion", "pass", 0.22, 0.5, "share", "motion runs on through both joins"),
            finding(
                "steady",
                "fail",
                0.051,
                0.02,
                "share",
                "brightness jumps up and down by 5 %",
                span=(0.1, 0.9),
            ),
            finding(
                "colour", "pass", 1.2, 3.0, "ΔE", "colour runs from one anchor's to the other's"
            ),
        ),
        frames=scores(16, 0.9),
    )


RUN = Run(
    clip_path="footage/karma.mp4",
    started="2025-03-04T09:15:27+00:00",
    state="finished",
    threads=2,
    versions={"landfast": "0.1.0", "python": "3.11.9", "opencv": "5.0.0", "ffmpeg": "8.0.1"},
    machine="x86-64 processor, 2 cores",
)
FILM = Film(
    file="final.mp4",
    sha256=digest("film"),
    frames=FRAMES,
    generated=31,
    exact=331,
    method="packets copied",
    codec="h264",
    pixel_format="yuvj420p",
    duration=at(FRAMES),
    audio="copied untouched",
)


def timings(take: str) -> tuple[Timing, ...]:
    """One row a stage."""
    rows: tuple[tuple[str, str, float, int | None, int | None], ...] = (
        ("probe", "", 0.034, FRAMES, None),
        ("analyse", "", 4.83, FRAMES, 3),
        ("plan", "", 1.27, None, None),
        ("generate", take, 3.127, 33, None),
        ("verify", take, 2.31, 33, 0),
        ("compose", "", 1.94, FRAMES, None),
        ("repeat", "", 6.4, None, None),
    )
    names = ("stage", "subject", "seconds", "frames", "failures")
    return tuple(Timing.model_validate(dict(zip(names, row, strict=True))) for row in rows)


def repeats(take: str) -> tuple[Repeat, ...]:
    """Everything was done twice, verification only once."""
    return (
        Repeat(stage="analyse", digests=(digest("table"),) * 2),
        Repeat(stage="generate", subject=take, digests=(digest("made"),) * 2),
        Repeat(stage="verify", subject=take, digests=(digest("verdict"),)),
    )


def abouts(takes: tuple[TakeRow, ...]) -> list[Picture]:
    """The pictures a run keeps."""
    count = LAST - FIRST
    places = [FIRST + round(k * count / 8) for k in range(9)]
    wanted: list[tuple[str, str, int, int]] = [
        ("strip", "", int((k + 0.5) * FRAMES / 12), 240) for k in range(12)
    ]
    wanted += [("start", "gap_0010", FIRST, 480), ("end", "gap_0010", LAST, 480)]
    subjects = [("source", "gap_0010")]
    subjects += [("take", take.key) for take in takes if take.take]
    for role, subject in subjects:
        wanted += [(role, subject, place, 240) for place in places]
        wanted.append((role, subject, places[4], 960))
    for take in takes:
        if take.take:
            wanted += [("heat", take.key, FIRST + 16, 640), ("worst", take.key, FIRST + 16, 640)]
    return [
        Picture.model_validate(
            {
                "role": role,
                "subject": subject,
                "time": at(frame),
                "width": width,
                "height": width * 9 // 16,
                "media_type": "image/jpeg",
                "blob": digest(f"{role} {subject} {frame} {width}"),
            }
        )
        for role, subject, frame, width in wanted
    ]


def full_view(pixels: Pixels = flat_picture, **changes: Any) -> RunView:
    """Two takes: the first rejected, the second accepted; one span refused."""
    rejected = take_view(0, state="rejected", verdict=bad_verdict())
    accepted = take_view(1)
    takes = (rejected, accepted)
    whole = RunView(
        run=RUN,
        clip=clip(),
        analysis=analysis(),
        plan=plan(),
        profile=PROFILE,
        takes=takes,
        film=FILM,
        timings=timings(accepted.key),
        repeats=repeats(accepted.key),
        series=(shake(),),
        images=tuple(Image(about, pixels(about)) for about in abouts(takes)),
    )
    return replace(whole, **changes)


def analysis() -> Analysis:
    """What vision found."""
    return Analysis(
        clip=digest("clip"),
        frames=FRAMES,
        duration=at(FRAMES),
        working_width=480,
        shots=SHOTS,
        unusable=FAULTS,
        anchors=tuple(found(k) for k in (20, FIRST, LAST, 220, 300)),
        horizon=Horizon(seen=0.97, angle_deg=-0.4, height=0.31),
        recorded=Recorded(
            source="gopro gpmf",
            device="Karma",
            fixes=120,
            path_m=81.3,
            height_range_m=4.2,
            speed_mps=(5.1, 7.4),
            notes=(),
        ),
        table=digest("table"),
    )


def shake() -> Series:
    """A burst in the unusable span and a stretch that could not be measured."""
    values = [
        None
        if 200 <= k < 215
        else 0.5 + 0.4 * ((k * 7919) % 13) / 13 + (7.5 if 107 <= k < 131 and k % 3 else 0.0)
        for k in range(FRAMES)
    ]
    return Series(title="Shake", unit="px", values=tuple(values), limit=3.0)


def untouched_view(**changes: Any) -> RunView:
    """Nothing had to be replaced."""
    nothing = plan(
        segments=(Keep(span=span(0, FRAMES)),), unusable=(), refusals=(), naive=NAIVE[:1]
    )
    film = FILM.model_copy(update={"generated": 0, "exact": FRAMES})
    view = full_view(plan=nothing, takes=(), film=film, images=(), repeats=(), series=())
    return replace(view, timings=view.timings[:3], **changes)


def refused_view() -> RunView:
    """Every unusable span was refused."""
    refused = plan(segments=(Keep(span=span(0, FRAMES)),))
    return replace(untouched_view(), plan=refused)


def stopped_view(state: str, message: str) -> RunView:
    """A run that stopped while a take was under way."""
    run = RUN.model_copy(update={"state": state, "message": message})
    sent = take_view(
        0, "hosted:example-1", state="submitted", take=None, verdict=None, cost_usd=Fraction(9, 4)
    )
    failed = take_view(
        1, "hosted:example-1", state="failed", take=None, verdict=None, error=message
    )
    view = full_view(run=run, film=None, takes=(failed, sent), images=(), repeats=())
    return replace(view, timings=view.timings[:3])
