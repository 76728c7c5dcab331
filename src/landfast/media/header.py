"""What a container's own tables claim, before anything is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from landfast.media.container import open_container, video_track
from landfast.media.iso import movie_claims


def read_header(path: Path) -> dict[str, Any]:
    """The container's claims: format, codec, size, frames, duration, rate, colour, edit list.

    For MP4 and MOV the boxes themselves are read, because FFmpeg mixes them with what it finds
    in the bitstream; for other containers FFmpeg's view is all there is.

    Raises:
        InputError: Not a file that can be opened.
    """
    with open_container(path) as container:
        video = video_track(container, path)
        seconds = container.duration
        claims: dict[str, Any] = {
            "container": container.format.name,
            "frames": video.frames or None,
            "fps": float(video.average_rate) if video.average_rate else None,
            "duration_s": None if seconds is None else seconds / 1_000_000,
            "made": container.metadata.get("creation_time"),
        }
    return claims | movie_claims(path)
