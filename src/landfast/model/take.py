"""One attempt at a segment: what is asked, and what came back."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from landfast.model.constraint import Constraint
from landfast.model.record import Document, Record
from landfast.model.time import Rational, Span


class Footage(Record):
    """The real footage around a gap: a clip and the span that is missing."""

    clip: str
    """Content id of the clip."""
    span: Span


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
    repeat: int = Field(default=0, ge=0)
    """Counts up where the very same take is wanted once more, to compare: only in studies."""


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
