"""The `fake` generator: the model name says what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Final

import numpy as np

from landfast.errors import BrokenOutput, InputError, Refused, Throttled, Unreachable
from landfast.generators.base import Image, Material, Progress
from landfast.generators.fake.faults import PICTURED, View
from landfast.generators.geometry.bridge import build_bridge
from landfast.generators.profiles import shipped_profile
from landfast.model.profile import Price, Profile
from landfast.model.take import Request

SLOW_S: Final = 0.05
"""Seconds that `fake:slow` takes for a frame."""
OPERATIONAL: Final = (
    "truncated",
    "resized",
    "broken",
    "refused",
    "throttled",
    "unreachable",
    "slow",
    "paid",
)
"""What goes wrong outside the pictures; `paid` is a good take with a price."""
SOMETIMES: Final = {2: "flicker", 5: "colour", 7: "broken"}
"""What `fake:sometimes` does, by the seed's last digit; at other seeds the take is good."""
MODELS: Final = ("good", *PICTURED, *OPERATIONAL, "sometimes")


class FakeGenerator:
    """Makes geometry's take and spoils it as its model says; the seed varies the fault.

    Raises:
        InputError: No such fault.
    """

    def __init__(self, model: str = "good") -> None:
        self._fault = model or "good"
        if self._fault not in MODELS:
            raise InputError(
                f"has no model {model!r}",
                subject="generator fake",
                remedy=f"choose from {', '.join(MODELS)}",
            )
        self._profile = _profile(self._fault)

    @property
    def profile(self) -> Profile:
        """As geometry's, with a seed."""
        return self._profile

    def make(
        self, request: Request, material: Material, *, progress: Progress | None = None
    ) -> Iterator[Image]:
        """The spoilt take; see `Generator.make`.

        Raises:
            Unsupported: Nothing relates the anchors (never for `dissolve`).
            Refused, Throttled, Unreachable: As the model says.
        """
        fault = self._fault
        if fault == "sometimes":
            fault = SOMETIMES.get(request.seed % 10, "good")
        _fail_early(fault)
        view = _view(fault, request, material)
        return _frames(fault, view, request.frames, progress)


def _profile(fault: str) -> Profile:
    price = Price(
        usd_per_second=Fraction(1, 10), read_on=date(2026, 11, 22), source="made up for tests"
    )
    changes = {"model": fault, "price": price if fault == "paid" else None}
    return shipped_profile("fake").model_copy(update=changes)


def _fail_early(fault: str) -> None:
    subject = f"generator fake:{fault}"
    if fault == "refused":
        raise Refused("refused the prompt", subject=subject, remedy="ask for something else")
    if fault == "throttled":
        raise Throttled("asks to slow down", subject=subject, remedy="try again later")
    if fault == "unreachable":
        raise Unreachable("does not answer", subject=subject, remedy="try again later")


def _view(fault: str, request: Request, material: Material) -> View:
    """The take as a function of time, spoilt where the fault shows in the pictures."""
    good = _fade(material) if fault == "dissolve" else _bridged(request, material)
    spoil = PICTURED.get(fault)
    if spoil is None:
        return good
    keeps_end = fault != "end-ignored"

    def view(t: float) -> Image:
        if t <= 0 or (t >= 1 and keeps_end):
            return good(t)
        return spoil(good, t, np.random.default_rng(request.seed))

    return view


def _bridged(request: Request, material: Material) -> View:
    bridge = build_bridge(material, frames=request.frames)

    def view(t: float) -> Image:
        if t <= 0:
            return material.first
        return material.last if t >= 1 else bridge.view(t)

    return view


def _fade(material: Material) -> View:
    return lambda t: material.first if t < 0.5 else material.last


def _frames(fault: str, view: View, frames: int, progress: Progress | None) -> Iterator[Image]:
    for index in range(frames // 2 if fault == "truncated" else frames):
        if fault == "broken" and index == frames // 2:
            raise BrokenOutput(
                "stopped in the middle of the clip",
                subject="generator fake:broken",
                remedy="try another seed",
            )
        if fault == "slow":
            time.sleep(SLOW_S)
        image = view(index / (frames - 1))
        yield np.ascontiguousarray(image[:-2, :-2]) if fault == "resized" else image
        if progress is not None:
            progress(index + 1, frames)
