"""A paid order's place in the run's ledger."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from landfast.generators.remote.desk import OrderState
from landfast.ledger.ledger import Ledger
from landfast.ledger.rows import TakeRow
from landfast.media.files import sha256_file
from landfast.model.take import Ticket


class LedgerDesk:
    """Writes every step of an order down before the next is made; see `remote.desk.Desk`.

    Attributes:
        raw: Where the clip goes as it comes.
    """

    def __init__(self, ledger: Ledger, row: TakeRow, raw: str) -> None:
        self._ledger, self._key, self._name = ledger, row.key, raw
        self.raw: Path = ledger.folder / raw

    @property
    def _row(self) -> TakeRow:
        return self._ledger.take(self._key)

    @property
    def state(self) -> OrderState:
        """As the ledger has it; `delivered` only while the clip lies there unchanged."""
        row = self._row
        if row.state == "submitted":
            whole = row.raw is not None and self.raw.is_file()
            return "delivered" if whole and sha256_file(self.raw) == row.raw_sha256 else "submitted"
        return "submit_unknown" if row.state == "submit_unknown" else "intended"

    @property
    def since(self) -> str:
        """When the order was intended."""
        return self._row.created

    @property
    def ticket(self) -> Ticket | None:
        """The service's, from `submitted` on."""
        return self._row.ticket

    @property
    def number(self) -> str:
        """The job's number; empty where there is none."""
        return self._row.provider_job or ""

    @property
    def by_hand(self) -> bool:
        """True where a user named the job, so that the number may be wrong."""
        ticket = self._row.ticket
        return ticket is not None and ticket.source == "user"

    def sending(self) -> None:
        """See `Desk`."""
        self._ledger.sending(self._key)

    def unsent(self) -> None:
        """See `Desk`."""
        self._ledger.unsent(self._key)

    def submitted(self, ticket: Ticket) -> None:
        """See `Desk`."""
        self._ledger.submit(self._key, ticket)

    def delivered(self, cost_usd: Fraction | None) -> None:
        """See `Desk`."""
        self._ledger.deliver(self._key, self._name, sha256_file(self.raw), cost_usd)
