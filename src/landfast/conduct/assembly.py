"""From accepted takes to the film and its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from jaxtyping import UInt8

from landfast.compose.colour import lock_colour
from landfast.compose.conform import conform
from landfast.compose.fill import Fill
from landfast.compose.film import assemble
from landfast.compose.timeline import Placed, write_timeline
from landfast.conduct.attempts import Gap
from landfast.conduct.job import Job
from landfast.conduct.progress import stage
from landfast.ledger.rows import TakeRow
from landfast.media.decode import decode, stills
from landfast.media.files import sha256_file, write_text
from landfast.media.probe import probe
from landfast.model.outcome import Film
from landfast.model.plan import Generate

Image = UInt8[np.ndarray, "height width 3"]

FILM = "final.mp4"
TIMELINE = "final.otio"
PLAN = "plan.json"


def compose(job: Job, accepted: dict[str, TakeRow]) -> Film:
    """Write film, timeline and plan; a film that is finished and fits is left as it is.

    Args:
        job: The run.
        accepted: The take that is let in, by segment name.
    """
    plan = job.plan
    write_text(job.folder / PLAN, plan.to_json())
    placed = {
        name: Placed(row.take, _rate(job, row), row.verdict)
        for name, row in accepted.items()
        if row.take is not None
    }
    write_timeline(
        job.folder / TIMELINE, clip=job.clip, source=job.source, plan=plan, accepted=placed
    )
    finished = _finished(job, accepted)
    return finished if finished is not None else _film(job, accepted)


def _rate(job: Job, row: TakeRow) -> Fraction:
    """Frames a second of a take's file: the footage's where a model's take was brought onto it."""
    assert row.take is not None
    segment = next(one for one in job.plan.generated if one.name == row.segment)
    return segment.fps if row.take.frames == segment.frames else row.request.fps


def _finished(job: Job, accepted: dict[str, TakeRow]) -> Film | None:
    """The film of an earlier attempt to get here, unless more gaps have been filled since."""
    film, path = job.ledger.film(), job.folder / FILM
    if film is None or not path.is_file() or sha256_file(path) != film.sha256:
        return None
    anchors = [job.anchors(one) for one in job.plan.generated if one.name in accepted]
    return film if film.generated == sum(end - start - 1 for start, end in anchors) else None


def _film(job: Job, accepted: dict[str, TakeRow]) -> Film:
    segments = [segment for segment in job.plan.generated if segment.name in accepted]
    fills = [_fill(job, segment, accepted[segment.name]) for segment in segments]
    with job.timed("compose", frames=job.clip.frames):
        made = assemble(
            job.source,
            job.clip,
            fills,
            job.folder / FILM,
            progress=stage(job.progress, "compose"),
        )
    job.ledger.save("film", made.film)
    return made.film


def _fill(job: Job, segment: Generate, row: TakeRow) -> Fill:
    """An accepted take on the footage's grid, its colours locked to the anchors."""
    assert row.take is not None
    path = job.take_file(row.take.file, row.take.sha256)
    take, gap = probe(path), Gap(job, segment)
    ends = [0, take.frames - 1]
    first, last = (p.rgb() for p in stills(path, take, [take.time_of(index) for index in ends]))
    lock = lock_colour(start=gap.first, first=first, end=gap.last, last=last)
    start, end = job.anchors(segment)

    def images() -> Iterator[Image]:
        return (picture.rgb() for picture in decode(path, take))

    return conform(
        job.clip, start=start, end=end, frames=take.frames, images=images, grade=lock.apply
    )
