"""The error tree: every error landfast raises on purpose, each branch with its exit code.

    LandfastError
    ├── InputError          2  a file, option or record that cannot be used as given
    ├── Unsupported         3  a request that a model cannot honour; raised before any cost
    ├── GeneratorError      4  the generator did not deliver
    │   ├── Refused            not taken, by policy or as it stands: final
    │   ├── Throttled          come back later
    │   ├── Unreachable        the service did not answer
    │   └── BrokenOutput       it answered with something that is not the clip asked for
    ├── BudgetSpent         5  the hard cap is reached; what is done stays usable
    └── LedgerCorrupt       6  the run's memory cannot be trusted

A message is one line: what is wrong, in which file or record, and what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class LandfastError(Exception):
    """Base of all deliberate errors.

    Attributes:
        subject: The file, record key or option the error is about.
        remedy: What the user can do, as an imperative without a full stop.
        exit_code: Exit status of the command line for this branch.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, what: str, *, subject: str = "", remedy: str = "") -> None:
        self.what = what
        self.subject = subject
        self.remedy = remedy
        super().__init__(self._line())

    def _line(self) -> str:
        head = f"{self.subject}: {self.what}" if self.subject else self.what
        line = f"{head}; {self.remedy}" if self.remedy else head
        return " ".join(line.split())


class InputError(LandfastError):
    """A file, option or record cannot be used as given."""

    exit_code = 2


class Unsupported(LandfastError):
    """A model cannot honour the request; raised before anything is spent."""

    exit_code = 3


class GeneratorError(LandfastError):
    """A generator did not deliver a take."""

    exit_code = 4


class Refused(GeneratorError):
    """The service does not take the order, by policy or as it stands; asking again is no help."""


class Throttled(GeneratorError):
    """The service asks to slow down."""


class Unreachable(GeneratorError):
    """The service could not be reached."""


class BrokenOutput(GeneratorError):
    """The service delivered something that is not the clip asked for."""


class BudgetSpent(LandfastError):
    """The hard cap on spending is reached."""

    exit_code = 5


class LedgerCorrupt(LandfastError):
    """The run's ledger cannot be read or contradicts itself."""

    exit_code = 6
