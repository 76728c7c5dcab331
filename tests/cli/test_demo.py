"""`landfast demo`: the first thing that anybody runs ends in an accepted transition."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.command import Command


@pytest.mark.slow
def test_the_bundled_clip_is_bridged_and_accepted(landfast: Command, tmp_path: Path) -> None:
    done = landfast("demo", "-o", tmp_path / "demo", "--json")
    assert done.code == 0, done.err
    assert (done.json["transitions"], done.json["kept_as"]) == ("1 of 1 accepted", "packets copied")
    assert done.json["kept_frames"] == done.json["bit_exact_frames"] > 300
