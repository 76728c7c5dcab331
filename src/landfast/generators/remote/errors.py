"""A service's failures as landfast's errors, in one table."""

from __future__ import annotations

from fractions import Fraction

from landfast.errors import (
    BrokenOutput,
    GeneratorError,
    InputError,
    LandfastError,
    Refused,
    Throttled,
    Unreachable,
    Unsupported,
)
from landfast.generators.remote.dialect import Answer, Failure, Reason, Service

AUTO_RETRIED: tuple[Reason, ...] = ("rate limited", "capacity")
"""Answers to a create that mean it was not taken and may be sent again."""


class NotSent(Unreachable):
    """The service could not be reached: nothing of the request left this machine."""


class SubmitUnknown(Unreachable):
    """An order was sent and not answered: nobody here knows whether the service took it."""


class NoCredit(Refused):
    """The account is empty: the order was not taken, and can be sent once there is credit."""


class StillRunning(Unreachable):
    """Waiting stopped before the job ended; it can be gone on with."""


class Waiting(Throttled):
    """An answer that says nothing about the job: look again later.

    Attributes:
        retry_after_s: As long as the service asks, where it does.
    """

    def __init__(self, failure: Failure, *, subject: str) -> None:
        super().__init__(f"does not answer ({failure.message})", subject=subject)
        self.retry_after_s = failure.retry_after_s or 0.0


class JobFailed(GeneratorError):
    """A job that the service took has ended without a clip.

    Attributes:
        reason: Why, in landfast's vocabulary.
        message: The service's own words.
        cost_usd: What was charged all the same; None where the service does not tell.
    """

    def __init__(self, failure: Failure, *, subject: str, cost_usd: Fraction | None = None) -> None:
        what = {"moderated": "refused by policy", "cancelled": "cancelled"}
        head = what.get(failure.reason, f"failed: {failure.reason}")
        remedy = _REMEDIES.get(failure.reason, "")
        super().__init__(f"{head} ({failure.message})", subject=subject, remedy=remedy)
        self.reason: Reason = failure.reason
        self.message = failure.message
        self.cost_usd = cost_usd


_REMEDIES: dict[Reason, str] = {
    "moderated": "change the prompt or the anchors, or use another generator",
    "quota": "add credit there",
}


_BY_STATUS: dict[int, Reason] = {
    400: "invalid input",
    401: "auth",
    402: "quota",
    403: "auth",
    404: "output missing",
    409: "capacity",
    410: "output missing",
    413: "invalid input",
    422: "invalid input",
    429: "rate limited",
    503: "capacity",
}


def http_failure(answer: Answer, message: str = "") -> Failure:
    """What a status code other than 2xx means where the service says nothing more.

    Args:
        answer: The answer.
        message: The service's own words; else they are looked for in the usual places.
    """
    reason = _BY_STATUS.get(answer.status, "provider error")
    words = message or _words(answer) or f"answered with status {answer.status}"
    return Failure(reason=reason, message=words, retry_after_s=retry_after(answer))


def retry_after(answer: Answer) -> float | None:
    """Seconds that the service asks to wait, where it says so in seconds."""
    try:
        return max(0.0, float(answer.headers.get("retry-after", "")))
    except ValueError:
        return None


def _words(answer: Answer) -> str:
    try:
        body = answer.json()
    except BrokenOutput:
        return ""
    for name in ("detail", "message", "error", "failure_reason", "reason"):
        found = body.get(name)
        if isinstance(found, dict):
            found = found.get("message")
        if isinstance(found, str) and found:
            return found
    return ""


def raised(failure: Failure, service: Service) -> LandfastError:
    """The error for a refused call or a failed job."""
    name, words = service.name, failure.message
    if failure.reason == "auth":
        keys = " or ".join(service.key_names) or "no key"
        return InputError(
            f"does not accept the key ({words})", subject=name, remedy=f"check {keys}"
        )
    if failure.reason == "moderated":
        return Refused(f"refused by policy ({words})", subject=name, remedy=_REMEDIES["moderated"])
    if failure.reason == "quota":
        return NoCredit(
            f"has no credit left ({words})",
            subject=name,
            remedy="add credit there, then `landfast resume` (or the same command again) goes on",
        )
    if failure.reason in ("invalid input", "unsupported"):
        return Unsupported(f"does not take the request ({words})", subject=name)
    if failure.reason in AUTO_RETRIED:
        return Throttled(f"asks to slow down ({words})", subject=name, remedy="try again later")
    if failure.reason in ("network", "timeout"):
        return Unreachable(f"does not answer ({words})", subject=name, remedy="try again later")
    return JobFailed(failure, subject=name)
