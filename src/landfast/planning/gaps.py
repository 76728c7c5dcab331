"""Is a measured gap to be bridged, split at real frames inside it, or refused?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from landfast.errors import Unsupported
from landfast.model.measured import Gap
from landfast.model.profile import Profile
from landfast.planning.grid import fit_frames

LEAST_CHANCE = 0.15
"""Below this chance of acceptance, about seven takes for one, a bridge is not tried."""
SPLIT_CHANCE = 0.5
"""Below this chance shorter bridges are tried, where good real frames lie in between."""

WORDS = {
    "unknown": "the gap could not be measured",
    "unrelated": "the anchors do not show the same scene",
    "too wide": "the anchors lie too far apart",
}
"""Why a gap in one of these states is not bridged; its reason holds the numbers."""


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
        return Decision("split", obstacle or _unlikely(gap), possible=not obstacle)
    if obstacle:
        return Decision("refuse", obstacle, possible=False)
    return Decision("accept", gap.reason, possible=True)


def _obstacle(gap: Gap, frames: int, fps: Fraction, profile: Profile) -> str:
    """Why no bridge can be made; empty where one can."""
    try:
        fit_frames(frames, fps, profile)
    except Unsupported as error:
        return str(error)
    if gap.state != "bridgeable":
        words = WORDS[gap.state]
        return gap.reason if gap.reason.startswith(words) else f"{words}: {gap.reason}"
    if gap.chance is not None and gap.chance < LEAST_CHANCE:
        return _unlikely(gap)
    return ""


def _unlikely(gap: Gap) -> str:
    return f"a bridge would hardly pass (chance {gap.chance:.2f}): {gap.reason}"


def likelihood(gap: Gap) -> float:
    """How promising a gap is, in [0, 1], to rank pairs by: its chance, else its overlap.

    Zero for gaps that cannot be bridged.
    """
    if gap.state != "bridgeable":
        return 0.0
    if gap.chance is not None:
        return gap.chance
    return 0.5 if gap.overlap is None else gap.overlap
