"""What is asked of a take, and how a model meets it."""

from __future__ import annotations

from landfast.model.constraint import (
    Constraint,
    KeepColour,
    KeepDepth,
    KeepEndpoint,
    KeepHorizon,
    KeepMotion,
    KeepPersistence,
    KeepScene,
    KeepSteady,
    KeepTexture,
)

MOTION_FRAMES = 2
"""Real frames needed on a side, the anchor included, to measure the velocity there."""


def constraints(
    start_image: str, end_image: str, *, real_before: int, real_after: int
) -> tuple[Constraint, ...]:
    """What a bridge between two anchors has to keep.

    Args:
        start_image: Content id of the start anchor's pixels.
        end_image: Content id of the end anchor's pixels.
        real_before: Kept frames up to the start anchor, itself included.
        real_after: Kept frames from the end anchor on, itself included.

    Returns:
        Endpoints, scene, persistence, texture, motion, steadiness, colour, horizon and depth.
        Where a side has too few real frames to show its velocity, motion is only preferred and
        depth not asked for: what is not measured cannot be required.
    """
    measured = min(real_before, real_after) >= MOTION_FRAMES
    return (
        KeepEndpoint(at="start", image=start_image),
        KeepEndpoint(at="end", image=end_image),
        KeepScene(),
        KeepPersistence(),
        KeepTexture(),
        KeepMotion(strength="required" if measured else "preferred"),
        KeepSteady(),
        KeepColour(),
        KeepHorizon(),
        *([KeepDepth()] if measured else []),
    )
