"""What a study was asked to do, in the form that the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from pydantic import Field

from landfast.conduct.ladder import climbs, named
from landfast.errors import InputError
from landfast.media.files import read_bytes
from landfast.model.record import Document
from landfast.model.time import Rational, Span

LONGEST_PROMPT: Final = 2000
"""Characters."""
MOST_TAKES: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOptions:
    """What the user decides about a study.

    Attributes:
        replace: Spans to replace; they overrule detection.
        generators: `NAME` or `NAME:MODEL`, one or more.
        takes: Takes of each segment, generator and prompt; with `seeds`, of each seed as well.
            None: 10, or one where seeds are given.
        seeds: Seeds of the grid; empty to count up from 0.
        prompts: Prompts of the grid; empty for the plan's own.
        budget_usd: Hard cap on what may be spent; None for no cap.
        threads: Decoder threads, 0 for all cores.
    """

    replace: tuple[Span, ...] = ()
    generators: tuple[str, ...] = ("geometry",)
    takes: int | None = None
    seeds: tuple[int, ...] = ()
    prompts: tuple[str, ...] = ()
    budget_usd: Fraction | None = None
    threads: int = 0


class StudyBrief(Document):
    """Everything that going on with a study needs to know."""

    source: str
    """Absolute path of the footage."""
    replace: tuple[Span, ...]
    generators: tuple[str, ...] = Field(min_length=1)
    takes: int = Field(ge=1, le=MOST_TAKES)
    seeds: tuple[int, ...]
    prompts: tuple[str, ...]
    budget_usd: Rational | None
    threads: int = Field(ge=0)

    @classmethod
    def of(cls, path: Path, options: StudyOptions) -> StudyBrief:
        """Settle the options.

        Raises:
            InputError: No takes, too many, or a seed or generator given twice.
        """
        takes = options.takes
        if takes is None:
            takes = 1 if options.seeds else 10
        if not 1 <= takes <= MOST_TAKES:
            raise InputError(
                f"needs 1 to {MOST_TAKES} takes, got {takes}",
                subject="--takes",
                remedy="ten show a rate of failure within about 30 %",
            )
        for name, values in (("--seeds", options.seeds), ("--generator", options.generators)):
            twice = next((v for i, v in enumerate(values) if v in values[:i]), None)
            if twice is not None:
                raise InputError(
                    f"names {twice} twice", subject=name, remedy="repeat takes with --takes"
                )
        for name in options.generators:
            _refuse_several(name)
        return cls(
            source=str(path.resolve()),
            replace=options.replace,
            generators=options.generators,
            takes=takes,
            seeds=options.seeds,
            prompts=options.prompts,
            budget_usd=options.budget_usd,
            threads=options.threads,
        )


def _refuse_several(name: str) -> None:
    if len(named(name)) > 1 or climbs(name):
        raise InputError(
            f"{name!r} goes from one generator to the next, and a study asks one many times",
            subject="--generator",
            remedy="name one, or repeat --generator to compare several",
        )


def same_question(known: StudyBrief, asked: StudyBrief) -> bool:
    """Whether two briefs ask for the same takes; budget, threads and the footage's place may
    differ."""
    own = {"budget_usd": asked.budget_usd, "threads": asked.threads, "source": asked.source}
    return known.model_copy(update=own) == asked


def read_prompts(path: Path) -> tuple[str, ...]:
    """The prompts of a text file, one a line; blank lines and lines that start with # are skipped.

    Raises:
        InputError: Not UTF-8 text, no prompt in it, a line with control characters, one that is
            too long, or one that stands there twice.
    """
    try:
        lines = read_bytes(path).decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(
            "is not UTF-8 text", subject=str(path), remedy="write one prompt a line"
        ) from error
    found: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        prompt = line.strip()
        if not prompt or prompt.startswith("#"):
            continue
        _refuse_hostile(prompt, f"{path}, line {number}")
        if prompt in found:
            raise InputError(
                f"is the prompt of line {found[prompt]} again",
                subject=f"{path}, line {number}",
                remedy="repeat takes with --takes",
            )
        found[prompt] = number
    if not found:
        raise InputError("holds no prompt", subject=str(path), remedy="write one prompt a line")
    return tuple(found)


def _refuse_hostile(prompt: str, where: str) -> None:
    strange = next((letter for letter in prompt if not letter.isprintable()), None)
    if strange is not None:
        raise InputError(
            f"holds the control character U+{ord(strange):04X}",
            subject=where,
            remedy="write plain text",
        )
    if len(prompt) > LONGEST_PROMPT:
        raise InputError(
            f"is {len(prompt)} characters long, a prompt may have {LONGEST_PROMPT}",
            subject=where,
            remedy="short prompts work better",
        )


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds from `1,2,5` or `1-10`, or both mixed.

    Raises:
        InputError: Not whole numbers from 0 on, a backward range, or too many.
    """
    seeds: list[int] = []
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not low.isdecimal() or (dash and not high.isdecimal()):
            raise InputError(
                f"needs whole numbers from 0 on, got {part.strip()!r}",
                subject="--seeds",
                remedy="write them like 1,2,5 or 1-10",
            )
        first, last = int(low), int(high) if dash else int(low)
        if last < first or last - first >= MOST_TAKES:
            raise InputError(
                f"cannot count from {first} to {last}",
                subject="--seeds",
                remedy="write a range like 1-10",
            )
        seeds += range(first, last + 1)
    return tuple(seeds)
