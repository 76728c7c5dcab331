"""`landfast verify` on an overlay, and what it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.command import Command
from overlays import overlay_layers, plane_footage, swims, write_overlay

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
