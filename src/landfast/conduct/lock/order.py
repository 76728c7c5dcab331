"""What is asked of `lock`, and the files that it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from landfast.compose.lock.path import Wish
from landfast.conduct.lock.pairing import Pairing, pair, paired
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.layers.layer import Layer
from landfast.media.layers.read import OverlayFile, Storage, few_threads, open_overlay
from landfast.media.picture import Picture
from landfast.media.probe import probe
from landfast.model.camera import Focal
from landfast.model.clip import Clip
from landfast.model.time import Span
from landfast.vision.overlay.evidence import Hold
from landfast.vision.overlay.sensing import Known
from landfast.vision.overlay.sensor.lens import USUAL_FOCAL, Distortion

FRAMES_AHEAD = 2
"""Frames made ready while one is worked on: enough to even out frames of unlike cost."""
_MOST_SHARE = 1.05
"""Of a frame's time; clocks differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOrder:
    """What is asked of `lock`."""

    overlay: Path
    on: Path
    out: Path
    composite: Path | None = None
    matte: Path | None = None
    span: Span | None = None
    wish: Wish = Wish()  # noqa: RUF009
    hold: Hold | None = None
    storage: Storage | None = None
    focal: Focal | None = None
    distortion: tuple[float, float] | None = None
    """k1 and k2 of the lens; looked for in the footage's motion where None."""
    readout_s: float | None = None
    """Time in which the sensor reads a frame's rows, 0 for all at once; looked for where None."""
    at: tuple[float, float] | None = None
    """Where a board or label stands in its first frame, footage pixels."""
    report: Path | None = None
    """Folder for a page, and a film with before and after side by side."""
    baked: bool = False
    """`overlay` is a whole take, `matte` says what in it swims, and `out` is a film."""
    is_always_seen: bool = False
    """Nothing in the footage hides the overlay."""
    export: Path | None = None
    """Folder for the tracks in other programs' formats."""

    @property
    def has_shutter(self) -> bool | None:
        """Whether rows that move on by themselves are to be expected; judged where None."""
        return False if self.readout_s == 0 else None

    @property
    def has_film(self) -> bool:
        """Whether anything is written that shows the footage."""
        return self.baked or (self.composite or self.report) is not None

    @property
    def beside(self) -> Path | None:
        """The film with before and after side by side."""
        return None if self.report is None else self.report / "before_after.mp4"


@dataclass(frozen=True, slots=True)
class LockJob:
    """An order, and the files that it means."""

    order: LockOrder
    overlay: OverlayFile
    clip: Clip
    pairing: Pairing

    @classmethod
    def opened(cls, order: LockOrder) -> LockJob:
        """The files looked at.

        Raises:
            InputError: Files that do not fit each other, no alpha, a lens that folds the picture.
        """
        clip = probe(order.on)
        overlay = open_overlay(order.overlay, matte=order.matte, storage=order.storage)
        job = cls(order, overlay, clip, pair(overlay, clip, order.span))
        if job.lens is not None:
            job.lens.check()
        return job

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the footage."""
        return self.clip.width, self.clip.height

    @property
    def focal_px(self) -> float | None:
        """Focal length in pixels of the footage, where it was said."""
        focal = self.order.focal
        return None if focal is None else focal.lens(*self.size).focal_px

    @property
    def lens(self) -> Distortion | None:
        """Of the footage, where it was said to bend."""
        if self.order.distortion is None or self.order.distortion == (0.0, 0.0):
            return None
        width, height = self.size
        focal = self.focal_px or USUAL_FOCAL * width
        return Distortion(width, height, focal, *self.order.distortion)

    @property
    def known(self) -> Known:
        """What is given of lens and shutter.

        Raises:
            InputError: A readout that takes longer than a frame.
        """
        readout, fps = self.order.readout_s, float(self.clip.fps)
        share = None if readout is None else readout * fps
        if readout is not None and readout * fps > _MOST_SHARE:
            raise InputError(
                f"is longer than a frame, {1000 / fps:.1f} ms",
                subject=f"--rolling-shutter {1000 * readout:g}",
                remedy="give the sensor's readout time in milliseconds, or auto",
            )
        return Known(self.lens, share, is_lens=self.order.distortion is not None)

    @property
    def starts(self) -> tuple[Fraction, ...]:
        """Of the footage's frames, seconds from the first, where its rate varies."""
        footage, clip = self.pairing.footage, self.clip
        if not clip.vfr:
            return ()
        return tuple(clip.time_of(k) - clip.time_of(footage.start) for k in footage)

    def pictures(self) -> Iterator[tuple[Picture, Layer]]:
        """Footage and overlay side by side."""
        threads = few_threads(self.clip)
        pictures = decode(self.order.on, self.clip, span=self.order.span, threads=threads)
        return zip(pictures, paired(self.overlay, self.pairing), strict=True)

    def frames(self, *, seen: bool) -> Iterator[tuple[Picture | None, Layer]]:
        """The same; the overlay alone where the footage is not to be seen."""
        if seen:
            return self.pictures()
        return ((None, layer) for layer in paired(self.overlay, self.pairing))
