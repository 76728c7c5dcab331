"""The whole verdict: true frames pass, every fault fails by its own check, bad input is refused."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from landfast.errors import InputError
from landfast.model.constraint import KeepColour, KeepEndpoint, KeepMotion, KeepScene, KeepSteady
from landfast.model.verdict import Verdict
from landfast.verify import FootageFrames, Judgement, TakeFrames, judge
from scenes import Scene, gaussian_noise, local_warp, path, video
from verify.faults import Frames, bulge


def failed(judgement: Judgement) -> set[str]:
    return {f.check for f in judgement.verdict.findings if f.state == "fail"}


def judged(shot, frames: Frames, *constraints, footage: bool = True) -> Judgement:
    return judge(
        shot.take(frames),
        start=shot.frames[0],
        end=shot.frames[-1],
        footage=shot.footage if footage else None,
        constraints=constraints or None,
    )


def dissolve(frames: Frames) -> Frames:
    last = len(frames) - 1
    first, end = frames[0], frames[-1]
    return [cv2.addWeighted(first, 1 - k / last, end, k / last, 0) for k in range(last + 1)]


def flicker(frames: Frames, percent: float) -> Frames:
    gains = np.random.default_rng(3).normal(1, percent / 100, len(frames))
    gains[[0, -1]] = 1
    return [np.clip(f * g, 0, 255).astype(np.uint8) for f, g in zip(frames, gains, strict=True)]


def ramp(frames: Frames, delta_e: float) -> Frames:
    out = []
    for k, frame in enumerate(frames):
        lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
        lab[..., 1:] += np.float32(delta_e * k / (len(frames) - 1) / np.sqrt(2))
        rgb = np.clip(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), 0, 1)
        out.append(np.rint(rgb * 255).astype(np.uint8))
    return out


@pytest.fixture(scope="module")
def alone(shot) -> Verdict:
    """The true frames on the anchors alone."""
    return judged(shot, shot.frames, footage=False).verdict


def test_the_true_frames_pass_with_footage(shot) -> None:
    judgement = judged(shot, shot.frames)
    verdict = judgement.verdict
    assert verdict.state == "pass", verdict.findings
    assert verdict.score < 0.5
    assert verdict.coverage > 0.15
    assert len(verdict.frames) == len(judgement.heat) == len(shot.frames)
    assert max(frame.score for frame in verdict.frames) < 0.5
    assert all(finding.reason for finding in verdict.findings)


def test_the_true_frames_pass_on_the_anchors_alone_and_leave_the_joins_unknown(alone) -> None:
    assert alone.state == "pass", alone.findings
    unknown = [f for f in alone.findings if f.state == "unknown"]
    assert [f.check for f in unknown] == ["motion"]
    assert unknown[0].value is None


def test_the_same_pixels_give_the_same_document_on_one_thread_and_on_two(shot) -> None:
    def document(threads: int) -> str:
        cv2.setNumThreads(threads)
        # Fresh records of the footage, so that it is measured again.
        some = FootageFrames(shot.footage.before[-6:], shot.footage.after[:6], shot.footage.fps)
        frames = shot.frames[:11]
        take = shot.take(frames)
        return judge(take, start=frames[0], end=frames[-1], footage=some).verdict.to_json()

    threads = cv2.getNumThreads()
    try:
        one, two = document(1), document(2)
    finally:
        cv2.setNumThreads(threads)
    assert one == two
    assert Verdict.from_json(one).to_json() == one


def test_a_cross_dissolve_fails_as_motion_and_shows_what_is_in_neither_place(shot) -> None:
    judgement = judged(shot, dissolve(shot.frames))
    assert failed(judgement) == {"motion", "persistence", "depth"}
    assert "dissolve" in " ".join(f.reason for f in judgement.verdict.findings)


def test_a_dissolve_is_known_through_compression(shot) -> None:
    made = []
    for frame in dissolve(shot.frames):
        _, coded = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 50])
        made.append(np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]))
    assert failed(judged(shot, made, KeepMotion())) == {"motion"}


def test_an_ignored_end_fails_at_the_endpoint(shot) -> None:
    half = [shot.frames[k // 2] for k in range(len(shot.frames))]
    assert failed(judged(shot, half, KeepEndpoint(at="end", image="b"))) == {"endpoints"}


def test_anchors_of_another_place_fail_both_ends(shot, elsewhere) -> None:
    verdict = judge(
        shot.take(),
        start=elsewhere,
        end=elsewhere[:, ::-1].copy(),
        constraints=[KeepEndpoint(at="start", image="a")],
    ).verdict
    assert [f.state for f in verdict.findings] == ["fail", "fail"]


def test_a_generators_crop_and_colour_do_not_break_the_endpoints(shot) -> None:
    width, height = 640, 360
    crop = np.array([[1.02, 0, -6.4], [0, 1.02, -3.6]])
    made = [
        np.clip(cv2.warpAffine(f, crop, (width, height)) * 0.93 + 6, 0, 255).astype(np.uint8)
        for f in shot.frames
    ]
    assert not failed(judged(shot, made, KeepEndpoint(at="start", image="a")))


@pytest.mark.parametrize(("start", "count"), [(6, 4), (10, 3)])
def test_a_freeze_fails_as_motion_where_it_is(shot, start: int, count: int) -> None:
    still = list(shot.frames)
    still[start : start + count] = [still[start]] * count
    verdict = judged(shot, still, KeepMotion()).verdict
    found = next(f for f in verdict.findings if f.state == "fail")
    assert "still" in found.reason
    assert found.span is not None
    assert found.span[0] == pytest.approx(start * 1001 / 30000, abs=0.04)


def test_a_jump_fails_as_motion_where_it_is(shot) -> None:
    beside = [*shot.footage.before, *shot.frames]
    jumped = [*beside[:10], *shot.frames[10:]]
    verdict = judge(
        shot.take(jumped), start=jumped[0], end=jumped[-1], constraints=[KeepMotion()]
    ).verdict
    found = next(f for f in verdict.findings if f.state == "fail")
    assert "jump" in found.reason
    assert found.span is not None
    assert found.span[0] <= 10 * 1001 / 30000 <= found.span[1]


@pytest.mark.parametrize("percent", [1.0, 4.0])
def test_flicker_fails_as_steady(shot, percent: float) -> None:
    assert failed(judged(shot, flicker(shot.frames, percent), KeepSteady())) == {"steady"}


def test_an_honest_ramp_of_exposure_is_steady(shot) -> None:
    gains = np.linspace(1, 0.6, len(shot.frames))
    made = [np.rint(f * g).astype(np.uint8) for f, g in zip(shot.frames, gains, strict=True)]
    assert not failed(judged(shot, made, KeepSteady()))


def test_a_ramp_of_colour_fails_as_colour_and_says_which_way(shot) -> None:
    judgement = judged(shot, ramp(shot.frames, 4.0), KeepColour(), KeepSteady())
    assert failed(judgement) == {"colour"}
    found = next(f for f in judgement.verdict.findings if f.check == "colour")
    assert found.unit == "delta E"
    assert found.value == pytest.approx(4.0, abs=0.5)
    assert "redder" in found.reason or "yellower" in found.reason


def test_a_local_warp_fails_as_scene_where_and_when_it_is(warped) -> None:
    made, judgement = warped
    assert failed(judgement) == {"scene"}
    found = judgement.verdict.findings[0]
    assert found.region is not None
    assert found.span is not None
    left, top, width, height = found.region
    assert left < 0.72 < left + width + 0.1
    assert top < 0.8 < top + height + 0.15
    duration = len(made) * 1001 / 30000
    assert 0.1 * duration < found.span[0] < found.span[1] < 0.95 * duration
    heat = judgement.heat[judgement.worst]
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    assert abs(column / heat.shape[1] - 0.7) < 0.12
    assert abs(row / heat.shape[0] - 0.75) < 0.2


def test_a_warp_that_lasts_does_not_excuse_itself_on_the_anchors_alone(shot, alone) -> None:
    spot, across, last = (0.72, 0.78), 0.22, len(shot.frames) - 1
    height, width = shot.frames[0].shape[:2]
    at = (spot[0] * width, spot[1] * height)
    made = [
        local_warp(frame, at, across * width, 3.0 * np.sin(np.pi * k / last) ** 4, 20 * k).image
        for k, frame in enumerate(shot.frames)
    ]
    found = judged(shot, made, KeepScene(), footage=False).verdict.findings[0]
    assert found.state == "fail"
    assert found.region is not None
    left, top, wide, high = found.region
    # It pushes and pulls at both of its sides, of which one may stand out.
    assert left - across < spot[0] < left + wide + across
    assert top - 0.15 < spot[1] < top + high + 0.15
    clean = next(f for f in alone.findings if f.check == "scene")
    assert clean.value < 0.7 * clean.limit


def test_a_rendered_flight_passes_and_a_small_warp_in_it_fails() -> None:
    cameras = path("forward", 25, size=(384, 216))
    every = gaussian_noise(video(Scene("terrain", seed=2), cameras), 1.0, seed=4)
    frames = every[5:-5]
    footage = FootageFrames(every[:5], every[-5:], Fraction(30))

    def verdict(images: Frames) -> Verdict:
        take = TakeFrames(images, Fraction(30))
        return judge(
            take, start=frames[0], end=frames[-1], footage=footage, constraints=[KeepScene()]
        ).verdict

    assert verdict(frames).state == "pass"
    assert verdict(bulge(frames, 3.5, (0.5, 0.7))).state == "fail"


@pytest.mark.parametrize("count", [1, 3])
def test_too_few_frames_never_pass(shot, count: int) -> None:
    verdict = judged(shot, shot.frames[:count]).verdict
    assert verdict.state == "fail"
    assert verdict.score == 1
    assert len(verdict.frames) == count


def test_black_frames_never_pass(shot) -> None:
    black = [np.zeros_like(f) for f in shot.frames[:8]]
    assert "endpoints" in failed(judged(shot, black))


def test_black_anchors_and_take_are_unknown() -> None:
    black = [np.zeros((180, 320, 3), np.uint8)] * 8
    verdict = judge(TakeFrames(black, Fraction(25)), start=black[0], end=black[-1]).verdict
    assert verdict.state == "unknown"
    assert verdict.coverage == 0


def test_a_morph_between_places_that_share_nothing_is_not_a_rigid_scene(shot, elsewhere) -> None:
    other = cv2.resize(elsewhere, (640, 360))
    morph = dissolve([shot.frames[0]] * 9 + [other])
    verdict = judge(
        TakeFrames(morph, Fraction(30)),
        start=shot.frames[0],
        end=other,
        constraints=[KeepScene()],
    ).verdict
    assert verdict.state != "pass"


def test_another_shape_fails_and_another_size_of_the_same_shape_passes(shot) -> None:
    tall = [np.ascontiguousarray(f[:, 200:440]) for f in shot.frames]
    verdict = judged(shot, tall).verdict
    assert verdict.state == "fail"
    assert "shape" in verdict.findings[0].reason
    small = [cv2.resize(f, (480, 270), interpolation=cv2.INTER_AREA) for f in shot.frames]
    assert judged(shot, small).verdict.state == "pass"


@pytest.mark.parametrize("fault", ["none", "mixed sizes", "anchors", "tiny", "footage", "rate"])
def test_what_cannot_be_compared_is_an_input_error(shot, fault: str) -> None:
    frames, start, end, footage = list(shot.frames), shot.frames[0], shot.frames[-1], shot.footage
    fps = Fraction(30)
    if fault == "none":
        frames = []
    elif fault == "mixed sizes":
        frames[3] = frames[3][:-2].copy()
    elif fault == "anchors":
        end = end[:-2].copy()
    elif fault == "tiny":
        frames = [cv2.resize(f, (32, 18)) for f in frames]
    elif fault == "footage":
        footage = FootageFrames([frames[0], frames[0][:-2].copy()], [], footage.fps)
    else:
        fps = Fraction(0)
    with pytest.raises(InputError, match="; "):
        judge(TakeFrames(frames, fps), start=start, end=end, footage=footage)


def test_preferred_constraints_do_not_decide(shot) -> None:
    made = ramp(shot.frames, 5.0)
    verdict = judged(shot, made, KeepColour(strength="preferred"), KeepSteady()).verdict
    assert "colour" in {f.check for f in verdict.findings if f.state == "fail"}
    assert verdict.state == "pass"


def test_progress_counts_the_checks(shot) -> None:
    seen: list[tuple[int, int]] = []
    judge(
        shot.take(),
        start=shot.frames[0],
        end=shot.frames[-1],
        constraints=[KeepSteady(), KeepColour()],
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]
