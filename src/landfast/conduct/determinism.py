"""Computer vision against generation, measured: is the same work the same bytes twice?"""

from __future__ import annotations

import tempfile
from pathlib import Path

from landfast.conduct.attempts import judged
from landfast.conduct.gap import Gap, maker_at
from landfast.conduct.job import TAKES, Job
from landfast.conduct.progress import stage
from landfast.conduct.take import make_take
from landfast.ledger.rows import TakeRow
from landfast.model.clip import Clip
from landfast.model.outcome import Repeat
from landfast.vision.analysis.onepass import observe

WINDOW_FRAMES = 60
"""Frames from the clip's start that are analysed twice, on one thread and on two."""


def check_repeats(job: Job) -> None:
    """Do the work of each kind once more and keep both digests.

    Analysis of the clip's first frames, the first take that came back (where it costs nothing),
    and its verdict. What is in the ledger already is not done again.
    """
    known = {repeat.stage for repeat in job.ledger.repeats()}
    if "analyse" not in known:
        _repeat_analysis(job)
    done = [row for row in job.ledger.takes() if row.take is not None and row.verdict is not None]
    if done and "verify" not in known:
        _repeat_verdict(job, done[0])
    if done and "generate" not in known and done[0].cost_usd == 0:
        _repeat_take(job, done[0])


def _repeat_analysis(job: Job) -> None:
    window = _window(job.clip)
    told = stage(job.progress, "check analysis")
    digests = tuple(
        observe(job.source, window, threads=threads, progress=told).table.digest()
        for threads in (1, 2)
    )
    subject = f"the first {window.frames} frames"
    job.ledger.add_repeat(Repeat(stage="analyse", subject=subject, digests=digests))


def _window(clip: Clip) -> Clip:
    """The clip as if it ended early."""
    if clip.frames <= WINDOW_FRAMES:
        return clip
    ticks = clip.ticks[:WINDOW_FRAMES]
    return clip.model_copy(update={"ticks": ticks, "end_tick": clip.ticks[WINDOW_FRAMES]})


def _repeat_verdict(job: Job, row: TakeRow) -> None:
    assert row.verdict is not None
    again = judged(_gap(job, row), row).judgement.verdict
    digests = (row.verdict.key, again.key)
    job.ledger.add_repeat(Repeat(stage="verify", subject=row.key, digests=digests))


def _repeat_take(job: Job, row: TakeRow) -> None:
    assert row.take is not None
    with tempfile.TemporaryDirectory(dir=job.folder / TAKES, prefix=".", suffix=".part") as folder:
        gap = _gap(job, row)
        again = make_take(
            maker_at(gap, row.request),
            row.request,
            gap.material(row.request),
            Path(folder) / Path(row.take.file).name,
            colour=job.clip.colour,
            grid=gap.grid(row.request),
            patching=gap.patching(row.request),
            progress=job.progress,
        )
    digests = (row.take.sha256, again.sha256)
    job.ledger.add_repeat(Repeat(stage="generate", subject=row.key, digests=digests))


def _gap(job: Job, row: TakeRow) -> Gap:
    segment = next(one for one in job.plan.generated if one.name == row.segment)
    return Gap.of(job, segment, row.request)
