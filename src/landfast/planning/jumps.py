"""Jumps: two pieces of the same scene set hard against each other, or frames left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landfast.planning.runs import Values, rolling_median
from landfast.vision.analysis.table import FrameTable

ALIKE = 0.4
"""Layout distance below which both sides of a cut show the same scene; 1 is unrelated."""
LEAP_SHARE = 0.015
"""Leap of the picture in one frame, as a share of the width, that may pass as a hiccup."""
LEAP_FACTOR = 4.0
"""Leap over the usual motion nearby that makes a jump."""
BORDER_S = 0.2
"""Footage given up on each side of a jump, so that the camera can travel across it."""
NEAR_S = 0.5
"""How far the usual motion is looked for."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A joint between frame `at - 1` and frame `at` that shows."""

    at: int
    ratio: float
    """Evidence over limit, at least 1."""
    reason: str

    def frames(self, total: int, fps: float) -> range:
        """The frames around the joint that are given up."""
        border = max(1, round(BORDER_S * fps))
        return range(max(0, self.at - border), min(total, self.at + border))


def jumps(table: FrameTable, shots: Sequence[range], width: int, fps: float) -> tuple[Jump, ...]:
    """All jumps of a clip: between shots of one scene, and leaps inside a shot."""
    found = [
        *(jump for at in (shot.start for shot in shots) for jump in _same_scene(table, at)),
        *(jump for shot in shots for jump in _leaps(table, shot, width, fps)),
    ]
    return tuple(sorted(found, key=lambda jump: jump.at))


def _same_scene(table: FrameTable, at: int) -> list[Jump]:
    """A cut between two pieces that show the same scene."""
    if at == 0 or not table.is_cut[at]:
        return []
    before = np.median(np.asarray(table.layout[max(0, at - 3) : at], np.float64), axis=0)
    after = np.median(np.asarray(table.layout[at : at + 3], np.float64), axis=0)
    distance = float(np.linalg.norm(before - after))
    if distance >= ALIKE:
        return []
    reason = f"a cut within one scene: the layout changes by {distance:.2f}, 1 is another scene"
    return [Jump(at, ALIKE / max(distance, 0.1 * ALIKE), reason)]


def _leaps(table: FrameTable, shot: range, width: int, fps: float) -> list[Jump]:
    """Single steps of the picture far beyond the motion nearby, from which it does not return."""
    rows = slice(shot.start, shot.stop)
    motion = np.asarray(table.motion_px[rows], np.float64)
    usual = rolling_median(motion, max(3, round(NEAR_S * fps)))
    limit = np.maximum(LEAP_FACTOR * usual, usual + LEAP_SHARE * width)
    ratio = np.nan_to_num(motion / np.maximum(limit, 1e-6))
    moves = np.stack([table.dx[rows], table.dy[rows]], axis=1).astype(np.float64)
    return [
        Jump(shot.start + at + 1, float(ratio[at]), _leap_reason(motion[at], usual[at]))
        for at in np.flatnonzero(ratio >= 1).tolist()
        if at + 1 < len(motion) and _alone(ratio, at) and _stays(moves, at)
    ]


def _leap_reason(motion: float, usual: float) -> str:
    return f"the picture leaps {motion:.1f} px in one frame, where {usual:.1f} px is usual"


def _alone(ratio: Values, at: int) -> bool:
    """True where the neighbouring steps are ordinary: shaking makes several large ones."""
    sides = np.concatenate([ratio[max(0, at - 2) : at], ratio[at + 1 : at + 3]])
    return not (sides >= 0.5).any()


def _stays(moves: np.ndarray, at: int) -> bool:
    """True where the steps around do not undo the leap."""
    around = np.nan_to_num(moves[max(0, at - 4) : at + 5])
    usual = np.median(around, axis=0)
    leap = np.nan_to_num(moves[at]) - usual
    net = (around - usual).sum(axis=0)
    length = float(np.hypot(*leap))
    return length > 0 and float(net @ leap) / length**2 > 0.6
