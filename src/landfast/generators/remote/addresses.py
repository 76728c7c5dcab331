"""Which addresses may be fetched: the service's own, and public ones over TLS."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final
from urllib.parse import SplitResult, urlsplit

from landfast.errors import BrokenOutput, InputError

_PORTS: Final = {"http": 80, "https": 443}


class Addresses:
    """What one service may send us to.

    Its own origin always; any other place only over https and only where every address that its
    name resolves to is public. A service on this machine or network opens nothing else there.

    Raises:
        InputError: The base URL is none, or is plain http to a public host.
    """

    def __init__(self, base_url: str) -> None:
        parts = _parts(base_url)
        if parts is None:
            raise InputError(
                "is no http address", subject=base_url, remedy="write it like http://127.0.0.1:8188"
            )
        self._origin = _origin(parts)
        # Names of https services are not looked up for this: certificates speak for them.
        named = parts.scheme == "https" and not _literal(parts.hostname or "")
        self.private_base = not named and _private(parts.hostname or "")
        if parts.scheme == "http" and not self.private_base:
            raise InputError(
                "would send the key unencrypted", subject=base_url, remedy="use an https address"
            )

    def own(self, url: str) -> bool:
        """True for the service's own origin."""
        parts = _parts(url)
        return parts is not None and _origin(parts) == self._origin

    def check(self, url: str, service: str) -> None:
        """Refuse an address that a service must not send us to.

        Raises:
            BrokenOutput: It is private, not https, or no address.
        """
        if self.own(url):
            return
        parts = _parts(url)
        if parts is None or parts.scheme != "https":
            raise BrokenOutput("names a file at an address that is not https", subject=service)
        if _private(parts.hostname or ""):
            raise BrokenOutput(
                f"names a file at the private address {parts.hostname}", subject=service
            )


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if known else None


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme]


def _literal(host: str) -> bool:
    """True for an address in numbers."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _private(host: str) -> bool:
    """True where any address of the host is not public. Unknown names are: they lead nowhere."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return host == "localhost" or host.endswith((".local", ".internal"))
    return any(not ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found)
