"""A horizon that moves as the picture does, and one that slides onto another edge."""

from __future__ import annotations

import numpy as np

from landfast.verify.checks.slip import kept
from landfast.verify.measure.lattice import STEP
from landfast.verify.measure.links import Link

ROWS, COLUMNS = 30, 60
HEIGHT = ROWS * STEP


def moving(steps: list[tuple[float, float]]) -> tuple[list[Link], np.ndarray]:
    """Links that turn the picture by so many degrees and sink it by such shares of its height, and
    the horizon that goes along. Below it the ground slides."""
    y, x = np.mgrid[:ROWS, :COLUMNS] + 0.5
    links = []
    for turn, sink in steps:
        down = np.tan(np.radians(turn)) * (x - COLUMNS / 2) * STEP + sink * HEIGHT
        flow = np.dstack([0 * x, down + 0.3 * np.maximum(y - ROWS / 2, 0)]).astype(np.float32)
        sure = np.ones((ROWS, COLUMNS), bool)
        links.append(Link(flow, -flow, sure, sure, 0.0, 0.0, 0.0))
    way = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
    return links, way + np.array((0.0, 0.5))


def test_a_line_that_turns_with_the_picture_is_kept() -> None:
    links, lines = moving([(0.8, 0.01)] * 5 + [(-0.8, -0.01)] * 5)
    assert kept(lines, links, HEIGHT).all()


def test_three_frames_on_another_edge_are_dropped() -> None:
    links, lines = moving([(0.1, 0.001)] * 12)
    lines[5:8] += (-1.0, 0.03)
    assert kept(lines, links, HEIGHT).tolist() == [not 5 <= t < 8 for t in range(13)]


def test_unseen_frames_are_bridged() -> None:
    links, lines = moving([(0.1, 0.001)] * 12)
    lines[4:7] = np.nan
    assert kept(lines, links, HEIGHT).tolist() == [not 4 <= t < 7 for t in range(13)]


def test_two_lines_that_never_meet_are_none() -> None:
    links, lines = moving([(0.0, 0.0)] * 12)
    lines[6:] += (0.0, 0.09)
    assert not kept(lines, links, HEIGHT).any()
