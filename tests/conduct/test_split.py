"""A gap that is too wide is split at real frames, from the measuring to the film."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import scenes
from conduct.killed import stand_in
from landfast.conduct import attempts
from landfast.conduct import findings as findings_module
from landfast.conduct.brief import RunOptions
from landfast.conduct.planner import PlanOptions, plan
from landfast.conduct.run import run
from landfast.model.plan import Plan

FPS = 25
QUIET = range(34, 42)
"""Frames between two fades that are good enough to stand on."""


def _pan(path: Path, step: int, frames: int = 76) -> Path:
    """A camera that pans so many pixels a frame over fields and fades to black twice."""
    land = scenes.Scene("terrain", seed=3, boxes=scenes.town(3))
    camera = scenes.Camera.at(scenes.Pose(pitch_deg=-24), (324 + step * frames, 184), hfov_deg=90)
    sheet = scenes.render(land, camera).image
    images = []
    for k in range(frames):
        window = sheet[2:182, step * k : step * k + 320]
        light = min(1.0, max(0, min(abs(k - 28), abs(k - 46)) - 1) / 6)
        images.append((window * light).astype(np.uint8))
    return scenes.write_video(path, scenes.gaussian_noise(images, 1, 3))


def _generated(made: Plan) -> list[range]:
    """Frames of the gaps."""
    return [range(int(s.span.start * FPS), int(s.span.stop * FPS)) for s in made.generated]


def test_only_what_is_too_wide_is_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured_once: None
) -> None:
    cv2.setNumThreads(1)
    (whole,) = _generated(plan(_pan(tmp_path / "slow.mp4", 2), PlanOptions()))
    assert whole.start < 28 < 46 < whole.stop

    fast = _pan(tmp_path / "fast.mp4", 9)
    first, second = _generated(plan(fast, PlanOptions()))
    assert first.start < 28 < first.stop < second.start < 46 < second.stop
    assert set(range(first.stop, second.start)) & set(QUIET)

    monkeypatch.setattr(attempts, "judge_file", stand_in)
    monkeypatch.setattr(findings_module, "write_plot", lambda path, *_: path.write_bytes(b"plot"))
    result = run(fast, tmp_path / "run", RunOptions(generator="fake", repeats="skip"))
    assert (result.accepted, result.wanted) == (2, 2)
    assert result.kept_frames == result.exact_frames == 76 - len(first) - len(second)
    assert _generated(result.plan) == [first, second]
    assert all(one.gap.overlap > 0.5 for one in result.plan.generated)
