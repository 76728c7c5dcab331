"""The door that every generator goes through: a request and real frames in, a take's frames out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np

from landfast.errors import InputError
from landfast.model.arrays import UInt8, UInt16
from landfast.model.controls import ControlKind, Normalisation
from landfast.model.profile import Profile
from landfast.model.take import Request

Image = UInt8[np.ndarray, "height width 3"] | UInt16[np.ndarray, "height width 3"]
"""RGB of 8 or 16 bits a channel; 65535 is white in 16."""
Frame = UInt8[np.ndarray, "_ _ 3"] | UInt16[np.ndarray, "_ _ 3"]
"""An image whose size is checked with an error of ours, not by its annotation."""
Progress = Callable[[int, int], None]
"""Called with frames done and frames in all."""
CONTEXT: Final = 4
"""Real frames on either side of the anchors that a generator may use."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control video for one take.

    It has `request.frames` pictures of `request.width` x `request.height`, RGB uint8, in the
    levels of the model's convention (`landfast.model.controls.Convention`). Frame k belongs to the
    take's frame k; frame 0 shows the start anchor's time, the last frame the end anchor's.
    Pictures have the size of the anchors in `Material`: whatever an adapter does to an anchor to
    fit it to the service (scale, set on a larger picture) it does to these too. Masks and labels
    must not be interpolated: nearest neighbour, or threshold at half afterwards.

    | kind | holds |
    |---|---|
    | depth | inverse depth as grey, three equal channels; bright is near unless the convention says
      otherwise; one normalisation over all frames; every pixel has a value |
    | edges | white (255) lines, one to two pixels wide, on black (0) |
    | mask | white (255) is generated, black (0) is kept (or the reverse, where the convention says
      so); no level between |
    | labels | one flat colour a label |
    | source | the anchors where the mask keeps, the convention's unknown grey (127) elsewhere |
    | known | white where depth was measured, black where it was filled in |

    Attributes:
        kind: What the pictures show.
        count: How many there are.
        frames: Gives the pictures in order, each time from the first; nothing is held in between.
        normalisation: Of depth: grey level to inverse depth; None for other kinds.
        reason: The evidence in a sentence.
    """

    kind: ControlKind
    count: int
    frames: Callable[[], Iterator[Image]]
    normalisation: Normalisation | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """The real frames a take is made from, RGB, all of one size and at the footage's rate.

    Attributes:
        first: The start anchor: frame 0 of the take.
        last: The end anchor: its last frame.
        before: Up to `CONTEXT` frames that end just before `first`, oldest first; these and those
            after may be of 8 bits beside deeper anchors, for motion is all that is read off them.
        after: Up to `CONTEXT` frames that start just after `last`, in order.
        controls: Control videos, one of a kind, only of kinds that the model takes; a kind that
            could not be measured is missing.

    Raises:
        InputError: The frames differ in size, or the anchors in depth.
    """

    first: Frame
    last: Frame
    before: tuple[Frame, ...] = ()
    after: tuple[Frame, ...] = ()
    controls: tuple[Control, ...] = ()

    def __post_init__(self) -> None:
        sizes = {image.shape for image in (self.first, self.last, *self.before, *self.after)}
        if len(sizes) > 1:
            listed = " and ".join(f"{width}x{height}" for height, width, _ in sorted(sizes))
            raise InputError(
                f"anchors and footage differ in size: {listed}",
                subject="material",
                remedy="give frames of one size",
            )
        if self.first.dtype != self.last.dtype:
            raise InputError(
                "anchors differ in bits a channel",
                subject="material",
                remedy="give frames of one depth",
            )


@runtime_checkable
class Generator(Protocol):
    """One model that makes takes."""

    @property
    def profile(self) -> Profile:
        """What it takes, on which grid, and what it costs."""
        ...

    def make(
        self, request: Request, material: Material, *, progress: Progress | None = None
    ) -> Iterator[Image]:
        """The take's frames in order, each as soon as it is ready.

        Yields exactly `request.frames` images of `request.width` x `request.height`; the first
        is `material.first` and the last is `material.last`.

        Raises:
            Unsupported: It cannot honour the request; raised by the call itself, before any cost.
            GeneratorError: It did not deliver; raised by the call or between frames.
        """
        ...
