"""Weights of M-estimators against their formulas, and what they are for."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from landfast.vision.statistics.robust import MAD_TO_SIGMA, cauchy, geman_mcclure


def test_an_error_of_the_scale_counts_a_quarter_or_a_half() -> None:
    errors = np.array([0.0, -2.0, 2.0, 6.0])
    np.testing.assert_allclose(geman_mcclure(errors, 2.0), [1, 1 / 4, 1 / 4, 1 / 100])
    np.testing.assert_allclose(cauchy(errors, 2.0), [1, 1 / 2, 1 / 2, 1 / 10])


@pytest.mark.parametrize("weigh", [geman_mcclure, cauchy])
def test_a_prior_is_what_no_error_counts(weigh: object) -> None:
    errors, prior = np.array([0.0, 3.0]), np.array([0.5, 0.25])
    assert callable(weigh)
    np.testing.assert_allclose(weigh(errors, 1.5, prior), prior * weigh(errors, 1.5))


def test_precision_stays() -> None:
    errors = np.linspace(0, 3, 7, dtype=np.float32)
    assert geman_mcclure(errors, 0.7).dtype == cauchy(errors, 0.7).dtype == np.float32


def test_a_line_is_found_among_outliers() -> None:
    rng = np.random.default_rng(4)
    x = np.linspace(-1, 1, 200)
    y = 3 * x + 1 + rng.normal(0, 0.01, len(x))
    y[rng.permutation(len(x))[:60]] += 5
    terms = np.stack([x, np.ones_like(x)], axis=1)
    weights = np.ones_like(x)
    for _ in range(12):
        root = np.sqrt(weights)
        fit = np.linalg.lstsq(terms * root[:, None], y * root, rcond=None)[0]
        left = np.abs(y - terms @ fit)
        weights = geman_mcclure(left, max(1.5 * float(np.median(left)), 0.01))
    np.testing.assert_allclose(fit, [3, 1], atol=0.01)


def test_spread_of_normal_errors() -> None:
    assert pytest.approx(1 / NormalDist().inv_cdf(0.75), abs=0.005) == MAD_TO_SIGMA
