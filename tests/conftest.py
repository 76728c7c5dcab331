"""What every test may rely on: the bundled clip, one thread count, no network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from offline import LOOPBACK, offline

# The same examples in every run and no clock, so that a red test means that the change broke
# something and not that the machine was busy.
settings.register_profile(
    "same",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("same")
# Hypothesis also draws the numbers that stand in the modules loaded so far: other ones in each
# process, by the tests that happened to run there before.
providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback sockets: a test can neither pay nor download."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", offline)


@pytest.fixture(scope="session")
def karma() -> Iterator[Path]:
    """The bundled drone clip: 854x480, 362 frames at 30000/1001."""
    with resources.as_file(resources.files("landfast") / "data" / "karma.mp4") as path:
        yield path
