"""The table on disk and in memory."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from landfast.errors import InputError
from landfast.vision.analysis.table import LAYOUT_SIZE, FrameTable

_WHOLE = {"tick": np.int64, "occluded_side": np.int8, "baseline_frames": np.int16}


def make_table(frames: int = 5) -> FrameTable:
    """A table of arbitrary numbers with some NaN."""
    rng = np.random.default_rng(3)
    columns: dict[str, np.ndarray] = {}
    for field in fields(FrameTable):
        values = rng.normal(size=frames).astype(np.float32)
        values[-1] = np.nan
        columns[field.name] = values
    columns |= {name: np.arange(frames).astype(kind) for name, kind in _WHOLE.items()}
    columns |= {name: np.arange(frames) % 2 == 1 for name in columns if name.startswith("is_")}
    columns["time_s"] = np.arange(frames) / 25
    columns["homography"] = rng.normal(size=(frames, 3, 3))
    columns["layout"] = rng.normal(size=(frames, LAYOUT_SIZE)).astype(np.float32)
    return FrameTable(**columns)


def test_parquet_gives_the_same_table_back(tmp_path: Path) -> None:
    table, file = make_table(), tmp_path / "analysis.parquet"
    table.to_parquet(file)
    again = FrameTable.from_parquet(file)
    assert again.digest() == table.digest()
    for field in fields(table):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(table, field.name))
    make_table().to_parquet(tmp_path / "again.parquet")
    assert file.read_bytes() == (tmp_path / "again.parquet").read_bytes()


def test_the_digest_tells_any_change() -> None:
    table = make_table()
    changed = table.shake_px.copy()
    changed[2] = np.nextafter(changed[2], np.float32(9))
    assert replace(table, shake_px=changed).digest() != table.digest()
    assert make_table().digest() == table.digest()


def test_the_digest_knows_one_nan() -> None:
    table = make_table()
    other = table.shake_px.copy()
    other[-1] = -np.float32(np.nan)
    assert replace(table, shake_px=other).digest() == table.digest()


def test_columns_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        make_table().dx[0] = 1


@pytest.mark.parametrize("content", [b"", b"PAR1" * 4, b"text", b"PAR1" + bytes(20) + b"PAR1"])
def test_a_broken_table_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "analysis.parquet"
    file.write_bytes(content)
    with pytest.raises(InputError, match="is not a table of measurements"):
        FrameTable.from_parquet(file)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        FrameTable.from_parquet(tmp_path / "none.parquet")
