"""What a finding names as normal is what its own spot is held to."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.verify.checks.strain import Look, Strain


def test_the_limit_is_that_of_the_block_that_speaks_for_its_patch() -> None:
    ratio, limit = np.zeros((7, 7)), np.full((7, 7), 400.0)
    ratio[3:5, 2:5], limit[3:5, 2:5] = [[3.0, 2.0, 4.0], [5.0, 6.0, 7.0]], 0.5
    limit[3, 4] = 0.7
    verified = limit < 1
    strains = [Strain(at, ratio, limit, verified) for at in (2, 4)]
    look = Look.of(strains)
    assert look.top == 5.0
    assert look.limit == pytest.approx(0.5)
    unknown = Look.of([Strain(2, np.zeros((7, 7)), limit, np.zeros((7, 7), bool))] * 2)
    assert unknown.top == 0.0
    assert unknown.limit == 1.0
