"""The films that `lock` writes on the way: composite or mended take, and before beside after."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from landfast.compose.lock.over import laid_over
from landfast.conduct.lock.baked import Takes
from landfast.conduct.lock.files import FilmFile, film, next_to, small_film
from landfast.conduct.lock.occlusion import Occlusion
from landfast.conduct.lock.order import LockJob
from landfast.media.layers.layer import Layer
from landfast.media.picture import Picture


@dataclass(slots=True)
class Films:
    """Takes the frames in order."""

    job: LockJob
    hidden: Occlusion
    film: FilmFile | None
    takes: Takes | None
    beside: FilmFile | None

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
        none = contextlib.nullcontext()
        with (
            none if path is None else film(path, order.on, clip, order.span) as whole,
            none if order.beside is None else small_film(order.beside, clip) as beside,
        ):
            takes = Takes(order.overlay, whole) if order.baked and whole is not None else None
            yield cls(job, hidden, whole, takes, beside)

    def write(
        self, number: int, picture: Picture, came: Layer, fixed: Layer, *, moved: bool
    ) -> None:
        """The next frame: the overlay as it came, and as it is now."""
        keep, storage = self.hidden.keep(number, picture, fixed), self.job.overlay.storage
        if self.film is not None:
            under = self.film.shown(picture)
            if self.takes is not None:
                under = self.takes.under(under, came, moved=moved)
            self.film.write(picture, laid_over(under, fixed, storage=storage, keep=keep))
        if self.beside is not None:
            ground = before = picture.rgb()
            if (came.width, came.height) == self.job.size:
                before = laid_over(ground, came, storage=storage)
            after = laid_over(ground, fixed, storage=storage, keep=keep)
            self.beside.write(picture, next_to([before, after], self.job.clip))
