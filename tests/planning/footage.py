"""Clips, tables, gaps and profiles made up for the tests of planning."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from landfast.model.clip import Clip, Colour
from landfast.model.measured import Fault, Gap, Shot, Unusable
from landfast.model.plan import Plan
from landfast.model.profile import Price, Profile
from landfast.model.time import Span
from landfast.planning.bridges import Bridge, faults_to_bridge
from landfast.planning.choice import pairs_to_measure
from landfast.planning.plan import make_plan
from landfast.vision.analysis.table import FrameTable

WIDTH, HEIGHT = 640, 360


def span(start: Any, stop: Any) -> Span:
    """A span from anything that makes a Fraction."""
    return Span(start=Fraction(start), stop=Fraction(stop))


def clip_of(ticks: Sequence[int], end_tick: int, time_base: Fraction, **fields: Any) -> Clip:
    """A clip with these time stamps."""
    values: dict[str, Any] = {
        "content": "c" * 64,
        "name": "coast.mp4",
        "width": WIDTH,
        "height": HEIGHT,
        "rotation": 0,
        "sample_aspect": Fraction(1),
        "codec": "h264",
        "pixel_format": "yuv420p",
        "bit_depth": 8,
        "colour": Colour(),
        "time_base": time_base,
        "start": Fraction(0),
        "ticks": tuple(ticks),
        "end_tick": end_tick,
    }
    return Clip(**{**values, **fields})


def steady_clip(frames: int, fps: Any = 30, **fields: Any) -> Clip:
    """A clip of constant rate."""
    rate = Fraction(fps)
    step = rate.denominator
    ticks = [step * at for at in range(frames)]
    return clip_of(ticks, step * frames, Fraction(1, rate.numerator), **fields)


def table_of(clip: Clip, **columns: Any) -> FrameTable:
    """A table of an even, sharp, slowly travelling clip, with some columns replaced."""
    n = clip.frames
    wobble = np.random.default_rng(7).uniform(-1, 1, n)

    def flat(value: float, kind: Any = np.float32) -> np.ndarray[Any, Any]:
        return np.full(n, value, kind)

    values: dict[str, Any] = {
        "tick": np.array(clip.ticks, np.int64),
        "time_s": np.array([float(clip.time_of(at)) for at in range(n)]),
        "luma_mean": flat(110),
        "luma_p01": flat(12),
        "luma_p99": flat(230),
        "clip_low": flat(0.001),
        "clip_high": flat(0.002),
        "sharpness": (0.6 + 0.02 * wobble).astype(np.float32),
        "sharpness_relative": (0.97 + 0.03 * wobble).astype(np.float32),
        "noise": flat(1.5),
        "structure": (0.7 + 0.02 * wobble).astype(np.float32),
        "change": flat(4),
        "difference": flat(1.5),
        "decorrelation": flat(0.1),
        "is_duplicate": flat(0, np.bool_),
        "is_frozen": flat(0, np.bool_),
        "occluded": flat(0),
        "occluded_side": flat(0, np.int8),
        "cut_score": flat(0.02),
        "is_cut": flat(0, np.bool_),
        "fade": flat(0),
        "flash_score": flat(0.01),
        "homography": np.tile(np.eye(3), (n, 1, 1)),
        "dx": flat(3),
        "dy": flat(0.5),
        "rotation_deg": flat(0),
        "scale": flat(1),
        "inliers": flat(0.9),
        "motion_px": (3 + 0.2 * wobble).astype(np.float32),
        "parallax_px": flat(0.4),
        "baseline_frames": flat(8, np.int16),
        "baseline_motion_px": flat(24),
        "rotation_misfit_px": flat(1),
        "epipolar_gain": flat(0.1),
        "shake_px": (0.4 + 0.2 * wobble).astype(np.float32),
        "horizon_angle_deg": flat(np.nan),
        "horizon_height": flat(np.nan),
        "horizon_confidence": flat(0),
        "horizon_near_px": flat(np.nan),
        "horizon_streaks": flat(np.nan),
        "layout": np.full((n, 112), 0.3, np.float32),
    }
    unknown = set(columns) - set(values)
    assert not unknown, f"no such columns: {unknown}"
    return FrameTable(**{**values, **columns})


def shots_of(clip: Clip, *cuts: int) -> tuple[Shot, ...]:
    """Shots that start at frame 0 and at each of the cuts."""
    edges = [0, *cuts, clip.frames]
    return tuple(
        Shot(
            span=span(clip.time_of(a), clip.time_of(b)),
            motion="travel",
            confidence=0.9,
            speed_px=3.0,
            parallax_px=0.4,
            reason="made up",
        )
        for a, b in itertools.pairwise(edges)
    )


def fault(clip: Clip, frames: range, kind: Fault = "blurred") -> Unusable:
    """A fault over exact frames."""
    return Unusable(
        span=span(clip.time_of(frames.start), clip.time_of(frames.stop)),
        fault=kind,
        confidence=0.9,
        reason="made up",
    )


def gap_of(state: Any = "bridgeable", **fields: Any) -> Gap:
    """A measured gap."""
    values: dict[str, Any] = {
        "model": "homography",
        "matches": 300,
        "inliers": 240,
        "overlap": 0.8,
        "motion_px": 60.0,
        "parallax_px": 2.0,
        "light_change": 1.5,
        "reason": "made up",
    }
    return Gap(state=state, **{**values, **fields})


def profile_of(generator: str = "geometry", **fields: Any) -> Profile:
    """A local model that takes anything and charges nothing."""
    values: dict[str, Any] = {
        "model": "",
        "title": "made up",
        "usable": True,
        "support": {"endpoint": "native"},
        "seed": True,
        "deterministic": True,
        "negative_prompt": False,
        "prompt": False,
    }
    return Profile(generator=generator, **{**values, **fields})


def priced(generator: str, usd: Any, **fields: Any) -> Profile:
    """A hosted model that stands for its price."""
    price = Price(usd_per_second=Fraction(usd), read_on=date(2026, 11, 1), source="made up")
    return profile_of(generator, usable=False, price=price, **fields)


def planned(
    clip: Clip,
    faults: Sequence[Unusable] = (),
    *,
    replace: Sequence[Span] = (),
    table: FrameTable | None = None,
    shots: Sequence[Shot] | None = None,
    profile: Profile | None = None,
    measure: Callable[[int, int], Gap] = lambda start, end: gap_of(),
    **options: Any,
) -> Plan:
    """The whole way from faults to a plan, as `conduct` goes it."""
    table, shots = table or table_of(clip), shots or shots_of(clip)
    profile = profile or profile_of()
    bridges = faults_to_bridge(table, clip, shots, faults, replace=replace)
    images, gaps = _measured(bridges, clip, profile, measure)
    return make_plan(
        clip,
        shots=shots,
        unusable=faults,
        bridges=bridges,
        images=images,
        gaps=gaps,
        profile=profile,
        **options,
    )


def _measured(
    bridges: Sequence[Bridge],
    clip: Clip,
    profile: Profile,
    measure: Callable[[int, int], Gap],
) -> tuple[dict[int, str], dict[tuple[int, int], Gap]]:
    images: dict[int, str] = {}
    gaps: dict[tuple[int, int], Gap] = {}
    while wanted := pairs_to_measure(bridges, gaps, clip=clip, profile=profile):
        for start, end in wanted:
            assert (start, end) not in gaps, "asked twice"
            images |= {start: f"image {start}", end: f"image {end}"}
            gaps[start, end] = measure(start, end)
    return images, gaps
