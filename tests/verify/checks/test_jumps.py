"""Jumps where pictures can be followed, and where they cannot."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from landfast.verify.checks.jumps import departures, jumps
from landfast.verify.measure.links import Link
from landfast.verify.measure.reel import reel
from landfast.verify.measure.study import Stretch, Study


def shown(paces: list[float], shares: list[float]) -> np.ndarray:
    """Departures of links of such paces, of which such shares of the cells come home."""
    links = []
    for pace, share in zip(paces, shares, strict=True):
        flow = np.zeros((20, 30, 2), np.float32)
        flow[..., 0] = pace
        sure = np.arange(600).reshape(20, 30) < 600 * share
        links.append(Link(flow, -flow, sure, sure, 0.0, 0.0, pace))
    blank = np.zeros((64, 64, 3), np.uint8)
    stretch = Stretch(reel([blank], Fraction(30), (64, 64)))
    vars(stretch)["links"] = tuple(links)
    return departures(stretch)


def test_a_bare_wall_that_cannot_be_followed_does_not_jump() -> None:
    lost = [0.9, 0.4, 0.3, 0.4, 0.9]
    assert shown([5, 9, 2, 8, 5], lost) == pytest.approx([0.0] * 5)
    assert shown([5, 5, 9, 5, 5], [0.9, 0.4, 0.6, 0.4, 0.9])[2] == 0.0


def test_a_leap_that_loses_the_picture_for_one_link_is_one() -> None:
    assert shown([5, 5, 25, 5, 5], [0.9, 0.9, 0.2, 0.9, 0.9])[2] == pytest.approx(20.0)


def shaken(travel: float) -> str:
    """State of a take, on its anchors alone, whose camera shakes up and down by a pixel and once by
    nine, and goes on for that frame with so many times its travel."""
    links = []
    for k in range(13):
        flow = np.zeros((20, 30, 2), np.float32)
        flow[..., 0] = np.linspace(-1.4, 1.4, 30) * (travel if k == 6 else 1 + k % 2 / 50)
        flow[..., 1] = 9.0 if k == 6 else (-1.0) ** k
        sure = np.ones((20, 30), bool)
        links.append(Link(flow, -flow, sure, sure, 5.0, 1.0, 2.0))
    frames = reel([np.zeros((64, 64, 3), np.uint8)] * 14, Fraction(30), (64, 64))
    stretch = Stretch(frames)
    vars(stretch)["links"] = tuple(links)
    finding, _, _ = jumps(Study(stretch, frames, None, None, Fraction(30), None, 1.0))
    return finding.state


def test_a_shake_leaves_travel_even_and_a_leap_does_not() -> None:
    assert shaken(1.0) == "pass"
    assert shaken(1.9) == "fail"
