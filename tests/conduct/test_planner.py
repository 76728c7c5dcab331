"""What is refused before a clip is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from landfast.conduct.planner import PlanOptions, check
from landfast.errors import InputError, Unsupported
from landfast.media.probe import probe


def test_a_model_without_a_last_frame_is_refused_before_any_work(short: Path) -> None:
    with pytest.raises(Unsupported, match="takes no last frame"):
        check(PlanOptions(generator="runway:gen4.5"), probe(short))


def test_on_a_ladder_it_is_only_left_out(short: Path) -> None:
    check(PlanOptions(generator="auto,runway:gen4.5"), probe(short))


@pytest.mark.parametrize("text", ["luma,", "auto,auto", "auto,nix"])
def test_names_are_checked_before_any_work(short: Path, text: str) -> None:
    with pytest.raises(InputError, match="--generator"):
        check(PlanOptions(generator=text), probe(short))
