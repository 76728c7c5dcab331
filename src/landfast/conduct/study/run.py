"""The consistency experiment: plan once, make and judge every cell, sum up, and go on if broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from landfast.conduct.determinism import check_repeats
from landfast.conduct.folder import record_of, refuse_taken, same_clip, sweep
from landfast.conduct.job import TAKES
from landfast.conduct.pictures import keep_segment_pictures
from landfast.conduct.planner import check
from landfast.conduct.progress import Progress
from landfast.conduct.study.bench import Bench, plan_options, refuse_impossible
from landfast.conduct.study.brief import StudyBrief, StudyOptions, same_question
from landfast.conduct.study.compared import seen, spreads
from landfast.conduct.study.data import write_data
from landfast.conduct.study.making import make_all
from landfast.conduct.study.outcomes import outcome
from landfast.conduct.study.together import Context, summed_up
from landfast.errors import BudgetSpent, GeneratorError, InputError, LandfastError
from landfast.ledger import lock, store
from landfast.ledger.ledger import Ledger
from landfast.media.files import make_folder, write_text
from landfast.media.probe import probe
from landfast.model.outcome import RunState
from landfast.model.study import PromptMotions, Study

Page = Callable[[Path], Path]
"""Writes a study's page from its folder; it stands above this layer, so it is handed in."""

BRIEF, STUDY = "study brief", "study"
DATA, RESULT, PROMPTS = "study.parquet", "study.json", "prompts.json"


def study(
    path: Path,
    out: Path,
    options: StudyOptions,
    *,
    progress: Progress | None = None,
    page: Page | None = None,
) -> Study:
    """Make, judge and compare every take of the grid; write page, data and summary to `out`.

    Where `out` holds the same study already, it goes on: nothing is made or paid for twice.

    Args:
        path: The footage.
        out: A new folder, or that of the same study.
        options: What the user decides.
        progress: Told how far the work is.
        page: Writes the page; called at the end, after errors too.

    Raises:
        InputError: The footage or an option cannot be used, or `out` holds something else.
        Unsupported: The clip has nothing to bridge, or a generator cannot do what is asked; nothing
            was spent.
        BudgetSpent: The grid costs more than the budget; nothing was spent.
        GeneratorError: Not one take came back.
    """
    clip = probe(path)
    brief = StudyBrief.of(path, options)
    for generator in brief.generators:
        check(plan_options(brief, generator), clip)
    refuse_impossible(brief, clip)
    make_folder(out)
    if (out / store.FILE).exists():
        return _again(out, brief, progress=progress, page=page)
    refuse_taken(out)
    with lock.locked(out):
        records = {"run": record_of(path, brief.threads), BRIEF: brief, "clip": clip}
        with Ledger.create(out, records) as ledger:
            return _go(Bench(ledger, brief, clip, progress), page)


def is_study(folder: Path) -> bool:
    """Whether a folder holds a study."""
    if not (folder / store.FILE).is_file():
        return False
    with Ledger.open(folder) as ledger:
        return ledger.load(BRIEF, StudyBrief) is not None


def resume_study(
    folder: Path, *, progress: Progress | None = None, page: Page | None = None
) -> Study:
    """Go on with a study that stopped.

    Raises: As `study`, and
        InputError: The folder holds no study, or its footage is gone or another.
    """
    return _again(folder, None, progress=progress, page=page)


def _again(
    out: Path, brief: StudyBrief | None, *, progress: Progress | None, page: Page | None
) -> Study:
    with lock.locked(out), Ledger.open(out, "write") as ledger:
        sweep(out)
        known = ledger.load(BRIEF, StudyBrief)
        if known is None or (brief is not None and not same_question(known, brief)):
            raise InputError(
                "holds another study" if known else "holds a run, not a study",
                subject=str(out),
                remedy="give another folder, or the same options to go on",
            )
        if brief is not None and known != brief:
            known = brief
            ledger.save(BRIEF, known)
        return _go(Bench(ledger, known, same_clip(ledger, known.source), progress), page)


def _go(bench: Bench, page: Page | None) -> Study:
    try:
        found, stopped = _experiment(bench)
    except LandfastError as error:
        _end(bench, "failed", str(error))
        raise
    folder = bench.ledger.folder
    bench.ledger.save(STUDY, found)
    write_text(folder / RESULT, found.to_json())
    motions = PromptMotions(measured=_started(bench), prompts=found.motions)
    write_text(folder / PROMPTS, motions.to_json())
    write_data(folder / DATA, found)
    spent = isinstance(stopped, BudgetSpent)
    state: RunState = "finished" if stopped is None else "budget spent" if spent else "failed"
    _end(bench, state, str(stopped or ""))
    if page is not None:
        page(folder)
    if stopped is not None:
        raise stopped
    if found.failed == len(found.outcomes):
        raise GeneratorError(
            f"not one of {len(found.outcomes)} takes came back; the first said: "
            f"{found.outcomes[0].error}",
            subject=str(folder),
            remedy="the page shows every error",
        )
    return found


def _experiment(bench: Bench) -> tuple[Study, LandfastError | None]:
    """The study as far as it came, and why it came no further."""
    _end(bench, "running", "")
    for job in bench.jobs.values():
        (job.folder / TAKES).mkdir(exist_ok=True)
    first = bench.plans[bench.brief.generators[0]]
    planned = bench.cells
    for segment in first.generated:
        keep_segment_pictures(bench.jobs[bench.brief.generators[0]], segment)
    made = make_all(bench, planned)
    if made.stopped is not None and not made.rows:
        raise made.stopped
    if any(row.take is not None for row in made.rows.values()):
        check_repeats(bench.jobs[bench.brief.generators[0]])
    outcomes = tuple(outcome(cell, row, seen(bench, row)) for cell, row in made.rows.items())
    context = Context(
        brief=bench.brief,
        clip=bench.clip,
        clip_name=first.clip_name,
        asked=len(planned),
        stopped=made.stopped,
        profiles=bench.profiles,
        timings=bench.ledger.timings(),
        repeats=bench.ledger.repeats(),
    )
    return summed_up(context, outcomes, spreads(bench, outcomes)), made.stopped


def _end(bench: Bench, state: RunState, message: str) -> None:
    record = bench.ledger.run()
    if record is not None:
        update = {"state": state, "message": message}
        bench.ledger.save("run", record.model_copy(update=update))


def _started(bench: Bench) -> str:
    record = bench.ledger.run()
    return record.started if record else ""
