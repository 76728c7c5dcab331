"""Names as a machine without network knows them: looking one up is network too, and slow."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_look_up = socket.getaddrinfo


def offline(host: str | bytes | None, *rest: Any, **named: Any) -> list[Any]:
    """Stands in for `socket.getaddrinfo`: knows this machine and addresses in numbers."""
    name = host.decode() if isinstance(host, bytes) else host
    if name and name not in LOOPBACK and name != socket.gethostname() and not _literal(name):
        raise socket.gaierror(socket.EAI_NONAME, f"a test looked {name} up")
    return _look_up(host, *rest, **named)


def _literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
