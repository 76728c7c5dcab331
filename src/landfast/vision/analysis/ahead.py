"""The frames of one pass over a clip, decoded and reduced ahead of who measures them.

Loads little: the decoder is at work while the rest is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from landfast.media.ahead import run_ahead
from landfast.media.decode import decode
from landfast.model.clip import Clip

if TYPE_CHECKING:
    from landfast.vision.analysis.working import WorkingFrame

_STRIP = 12
_AHEAD = 24
"""Frames that may wait to be measured: at 0.8 MB each they bridge what is loaded meanwhile."""


def begin(path: Path, clip: Clip, *, threads: int = 0) -> Iterator[WorkingFrame]:
    """The frames to `observe`; from this call on they are decoded and reduced, a second ahead.

    Args:
        path: The video file.
        clip: What `probe` found in it.
        threads: 0 for as many as there are cores; 1 to decode and measure in turn.
    """
    frames = _reduced(path, clip, threads)
    return frames if threads == 1 else run_ahead(frames, depth=_AHEAD)


def _reduced(path: Path, clip: Clip, threads: int) -> Iterator[WorkingFrame]:
    strip = strip_indices(clip.frames)
    for picture in decode(path, clip, threads=threads):
        # Loaded while the decoder is at work.
        from landfast.vision.analysis.working import WorkingFrame

        yield WorkingFrame.of(picture, strip=strip)


def strip_indices(frames: int) -> frozenset[int]:
    """Frames at the middle of each of twelve equal parts of the clip."""
    return frozenset((2 * part + 1) * frames // (2 * _STRIP) for part in range(_STRIP))
