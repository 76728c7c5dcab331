"""A dialect's exchanges played over a transport."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from landfast.errors import BrokenOutput, LandfastError
from landfast.generators.remote.dialect import Answer, Call, Dialect, Failure, Script
from landfast.generators.remote.errors import AUTO_RETRIED, Waiting, raised

if TYPE_CHECKING:
    from landfast.generators.remote.transport import Transport

T = TypeVar("T")

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What a dialect raises where an answer is not of the shape that it knows."""


class Exchange:
    """One service, spoken to in its own language."""

    def __init__(self, dialect: Dialect, transport: Transport) -> None:
        self.dialect, self.transport = dialect, transport

    @property
    def name(self) -> str:
        """The service's name, for errors."""
        return self.dialect.service.name

    def send(self, call: Call) -> Answer:
        """One call; see `Transport.send`."""
        return self.transport.send(call)

    def run(self, script: Script[T]) -> T:
        """Play a script to its end.

        Raises:
            Waiting: The service is busy or broken for the moment.
            BrokenOutput: It answers with something that cannot be read.
            LandfastError: It declines, as `errors.raised` has it.
        """
        answer: Answer | None = None
        while True:
            try:
                call = next(script) if answer is None else script.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            except UNREADABLE as error:
                raise self.unreadable() from error
            self.transport.pause(call.after_s)
            answer = self.send(call)
            if not 200 <= answer.status < 300:
                raise self._error(answer)

    def failure(self, answer: Answer) -> Failure:
        """What an answer other than 2xx means, without secrets."""
        try:
            found = self.dialect.failure(answer)
        except UNREADABLE as error:
            raise self.unreadable() from error
        return self.redacted(found)

    def redacted(self, failure: Failure) -> Failure:
        """The same failure without secrets in its words."""
        return Failure(
            reason=failure.reason,
            message=self.transport.redacted(failure.message),
            retry_after_s=failure.retry_after_s,
        )

    def unreadable(self) -> BrokenOutput:
        """The service answered with something that its dialect does not know."""
        return BrokenOutput("answered with something that cannot be read", subject=self.name)

    def _error(self, answer: Answer) -> LandfastError:
        failure = self.failure(answer)
        if answer.status >= 500 or failure.reason in AUTO_RETRIED:
            return Waiting(failure, subject=self.name)
        return raised(failure, self.dialect.service)
