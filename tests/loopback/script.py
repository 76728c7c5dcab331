"""What one job shall do: how long it takes, how it ends, and what breaks on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ending = Literal["succeeded", "failed", "moderated", "cancelled"]

TakeFault = Literal[
    "good",
    "end-ignored",
    "colour",
    "freeze",
    "wrong-size",
    "wrong-rate",
    "wrong-count",
    "truncated",
    "not-video",
    "empty",
]
"""What is wrong with the clip that is delivered."""

CreateFault = Literal[
    "none", "throttled", "error", "error-after", "hang", "drop", "malformed", "unpaid", "forbidden"
]
"""What happens to a create. `throttled` (429 with Retry-After), `error` (500), `unpaid` (402) and
`forbidden` (401) do not accept it; `error-after`, `hang` (no answer), `drop` (connection closed)
and `malformed` (cut JSON) come after the job was accepted, so that it is paid for."""

PollFault = Literal["none", "throttled", "error", "malformed", "hang", "drop", "lost"]
"""What happens to a question for the state; `lost` is a 404."""

DownloadFault = Literal[
    "none",
    "expired",
    "error",
    "redirect",
    "redirect-private",
    "endless",
    "cut",
    "page",
    "hang",
    "drop",
]
"""What happens to a download. `expired` (403) spoils the link that was used, a fresh one works;
`redirect` leads to another host, `redirect-private` to an address inside a network, `cut` ends
before its Content-Length, `page` is HTML with status 200."""

Link = Literal["good", "private", "metadata", "plain-host", "file"]
"""Where a succeeded job says that its clip lies; all but `good` must be refused unread."""

LINKS: dict[Link, str] = {
    "private": "http://10.11.12.13/take.mp4",
    "metadata": "http://169.254.169.254/latest/meta-data/take.mp4",
    "plain-host": "http://downloads.invalid/take.mp4",
    "file": "file:///etc/passwd",
}


@dataclass(frozen=True, slots=True)
class Script:
    """One job's course.

    Attributes:
        queued: Polls that answer "queued".
        running: Polls, after those, that answer "running".
        seconds: Least time from create to the end, on top of the polls.
        ending: How it ends.
        code: Vendor's code for a failure; empty for the dialect's usual one.
        take: What is wrong with the clip.
        create, poll, download: Faults of the first, second, ... such request; none afterwards.
            Faults of a create that is not accepted are used up by each try.
        link: Where the clip is said to lie.
        webhooks: How often each change of state is told to a webhook; 2 is a duplicate.
        retry_after: Seconds in Retry-After.
    """

    queued: int = 1
    running: int = 1
    seconds: float = 0.0
    ending: Ending = "succeeded"
    code: str = ""
    take: TakeFault = "good"
    create: tuple[CreateFault, ...] = ()
    poll: tuple[PollFault, ...] = ()
    download: tuple[DownloadFault, ...] = ()
    link: Link = "good"
    webhooks: int = 1
    retry_after: int = 1
