"""Is a measured gap to be bridged, split at real frames inside it, or refused?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from landfast.errors import Unsupported
from landfast.model.measured import Gap
from landfast.model.profile import Profile
from landfast.planning.grid import fit_frames

LEAST_CHANCE = 0.1
"""Below this chance of acceptance a bridge is not worth a take."""
SPLIT_CHANCE = 0.5
"""Below this chance shorter bridges are tried, where good real frames lie in between."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a gap, and why in one sentence with numbers."""

    action: Literal["accept", "split", "refuse"]
    reason: str
    possible: bool
    """True where one bridge could be made after all if splitting does not work out."""


def decide(gap: Gap, *, frames: int, fps: Fraction, profile: Profile, splittable: bool) -> Decision:
    """Judge a measured gap before anything is paid.

    Args:
        gap: The measure between the two anchors.
        frames: Frames of the take, both anchors included.
        fps: Frames per second of the take.
        profile: The model that would make it.
        splittable: True where good real frames lie between separate faults of this gap.
    """
    obstacle = _obstacle(gap, frames, fps, profile)
    unlikely = gap.chance is not None and gap.chance < SPLIT_CHANCE
    if splittable and (obstacle or unlikely):
        return Decision("split", obstacle or _numbers(gap), possible=not obstacle)
    if obstacle:
        return Decision("refuse", obstacle, possible=False)
    return Decision("accept", _numbers(gap), possible=True)


def _obstacle(gap: Gap, frames: int, fps: Fraction, profile: Profile) -> str:
    """Why no bridge can be made; empty where one can."""
    try:
        fit_frames(frames, fps, profile)
    except Unsupported as error:
        return str(error)
    if gap.state == "unknown":
        return f"the gap could not be measured: {gap.reason} ({_numbers(gap)})"
    if gap.state == "unrelated":
        return f"the anchors do not show the same scene: {gap.reason} ({_numbers(gap)})"
    if gap.state == "too wide":
        return f"the anchors lie too far apart: {gap.reason} ({_numbers(gap)})"
    if gap.chance is not None and gap.chance < LEAST_CHANCE:
        return f"a bridge would hardly pass: {gap.reason} ({_numbers(gap)})"
    return ""


def _numbers(gap: Gap) -> str:
    """The measured numbers of a gap, those that there are."""
    parts = [f"{gap.inliers} of {gap.matches} matches agree"]
    for text, value in (
        ("overlap {:.2f}", gap.overlap),
        ("motion {:.1f} px", gap.motion_px),
        ("parallax {:.1f} px", gap.parallax_px),
        ("light change {:.1f}", gap.light_change),
        ("chance {:.2f}", gap.chance),
    ):
        if value is not None:
            parts.append(text.format(value))
    return ", ".join(parts)


def likelihood(gap: Gap) -> float:
    """How promising a gap is, in [0, 1], to rank pairs by: its chance, else its overlap.

    Zero for gaps that cannot be bridged.
    """
    if gap.state != "bridgeable":
        return 0.0
    if gap.chance is not None:
        return gap.chance
    return 0.5 if gap.overlap is None else gap.overlap
