"""Runs that are killed again and again, each life in its own process; started by test_resume.

Points are the middle of each stage, by its progress, and both sides of commits to the ledger; each
life goes on with what the one before it left. The judge is a stand-in that rejects the first take
and accepts the second, so that retries happen.

    python killed.py CLIP FOLDER GENERATOR POINTS
"""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from landfast.conduct import attempts, findings
from landfast.conduct.brief import RunOptions
from landfast.conduct.ladder import open_rungs
from landfast.conduct.run import resume, run
from landfast.conduct.verdict import Judged
from landfast.ledger import store
from landfast.ledger.ledger import Ledger
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.time import Span
from landfast.model.verdict import FrameScore, Verdict
from landfast.verify.judge import Judgement
from landfast.verify.measure.reel import TakeFrames

KILLED = 9


class Points:
    """Counts the points of a process and kills it at one of them."""

    def __init__(self, fatal: int | None) -> None:
        self.passed = 0
        self.fatal = fatal
        self.names: list[str] = []

    def reach(self, name: str = "", *_: object) -> None:
        self.names.append(name)
        if self.passed == self.fatal:
            os.kill(os.getpid(), KILLED)
        self.passed += 1


def stand_in(take: Path, *_: object, **__: object) -> Judged:
    """Rejects takes of a first attempt."""
    clip = probe(take)
    images = [picture.rgb() for picture in decode(take, clip)]
    state, score = ("fail", 0.9) if take.stem.endswith("_1") else ("pass", 0.1)
    scores = tuple(FrameScore(time_s=k / 25, score=score) for k in range(len(images)))
    verdict = Verdict(state=state, score=score, coverage=0.5, findings=(), frames=scores)
    heat = tuple(np.zeros((2, 3), np.uint8) for _ in images)
    return Judged(Judgement(verdict, heat, {}), TakeFrames(images, clip.fps), clip)


def watch(commits: Points, log: Path) -> None:
    """Make the ledger's commits points, and note every take that is ordered."""
    honest = store.writing

    @contextmanager
    def writing(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
        with honest(connection, path) as db:
            yield db
            commits.reach()
        commits.reach()

    store.writing = writing
    Ledger.add_picture = unwatched(Ledger.add_picture, commits)
    attempts.judge_file = stand_in
    findings.write_plot = lambda path, *_: path.write_bytes(b"plot")
    make: Callable[..., object] = attempts.make_take

    def noted(maker: object, asked, *rest: object, **named: object) -> object:
        with log.open("a") as stream:
            stream.write(asked.key + "\n")
        return make(maker, asked, *rest, **named)

    attempts.make_take = noted


def unwatched(method: Callable[..., None], commits: Points) -> Callable[..., None]:
    """Pictures make most of the commits and decide nothing: only every eighth counts."""
    calls = itertools.count()

    def called(*arguments: object) -> None:
        before, fatal = commits.passed, commits.fatal
        watched = next(calls) % 8 == 0
        commits.fatal = fatal if watched else None
        method(*arguments)
        commits.fatal = fatal
        commits.passed = commits.passed if watched else before

    return called


def in_child(work: Callable[[], None]) -> int:
    """Do the work in a child; returns the signal that ended it, 0 for none."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        raise SystemExit(f"a child failed with {os.WEXITSTATUS(status)}")
    return 0


def attempt(
    clip: Path, folder: Path, generator: str, commits: int | None, told: int | None
) -> Callable[[], None]:
    """A run, or going on with one, that dies at a point."""

    def work() -> None:
        counted, progress = Points(commits), Points(told)
        watch(counted, folder.with_suffix(".log"))
        options = RunOptions(
            replace=(Span(start=Fraction(1, 2), stop=Fraction(22, 25)),),
            generator=generator,
            repeats="skip",
        )
        if (folder / store.FILE).exists():
            resume(folder, progress=progress.reach)
        else:
            run(clip, folder, options, progress=progress.reach)
        seen = {"commits": counted.passed, "progress": progress.names}
        folder.with_suffix(".json").write_text(json.dumps(seen))

    return work


def states(folder: Path) -> dict[str, str]:
    """State of each take, as anybody with SQLite can read it."""
    if not (folder / store.FILE).exists():
        return {}
    connection = sqlite3.connect(folder / store.FILE)
    rows = connection.execute("SELECT request_key, state FROM takes").fetchall()
    connection.close()
    return dict(rows)


def has_plan(folder: Path) -> bool:
    """True where the work before the plan is not done again."""
    if not (folder / store.FILE).exists():
        return False
    connection = sqlite3.connect(folder / store.FILE)
    found = connection.execute("SELECT 1 FROM records WHERE name = 'plan'").fetchone()
    connection.close()
    return found is not None


@dataclass
class Lives:
    """A run that is killed again and again, and what each life left and did."""

    clip: Path
    folder: Path
    generator: str
    deaths: list[dict[str, object]] = field(default_factory=list)

    def live(self, *, commits: int | None = None, told: int | None = None) -> bool:
        """One life; true where it was killed."""
        log = self.folder.with_suffix(".log")
        log.touch()
        before = len(log.read_text().splitlines())
        signal = in_child(attempt(self.clip, self.folder, self.generator, commits, told))
        made = log.read_text().splitlines()[before:]
        self.deaths.append({"made": made, "states": states(self.folder)})
        return signal == KILLED


def by_commits(lives: Lives, number: int, commits: int) -> int:
    """Kill it at commits spread evenly over the run; returns how often."""
    killed = reached = 0
    for point in [k * (commits - 1) // (number - 1) for k in range(number)]:
        killed += lives.live(commits=point - reached if has_plan(lives.folder) else point)
        reached = point
    return killed


def by_stages(lives: Lives, names: list[str]) -> int:
    """Kill it in the middle of each stage, in their order; returns how often."""
    killed = 0
    for stage in dict.fromkeys(names):
        places = [at for at, name in enumerate(names) if name == stage]
        done = 0 if not has_plan(lives.folder) else names.index(stage)
        killed += lives.live(told=places[len(places) // 2] - done)
    return killed


def main() -> None:
    clip, root, generator = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    open_rungs(generator, 320, 180)  # imports what the children share
    undisturbed = root / "undisturbed"
    in_child(attempt(clip, undisturbed, generator, None, None))
    seen = json.loads(undisturbed.with_suffix(".json").read_text())
    trials = []
    for way in ("commits", "stages"):
        lives = Lives(clip, root / way, generator)
        if way == "commits":
            killed = by_commits(lives, int(sys.argv[4]), seen["commits"])
        else:
            killed = by_stages(lives, seen["progress"])
        assert not lives.live()
        trials.append({"folder": way, "killed": killed, "lives": lives.deaths})
    sys.stdout.write(json.dumps(trials))


if __name__ == "__main__":
    main()
