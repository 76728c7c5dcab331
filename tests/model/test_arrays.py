"""Annotations of arrays are real where they are read, and cost a command nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
from beartype.roar import BeartypeCallHintParamViolation

import landfast
from landfast.media.halving import by_halves
from landfast.model import arrays


def test_they_are_jaxtypings_where_it_is_loaded() -> None:
    assert {name: getattr(arrays, name) for name in arrays.__all__} == {
        name: getattr(jaxtyping, name) for name in arrays.__all__
    }


def test_and_are_checked() -> None:
    with pytest.raises((BeartypeCallHintParamViolation, jaxtyping.TypeCheckError)):
        by_halves(np.zeros((4, 4, 3), np.uint8), 1)


def test_measuring_loads_no_more_than_it_needs() -> None:
    program = """
import sys
import landfast.cli.main, landfast.cli.frames, landfast.vision.analysis.quality
print(*{"jaxtyping", "jinja2", "opentimelineio", "httpx", "rich"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []


def test_no_other_module_asks_for_it() -> None:
    package = Path(landfast.__file__).parent
    asking = {path for path in package.rglob("*.py") if "from jaxtyping" in path.read_text()}
    assert asking == {Path(arrays.__file__)}
