"""Orders for the adapters' tests: a request on a model's own grid, and time that need not pass."""

from __future__ import annotations

import itertools
import threading
import time
from fractions import Fraction

import numpy as np

from landfast.generators.base import Material
from landfast.generators.remote.clock import Stopped
from landfast.model.profile import Profile
from landfast.model.take import Request
from landfast.planning.grid import fit_frames
from loopback.material import anchors
from loopback.server import KEY, Loopback

FPS = Fraction(24)


class SwiftClock:
    """Sleeps take no time, but count."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._stopped = threading.Event()

    def now(self) -> float:
        """Real seconds, and those that were slept."""
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        """Only count."""
        if self._stopped.is_set():
            raise Stopped
        self.slept.append(seconds)

    def stop(self) -> None:
        """End every wait."""
        self._stopped.set()


def environment(server: Loopback) -> dict[str, str]:
    """Every service at the server, and a key for each."""
    names = ("LUMA_API_KEY", "RUNWAYML_API_SECRET", "FAL_KEY", "LUMAAI_API_KEY")
    return {
        "LANDFAST_LUMA_URL": server.luma,
        "LANDFAST_LUMA_LEGACY_URL": server.luma_legacy,
        "LANDFAST_RUNWAY_URL": server.runway,
        "LANDFAST_FAL_URL": server.fal,
        "LANDFAST_FAL_STORAGE_URL": server.fal,
        "LANDFAST_COMFYUI_URL": server.comfyui,
        **dict.fromkeys(names, KEY),
    }


def material(size: tuple[int, int] = (320, 180)) -> Material:
    """Two anchors, nothing around them."""
    return Material(*anchors(size))


def order(
    profile: Profile, *, size: tuple[int, int] = (320, 180), seconds: int = 1, **more: object
) -> Request:
    """A request for the model's shortest take that lasts `seconds`."""
    frames, fps = fit_frames(int(seconds * FPS) + 1, FPS, profile)
    changes = {"prompt": "static landscape" if profile.prompt else "", **more}
    return Request(
        segment="gap_0010",
        generator=profile.name,
        first="first",
        last="last",
        constraints=(),
        width=size[0],
        height=size[1],
        frames=frames,
        fps=fps,
    ).model_copy(update=changes)


def checker(size: tuple[int, int], frames: int) -> list[np.ndarray]:
    """A control video's pictures: a wedge of grey that moves."""
    ramp = np.linspace(0, 255, size[0]).astype(np.uint8)
    rows = itertools.repeat(ramp, size[1])
    wedge = np.stack(list(rows))
    return [np.stack([np.roll(wedge, step, axis=1)] * 3, axis=-1) for step in range(frames)]
