"""Measures the takes of a study, and lays those of one request over each other."""

from __future__ import annotations

from pathlib import Path

from landfast.conduct.pictures import keep_difference
from landfast.conduct.progress import stage
from landfast.conduct.study.bench import Bench
from landfast.conduct.study.observed import Observed, observed, samples
from landfast.conduct.study.spread import camera_distance, differences
from landfast.ledger.rows import TakeRow
from landfast.model.study import Outcome, Spread

MOST_COMPARED = 12
"""Takes of one request that are laid over each other: 66 pairs."""


def seen(bench: Bench, row: TakeRow) -> Observed | None:
    """What else is measured in a take; kept, so that going on does not measure again."""
    if row.take is None:
        return None
    name = f"observed {row.key}"
    known = bench.ledger.load(name, Observed)
    if known is None:
        known = observed(bench.ledger.folder / row.take.file)
        bench.ledger.save(name, known)
    return known


def spreads(bench: Bench, outcomes: tuple[Outcome, ...]) -> tuple[Spread, ...]:
    """Takes of one request laid over each other, for each segment, generator and prompt."""
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for one in outcomes:
        if one.digest is not None:
            place = (one.cell.segment, one.cell.generator, one.cell.prompt)
            groups.setdefault(place, []).append(one)
    told = stage(bench.progress, "compare takes")
    found = []
    for done, (place, members) in enumerate(groups.items()):
        told(done, len(groups))
        if len(members) > 1:
            found.append(_spread(bench, place, members[:MOST_COMPARED]))
    return tuple(found)


def _spread(bench: Bench, place: tuple[str, str, str], members: list[Outcome]) -> Spread:
    rows = {row.key: row for row in bench.ledger.takes(place[0])}
    files = [_file(bench, rows[one.request]) for one in members]
    distinct = dict(zip((o.digest or "" for o in members), files, strict=True))
    frames = {digest: samples(path) for digest, path in distinct.items()}
    table, where = differences([frames[one.digest or ""] for one in members])
    known = [v for i, row in enumerate(table) for v in row[i + 1 :] if v is not None]
    if where is not None and len(distinct) > 1:
        keep_difference(bench.jobs[place[1]], members[0].request, where)
    return Spread(
        segment=place[0],
        generator=place[1],
        prompt=place[2],
        takes=tuple(one.request for one in members),
        difference=table,
        mean_difference=round(sum(known) / len(known), 3) if known else None,
        camera_pct=camera_distance([one.camera for one in members]),
        distinct=len(distinct),
    )


def _file(bench: Bench, row: TakeRow) -> Path:
    assert row.take is not None
    return bench.ledger.folder / row.take.file
