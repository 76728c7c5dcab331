"""The services that the contract suite opens, all of them at the server on this machine.

Another package that brings a service adds its adapter by entry point and is then among
`registry.names()`; its tests set its address and key as `settings` does here.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from landfast.generators import registry
from landfast.generators.registry import names, open_generator
from landfast.generators.remote.assets import Courier
from landfast.generators.remote.dialect import Asset
from landfast.generators.remote.generator import RemoteGenerator
from landfast.generators.remote.storage import Storage
from loopback.orders import SwiftClock, environment
from loopback.server import KEY, Loopback

ACME = EntryPoint("acme", "contracts.acme:open_acme", registry.GROUP)
"""As `[project.entry-points."landfast.generators"]` of another package names it."""
SMALL = """
[[profile]]
generator = "fal"
model = "wan-vace-14b"
sizes = [{ name = "240p", width = 432, height = 240 }]

[[profile]]
generator = "comfyui"
model = "wan-vace"
sizes = [{ name = "small", width = 384, height = 224 }]

[[profile]]
generator = "comfyui"
model = "wan-flf2v"
sizes = [{ name = "small", width = 384, height = 224 }]

[[profile]]
generator = "runway"
model = "aleph2"
sizes = [{ name = "small", width = 320, height = 180 }]

[[profile]]
generator = "luma"
model = "ray-3.2-edit"
sizes = [{ name = "360p", width = 320, height = 180 }]
"""
"""A user's profiles: the same models at sizes that are quickly rendered."""

MODELS = (
    "luma:ray-3.2@360p",
    "luma:ray-3.2-edit",
    "luma-legacy:ray-2@540p",
    "runway:seedance2_fast@480p",
    "runway:gen4_turbo@720p",
    "runway:aleph2",
    "fal:wan-vace-14b",
    "fal:wan-flf2v@480p",
    "comfyui:wan-vace",
    "comfyui:wan-flf2v",
    "acme",
)
"""What landfast brings, one model of each way to ask; and what another package brings."""


def services() -> tuple[str, ...]:
    """The models above, and every service that another package has added."""
    known = {name.partition(":")[0] for name in MODELS}
    added = [name for name in names() if name not in known]
    return (
        *MODELS,
        *(name for name in added if isinstance(open_generator(name), RemoteGenerator)),
    )


def settings(server: Loopback, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses, keys and small profiles in the environment."""
    profiles = folder / "small.toml"
    profiles.write_text(SMALL)
    given = [*registry.entry_points(group=registry.GROUP), ACME]
    monkeypatch.setattr(registry, "entry_points", lambda group: given)
    monkeypatch.setenv("LANDFAST_ACME_URL", server.luma)
    monkeypatch.setenv("ACME_API_KEY", KEY)
    for name, value in (environment(server) | {"LANDFAST_PROFILES": str(profiles)}).items():
        monkeypatch.setenv(name, value)


def opened(name: str, server: Loopback) -> RemoteGenerator:
    """The generator as a user opens it, with time that need not pass."""
    found = open_generator(name)
    assert isinstance(found, RemoteGenerator)
    found.clock = SwiftClock()
    found._courier = Courier(Offered(server))
    return found


class Offered(Storage):
    """Public addresses, at the server on this machine."""

    def __init__(self, server: Loopback) -> None:
        super().__init__("bucket", "", {})
        object.__setattr__(self, "server", server)

    def put(self, order: str, asset: Asset) -> str:
        """The asset's address."""
        downloads = self.server.downloads  # type: ignore[attr-defined]
        return str(downloads.offer(asset.sha256, asset.data))

    def remove(self, order: str, asset: Asset) -> None:
        """Take it away."""
        self.server.downloads.files.pop(asset.sha256, None)  # type: ignore[attr-defined]
