"""From accepted takes to the film and its timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from landfast.compose.colour import lock_colour
from landfast.compose.conform import conform
from landfast.compose.fill import Fill
from landfast.compose.film import assemble, film_name
from landfast.conduct.depth import Image, in_depth, is_deep, of_take
from landfast.conduct.job import Job
from landfast.conduct.ladder import as_filled
from landfast.conduct.progress import stage
from landfast.ledger.rows import TakeRow
from landfast.media.decode import decode, stills
from landfast.media.files import sha256_file, write_text
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.outcome import Film
from landfast.model.plan import Generate

TIMELINE = "final.otio"
PLAN = "plan.json"


def compose(job: Job, accepted: dict[str, TakeRow]) -> Film:
    """Write film, timeline and plan; a film that is finished and fits is left as it is.

    Args:
        job: The run.
        accepted: The take that is let in, by segment name.
    """
    # Loaded here: of all that is done with footage only a film needs OpenTimelineIO.
    from landfast.compose.timeline import Placed, write_timeline

    write_text(job.folder / PLAN, job.plan.to_json())
    plan = as_filled(job.plan, job.clip, accepted)
    fills = [_Filled(one, accepted[one.name]) for one in plan.generated if one.name in accepted]
    placed = {
        one.segment.name: Placed(one.row.take, _rate(one), one.row.verdict)
        for one in fills
        if one.row.take is not None
    }
    write_timeline(
        job.folder / TIMELINE, clip=job.clip, source=job.source, plan=plan, accepted=placed
    )
    finished = _finished(job, fills)
    return finished if finished is not None else _film(job, fills)


@dataclass(frozen=True, slots=True)
class _Filled:
    """A segment as it was filled, and the take that fills it."""

    segment: Generate
    row: TakeRow


def _rate(filled: _Filled) -> Fraction:
    """Frames a second of a take's file: the footage's where a model's take was brought onto it."""
    segment, row = filled.segment, filled.row
    assert row.take is not None
    return segment.fps if row.take.frames == segment.frames else row.request.fps


def _finished(job: Job, fills: Sequence[_Filled]) -> Film | None:
    """The film of an earlier attempt to get here, unless more gaps have been filled since."""
    film, path = job.ledger.film(), job.folder / film_name(job.brief.keep, job.clip)
    if film is None or not path.is_file() or sha256_file(path) != film.sha256:
        return None
    anchors = [job.anchors(one.segment) for one in fills]
    return film if film.generated == sum(end - start - 1 for start, end in anchors) else None


def _film(job: Job, filled: Sequence[_Filled]) -> Film:
    fills = [_fill(job, one.segment, one.row) for one in filled]
    with job.timed("compose", frames=job.clip.frames):
        made = assemble(
            job.source,
            job.clip,
            fills,
            job.folder / film_name(job.brief.keep, job.clip),
            keep=job.brief.keep,
            progress=stage(job.progress, "compose"),
        )
    earlier = job.ledger.film()
    job.ledger.save("film", made.film)
    if earlier is not None and earlier.file != made.film.file:
        _remove_film(job.folder / earlier.file, earlier.sha256)
    return made.film


def _remove_film(path: Path, sha256: str) -> None:
    """Remove what an earlier version wrote by another name, if nobody has changed it since."""
    if path.is_file() and sha256_file(path) == sha256:
        path.unlink()


def _fill(job: Job, segment: Generate, row: TakeRow) -> Fill:
    """An accepted take on the footage's grid, its colours locked to the anchors."""
    assert row.take is not None
    path = job.take_file(row.take.file, row.take.sha256)
    take, deep = probe(path), is_deep(job.clip)
    gap = job.anchors(segment)
    first, last = _pictures(path, take, (0, take.frames - 1), deep=deep)
    start, end = _pictures(job.source, job.clip, gap, deep=deep)
    lock = lock_colour(start=start, first=first, end=end, last=last)

    def images() -> Iterator[Image]:
        return (of_take(picture, deep=deep) for picture in decode(path, take))

    return conform(
        job.clip,
        start=gap.first,
        end=gap.last,
        frames=take.frames,
        images=images,
        grade=lock.apply,
    )


def _pictures(path: Path, clip: Clip, indices: Sequence[int], *, deep: bool) -> Iterator[Image]:
    times = [clip.time_of(index) for index in indices]
    return (in_depth(picture, deep=deep) for picture in stills(path, clip, times))
