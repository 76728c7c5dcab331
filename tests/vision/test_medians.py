"""Medians are numpy's."""

import numpy as np

from landfast.vision.medians import median, medians


def test_medians_are_those_of_numpy() -> None:
    rng = np.random.default_rng(1)
    for count in range(1, 9):
        for kind in (np.float32, np.float64):
            values = rng.normal(size=(count, 3)).astype(kind)
            assert median(values) == np.median(values)
            assert np.array_equal(medians(values), np.median(values, axis=0))
            assert medians(values).dtype == kind
