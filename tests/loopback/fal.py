"""Fal."""

from __future__ import annotations

from loopback.dialect import Dialect


class Fal(Dialect):
    """To come."""

    name = "fal"
    prefix = "/fal"
