"""One HTTP exchange, as dialects see it, and what is remembered of it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np

Kind = Literal["create", "poll", "list", "upload", "download", "cancel", "other"]


@dataclass
class Call:
    """A request that arrived."""

    method: str
    target: str
    """Path with query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def json(self) -> Any:
        """The body parsed; `Refusal` where it is not JSON."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refusal(400, f"body is not JSON: {error}") from error

    def form(self) -> dict[str, tuple[bytes, str | None]]:
        """Parts of a multipart form: name to (bytes, file name)."""
        kind = self.headers.get("content-type", "")
        if "multipart/form-data" not in kind:
            raise Refusal(400, "expected multipart/form-data")
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        parts = {}
        for part in BytesParser(policy=HTTP).parsebytes(head + self.body).iter_parts():
            name = part.get_param("name", header="content-disposition")
            parts[str(name)] = (part.get_payload(decode=True) or b"", part.get_filename())
        return parts


@dataclass
class Reply:
    """What is answered: JSON for a dict or list, bytes as they are, an iterator without end."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: Kind = "other"
    job: str | None = None
    claimed: int | None = None
    """Content-Length to claim; the body's own where None."""

    def content(self) -> tuple[bytes | Iterator[bytes], str]:
        if isinstance(self.body, bytes | Iterator):
            return self.body, "application/octet-stream"
        return json.dumps(self.body).encode(), "application/json"


@dataclass(frozen=True)
class Seen:
    """A request and its answer, for assertions."""

    at: float
    """Seconds on the monotonic clock."""
    dialect: str
    kind: Kind
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    status: int
    job: str | None


class Refusal(Exception):
    """The vendor would refuse this request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Hang(Exception):
    """No answer ever."""


class Drop(Exception):
    """The connection is closed without an answer."""


def picture(data: bytes) -> np.ndarray:
    """RGB of an encoded image; `Refusal` where it is none."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise Refusal(400, "input is not a readable image")
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)


def unbase64(text: str) -> bytes:
    """Decoded; `Refusal` where it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refusal(400, "data is not base64") from error


def data_uri(uri: str, *, most: int | None = None) -> bytes:
    """Content of a data URI of at most `most` characters."""
    head, comma, content = uri.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise Refusal(400, "not a base64 data URI")
    if most is not None and len(uri) > most:
        raise Refusal(413, f"data URI is larger than {most} bytes")
    return unbase64(content)
