"""Clips for the tests of this layer."""

from __future__ import annotations

from pathlib import Path

import pytest

import landfast
from landfast.media.probe import probe
from landfast.model.clip import Clip

KARMA = Path(landfast.__file__).parent / "data" / "karma.mp4"


@pytest.fixture(scope="session")
def karma() -> Path:
    """The bundled clip."""
    return KARMA


@pytest.fixture(scope="session")
def karma_clip() -> Clip:
    """What `probe` finds in the bundled clip."""
    return probe(KARMA)
