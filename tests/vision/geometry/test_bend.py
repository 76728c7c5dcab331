"""Polynomials of second degree against planted ones."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.vision.geometry.bend import ALL_TERMS, TERMS, basis, departure, fit_bend, sources

SIZE = (320, 180)
PLANTED = np.array(
    [[0.004, -0.002], [0.01, 0.004], [-0.006, 0.008], [0.02, 0], [0, 0.03], [0.01, 0]]
)


def test_what_most_points_agree_on_is_found_among_movers() -> None:
    rng = np.random.default_rng(3)
    at = rng.uniform(-0.5, 0.5, (400, 2)) * (1, SIZE[1] / SIZE[0])
    away = basis(at) @ PLANTED + rng.normal(0, 1e-5, (400, 2))
    away[:80] += 0.02
    found = fit_bend(at, away, noise=1e-5)
    assert basis(at) @ found == pytest.approx(basis(at) @ PLANTED, abs=2e-3)
    plain = np.linalg.lstsq(basis(at), away, rcond=None)[0]
    assert np.abs(basis(at) @ (plain - PLANTED)).max() > 4e-3


def test_a_shift_alone_is_no_bend() -> None:
    at = np.random.default_rng(1).uniform(-0.5, 0.5, (50, 2))
    found = fit_bend(at, np.full((50, 2), 0.01), noise=1e-4)
    assert found[0] == pytest.approx(0.01)
    assert found[1:] == pytest.approx(0, abs=1e-9)


def test_content_arrives_where_the_bend_takes_it() -> None:
    picture = np.zeros(SIZE[::-1], np.float32)
    cv2.circle(picture, (90, 60), 4, 255.0, -1)
    middle = (np.array(SIZE) - 1) / 2
    came = (np.array([90.0, 60.0]) - middle) / SIZE[0]
    bent = cv2.remap(picture, sources(PLANTED, SIZE), None, cv2.INTER_LINEAR)
    moments = cv2.moments(bent)
    found = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    wanted = (came + basis(came) @ PLANTED) * SIZE[0] + middle
    assert found == pytest.approx(wanted, abs=0.05)
    assert np.abs(wanted - (90, 60)).max() > 1


def test_no_bend_moves_nothing() -> None:
    at = sources(np.zeros((TERMS, 2)), SIZE)
    assert at[7, 11] == pytest.approx((11, 7))


def test_near_ground_that_parts_from_the_far_is_held_by_bumps_alone() -> None:
    at = np.random.default_rng(2).uniform(-0.5, 0.5, (900, 2)) * (1, SIZE[1] / SIZE[0])
    near = np.exp(-((at - (0.2, 0.1)) ** 2).sum(axis=1) / (2 * 0.15**2))[:, None]
    away = basis(at) @ PLANTED + near * (0.004, 0.002)
    left = [
        np.abs(away - departure(fit_bend(at, away, noise=1e-3, terms=terms), at)).mean()
        for terms in (TERMS, ALL_TERMS)
    ]
    assert left[1] < 0.4 * left[0]


def test_a_departure_does_not_depend_on_how_many_are_asked_for() -> None:
    at = np.random.default_rng(4).uniform(-0.5, 0.5, (70, 2))
    bend = np.random.default_rng(5).normal(0, 0.01, (ALL_TERMS, 2))
    assert (departure(bend, at)[:32] == departure(bend, at[:32])).all()
    assert departure(bend, at) == pytest.approx(basis(at, ALL_TERMS) @ bend)
