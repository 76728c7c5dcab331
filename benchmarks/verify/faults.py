"""All takes that are made from a stretch."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.verify.cases import Case
from benchmarks.verify.clean import clean_takes
from benchmarks.verify.faults_local import local_faults
from benchmarks.verify.faults_whole import whole_faults
from benchmarks.verify.sources import Stretch


def cases(stretch: Stretch) -> Iterator[Case]:
    """Clean takes first, then every fault at every magnitude."""
    yield from clean_takes(stretch)
    yield from local_faults(stretch)
    yield from whole_faults(stretch)
