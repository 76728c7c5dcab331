from __future__ import annotations

from pathlib import Path

import pytest

from landfast.media.layers.read import few_threads
from landfast.media.probe import probe


@pytest.mark.parametrize(
    ("width", "height", "most"), [(1920, 1080, 64), (3840, 2160, 8), (7680, 4320, 2)]
)
def test_threads_hold_no_more_than_half_a_gigabyte(
    monkeypatch: pytest.MonkeyPatch, karma: Path, width: int, height: int, most: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    clip = probe(karma).model_copy(update={"width": width, "height": height})
    assert 1 <= few_threads(clip) <= most
    assert 8 * width * height * few_threads(clip) <= 512 << 20
