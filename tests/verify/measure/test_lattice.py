"""Points per block: as many as its median needs, and no more looked for twice."""

from __future__ import annotations

import numpy as np

from landfast.verify.measure.lattice import BLOCK, STEP, Lattice


def test_points_are_wanting_only_where_their_block_has_too_few() -> None:
    lattice = Lattice(2 * BLOCK * STEP, BLOCK * STEP)
    usable = np.ones(lattice.shape, bool)
    usable[0, 0] = False
    left = np.nonzero(usable)[1] < BLOCK
    found = np.where(left, np.cumsum(left) <= 2, True)
    assert lattice.wanting(usable, found).tolist() == left.tolist()
    assert not lattice.wanting(usable, np.ones(usable.sum(), bool)).any()


def test_a_picture_full_of_texture_gives_every_block_four_points_and_its_strongest() -> None:
    rng = np.random.default_rng(4)
    grey = rng.integers(0, 256, (540, 960), np.uint8)
    lattice = Lattice(960, 540)
    usable = lattice.corners(grey).usable
    inner = usable.reshape(lattice.blocks[0], BLOCK, lattice.blocks[1], BLOCK).sum(axis=(1, 3))
    assert set(inner[2:-2, 2:-2].ravel()) == {4}


def test_a_block_with_two_points_has_no_median() -> None:
    lattice = Lattice(BLOCK * STEP, BLOCK * STEP)
    values = np.full(lattice.shape, np.nan)
    values[0, :2] = 1, 2
    assert np.isnan(lattice.to_blocks(values)).all()
    values[1, :2] = 3, 10
    assert lattice.to_blocks(values)[0, 0] == 2.5
