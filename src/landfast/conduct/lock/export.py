"""Writes the tracks of a lock in other programs' formats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from landfast.compose.lock.export import (
    after_effects,
    exr_files,
    nuke_chan,
    nuke_corner_pin,
    pins,
    st_map,
)
from landfast.media.files import make_folder, write_bytes, write_text
from landfast.model.lock import Lock
from landfast.vision.overlay.maps import Map
from landfast.vision.overlay.measure import LockMeasure
from landfast.vision.overlay.scene.ways import Way, flat

_TURNING = ("rotation", "rotation with horizon", "far layer")


def write_tracks(
    folder: Path, result: Lock, warps: Sequence[Map | None], measure: LockMeasure
) -> dict[str, str]:
    """The files by role.

    Raises:
        InputError: They cannot be written.
    """
    make_folder(folder)
    size = {"width": result.width, "height": result.height}
    moves: Sequence[Map | None] = warps or [None] * result.frames
    corners = pins(moves, **size)
    texts = {
        "after effects": (
            "after_effects_corner_pin.txt", after_effects(corners, fps=result.fps, **size),
        ),
        "nuke": ("nuke_corner_pin.nk", nuke_corner_pin(corners, **size)),
        "json": ("lock.json", result.to_json()),
    }  # fmt: skip
    swim = measure.swim
    if swim is not None and result.model in _TURNING:
        chan = nuke_chan(_flat(swim.maps), focal_px=measure.focal_px, **size)
        texts["nuke camera"] = ("camera.chan", chan)
    for name, text in texts.values():
        write_text(folder / name, text)
    make_folder(folder / "st_map")
    maps = (st_map(by, **size) for by in moves)
    for number, data in enumerate(exr_files(maps), start=1):
        write_bytes(folder / "st_map" / f"st_map_{number:06d}.exr", data)
    written = {role: str(folder / name) for role, (name, _) in texts.items()}
    return written | {"st maps": str(folder / "st_map")}


def _flat(ways: Sequence[Way | None]) -> list[Map | None]:
    return [None if way is None else flat(way) for way in ways]
