"""`landfast verify` on an overlay, and what it asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cli.command import Command
from landfast.media.stills import save_image
from overlays import overlay_layers, plane_footage, swims, write_overlay
from scenes import write_video

FRAMES = 16


def test_an_overlay_alone(landfast: Command, tmp_path: Path) -> None:
    footage, maps = plane_footage(tmp_path / "footage.mp4", FRAMES)
    overlay = write_overlay(tmp_path / "o.mkv", overlay_layers(maps, swims(FRAMES, 2.0)))
    done = landfast("verify", footage, "--overlay", overlay, "-o", "evidence", "--json")
    assert (done.code, done.json["state"]) == (1, "fail")
    (found,) = done.json["findings"]
    assert (found["check"], found["unit"]) == ("lock", "px")
    assert found["value"] > found["limit"] > 0
    assert "swims" in Path("evidence/verdict.html").read_text(encoding="utf-8")
    assert Path("evidence/verdict.json").is_file()


@pytest.mark.parametrize("given", ["--start", "--end", ""])
def test_both_anchors_belong_to_a_take(landfast: Command, karma: Path, given: str) -> None:
    done = landfast("verify", karma, *([given, karma] if given else []))
    assert (done.code, done.out) == (2, "")
    assert ("--end" if given == "--start" else "--start") in done.err
    assert "--overlay or --mask" in done.err


class _Judged(Exception):
    """The take itself was come to."""


@pytest.fixture
def unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    def come_to(*_: object, **__: object) -> None:
        raise _Judged

    monkeypatch.setattr("landfast.conduct.verification.judge_file", come_to)


@pytest.mark.usefixtures("unjudged")
@pytest.mark.parametrize("end", ["own.png", "plain.png"])
def test_footage_of_something_else_is_named(
    landfast: Command, anchors: tuple[Path, Path], flight: Path, tmp_path: Path, end: str
) -> None:
    blocks = np.random.default_rng(1).integers(0, 255, (2, 27, 48, 3))
    images = np.kron(blocks, np.ones((1, 10, 10, 1))).astype(np.uint8)
    other = write_video(tmp_path / "other.mp4", images[[0] * 12 + [1] * 13])
    save_image(tmp_path / "own.png", images[1])
    save_image(tmp_path / "plain.png", np.full_like(images[0], 90))
    span = ("--footage", other, "--span", "0.2-0.8")
    done = landfast("verify", flight, "--start", anchors[0], "--end", end, *span)
    assert (done.code, done.out) == (2, "")
    assert f"{other}: does not show {anchors[0]} at 0.200 s; give the footage that" in done.err
    save_image(tmp_path / "start.png", images[0])
    done = landfast("verify", flight, "--start", "start.png", "--end", anchors[1], *span)
    assert f"{other}: does not show {anchors[1]} at 0.800 s" in done.err
    # Its own frames, and what is too plain to tell, are judged.
    with pytest.raises(_Judged):
        landfast("verify", flight, "--start", "start.png", "--end", end, *span)


def test_another_moment_of_the_same_footage_is_named(
    landfast: Command, anchors: tuple[Path, Path], karma: Path, flight: Path
) -> None:
    """The anchors stand at 5.0 and 5.5 s of the clip that the flight is from."""
    given = ("verify", flight, "--start", anchors[0], "--end", anchors[1], "--footage", karma)
    done = landfast(*given, "--span", "5.03-11.5")
    assert done.code == 2 and f"does not show {anchors[1]} at 11.478 s" in done.err
