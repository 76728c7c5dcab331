"""Which anchors are taken, what is split, what is refused and why."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.model.measured import Gap
from landfast.model.plan import Plan
from landfast.model.profile import FrameRule
from landfast.planning.bridges import faults_to_bridge
from landfast.planning.choice import PAIRS, pairs, pairs_to_measure
from landfast.planning.gaps import WORDS, decide
from planning.footage import (
    fault,
    gap_of,
    planned,
    priced,
    profile_of,
    shots_of,
    span,
    steady_clip,
    table_of,
)

CLIP = steady_clip(300)


def test_two_faults_half_a_second_apart_are_two_gaps() -> None:
    plan = planned(CLIP, [fault(CLIP, range(60, 80)), fault(CLIP, range(96, 110))])
    assert len(plan.generated) == 2
    assert [one.replaces[0].span for one in plan.generated] == [one.span for one in plan.unusable]


def test_close_faults_are_bridged_at_once_where_that_can_be_done() -> None:
    faults = [fault(CLIP, range(60, 80)), fault(CLIP, range(88, 100), "shaken")]
    (segment,) = planned(CLIP, faults).generated
    assert segment.replaces == tuple(faults)
    assert segment.span.start <= faults[0].span.start
    assert faults[1].span.stop <= segment.span.stop


def test_a_gap_too_wide_is_split_at_the_real_frames_between_its_faults() -> None:
    faults = [fault(CLIP, range(60, 80)), fault(CLIP, range(88, 100))]

    def measure(start: int, end: int) -> Gap:
        return gap_of("too wide" if end - start > 30 else "bridgeable")

    plan = planned(CLIP, faults, measure=measure)
    assert [one.replaces for one in plan.generated] == [(faults[0],), (faults[1],)]
    kept = [one for one in plan.segments if one.kind == "keep"]
    assert len(CLIP.indices_in(kept[1].span)) >= 2
    assert not plan.refusals


SHAKEN = np.full(CLIP.frames, 0.3, np.float32)
SHAKEN[[*range(100, 130), *range(140, 170)]] = 30.0
"""Ten quiet frames lie in the middle of a shaken second."""


def test_a_gap_too_wide_is_split_at_quiet_frames_within_one_fault() -> None:
    shaken = fault(CLIP, range(100, 170), "shaken")
    table = table_of(CLIP, shake_px=SHAKEN)

    def measure(start: int, end: int) -> Gap:
        return gap_of("too wide" if end - start > 60 else "bridgeable")

    plan = planned(CLIP, [shaken], table=table, measure=measure)
    frames = [CLIP.indices_in(one.span) for one in plan.generated]
    assert len(frames) == 2 and not plan.refusals
    kept = set(range(CLIP.frames)) - {at for run in frames for at in run}
    assert len(kept & set(range(130, 140))) >= 2
    assert not kept & {*range(100, 128), *range(142, 170)}
    replaced = [CLIP.indices_in(one.replaces[0].span) for one in plan.generated]
    assert replaced[0].start == 100 and replaced[1].stop == 170
    assert not set(replaced[0]) & set(replaced[1]), "no frame is counted twice"


def test_a_gap_that_can_be_bridged_is_not_split_at_quiet_frames() -> None:
    table = table_of(CLIP, shake_px=SHAKEN)
    (one,) = planned(CLIP, [fault(CLIP, range(100, 170), "shaken")], table=table).generated
    assert set(range(100, 170)) <= set(CLIP.indices_in(one.span))


def test_quiet_frames_that_the_user_chose_to_replace_are_not_used() -> None:
    table, chosen = table_of(CLIP, shake_px=SHAKEN), span("10/3", "17/3")
    plan = planned(
        CLIP,
        [fault(CLIP, range(100, 170), "shaken")],
        replace=[chosen],
        table=table,
        measure=lambda start, end: gap_of("too wide"),
    )
    assert not plan.generated and plan.refusals[0].span == chosen


def test_a_frozen_span_has_no_frames_to_split_at() -> None:
    plan = planned(
        CLIP,
        [fault(CLIP, range(100, 170), "frozen")],
        measure=lambda start, end: gap_of("too wide"),
    )
    assert not plan.generated and len(plan.refusals) == 1


def test_an_unlikely_bridge_is_split_and_built_whole_when_that_fails() -> None:
    faults = [fault(CLIP, range(60, 80)), fault(CLIP, range(88, 100))]

    def unlikely(start: int, end: int) -> Gap:
        return gap_of(chance=0.3 if end - start > 30 else 0.9)

    assert len(planned(CLIP, faults, measure=unlikely).generated) == 2

    def worse(start: int, end: int) -> Gap:
        return gap_of(chance=0.3) if end - start > 30 else gap_of("unrelated")

    plan = planned(CLIP, faults, measure=worse)
    assert len(plan.generated) == 1
    assert plan.generated[0].gap.chance == 0.3
    assert not plan.refusals


def test_frames_inside_a_chosen_span_are_never_used_to_split_it() -> None:
    plan = planned(CLIP, replace=[span(1, 9)], measure=lambda a, b: gap_of("too wide"))
    assert not plan.generated
    assert plan.refusals[0].span == span(1, 9)
    assert plan.segments[0].span == CLIP.span


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (range(0, 10), "begins with the clip"),
        (range(290, 300), "ends with the clip"),
        (range(0, 300), "is the whole clip"),
    ],
)
def test_a_fault_without_a_real_frame_on_one_side_stays(frames: range, words: str) -> None:
    plan = planned(CLIP, [fault(CLIP, frames)])
    (refusal,) = plan.refusals
    assert words in refusal.reason
    assert refusal.gap is None
    assert refusal.span == plan.unusable[0].span
    assert [one.kind for one in plan.segments] == ["keep"]


def test_a_fault_at_the_start_does_not_take_its_neighbour_down() -> None:
    faults = [fault(CLIP, range(0, 10)), fault(CLIP, range(18, 30))]
    plan = planned(CLIP, faults)
    assert [one.replaces for one in plan.generated] == [(faults[1],)]
    assert [one.span for one in plan.refusals] == [faults[0].span]


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (gap_of("unrelated", reason="9 of 300 agree"), "not show the same scene: 9 of 300 agree"),
        (gap_of("too wide", reason="20 % shared"), "too far apart: 20 % shared"),
        (gap_of("unknown", reason="no texture"), "could not be measured: no texture"),
        (gap_of(chance=0.05, reason="80 % hidden"), "hardly pass (chance 0.05): 80 % hidden"),
    ],
)
def test_what_cannot_be_bridged_is_refused_with_the_evidence(gap: Gap, words: str) -> None:
    plan = planned(CLIP, [fault(CLIP, range(60, 80))], measure=lambda a, b: gap)
    (refusal,) = plan.refusals
    assert words in refusal.reason
    assert refusal.gap == gap
    assert not plan.generated


def test_a_refusal_says_its_reason_once() -> None:
    gap = gap_of("unrelated", reason=f"{WORDS['unrelated']}: 9 of 300 agree")
    plan = planned(CLIP, [fault(CLIP, range(60, 80))], measure=lambda a, b: gap)
    assert plan.refusals[0].reason.count(WORDS["unrelated"]) == 1


def test_a_span_across_a_cut_is_refused_by_the_gap_and_names_the_cut() -> None:
    shots = shots_of(CLIP, 75)
    faults = [fault(CLIP, range(60, 90))]

    def measure(start: int, end: int) -> Gap:
        return gap_of("unrelated")

    plan = planned(CLIP, faults, shots=shots, measure=measure)
    assert "across the cut at 2.500 s" in plan.refusals[0].reason
    same = planned(CLIP, faults, shots=shots)
    assert len(same.generated) == 1, "the gap says that both sides show one scene"


@pytest.mark.parametrize("cut", [60, 80])
def test_a_cut_at_the_edge_of_a_fault_counts_too(cut: int) -> None:
    plan = planned(
        CLIP,
        [fault(CLIP, range(60, 80))],
        shots=shots_of(CLIP, cut),
        measure=lambda a, b: gap_of("unrelated"),
    )
    assert f"across the cut at {cut / 30:.3f} s" in plan.refusals[0].reason


def test_anchors_stay_in_the_shot_beside_the_fault() -> None:
    bridges = faults_to_bridge(
        table_of(CLIP), CLIP, shots_of(CLIP, 57, 84), [fault(CLIP, range(60, 80))]
    )
    assert min(spot.index for spot in bridges[0].before) >= 57
    assert max(spot.index for spot in bridges[0].after) < 84


def test_a_model_too_short_for_the_gap_is_a_reason() -> None:
    short = profile_of(frame_rule=FrameRule(most=20))
    plan = planned(CLIP, [fault(CLIP, range(60, 90))], profile=short)
    assert "at most 20" in plan.refusals[0].reason
    fixed = profile_of(durations_s=(Fraction(1, 2),))
    plan = planned(CLIP, [fault(CLIP, range(60, 90))], profile=fixed)
    assert "its longest is 0.5 s" in plan.refusals[0].reason


def test_a_pair_that_the_model_can_span_beats_a_likelier_one_that_is_too_long() -> None:
    def measure(start: int, end: int) -> Gap:
        return gap_of(chance=0.9 if end - start + 1 > 32 else 0.6)

    faults = [fault(CLIP, range(60, 90))]
    limited = profile_of(frame_rule=FrameRule(most=32))
    (segment,) = planned(CLIP, faults, profile=limited, measure=measure).generated
    assert segment.frames == 32


def test_the_sharper_frame_near_the_gap_is_the_anchor() -> None:
    sharpness = np.where(np.arange(300) < 200, 0.35, 0.7).astype(np.float32)
    sharpness[[40, 56, 84, 120]] = 0.7
    table = table_of(CLIP, sharpness=sharpness)
    (segment,) = planned(CLIP, [fault(CLIP, range(60, 80))], table=table).generated
    assert (CLIP.index_at(segment.start.time), CLIP.index_at(segment.end.time)) == (56, 84)
    assert "away from the gap" in segment.start.reason


def test_in_even_footage_the_anchors_lie_close_to_the_gap() -> None:
    (segment,) = planned(CLIP, [fault(CLIP, range(60, 80))]).generated
    assert segment.frames - 2 <= 20 + 4


def test_the_pair_that_matches_best_wins_among_equals() -> None:
    def measure(start: int, end: int) -> Gap:
        return gap_of(chance=0.9 if (start, end) == asked[-1] else 0.4)

    faults = [fault(CLIP, range(60, 80))]
    bridges = faults_to_bridge(table_of(CLIP), CLIP, shots_of(CLIP), faults)
    asked = pairs_to_measure(bridges, {}, clip=CLIP, profile=profile_of())
    assert len(asked) == PAIRS == len(pairs(bridges[0]))
    (segment,) = planned(CLIP, faults, measure=measure).generated
    assert (CLIP.index_at(segment.start.time), CLIP.index_at(segment.end.time)) == asked[-1]


def test_pairs_within_a_split_are_asked_for_only_when_needed() -> None:
    faults = [fault(CLIP, range(60, 80)), fault(CLIP, range(88, 100))]
    bridges = faults_to_bridge(table_of(CLIP), CLIP, shots_of(CLIP), faults)
    first = pairs_to_measure(bridges, {}, clip=CLIP, profile=profile_of())
    assert all(start < 60 and end >= 100 for start, end in first)
    good = {pair: gap_of() for pair in first}
    assert pairs_to_measure(bridges, good, clip=CLIP, profile=profile_of()) == ()
    wide = {pair: gap_of("too wide") for pair in first}
    second = pairs_to_measure(bridges, wide, clip=CLIP, profile=profile_of())
    assert second
    assert all(end < 88 or start >= 80 for start, end in second)


def test_chosen_spans_are_held_directly_beside_unless_that_frame_is_faulty() -> None:
    (plain,) = planned(CLIP, replace=[span(2, 3)]).generated
    assert CLIP.indices_in(plain.span) == range(60, 90)
    faults = [fault(CLIP, range(55, 62))]
    (moved,) = planned(CLIP, faults, replace=[span(2, 3)]).generated
    assert CLIP.index_at(moved.start.time) == 54
    surrounded = [fault(CLIP, range(30, 120))]
    (held,) = planned(CLIP, surrounded, replace=[span(2, 3)]).generated
    assert CLIP.indices_in(held.span) == range(60, 90)


def test_chosen_spans_overrule_detection_and_leave_the_rest_listed() -> None:
    faults = [fault(CLIP, range(200, 220))]
    plan = planned(CLIP, faults, replace=[span(2, 3)])
    assert plan.unusable == tuple(faults)
    assert [one.replaces[0].fault for one in plan.generated] == ["chosen"]


def test_without_faults_the_plan_keeps_the_clip() -> None:
    plan = planned(CLIP)
    assert [one.span for one in plan.segments] == [CLIP.span]
    assert plan.cost_usd == 0
    assert plan.generated == plan.refusals == ()


@pytest.mark.parametrize(
    ("gap", "splittable", "action", "possible"),
    [
        (gap_of(), False, "accept", True),
        (gap_of(), True, "accept", True),
        (gap_of(chance=0.3), False, "accept", True),
        (gap_of(chance=0.3), True, "split", True),
        (gap_of(chance=0.05), True, "split", False),
        (gap_of("too wide"), True, "split", False),
        (gap_of("unknown"), False, "refuse", False),
    ],
)
def test_decisions(gap: Gap, splittable: bool, action: str, possible: bool) -> None:
    decision = decide(gap, frames=20, fps=Fraction(30), profile=profile_of(), splittable=splittable)
    assert (decision.action, decision.possible) == (action, possible)
    assert gap.reason in decision.reason


def test_a_plan_is_the_same_every_time() -> None:
    faults = [fault(CLIP, range(60, 80)), fault(CLIP, range(88, 100))]
    plan = planned(CLIP, faults, budget_usd=Fraction(5))
    assert plan.to_json() == planned(CLIP, faults, budget_usd=Fraction(5)).to_json()
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("profile", "islands", "groups"),
    [
        (priced("luma", 1, quantum_s=Fraction(5), minimum_s=Fraction(5)), 30, 1),
        (priced("luma", 1, quantum_s=Fraction(5), minimum_s=Fraction(5)), 60, 2),
        (priced("exact", 1), 30, 2),
        (profile_of(), 30, 2),
    ],
)
def test_close_faults_are_bought_together_where_that_is_cheaper(profile, islands, groups) -> None:
    """At 30 frames a second, faults of 20 frames, 30 or 60 frames apart."""
    clip = steady_clip(240)
    faults = [fault(clip, range(60, 80)), fault(clip, range(80 + islands, 100 + islands))]
    found = faults_to_bridge(table_of(clip), clip, shots_of(clip), faults, profile=profile)
    assert len(found) == groups
    if groups == 1:
        assert [leg.frames for leg in found[0].legs] == [range(60, 80), range(110, 130)]


def test_chosen_spans_are_never_bought_together() -> None:
    clip = steady_clip(240)
    profile = priced("luma", 1, quantum_s=Fraction(5), minimum_s=Fraction(5))
    chosen = [span(2, Fraction(8, 3)), span(Fraction(11, 3), Fraction(13, 3))]
    found = faults_to_bridge(
        table_of(clip), clip, shots_of(clip), (), replace=chosen, profile=profile
    )
    assert len(found) == 2
