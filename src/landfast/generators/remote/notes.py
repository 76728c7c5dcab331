"""What was changed to fit a model, in words."""

from __future__ import annotations

from fractions import Fraction

from landfast.generators.remote.canvas import Canvas, Keyframe
from landfast.model.profile import Profile
from landfast.model.take import Request

PATCHING = ("source", "mask")
"""Controls that ask for a part of the picture alone."""


def lengthened(request: Request, frames: int, seconds: Fraction) -> tuple[str, ...]:
    """Frames beyond those needed."""
    if frames == request.frames:
        return ()
    return (
        f"{frames} frames ({float(seconds):g} s) asked for, its shortest length that holds the "
        f"{request.frames} needed",
    )


def placed(canvas: Canvas) -> tuple[str, ...]:
    """Where the footage stands on a larger picture."""
    if not canvas.filled:
        return ()
    return (
        f"footage set on {canvas.width}x{canvas.height} at {canvas.picture_width}x"
        f"{canvas.picture_height}, edges mirrored outwards and cut off again",
    )


def unseeded(profile: Profile) -> tuple[str, ...]:
    """That takes cannot be locked."""
    return () if profile.seed else ("no seed: the service has none, takes cannot be locked",)


def unanchored(keyframes: tuple[Keyframe, ...]) -> tuple[str, ...]:
    """Anchors that are not sent."""
    missing = {"first", "last"} - {one.role for one in keyframes}
    return tuple(f"the {role} anchor is not sent: checked only" for role in sorted(missing))


def patched(request: Request, taken: tuple[str, ...]) -> tuple[str, ...]:
    """How a part of the picture is asked for."""
    if request.patch is None:
        return ()
    if set(PATCHING) <= set(taken):
        return ("only the masked part of the picture is asked for",)
    return ("the whole picture is asked for, and only a part of it used: the model takes no mask",)
