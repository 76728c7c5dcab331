"""A service as a `Generator`: its dialect, its profile, and the engine that they share."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from landfast.errors import InputError
from landfast.generators.base import Image, Material, Progress
from landfast.generators.geometry.bridge import build_bridge
from landfast.generators.remote.assets import (
    Courier,
    decoded,
    on_canvas,
    picture,
    video,
)
from landfast.generators.remote.clip import check_clip, fitted, frames_of
from landfast.generators.remote.clock import Clock, SystemClock
from landfast.generators.remote.desk import Desk, LooseDesk
from landfast.generators.remote.dialect import Asset, Dialect
from landfast.generators.remote.engine import Engine
from landfast.generators.remote.exchange import Exchange
from landfast.generators.remote.lowering import Lowered, lower
from landfast.generators.remote.storage import Storage
from landfast.model.profile import Profile
from landfast.model.take import Request

if TYPE_CHECKING:
    from landfast.generators.remote.transport import Transport

PROXY: Final = "proxy"
"""Among a profile's controls: it paints over a video, and is given the view interpolated between
the anchors, whose depth and motion it then keeps."""
_HARD: Final = ("mask", "labels", "known")
"""Controls that know no levels in between."""
_PARTS: Final = 1000
"""Progress of a job is told in thousandths."""
_SENDABLE: Final = re.compile("[!-~]*")
"""What a header can carry; anything else would fail while the order is sent, and show the key."""


class RemoteGenerator:
    """One model of one service.

    Args:
        dialect: The service's language.
        profile: The model.
        environment: Where keys and addresses stand; the process's own unless given.
        clock: Time; the machine's unless given.
        wire: A stand-in for the network (an `httpx.BaseTransport`), for tests.
        storage: For services that take addresses only; from the environment unless given.
    """

    def __init__(
        self,
        dialect: Dialect,
        profile: Profile,
        *,
        environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        wire: Any = None,
        storage: Storage | None = None,
    ) -> None:
        self._dialect, self._profile = dialect, profile
        self._environment = os.environ if environment is None else environment
        self.clock: Clock = SystemClock() if clock is None else clock
        self._wire, self._courier = wire, Courier(storage)
        self._exchange: Exchange | None = None
        self._opening = threading.Lock()

    @property
    def profile(self) -> Profile:
        """What the model takes and costs."""
        return self._profile

    def with_profile(self, profile: Profile) -> RemoteGenerator:
        """The same service with another profile: held to a size, or as a run began with it."""
        held = RemoteGenerator(
            self._dialect,
            profile,
            environment=self._environment,
            clock=self.clock,
            wire=self._wire,
        )
        held._courier = self._courier
        return held

    def check_ready(self) -> None:
        """Refuse before any work where the service cannot be opened from here.

        Raises:
            InputError: Its key or address is missing or wrong.
        """
        self._opened()

    def close(self) -> None:
        """Close its connections; it can be used again."""
        with self._opening:
            if self._exchange is not None:
                self._exchange.transport.close()
                self._exchange = None

    def lower(self, request: Request, material: Material | None = None) -> Lowered:
        """What the service is asked for; pure.

        Raises:
            Unsupported: The model cannot honour the request.
        """
        kinds = tuple(one.kind for one in material.controls) if material else ()
        return lower(request, self._profile, controls=kinds)

    def assets(self, lowered: Lowered, material: Material) -> tuple[Asset, ...]:
        """The files that go with the request: anchors sized and set on the canvas here.

        Raises:
            Unsupported: A picture is larger than the service takes.
        """
        images = {"first": material.first, "last": material.last}
        anchors = tuple(
            picture(one.role, on_canvas(images[one.role], lowered.canvas), lowered)
            for one in lowered.keyframes
        )
        taken = [one for one in material.controls if one.kind in lowered.controls]
        steering = [video(one.kind, one.frames(), lowered, hard=one.kind in _HARD) for one in taken]
        if PROXY in self._profile.controls:
            steering.append(video("source", _proxy(lowered, material), lowered, hard=False))
        return (*anchors, *steering)

    def sent(self, request: Request, material: Material) -> tuple[Image, Image]:
        """The anchors as the service saw them, in the request's size: what a take is judged by."""
        lowered = self.lower(request, material)
        size = (request.width, request.height)
        seen = {
            asset.role: fitted(decoded(asset), lowered.canvas, size)
            for asset in self.assets(lowered, material)
            if asset.media_type.startswith("image/")
        }
        for role, image in (("first", material.first), ("last", material.last)):
            if role not in seen:
                seen[role] = fitted(on_canvas(image, lowered.canvas), lowered.canvas, size)
        return seen["first"], seen["last"]

    def deliver(
        self,
        request: Request,
        material: Material,
        desk: Desk,
        *,
        progress: Progress | None = None,
    ) -> None:
        """Have the service's clip in `desk.raw`; see `Engine.deliver` for what may go wrong."""
        lowered = self.lower(request, material)
        assets = self.assets(lowered, material)
        if desk.state == "delivered":
            return

        def told(share: float) -> None:
            if progress is not None:
                progress(int(min(1.0, share) * _PARTS), _PARTS)

        Engine(self._opened(), self._courier, self.clock).deliver(lowered, assets, desk, told=told)

    def frames(
        self,
        request: Request,
        raw: Path,
        *,
        count: int | None = None,
        size: tuple[int, int] | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Image]:
        """The service's clip from anchor to anchor, on a grid of frames.

        Args:
            request: What was asked for.
            raw: The clip as it came.
            count: Frames, both anchors included; the request's unless given.
            size: Width and height; the request's unless given.
            progress: Told how far it is.

        Raises:
            BrokenOutput: The clip is not what was asked for.
        """
        lowered = self.lower(request)
        return frames_of(
            raw,
            check_clip(raw, lowered),
            lowered,
            count=request.frames if count is None else count,
            size=(request.width, request.height) if size is None else size,
            progress=progress,
        )

    def make(
        self, request: Request, material: Material, *, progress: Progress | None = None
    ) -> Iterator[Image]:
        """One take without a ledger; see `Generator.make`. `conduct` uses `deliver` instead."""
        self.lower(request, material)
        return self._made(request, material, progress)

    def _made(
        self, request: Request, material: Material, progress: Progress | None
    ) -> Iterator[Image]:
        with tempfile.TemporaryDirectory(prefix="landfast-") as folder:
            desk = LooseDesk(Path(folder) / "take.mp4")
            self.deliver(request, material, desk)
            yield from self.frames(request, desk.raw, progress=progress)

    def _opened(self) -> Exchange:
        with self._opening:
            if self._exchange is None:
                self._exchange = Exchange(self._dialect, self._transport())
            return self._exchange

    def _transport(self) -> Transport:
        service = self._dialect.service
        base_url = self._environment.get(service.url_name) or service.base_url
        key = _key(service.key_names, self._environment)
        if service.key_names and not key:
            where = f"get one at {service.sign_up} and " if service.sign_up else ""
            raise InputError(
                "has no key",
                subject=service.name,
                remedy=f"{where}set {' or '.join(service.key_names)} in the environment",
            )
        if not _SENDABLE.fullmatch(key):
            raise InputError(
                "has a key with blanks, line breaks or letters that no key holds",
                subject=service.name,
                remedy=f"set {' or '.join(service.key_names)} to the key alone",
            )
        # Loaded here: most runs never speak to a service, and httpx takes a tenth of a second.
        from landfast.generators.remote.transport import Transport

        return Transport(service, base_url=base_url, key=key, clock=self.clock, wire=self._wire)


def _key(names: tuple[str, ...], environment: Mapping[str, str]) -> str:
    found = (environment.get(name, "").strip() for name in names)
    return next((key for key in found if key), "")


def _proxy(lowered: Lowered, material: Material) -> Iterator[Image]:
    """Geometry's take, frame by frame.

    Raises:
        Unsupported: Nothing relates the anchors.
    """
    frames = lowered.request.frames
    bridge = build_bridge(material, frames=frames)
    yield material.first
    yield from (bridge.view(k / (frames - 1)) for k in range(1, frames - 1))
    yield material.last
