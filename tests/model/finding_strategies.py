"""Any valid record of what was found about cameras, controls, overlays and studies."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from landfast.model.camera import CameraPath, Lens, Pose
from landfast.model.controls import (
    ControlFile,
    ControlFrame,
    ControlGap,
    ControlGrid,
    Controls,
    Convention,
    DepthExport,
    LabelColour,
    Normalisation,
)
from landfast.model.lock import Lock, LockFrame, TimeMap
from landfast.model.record import Document
from landfast.model.study import (
    Camera,
    Cell,
    Change,
    CheckRate,
    Estimate,
    Group,
    Latency,
    Outcome,
    PromptMotion,
    PromptMotions,
    Rate,
    Sensitivity,
    Spread,
    Study,
    StudyComparison,
    Work,
)
from landfast.model.time import Span
from landfast.model.verdict import Check
from model.basic import maybe, number, positive, seconds, share, text

spans = st.builds(
    lambda start, length: Span(start=start, stop=start + length), start=seconds, length=positive
)
count = st.integers(0, 500)
some = st.integers(1, 500)
vector = st.tuples(number, number, number)


def several(strategy: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[Any]:
    """A tuple of a few."""
    return st.lists(strategy, max_size=most).map(tuple)


def perhaps(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """It, or None."""
    return st.one_of(st.none(), strategy)


lenses = st.builds(
    Lens,
    width=some,
    height=some,
    focal_px=st.floats(1, 1e5),
    centre_x=number,
    centre_y=number,
    k1=number,
)
poses = st.builds(
    Pose, time=seconds, rotation=st.tuples(number, number, number, number), position=vector
)
camera_paths = st.builds(
    CameraPath,
    clip=text,
    span=spans,
    lens=lenses,
    poses=several(poses),
    error_px=maybe,
    reason=text,
)
normalisations = st.builds(
    Normalisation,
    low=number,
    high=number,
    black=st.integers(0, 255),
    white=st.integers(0, 255),
    unit=text,
    clipped=share,
)
controls = st.builds(
    Controls,
    clip=text,
    name=text,
    span=spans,
    covers=spans,
    model=text,
    convention=st.builds(Convention, name=text, title=text),
    grid=st.builds(
        ControlGrid,
        width=some,
        height=some,
        frames=some,
        fps=perhaps(positive),
        crop=st.tuples(count, count, some, some),
        source_width=some,
        source_height=some,
    ),
    frames=several(st.builds(ControlFrame, time=seconds, source_time=seconds, source_index=count)),
    gap=st.builds(ControlGap, asked=perhaps(spans), start=count, stop=count, reason=text),
    files=several(
        st.builds(
            ControlFile,
            reason=text,
            normalisation=perhaps(normalisations),
            unknown_share=perhaps(share),
            labels=several(
                st.builds(LabelColour, label=text, rgb=st.tuples(count, count, count), share=share)
            ),
            taken=text,
        )
    ),
    exports=several(
        st.builds(
            DepthExport,
            folder=text,
            files=several(text),
            meaning=text,
            normalisation=perhaps(normalisations),
        )
    ),
    notes=several(text),
)
rates = st.builds(Rate, hits=count, trials=count, share=perhaps(share), low=share, high=share)
estimates = st.builds(Estimate, value=maybe, low=maybe, high=maybe)
checks = several(st.sampled_from(get_args(Check)))
row = st.tuples(number, number, number, number)
cameras = st.builds(
    Camera, zoom_pct=number, roll_deg=number, pan_pct=number, tilt_pct=number, path=several(row)
)
outcomes = st.builds(
    Outcome,
    cell=st.builds(
        Cell, segment=text, generator=text, prompt=text, seed=perhaps(count), repeat=count
    ),
    request=text,
    failed=checks,
    unknown=checks,
    score=maybe,
    coverage=maybe,
    took_s=maybe,
    seconds=positive,
    frames=count,
    cost_usd=seconds,
    digest=perhaps(text),
    camera=perhaps(cameras),
    error=text,
)
motions = st.builds(
    PromptMotion,
    generator=text,
    prompt=text,
    takes=count,
    seconds=positive,
    zoom_pct=estimates,
    roll_deg=estimates,
    pan_pct=estimates,
    tilt_pct=estimates,
    words=text,
)
studies = st.builds(
    Study,
    clip=text,
    clip_name=text,
    replaced=several(spans),
    generators=several(text),
    prompts=several(text),
    seeds=several(count),
    asked=some,
    complete=st.booleans(),
    outcomes=several(outcomes),
    accepted=rates,
    unknown=count,
    failed=count,
    checks=several(st.builds(CheckRate, failed=rates, unknown=count)),
    groups=several(st.builds(Group, name=text, accepted=rates, median_s=maybe, cost_usd=seconds)),
    latency=perhaps(
        st.builds(
            Latency,
            median_s=number,
            p90_s=number,
            least_s=number,
            most_s=number,
            outliers=several(text),
        )
    ),
    cost_usd=seconds,
    usd_per_accepted_s=perhaps(seconds),
    spread=several(
        st.builds(
            Spread,
            segment=text,
            generator=text,
            prompt=text,
            takes=several(text),
            difference=several(several(maybe)),
            mean_difference=maybe,
            camera_pct=maybe,
            distinct=count,
        )
    ),
    same_seed=perhaps(rates),
    sensitivity=several(
        st.builds(
            Sensitivity, measure=text, unit=text, seed=estimates, prompt=estimates, rest=estimates
        )
    ),
    motions=several(motions),
    works=several(
        st.builds(
            Work,
            name=text,
            ms_per_frame=maybe,
            repeats=count,
            identical=perhaps(st.booleans()),
            failures=rates,
        )
    ),
    notes=several(text),
)
comparisons = st.builds(
    StudyComparison,
    before=text,
    after=text,
    same_question=st.booleans(),
    changes=several(
        st.builds(
            Change,
            name=text,
            unit=text,
            before=estimates,
            after=estimates,
            changed=perhaps(st.booleans()),
            reason=text,
        )
    ),
    changed=st.booleans(),
)
point = st.tuples(number, number)
locks = st.builds(
    Lock,
    reason=text,
    remedy=text,
    frames=count,
    width=some,
    height=some,
    fps=number,
    drift_before_px=maybe,
    drift_after_px=maybe,
    drift_before_max_px=maybe,
    drift_after_max_px=maybe,
    changed_px=number,
    noise_px=maybe,
    weighed=st.dictionaries(text, number, max_size=2),
    horizon=st.booleans(),
    time_map=st.builds(
        TimeMap,
        overlay_frames=count,
        overlay_fps=maybe,
        footage_frames=count,
        footage_fps=number,
    ),
    path=several(
        st.builds(
            LockFrame,
            time_s=number,
            overlay_frame=count,
            before_px=perhaps(point),
            after_px=perhaps(point),
            corners=perhaps(several(point, 4)),
        )
    ),
    files=st.dictionaries(text, text, max_size=2),
)
FOUND: dict[type[Document], st.SearchStrategy[Any]] = {
    CameraPath: camera_paths,
    Controls: controls,
    Lock: locks,
    PromptMotions: st.builds(PromptMotions, measured=text, prompts=several(motions)),
    Study: studies,
    StudyComparison: comparisons,
}
