"""What a camera recorded beside the picture, as a prior for the depth of control videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scenes
from landfast.conduct.controls import depth as depth_module
from landfast.conduct.controls.depth import FoundDepth, find_depth
from landfast.conduct.controls.reel import Reel
from landfast.media.probe import probe
from landfast.model.camera import Focal, Lens, Pose
from landfast.model.controls import ControlFrame, ControlGrid
from landfast.vision.depth import DepthSpan

SIZE = (192, 108)
COUNT = 25
STEP_M = 0.5
Shoot = Callable[[str], Reel]


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    """A second of footage with DJI subtitles beside it, one a frame, flown north at 12.5 m/s."""

    def reel(settings: str) -> Reel:
        image = np.random.default_rng(1).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
        path = scenes.write_video(tmp_path / "flight.mp4", [image] * COUNT)
        cues = [
            f"{k + 1}\n{_clock(k)} --> {_clock(k + 1)}\n{settings.format(k=k)} "
            f"[latitude: {60 + k * STEP_M / 111_412:.9f}] [longitude: 10.0] "
            f"[rel_alt: 50.000 abs_alt: 90.000]\n\n"
            for k in range(COUNT)
        ]
        path.with_suffix(".SRT").write_text("".join(cues))
        clip = probe(path)
        grid = ControlGrid(
            width=SIZE[0],
            height=SIZE[1],
            frames=COUNT,
            fps=None,
            crop=(0, 0, *SIZE),
            source_width=SIZE[0],
            source_height=SIZE[1],
        )
        frames = tuple(
            ControlFrame(time=clip.time_of(k), source_time=clip.time_of(k), source_index=k)
            for k in range(COUNT)
        )
        return Reel(path, clip, grid, frames)

    return reel


def _clock(frame: int) -> str:
    return f"00:00:{frame // 25:02d},{frame % 25 * 40:03d}"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Lens | None]:
    """The lenses that a measurement, which is the truth in units of two metres, was asked with."""
    lenses: list[Lens | None] = []

    def measure(
        images: Sequence[np.ndarray], times: Sequence[Fraction], *, lens: Lens | None, **_: Any
    ) -> DepthSpan:
        lenses.append(lens)
        plane = np.linspace(0.1, 0.2, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE[::-1])
        nothing = np.zeros(SIZE[::-1], bool)
        return DepthSpan(
            state="measured",
            reason="as flown",
            times=tuple(times),
            lens=lens or Focal(value=100, unit="px").lens(*SIZE),
            poses=tuple(
                Pose(
                    time=time,
                    rotation=(1, 0, 0, 0),
                    position=(0, 0, float(time) * 25 * STEP_M / 2),
                )
                for time in times
            ),
            error_px=0.1,
            inverse=(plane,) * len(times),
            confidence=(plane,) * len(times),
            sky=(nothing,) * len(times),
            far=(nothing,) * len(times),
        )

    monkeypatch.setattr(depth_module, "measure_depth", measure)
    return lenses


def found(reel: Reel, **named: Any) -> FoundDepth:
    depth = find_depth(reel, "near is bright", **named)
    assert isinstance(depth, FoundDepth)
    return depth


def test_recorded_positions_turn_depth_into_metres(shoot: Shoot, asked: list[Lens | None]) -> None:
    depth = found(shoot("[iso : 100] "))
    assert depth.unit == "metres" and "telemetry" in depth.reason
    assert depth.inverse[0][0, 0] == pytest.approx(0.1 / 2, rel=0.02)
    assert depth.cameras is not None and depth.cameras.unit == "metres"
    assert depth.cameras.poses[-1].position[2] == pytest.approx(24 * STEP_M, rel=0.02)
    assert asked == [None]


def test_a_recorded_focal_length_is_where_the_measurement_starts(
    shoot: Shoot, asked: list[Lens | None]
) -> None:
    reel = shoot("[focal_len: 24.00] ")
    found(reel)
    found(reel, focal=Focal(value=300, unit="px"))
    assert asked[0] is not None and asked[0].source == "assumed"
    assert asked[0].focal_px == pytest.approx(24 * np.hypot(*SIZE) / np.hypot(36, 24), rel=1e-3)
    assert asked[1] is not None and (asked[1].source, asked[1].focal_px) == ("given", 300)


def test_a_focal_length_that_changes_tells_nothing(shoot: Shoot, asked: list[Lens | None]) -> None:
    found(shoot("[focal_len: 2{k}.00] "))
    assert asked == [None]
