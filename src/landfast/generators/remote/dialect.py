"""What an adapter says: one service's language as pure transforms; no dialect touches a network.

A dialect that needs several exchanges writes them as a generator: it yields a `Call`, is handed
the `Answer`, and returns what it found. The engine sends, waits, redacts, bounds and retries.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from landfast.errors import BrokenOutput
from landfast.generators.remote.lowering import Lowered
from landfast.model.profile import Profile
from landfast.model.take import Ticket

T = TypeVar("T")
Json = dict[str, Any]

Role = str
"""What an asset is to the request: `first`, `last`, or a control's kind (`depth`, `mask` …)."""

Reason = Literal[
    "invalid input",
    "unsupported",
    "moderated",
    "auth",
    "quota",
    "rate limited",
    "capacity",
    "provider error",
    "timeout",
    "network",
    "output missing",
    "cancelled",
]
"""Why a job or a call failed, in one vocabulary for all services."""

State = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where a service is and how it is opened.

    Attributes:
        name: The adapter's name.
        base_url: Without a slash at the end.
        url_name: Environment variable that overrides `base_url` (a server of one's own, tests).
        key_names: Environment variables that may hold the key, best first; empty where none is
            needed.
        key_header: Header that carries it.
        key_form: How; `{}` stands for the key.
        headers: Sent with every call.
        key_origins: Other origins of the service that are sent the key (`https://host`).
        sign_up: Where a key is got, for the error message.
    """

    name: str
    base_url: str
    url_name: str
    key_names: tuple[str, ...] = ()
    key_header: str = "Authorization"
    key_form: str = "Bearer {}"
    headers: Mapping[str, str] = field(default_factory=dict)
    key_origins: tuple[str, ...] = ()
    sign_up: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request as data.

    Attributes:
        method: HTTP method.
        url: A path below the service's base URL (`/generations`), or a whole URL that the service
            itself has given. The key goes only to the base URL's own origin.
        body: Sent as JSON.
        query: Appended to the URL.
        headers: Beside the service's.
        content: Raw bytes, in place of `body`.
        form: Fields of a multipart form, in place of `body`.
        file: The file of that form: field name, file name, bytes, media type.
        after_s: Pause before it is sent, for what a service needs time to take in.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    url: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, str, bytes, str] | None = None
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes

    def json(self) -> Json:
        """The body as a JSON object.

        Raises:
            BrokenOutput: It is none.
        """
        try:
            found = json.loads(self.content)
        except ValueError as error:
            raise BrokenOutput("answered with something that is not JSON") from error
        if not isinstance(found, dict):
            raise BrokenOutput("answered with JSON that is not an object")
        return found


Script = Generator[Call, Answer, T]
"""Several exchanges: yields calls, is sent their answers (2xx only), returns what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file that goes with a request: an anchor, or a control video."""

    role: Role
    media_type: str
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An asset in the form in which the service is told of it.

    `value` is base64 text for `data`, what `upload` returned for `upload`, a URL for `url`.
    """

    kind: Literal["data", "upload", "url"]
    value: str
    media_type: str

    @property
    def uri(self) -> str:
        """A data URI, or the value itself."""
        return f"data:{self.media_type};base64,{self.value}" if self.kind == "data" else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why something failed, in the service's words and in ours."""

    reason: Reason
    message: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a job is.

    Attributes:
        state: The job's state.
        progress: Share done, 0 to 1, where told.
        url: Where the clip lies, with state `succeeded`. Fetched at once, never stored.
        headers: To be sent with that download (a key is added for the service's own origin only).
        failure: Why, with state `failed`, `cancelled` or `expired`.
        cost_usd: What was charged, where told; 0 where the service says that it charges nothing.
    """

    state: State
    progress: float | None = None
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    cost_usd: Fraction | None = None


@runtime_checkable
class Dialect(Protocol):
    """One service's language. Every method is pure: data in, data out."""

    @property
    def service(self) -> Service:
        """Where it is and how it is opened."""
        ...

    def body(self, lowered: Lowered, references: Mapping[Role, Reference]) -> Json:
        """The create's body. Called once with placeholders before anything is sent.

        Raises:
            Unsupported: The service cannot be asked for this.
        """
        ...

    def upload(self, asset: Asset) -> Script[str]:
        """Bring an asset to the service; returns what stands for it in the body."""
        ...

    def create(self, body: Json, profile: Profile) -> Call:
        """The one call that costs money."""
        ...

    def created(self, answer: Answer) -> Ticket:
        """The job's number, and what is needed to ask after it."""
        ...

    def poll(self, ticket: Ticket) -> Script[Status]:
        """Look at the job once; with success, say where the clip lies."""
        ...

    def cancel(self, ticket: Ticket) -> Call | None:
        """Call the job off; None where the service cannot."""
        ...

    def find(self, body: Json, since: str) -> Script[Ticket | None] | None:
        """Look for the job of a create that was never answered, among those begun after `since`.

        None where the service cannot list its jobs: then the user is asked.
        """
        ...

    def failure(self, answer: Answer) -> Failure:
        """What an answer other than 2xx means; `errors.http_failure` reads the usual codes."""
        ...
