"""The takes of a study as a table, a row a take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from landfast.media.files import atomic_path
from landfast.model.study import Outcome, Study

Value = str | int | float | None

_TEXT, _WHOLE, _REAL = DataType.string(), DataType.int64(), DataType.float64()

_CELL = {"segment": _TEXT, "generator": _TEXT, "prompt": _TEXT, "seed": _WHOLE, "repeat": _WHOLE}
_TAKE = {
    "request": _TEXT,
    "state": _TEXT,
    "score": _REAL,
    "coverage": _REAL,
    "took_s": _REAL,
    "frames": _WHOLE,
    "digest": _TEXT,
    "error": _TEXT,
}
_CAMERA = ("zoom_pct", "roll_deg", "pan_pct", "tilt_pct")
_DERIVED: dict[str, tuple[DataType, Callable[[Outcome], Value]]] = {
    "failed": (_TEXT, lambda one: ",".join(one.failed)),
    "unknown": (_TEXT, lambda one: ",".join(one.unknown)),
    "seconds": (_REAL, lambda one: float(one.seconds)),
    "cost_usd": (_REAL, lambda one: float(one.cost_usd)),
}


def write_data(path: Path, study: Study) -> None:
    """Write one row a take as Parquet: cell, verdict, latency, cost, measured camera.

    Raises:
        InputError: It cannot be written.
    """
    rows = study.outcomes
    columns: dict[str, Any] = {}
    for name, kind in _CELL.items():
        columns[name] = Array([getattr(one.cell, name) for one in rows], kind)
    for name, kind in _TAKE.items():
        columns[name] = Array([getattr(one, name) for one in rows], kind)
    for name, (kind, read) in _DERIVED.items():
        columns[name] = Array([read(one) for one in rows], kind)
    for name in _CAMERA:
        values = [getattr(one.camera, name) if one.camera else None for one in rows]
        columns[name] = Array(values, _REAL)
    with atomic_path(path) as draft:
        write_parquet(Table.from_pydict(columns), str(draft))
