"""The last frame through an encoder, which spares bits where nothing more is to come."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from landfast.verify import TakeFrames
from landfast.verify.checks.endpoints import check_endpoints
from landfast.verify.measure.study import study
from verify.checks.test_coding import recompressed


def excess(frames: list[np.ndarray], real: list[np.ndarray]) -> float:
    """How far the end is off, over what is allowed."""
    measured = study(TakeFrames(frames, Fraction(30)), real[0], real[-1], None)
    return check_endpoints(measured).excess[1]


def test_a_last_frame_that_an_encoder_dragged_along_arrives(orbited: list[np.ndarray]) -> None:
    assert excess(recompressed(orbited, 36), orbited) < 0.75


def test_an_encoder_excuses_no_take_that_stops_before_its_end(orbited: list[np.ndarray]) -> None:
    short = [orbited[round(0.9 * k)] for k in range(len(orbited))]
    assert excess(short, orbited) > 2
    assert excess(recompressed(short, 34), orbited) > 1
