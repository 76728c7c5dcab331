"""Medians are numpy's."""

import numpy as np

from landfast.vision.statistics.medians import known_medians, median, medians


def test_medians_are_those_of_numpy() -> None:
    rng = np.random.default_rng(1)
    for count in range(1, 9):
        for kind in (np.float32, np.float64):
            values = rng.normal(size=(count, 3)).astype(kind)
            assert median(values) == np.median(values)
            assert np.array_equal(medians(values), np.median(values, axis=0))
            assert medians(values).dtype == kind


def test_known_medians_are_the_lower_of_the_finite_values() -> None:
    nothing, far = np.nan, np.inf
    rows = np.array(
        [[5.0, 1.0, nothing], [3.0, 2.0, nothing], [far, 4.0, far], [nothing, 3.0, 9.0]]
    )
    np.testing.assert_array_equal(known_medians(rows), [3.0, 2.0, 9.0])
    np.testing.assert_array_equal(known_medians(np.full((2, 1), nothing)), [nothing])
