"""The films that `lock` writes on the way: composite or mended take, and before beside after."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from landfast.conduct.lock.baked import Takes
from landfast.conduct.lock.files import Composite, SideBySide
from landfast.conduct.lock.occlusion import Occlusion
from landfast.conduct.lock.order import LockJob
from landfast.media.layers.layer import Layer
from landfast.media.picture import Picture


@dataclass(slots=True)
class Films:
    """Takes the frames in order."""

    storage: str
    hidden: Occlusion
    film: Composite
    takes: Takes | None
    beside: SideBySide

    @classmethod
    @contextlib.contextmanager
    def open(cls, job: LockJob, hidden: Occlusion, *, same: bool) -> Iterator[Films]:
        """Those that are asked for.

        Args:
            job: What is asked.
            hidden: What of the overlay nearer things hide.
            same: The take stays the file that it is.
        """
        order, clip = job.order, job.clip
        path = (None if same else order.out) if order.baked else order.composite
        with (
            Composite.open(path, order.on, clip, order.span) as film,
            SideBySide.open(order.beside, clip) as beside,
        ):
            takes = Takes(order.overlay, film) if order.baked and not same else None
            yield cls(job.overlay.storage, hidden, film, takes, beside)

    def write(
        self, number: int, picture: Picture, came: Layer, fixed: Layer, *, moved: bool
    ) -> None:
        """The next frame: the overlay as it came, and as it is now."""
        base = None if self.takes is None else self.takes.under(picture, came, moved=moved)
        keep = self.hidden.keep(number, picture, fixed)
        self.film.write(picture, fixed, self.storage, base=base, keep=keep)
        self.beside.write(picture, came, fixed, self.storage, keep)
