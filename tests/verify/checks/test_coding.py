"""What compression alone does to a take is measured, and is no fault."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from landfast.media.codings import repeatable_x264
from landfast.model.constraint import KeepEndpoint, KeepScene, KeepSteady
from landfast.verify import TakeFrames, judge
from landfast.verify.checks.coding import BLIND_PX, rounding_percent, unsure_px
from landfast.verify.checks.gains import levels
from landfast.verify.measure.reel import reel
from landfast.verify.measure.study import Stretch, study


def recompressed(frames: list[np.ndarray], crf: int) -> list[np.ndarray]:
    """Through H.264 and back."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.height, encoder.width = frames[0].shape[:2]
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 30)
    encoder.options = {"crf": str(crf), "preset": "veryfast", "threads": "1"} | repeatable_x264()
    packets = []
    for k, frame in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="yuv420p")
        picture.pts = k
        packets += encoder.encode(picture)
    decoder = av.CodecContext.create("h264", "r")
    shown = [p for one in [*packets, *encoder.encode(None), None] for p in decoder.decode(one)]
    return [picture.to_ndarray(format="rgb24") for picture in shown]


def unsure(shot, frames: list[np.ndarray]) -> float:
    return unsure_px(study(shot.take(frames), shot.frames[0], shot.frames[-1], None))


def test_what_moves_still_points_grows_with_compression_and_is_zero_without(shot) -> None:
    assert unsure(shot, shot.frames) < 0.01
    light, strong = (unsure(shot, recompressed(shot.frames, crf)) for crf in (23, 38))
    assert 0.02 < light < 0.15 < BLIND_PX < strong


def test_an_end_that_is_not_reached_is_no_compression(shot) -> None:
    assert unsure(shot, [*shot.frames[:-1], shot.frames[0]]) < 0.01


@pytest.mark.parametrize("footage", [True, False])
def test_a_compressed_take_does_not_fail(shot, footage: bool) -> None:
    verdict = judge(
        shot.take(recompressed(shot.frames, 32)),
        start=shot.frames[0],
        end=shot.frames[-1],
        footage=shot.footage if footage else None,
    ).verdict
    assert verdict.state != "fail", [f for f in verdict.findings if f.state == "fail"]


def test_strong_compression_leaves_open_whether_the_take_is_rigid_and_arrives(shot) -> None:
    verdict = judge(
        shot.take(recompressed(shot.frames, 40)),
        start=shot.frames[0],
        end=shot.frames[-1],
        constraints=[KeepScene(), KeepEndpoint(at="end", image="b")],
    ).verdict
    states = {(f.check, f.part): f.state for f in verdict.findings}
    assert states["scene", ""] == states["endpoints", "end"] == "unknown"
    assert states["endpoints", "start"] == "pass"
    assert verdict.state != "pass"


def test_a_compressed_take_that_flickers_fails(shot) -> None:
    gain = np.random.default_rng(3).normal(1, 0.03, len(shot.frames))
    bad = [np.clip(f * g, 0, 255).astype(np.uint8) for f, g in zip(shot.frames, gain, strict=True)]
    verdict = judge(
        shot.take(recompressed(bad, 28)),
        start=shot.frames[0],
        end=shot.frames[-1],
        constraints=[KeepSteady()],
    ).verdict
    assert [f.state for f in verdict.findings] == ["fail"]


def test_a_quarter_of_a_code_value_up_and_down_is_rounding_also_in_a_dark_picture(shot) -> None:
    dark = [(f * 0.45).astype(np.uint8) for f in shot.frames]
    bright, darker = (
        rounding_percent(levels(Stretch(reel(frames, Fraction(30), (640, 360)))))
        for frames in (shot.frames, dark)
    )
    assert all(2 < d / b < 2.5 for b, d in zip(bright, darker, strict=True))
    assert darker[0] < 2


def rounded(frames: list[np.ndarray], levels: float) -> list[np.ndarray]:
    """Every second frame raised by so many grey levels on average, in red and blue more."""
    rng = np.random.default_rng(1)
    shift = np.array([1.0, 0.3, 1.1])
    return [
        np.clip(np.floor(f + levels * shift * (k % 2) + rng.random(f.shape)), 0, 255).astype(
            np.uint8
        )
        for k, f in enumerate(frames)
    ]


@pytest.mark.parametrize(("steps", "state"), [(1.0, "pass"), (4.0, "fail")])
def test_steady_allows_for_rounding_and_no_more(shot, steps: float, state: str) -> None:
    dark = [(f * 0.45).astype(np.uint8) for f in shot.frames]
    take = TakeFrames(rounded(dark, steps), Fraction(30))
    verdict = judge(take, start=dark[0], end=dark[-1], constraints=[KeepSteady()]).verdict
    assert [f.state for f in verdict.findings] == [state], verdict.findings
