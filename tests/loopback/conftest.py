"""The server, one a test."""

from __future__ import annotations

from loopback.fixtures import loopback as loopback
