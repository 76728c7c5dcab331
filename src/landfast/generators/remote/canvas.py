"""The picture that is sent to a service, and where the anchors stand in its clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Canvas:
    """The picture that is sent, and where on it the footage stands; all in pixels."""

    width: int
    height: int
    left: int
    top: int
    picture_width: int
    picture_height: int

    @property
    def filled(self) -> bool:
        """True where the footage does not cover it."""
        return (self.picture_width, self.picture_height) != (self.width, self.height)


@dataclass(frozen=True, slots=True)
class Keyframe:
    """An anchor and the frame of the take at which it stands."""

    role: Literal["first", "last"]
    index: int
