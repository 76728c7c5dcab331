"""Runway."""

from __future__ import annotations

from loopback.dialect import Dialect


class Runway(Dialect):
    """To come."""

    name = "runway"
    prefix = "/runway"
