"""HTTP for all services: bounded, redacted, and nothing is ever sent twice by itself."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from landfast.errors import BrokenOutput, Unreachable
from landfast.generators.remote.addresses import Addresses
from landfast.generators.remote.clock import Clock
from landfast.generators.remote.dialect import Answer, Call, Service
from landfast.generators.remote.errors import NotSent
from landfast.media.files import atomic_path

ANSWER_BYTES: Final = 8 << 20
"""Most bytes of an answer that is not a clip."""
CLIP_BYTES: Final = 1 << 30
"""Most bytes of a clip."""
ANSWER_S: Final = 180.0
"""Longest time for one answer, however slowly it drips."""
CLIP_S: Final = 1800.0
HOPS: Final = 4
"""Most redirects of a download."""
TIMEOUT: Final = httpx.Timeout(60.0, connect=15.0)
_NEVER_LEFT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
)
_QUERY: Final = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\")\]}]*")
_WORDS: Final = 300
"""Most characters of a service's words in a message."""


class _NoQuery(logging.Filter):
    """Takes signatures out of the addresses that httpx logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _QUERY.sub(r"\1?…", record.getMessage()), ()
        return True


_NO_QUERY: Final = _NoQuery()


class Transport:
    """Sends calls to one service. Thread-safe; close it when done.

    Args:
        service: Where it is.
        base_url: The service's address, or the user's own in its place.
        key: The secret; empty where the service needs none.
        clock: Measures how long an answer takes.
        wire: A stand-in for the network, for tests.
    """

    def __init__(
        self,
        service: Service,
        *,
        base_url: str,
        key: str,
        clock: Clock,
        wire: httpx.BaseTransport | None = None,
    ) -> None:
        self._service, self._base, self._key = service, base_url.rstrip("/"), key
        self._clock = clock
        self._addresses = Addresses(self._base)
        logging.getLogger("httpx").addFilter(_NO_QUERY)
        self._client = httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=False,
            transport=wire,
            trust_env=not self._addresses.private_base,
        )

    @property
    def base_url(self) -> str:
        """Where the service is, without a slash at the end."""
        return self._base

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def pause(self, seconds: float) -> None:
        """Wait before the next call."""
        if seconds > 0:
            self._clock.sleep(seconds)

    def send(self, call: Call) -> Answer:
        """One request, one answer, whatever its status. Redirects are not followed.

        Raises:
            NotSent: Nothing left this machine.
            Unreachable: It may have been sent; no whole answer came.
            BrokenOutput: The answer is a redirect or larger than an answer may be.
        """
        url = self._url(call)
        files = {call.file[0]: call.file[1:]} if call.file else None
        with self._mapped():
            request = self._client.build_request(
                call.method,
                url,
                params=dict(call.query) or None,
                headers={**self._headers(url), **call.headers},
                json=call.body,
                content=call.content,
                data=dict(call.form) or None,
                files=files,
            )
            with self._opened(request) as response:
                answer = self._answer(response)
        if response.is_redirect:
            raise self._broken("answered with a redirect, which is not followed")
        return answer

    def download(self, url: str, path: Path, *, headers: Mapping[str, str]) -> Answer | None:
        """Fetch a clip into `path`; the file appears whole or not at all.

        Returns:
            None once it is there; the answer where the service says anything but 2xx.

        Raises:
            Unreachable: It broke off.
            BrokenOutput: It is no clip, too large, or lies at an address that is not fetched.
        """
        url = f"{self._base}{url}" if url.startswith("/") else url
        for _ in range(HOPS):
            self._addresses.check(url, self._service.name)
            with self._mapped():
                request = self._client.build_request(
                    "GET", url, headers={**self._headers(url), **headers}
                )
                with self._opened(request) as response:
                    if not response.is_redirect:
                        return self._received(response, path)
                    url = str(response.url.join(response.headers.get("location", "")))
        raise self._broken("redirects a download again and again")

    def redacted(self, text: str) -> str:
        """The service's words without the key, without signed addresses, at most a few lines."""
        plain = text.replace(self._key, "[key]") if self._key else text
        return " ".join(_QUERY.sub(r"\1?…", plain).split())[:_WORDS]

    def _answer(self, response: httpx.Response) -> Answer:
        content = b"".join(self._bounded(response, ANSWER_BYTES, ANSWER_S))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, headers=headers, content=content)

    def _received(self, response: httpx.Response, path: Path) -> Answer | None:
        if response.status_code != 200:
            return self._answer(response)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and not kind.startswith(("video/", "application/octet-stream", "binary/")):
            raise self._broken(f"delivered {kind} where a clip was expected")
        claimed = int(response.headers.get("content-length", "0") or 0)
        if claimed > CLIP_BYTES:
            raise self._broken(f"announces a clip of {claimed} bytes, more than is fetched")
        got = 0
        with atomic_path(path) as draft, draft.open("wb") as stream:
            for chunk in self._bounded(response, CLIP_BYTES, CLIP_S):
                stream.write(chunk)
                got += len(chunk)
            if got == 0:
                raise self._broken("delivered an empty file")
        return None

    @contextmanager
    def _opened(self, request: httpx.Request) -> Iterator[httpx.Response]:
        response = self._client.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    def _bounded(self, response: httpx.Response, most: int, seconds: float) -> Iterator[bytes]:
        began, got = self._clock.now(), 0
        for chunk in response.iter_bytes():
            got += len(chunk)
            if got > most:
                raise self._broken(f"sent more than {most} bytes")
            if self._clock.now() - began > seconds:
                raise Unreachable("answers too slowly", subject=self._service.name)
            yield chunk

    def _url(self, call: Call) -> str:
        if call.url.startswith("/"):
            return f"{self._base}{call.url}"
        self._addresses.check(call.url, self._service.name)
        return call.url

    def _headers(self, url: str) -> dict[str, str]:
        """The key goes to the service's own origin and to no other host."""
        if not self._addresses.own(url) and _origin(url) not in self._service.key_origins:
            return {}
        headers = dict(self._service.headers)
        if self._key:
            headers[self._service.key_header] = self._service.key_form.format(self._key)
        return headers

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        name = self._service.name
        try:
            yield
        except _NEVER_LEFT as error:
            raise NotSent(
                f"cannot be reached ({self.redacted(str(error)) or type(error).__name__})",
                subject=name,
                remedy="check the network and try again",
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise Unreachable(
                f"did not answer ({self.redacted(str(error)) or type(error).__name__})",
                subject=name,
                remedy="try again later",
            ) from None

    def _broken(self, what: str) -> BrokenOutput:
        return BrokenOutput(what, subject=self._service.name, remedy="try again later")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
