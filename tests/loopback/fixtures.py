"""Fixtures for every folder: `from loopback.fixtures import loopback` in its conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loopback.server import Loopback


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """A fresh server on this machine."""
    with Loopback() as server:
        yield server
