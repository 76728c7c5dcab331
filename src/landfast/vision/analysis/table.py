"""The table of measurements: one row for each shown frame of a clip."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from arro3.core import Array, Table, fixed_size_list_array, list_flatten
from arro3.io import read_parquet, write_parquet

from landfast.errors import InputError
from landfast.media.files import input_error, write_bytes
from landfast.model.arrays import Bool, Float32, Float64, Int8, Int16, Int64

LAYOUT_SIZE = 112
"""Length of the layout descriptor, see `landfast.vision.analysis.layout`."""
SIDES = ("", "left", "right", "top", "bottom")
"""Meaning of the codes in `occluded_side`."""
_MATRIX = tuple(f"h{row}{column}" for row in range(3) for column in range(3))


@dataclass(frozen=True, eq=False)
class FrameTable:
    """Columns of equal length, read-only. NaN means: not measured; never a guess.

    Lengths are source pixels, grey levels run from 0 to 255 (full range luma), shares from 0 to 1.
    What is said of a pair of frames (k, k + 1) stands in row k, so it is NaN in the last row and
    before a cut. What compares a frame with the one before stands in the later frame's row.
    """

    tick: Int64[np.ndarray, " frame"]
    """Presentation time in ticks of the clip's time base."""
    time_s: Float64[np.ndarray, " frame"]
    """The same in seconds."""
    luma_mean: Float32[np.ndarray, " frame"]
    """Mean luma, grey levels."""
    luma_p01: Float32[np.ndarray, " frame"]
    """First percentile of luma, grey levels."""
    luma_p99: Float32[np.ndarray, " frame"]
    """99th percentile of luma, grey levels."""
    clip_low: Float32[np.ndarray, " frame"]
    """Share of pixels at or below level 2."""
    clip_high: Float32[np.ndarray, " frame"]
    """Share of pixels at or above level 253."""
    sharpness: Float32[np.ndarray, " frame"]
    """Fine over coarse detail, noise taken off: about 0.5 and more in focus, below 0.2 blurred."""
    sharpness_relative: Float32[np.ndarray, " frame"]
    """Sharpness over what the shot reaches within two seconds (its upper quartile)."""
    noise: Float32[np.ndarray, " frame"]
    """Standard deviation of the noise at working width, grey levels."""
    structure: Float32[np.ndarray, " frame"]
    """Share of the picture with texture that can be tracked in both directions."""
    change: Float32[np.ndarray, " frame"]
    """Mean absolute difference to the frame before at the same place, grey levels."""
    difference: Float32[np.ndarray, " frame"]
    """The same after the camera motion and a linear change of light are taken out."""
    decorrelation: Float32[np.ndarray, " frame"]
    """Share of the detail that the frame before does not explain: 0 the same, 1 unrelated."""
    is_duplicate: Bool[np.ndarray, " frame"]
    """Shows the same as the frame before, but for codec noise."""
    is_frozen: Bool[np.ndarray, " frame"]
    """Belongs to a run of duplicates amid motion."""
    occluded: Float32[np.ndarray, " frame"]
    """Share of the picture that something close suddenly hides from an edge inwards."""
    occluded_side: Int8[np.ndarray, " frame"]
    """That edge: 0 none, 1 left, 2 right, 3 top, 4 bottom."""
    cut_score: Float32[np.ndarray, " frame"]
    """Evidence that this frame starts another shot, 0 to 1."""
    is_cut: Bool[np.ndarray, " frame"]
    """True for the first frame of a shot; the first frame of the clip is none."""
    fade: Float32[np.ndarray, " frame"]
    """How far the picture has gone to black: 0 not at all, 1 black."""
    flash_score: Float32[np.ndarray, " frame"]
    """Evidence of a flash or a broken frame: unlike both sides, which are alike; 0 to 1."""
    homography: Float64[np.ndarray, "frame 3 3"]
    """Map of points of frame k to frame k + 1, source pixels, last element 1."""
    dx: Float32[np.ndarray, " frame"]
    """Motion of the picture's centre to the right, px a frame (similarity fit)."""
    dy: Float32[np.ndarray, " frame"]
    """The same downwards."""
    rotation_deg: Float32[np.ndarray, " frame"]
    """Turn of the picture, clockwise as seen, degrees a frame."""
    scale: Float32[np.ndarray, " frame"]
    """Growth of the picture, factor a frame."""
    inliers: Float32[np.ndarray, " frame"]
    """Share of tracked points that the homography explains."""
    motion_px: Float32[np.ndarray, " frame"]
    """Median displacement of tracked points, px a frame."""
    parallax_px: Float32[np.ndarray, " frame"]
    """90th percentile of what no homography explains over the baseline, px a frame."""
    baseline_frames: Int16[np.ndarray, " frame"]
    """Frames between the two views that the baseline figures compare; 0 where there are none."""
    baseline_motion_px: Float32[np.ndarray, " frame"]
    """Median displacement of points over that baseline, px."""
    rotation_misfit_px: Float32[np.ndarray, " frame"]
    """80th percentile of what no turning, zooming camera explains over that baseline, px."""
    epipolar_gain: Float32[np.ndarray, " frame"]
    """Share of points that a moving camera explains and a homography does not."""
    shake_px: Float32[np.ndarray, " frame"]
    """Departure of the picture from its smooth path, root mean square over the corners, px."""
    horizon_angle_deg: Float32[np.ndarray, " frame"]
    """Roll of the horizon; positive where the right end is lower."""
    horizon_height: Float32[np.ndarray, " frame"]
    """Height of the horizon at the centre column, share from the top."""
    horizon_confidence: Float32[np.ndarray, " frame"]
    """0 where no horizon was found (angle and height are NaN), up to 1; below a half where it
    is inferred from a ragged skyline."""
    horizon_near_px: Float32[np.ndarray, " frame"]
    """Motion beside the line that a far one would not show, working px over four frames."""
    horizon_streaks: Float32[np.ndarray, " frame"]
    """Detail across the line over that along it, just below: about 1 on a wall, more on ground."""
    layout: Float32[np.ndarray, "frame 112"]
    """Descriptor of colour and texture by place, see `landfast.vision.analysis.layout`."""

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) != 1:
            raise InputError(f"has columns of different lengths: {lengths}", subject="frame table")
        for field in fields(self):
            getattr(self, field.name).setflags(write=False)

    def __len__(self) -> int:
        return len(self.tick)

    def digest(self) -> str:
        """SHA-256 (hex) of names, types, shapes and values of all columns."""
        total = hashlib.sha256()
        for field in fields(self):
            column = np.ascontiguousarray(getattr(self, field.name))
            total.update(f"{field.name} {column.dtype.str} {column.shape}\n".encode())
            total.update(_one_nan(column).tobytes())
        return total.hexdigest()

    def to_parquet(self, path: Path) -> None:
        """Write the table, the same bytes for the same content (Zstandard, one row a frame).

        The homography stands in columns `h00` to `h22`, the layout in a list of fixed length.

        Raises:
            InputError: The file cannot be written.
        """
        buffer = BytesIO()
        write_parquet(Table.from_pydict(self._arrow_columns()), buffer, compression="zstd(3)")
        write_bytes(path, buffer.getvalue())

    def _arrow_columns(self) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        for field in fields(self):
            values = getattr(self, field.name)
            if field.name == "homography":
                flat = values.reshape(len(self), 9)
                columns |= {name: _arrow(flat[:, at]) for at, name in enumerate(_MATRIX)}
            elif field.name == "layout":
                columns["layout"] = fixed_size_list_array(_arrow(values.ravel()), LAYOUT_SIZE)
            else:
                columns[field.name] = _arrow(values)
        return columns

    @classmethod
    def from_parquet(cls, path: Path) -> FrameTable:
        """Read what `to_parquet` wrote.

        Raises:
            InputError: Missing, not Parquet, or without one of the columns.
        """
        table = _open_parquet(path)
        wanted = {field.name for field in fields(cls)} - {"homography"} | set(_MATRIX)
        if missing := sorted(wanted - set(table.schema.names)):
            raise InputError(
                f"lacks the column {missing[0]}",
                subject=str(path),
                remedy="make it anew with landfast analyze",
            )
        columns = {name: _numpy(table, name) for name in wanted}
        matrix = np.stack([columns.pop(name) for name in _MATRIX], axis=1).reshape(-1, 3, 3)
        columns["layout"] = columns["layout"].reshape(-1, LAYOUT_SIZE)
        return cls(homography=matrix, **columns)


