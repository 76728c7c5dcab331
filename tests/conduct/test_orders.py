"""Money: an order is sent once and its clip is never lost, whatever breaks or is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNS = 250
"""For each of the two ways: a service that cannot list its jobs, and one that can."""


@pytest.mark.parametrize("name", ["luma", "luma-legacy"])
def test_nothing_is_paid_twice_and_nothing_paid_for_is_lost(name: str) -> None:
    script = Path(__file__).with_name("scripted.py")
    done = subprocess.run(
        [sys.executable, str(script), name, str(RUNS)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    assert found["runs"] >= RUNS
    assert found["killed"] > RUNS
