"""The camera's move from the measured table of the bundled flight."""

from __future__ import annotations

from pathlib import Path

from landfast.media.probe import probe
from landfast.planning.moves import move_through
from landfast.planning.prompt import camera_words
from landfast.vision.analysis.onepass import observe

FRAMES = 40


def test_the_bundled_flight_goes_forward_and_says_so(karma: Path) -> None:
    clip = probe(karma)
    short = clip.model_copy(update={"ticks": clip.ticks[:FRAMES], "end_tick": clip.ticks[FRAMES]})
    table = observe(karma, short).table
    move = move_through(table, short, 14, 26)
    assert move is not None
    assert move.forward > 0
    assert camera_words(move)
    assert move_through(table, short, 0, FRAMES - 1) is None