def _arrow(values: np.ndarray) -> Any:
    return Array.from_numpy(np.ascontiguousarray(values))


def _open_parquet(path: Path) -> Any:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise input_error(error, path) from error
    if not _is_parquet(content):
        raise _not_a_table(path)
    try:
        return read_parquet(BytesIO(content)).read_all()
    except BaseException as error:
        # A broken footer makes the Parquet reader panic, which is no Exception in Python.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _not_a_table(path) from error
        raise


def _is_parquet(content: bytes) -> bool:
    """True where the file begins and ends as Parquet does and its footer fits into it."""
    if len(content) < 12 or content[:4] != b"PAR1" or content[-4:] != b"PAR1":
        return False
    footer: int = struct.unpack("<I", content[-8:-4])[0]
    return footer + 12 <= len(content)


def _not_a_table(path: Path) -> InputError:
    return InputError(
        "is not a table of measurements",
        subject=str(path),
        remedy="make it anew with landfast analyze",
    )


def _numpy(table: Any, name: str) -> np.ndarray:
    column = table.column(name)
    if name == "layout":
        flat = [np.asarray(list_flatten(chunk).to_numpy()) for chunk in column.chunks]
        return np.concatenate(flat)
    return np.array(column.to_numpy())


def _one_nan(column: np.ndarray) -> np.ndarray:
    """The column with every NaN the same bits, so that equal tables have equal digests."""
    if column.dtype.kind != "f":
        return column
    return np.where(np.isnan(column), np.array(np.nan, column.dtype), column)
