"""A take on a model's own grid: rate, frame count and size that it can deliver."""

from __future__ import annotations

import math
from fractions import Fraction

from landfast.errors import Unsupported
from landfast.model.profile import Profile


def fit_frames(frames: int, fps: Fraction, profile: Profile) -> tuple[int, Fraction]:
    """Frame count and rate of the shortest take of `profile` that spans the wanted one.

    Args:
        frames: Wanted frames, both anchors included.
        fps: Wanted frames per second.
        profile: The model; where its grid holds the wanted take, that is the answer.

    Raises:
        Unsupported: Every take that the model can make is shorter.
    """
    given = min(profile.fps, key=lambda one: (abs(one - fps), -one), default=fps)
    seconds = Fraction(frames - 1) / fps
    wanted = frames if given == fps else math.ceil(seconds * given) + 1
    if profile.durations_s:
        wanted = math.ceil(_length(seconds, profile) * given) + 1
    count = profile.frame_rule.fit(wanted)
    if count is None:
        raise Unsupported(
            f"cannot make {wanted} frames in one take, at most {profile.frame_rule.most}",
            subject=profile.name,
            remedy="replace a shorter span or choose another generator",
        )
    return count, given


def _length(seconds: Fraction, profile: Profile) -> Fraction:
    """Shortest of the model's fixed lengths that holds `seconds`."""
    lengths = [length for length in profile.durations_s if length >= seconds]
    if not lengths:
        raise Unsupported(
            f"cannot make a take of {float(seconds):.3f} s, "
            f"its longest is {float(max(profile.durations_s)):g} s",
            subject=profile.name,
            remedy="replace a shorter span or choose another generator",
        )
    return min(lengths)


STRETCH = Fraction(1, 100)
"""A picture may be stretched to a model's shape by this much; more is filled up instead."""


def fit_size(width: int, height: int, profile: Profile) -> tuple[int, int]:
    """Size in pixels at which the model makes pictures of that shape.

    Models of fixed sizes: as large as the whole picture stands in the size that suits it best,
    or exactly that size where the shapes nearly agree. Others: the largest size within the given
    one that the size multiple allows.

    Raises:
        Unsupported: The picture is smaller than the multiple.
    """
    if profile.sizes:
        size = profile.sized(width, height).sizes[0]
        return within(width, height, size.width, size.height)
    step = profile.size_multiple
    if min(width, height) < step:
        raise Unsupported(
            f"makes pictures in multiples of {step} pixels, the clip has {width}x{height}",
            subject=profile.name,
            remedy="use larger footage or choose another generator",
        )
    return width // step * step, height // step * step


def within(width: int, height: int, room_width: int, room_height: int) -> tuple[int, int]:
    """Even size at which a whole picture stands in a room; the room's where shapes nearly agree."""
    scale = min(Fraction(room_width, width), Fraction(room_height, height))
    wide, high = (
        max(2, min(room, 2 * round(side * scale / 2)))
        for side, room in ((width, room_width), (height, room_height))
    )
    if wide >= room_width * (1 - STRETCH) and high >= room_height * (1 - STRETCH):
        return room_width, room_height
    return wide, high
