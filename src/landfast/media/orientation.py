"""Which way up a decoded picture is to be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame

from landfast.errors import InputError
from landfast.model.clip import Rotation

_TURNS: dict[int, Rotation] = {0: 0, 90: 90, 180: 180, 270: 270}


def rotation_of(frame: VideoFrame, path: Path) -> Rotation:
    """Clockwise turn that shows the picture upright.

    Raises:
        InputError: A mirrored picture, or a turn that is no multiple of a right angle.
    """
    # PyAV's annotation of this mapping names the wrong keys.
    side_data: Any = frame.side_data
    matrix = side_data.get(SideDataType.DISPLAYMATRIX)
    if matrix is not None:
        a, b, _, c, d = memoryview(bytes(matrix)).cast("i")[:5]
        if a * d - b * c < 0:
            raise _refused("mirrored", path)
    turn = -frame.rotation % 360
    if turn in _TURNS:
        return _TURNS[turn]
    raise _refused(f"turned by {turn} degrees", path)


def _refused(what: str, path: Path) -> InputError:
    return InputError(
        f"is to be shown {what}, which is not supported",
        subject=str(path),
        remedy="write it upright first with `ffmpeg -i FILE UPRIGHT`",
    )
