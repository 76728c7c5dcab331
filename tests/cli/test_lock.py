from __future__ import annotations

from pathlib import Path

import pytest

from landfast.cli.lock import check_source, two_numbers
from landfast.errors import InputError

TAKE = Path("take.mp4")


def test_a_place() -> None:
    assert two_numbers("--at", "12.5,80") == (12.5, 80.0)


@pytest.mark.parametrize("text", ["12", "a,b", "1,2,3", ""])
def test_no_place(text: str) -> None:
    with pytest.raises(InputError, match="X,Y"):
        two_numbers("--at", text)


def test_an_overlay_or_a_take() -> None:
    assert check_source(None, TAKE, None) == TAKE
    for overlay, baked in ((None, None), (TAKE, TAKE)):
        with pytest.raises(InputError, match="overlay or --baked"):
            check_source(overlay, baked, None)


def test_a_mask_belongs_to_a_take() -> None:
    with pytest.raises(InputError, match="--matte for an overlay"):
        check_source(TAKE, None, Path("mask.mp4"))
