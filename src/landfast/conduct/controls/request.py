"""The controls that a generator is sent with a request, for the kinds that its model takes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, get_args

from landfast.conduct.controls.kinds import Made, make
from landfast.conduct.controls.reel import Reel
from landfast.conduct.controls.work import Work
from landfast.conduct.progress import Progress
from landfast.generators.base import Control
from landfast.generators.conventions import convention_of
from landfast.model.clip import Clip
from landfast.model.controls import ControlGap, ControlGrid, ControlKind
from landfast.model.measured import Fault
from landfast.model.profile import Profile
from landfast.model.take import Request
from landfast.planning.control_grid import anchored_frames

_FROM_ANCHORS: Final = ("mask", "source")
"""Kinds that need nothing of the footage between the anchors."""
_SOUND: Final[frozenset[Fault]] = frozenset({"chosen"})
"""Faults that leave the footage between the anchors fit to be measured: the user wants it
replaced, nothing is wrong with it. What was shaken or covered must not be asked for again."""


def controls_for(
    request: Request,
    profile: Profile,
    footage: Path,
    clip: Clip,
    *,
    anchors: tuple[int, int],
    faults: Iterable[Fault] = (),
    progress: Progress | None = None,
) -> tuple[Control, ...]:
    """Control videos on the request's own frames and size, one of each kind the profile takes.

    Frame k of n stands for the time `k / (n - 1)` of the way from anchor to anchor, as the take's
    frames do when they are laid on the film. Depth and edges come from the real frames between
    the anchors, so they are left out where these have a fault; what could not be measured is left
    out as well.

    Args:
        footage: The clip's file.
        anchors: Indices of the start and end anchor among the clip's shown frames.
        faults: Why the span is replaced.
    """
    takes = [kind for kind in get_args(ControlKind) if kind in profile.controls]
    sound = _SOUND.issuperset(faults)
    kinds: list[ControlKind] = [kind for kind in takes if sound or kind in _FROM_ANCHORS]
    if not kinds:
        return ()
    work = _work(request, profile, footage, clip, anchors, progress)
    made = (make(work, kind) for kind in kinds)
    return tuple(one.control for one in made if isinstance(one, Made))


def _work(
    request: Request,
    profile: Profile,
    footage: Path,
    clip: Clip,
    anchors: tuple[int, int],
    progress: Progress | None,
) -> Work:
    frames = anchored_frames(clip, *anchors, request.frames)
    grid = ControlGrid(
        width=request.width,
        height=request.height,
        frames=request.frames,
        fps=request.fps,
        crop=(0, 0, clip.width, clip.height),
        source_width=clip.width,
        source_height=clip.height,
    )
    gap = ControlGap(
        asked=None, start=1, stop=request.frames - 1, reason="everything between the anchors"
    )
    convention = convention_of(profile, clip.fps)
    return Work(Reel(footage, clip, grid, frames), convention, gap, progress=progress)
