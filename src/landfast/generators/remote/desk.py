"""Where an order is written down, step by step, before the next step is made."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from landfast.model.take import Ticket

OrderState = Literal["intended", "submit_unknown", "submitted", "delivered"]


@runtime_checkable
class Desk(Protocol):
    """One order's place in a ledger. Every method returns when its step is on disk.

    intended --> submit_unknown --> submitted --> delivered
       ^---------------'  (certainly not taken)
    """

    @property
    def state(self) -> OrderState:
        """How far the order is."""
        ...

    @property
    def since(self) -> str:
        """UTC time of the intention, ISO 8601."""
        ...

    @property
    def ticket(self) -> Ticket | None:
        """The service's, from `submitted` on."""
        ...

    @property
    def raw(self) -> Path:
        """Where the clip goes as it comes, untouched."""
        ...

    def sending(self) -> None:
        """The next thing that happens is the paid call: from here on it may have been taken."""
        ...

    def unsent(self) -> None:
        """It was certainly not taken, and nothing is owed: back to the intention."""
        ...

    def submitted(self, ticket: Ticket) -> None:
        """The service took it under this number."""
        ...

    def delivered(self, cost_usd: Fraction | None) -> None:
        """The raw file is on disk; the charge, where the service told it."""
        ...


class LooseDesk:
    """A desk in memory, for takes that nobody keeps a ledger of."""

    def __init__(self, raw: Path) -> None:
        self.raw = raw
        self.state: OrderState = "intended"
        self.since = datetime.now(UTC).isoformat(timespec="seconds")
        self.ticket: Ticket | None = None
        self.cost_usd: Fraction | None = None

    def sending(self) -> None:
        """See `Desk`."""
        self.state = "submit_unknown"

    def unsent(self) -> None:
        """See `Desk`."""
        self.state, self.ticket = "intended", None

    def submitted(self, ticket: Ticket) -> None:
        """See `Desk`."""
        self.state, self.ticket = "submitted", ticket

    def delivered(self, cost_usd: Fraction | None) -> None:
        """See `Desk`."""
        self.state, self.cost_usd = "delivered", cost_usd
