"""One attempt at a segment: what is asked, and what came back."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import Field

from landfast.model import notebook
from landfast.model.constraint import Constraint
from landfast.model.record import Document, Record, canonical
from landfast.model.time import Rational, Span


class Footage(Record):
    """The real footage around a gap: a clip and the span that is missing."""

    clip: str
    """Content id of the clip."""
    span: Span


Region = tuple[float, float, float, float]
"""Where in the picture: x, y, width, height as shares of the frame."""


class Patch(Record):
    """Only a part of the picture is wanted: the rest stays that of another take."""

    base: str
    """Key of the request whose take holds the rest."""
    regions: tuple[Region, ...] = Field(min_length=1)
    """Where that take failed."""


class Request(Document):
    """What one take asks for; its `key` identifies the take, so equal requests are paid once."""

    segment: str
    generator: str
    """Profile name."""
    prompt: str = ""
    negative_prompt: str = ""
    first: str
    """Content id of the first frame's pixels."""
    last: str
    """Content id of the last frame's pixels."""
    constraints: tuple[Constraint, ...]
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    frames: int = Field(ge=2)
    """Frames of the take, both anchors included."""
    fps: Rational
    seed: int = Field(default=0, ge=0)
    footage: Footage | None = None
    settings: dict[str, float] = Field(default_factory=dict)
    """Creative settings by the name of the profile's knobs, those alone that the model has."""
    repeat: int = Field(default=0, ge=0)
    """Counts up where the very same take is wanted once more, to compare: only in studies."""
    patch: Patch | None = None
    """Where only a part of the picture is left to fill."""

    @property
    def key(self) -> str:
        """As of every record; requests for whole pictures have the key that they always had."""
        body = self.model_dump(mode="json")
        if self.patch is None:
            del body["patch"]
        return hashlib.sha256(canonical(body).encode()).hexdigest()


TakeState = Literal[
    "intended", "submit_unknown", "submitted", "done", "failed", "accepted", "rejected"
]
"""`submit_unknown`: the order is on its way, or was when the process ended; nobody knows whether
the service took it."""


class Ticket(Record):
    """What a service gave for an order: enough to ask after it, cancel it, fetch it."""

    id: str = Field(min_length=1)
    """The service's own number."""
    urls: dict[str, str] = Field(default_factory=dict)
    """Addresses that the service gave and wants used; none of them opens anything by itself."""
    cost_usd: Rational | None = None
    """Price that the service named when it took the order."""
    source: Literal["service", "user"] = "service"
    """Who gave the number."""


class Ordered(Record):
    """What a service was asked for, in its own terms."""

    model: str
    size: str
    """The service's name for the size, or its pixels."""
    seconds: Rational
    frames: int = Field(gt=0)
    seed: int | None
    """None where the service has none: takes cannot be locked there."""
    prompt: str
    negative_prompt: str
    price_usd: Rational
    """List price."""
    adjustments: tuple[str, ...] = ()
    """What was changed to fit the model, in words."""
    dropped: tuple[str, ...] = ()
    """Constraints that the model is not asked for, and what is done instead."""


class Take(Document):
    """One generated clip."""

    request: str
    """Key of the request."""
    generator: str
    file: str
    """Path relative to the run's folder."""
    sha256: str
    frames: int = Field(gt=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    provider_job: str | None = None
    cost_usd: Rational
    took_s: float = Field(ge=0)
    adjustments: tuple[str, ...] = ()
    """What was done to the clip as it came to meet the footage, and what that brought."""

    def _repr_html_(self) -> str:
        """The take in a notebook."""
        facts = (
            ("file", self.file),
            ("generator", self.generator),
            ("frames", f"{self.frames} of {self.width}x{self.height}"),
            ("took", notebook.seconds(self.took_s)),
            ("cost", f"{float(self.cost_usd):.2f} USD"),
            ("provider job", self.provider_job),
        )
        return notebook.shown("Take", notebook.pairs(facts))
