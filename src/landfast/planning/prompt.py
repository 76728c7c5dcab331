"""Words for a take: short by rule, the camera's move as it was measured, and nothing of the scene.

The anchors show the scene already; words about it invite the model to paint another. What words can
add is the camera: which way it goes and how fast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from landfast.model.plan import Generate
from landfast.model.profile import Profile
from landfast.model.study import PromptMotion

STATIC: Final = "Static landscape, camera motion only"
STRICT: Final = "Nothing in the scene moves or changes"
NEGATIVE: Final = "morphing, texture warping, blurry, camera shake"
"""What takes between landscapes go wrong by."""
WORDS_MOST: Final = 40
"""Above so many words a prompt describes the scene rather than the camera."""

STILL_SHARE: Final = 0.01
"""Below this share of the picture's width a second nothing is said to move."""
SLOW, FAST = 0.06, 0.25
"""Shares of the picture's width (or of its scale) a second: below slowly, above fast."""
PARALLAX_SHARE: Final = 0.12
"""Parallax over motion from which a sideways move is the camera's own, not a turn of its head."""


@dataclass(frozen=True, slots=True)
class Move:
    """How the camera moves around a gap, measured on the footage on both sides.

    Attributes:
        right: Motion of the picture's content to the left, in picture widths a second.
        up: Motion of the content downwards, in picture widths a second.
        forward: Growth of the picture a second (0.1: a tenth larger).
        turn_deg: Clockwise roll of the camera, degrees a second.
        parallax: Share of the motion that no turning of the camera explains; None where unknown.
    """

    right: float
    up: float
    forward: float
    turn_deg: float
    parallax: float | None


def camera_words(move: Move | None) -> str:
    """The strongest part of a move as film crews say it, with its speed; empty where unknown."""
    if move is None:
        return ""
    parts = {
        "forward": abs(move.forward),
        "right": abs(move.right),
        "up": abs(move.up),
        "turn": abs(math.radians(move.turn_deg)),
    }
    strongest = max(parts, key=lambda name: parts[name])
    if parts[strongest] < STILL_SHARE:
        return "camera holds still"
    return f"{speed_word(parts[strongest])} {_named(strongest, move)}".strip()


def _named(strongest: str, move: Move) -> str:
    travels = move.parallax is not None and move.parallax >= PARALLAX_SHARE
    if strongest == "forward":
        return "push in" if move.forward > 0 else "pull out"
    if strongest == "turn":
        return "roll clockwise" if move.turn_deg > 0 else "roll counterclockwise"
    if strongest == "right":
        return f"{'orbit' if travels else 'pan'} {'right' if move.right > 0 else 'left'}"
    way = "up" if move.up > 0 else "down"
    return f"crane {way}" if travels else f"tilt {way}"


def speed_word(share: float) -> str:
    """A speed in shares of the picture a second as a word; empty for an ordinary one."""
    if share < SLOW:
        return "slow"
    return "fast" if share > FAST else "steady"


def measured_words(motions: Sequence[PromptMotion], generator: str, move: Move | None) -> str:
    """The prompt that moved the same model's camera most like this, as a study measured it.

    Args:
        motions: What prompts did, from studies.
        generator: Name of the profile.
        move: What is wanted; None where unknown.

    Returns:
        Empty where no prompt comes nearer to the move than standing still does.
    """
    if move is None:
        return ""
    wanted = (move.forward, move.right, move.up, math.radians(move.turn_deg))
    found = [
        (math.dist(wanted, rates), one.prompt)
        for one in motions
        if one.generator == generator and one.prompt and (rates := _rates(one)) is not None
    ]
    distance, prompt = min(found, default=(math.inf, ""))
    return prompt if distance < math.hypot(*wanted) else ""


def _rates(motion: PromptMotion) -> tuple[float, float, float, float] | None:
    """Zoom, pan, tilt (shares a second) and roll (radians a second)."""
    measured = (motion.zoom_pct, motion.pan_pct, motion.tilt_pct, motion.roll_deg)
    zoom, pan, tilt, roll = (one.value for one in measured)
    if zoom is None or pan is None or tilt is None or roll is None:
        return None
    seconds = float(motion.seconds)
    shares = (zoom / 100 / seconds, pan / 100 / seconds, tilt / 100 / seconds)
    return (*shares, math.radians(roll) / seconds)


def camera_prompt(move: Move | None, profile: Profile, *, own: str = "") -> tuple[str, str]:
    """Prompt and negative prompt for a take.

    Args:
        move: As measured; None where it could not be.
        profile: The model; one that takes no words is given none.
        own: The user's words, in place of the template.

    Returns:
        The prompt, and the negative prompt where the model takes either: what takes none has it
        folded into the prompt when the request is lowered.
    """
    if not profile.prompt:
        return "", ""
    words = [part for part in (STATIC, camera_words(move)) if part]
    return own or ", ".join(words) + ".", NEGATIVE


def tightened(segment: Generate, profile: Profile) -> Generate:
    """The same segment asked for more strictly: what was preferred is required, fewer freedoms.

    Where the model takes no words and nothing was merely preferred it stays as it is.
    """
    required = tuple(one.model_copy(update={"strength": "required"}) for one in segment.constraints)
    prompt = segment.prompt
    if profile.prompt and STRICT not in prompt:
        prompt = f"{prompt.rstrip('. ')}. {STRICT}." if prompt else f"{STATIC}. {STRICT}."
    return segment.model_copy(update={"constraints": required, "prompt": prompt})


def complaint(prompt: str) -> str:
    """Why a prompt is likely to harm; empty where it is short enough."""
    count = len(prompt.split())
    if count <= WORDS_MOST:
        return ""
    return (
        f"the prompt has {count} words: the anchors show the scene already, and words about it "
        f"invite another; say what the camera does, in {WORDS_MOST} words or fewer"
    )
