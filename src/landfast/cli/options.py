"""Options that several commands share, and how their text is read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from landfast.cli.screen import say
from landfast.errors import InputError
from landfast.media.files import read_document
from landfast.model.time import Span, parse_span, parse_time

if TYPE_CHECKING:
    from landfast.model.camera import Focal
    from landfast.model.study import PromptMotion

ClipPath = Annotated[Path, typer.Argument(metavar="CLIP", help="A video file.")]
Folder = Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder to write into.")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document to stdout.")]
Threads = Annotated[
    int, typer.Option("--threads", min=0, help="Threads to decode with; 0 means all cores.")
]
Replace = Annotated[
    list[str] | None,
    typer.Option(
        "--replace", metavar="A-B", help="Replace this span (repeatable); overrules detection."
    ),
]
GeneratorName = Annotated[
    str,
    typer.Option(
        "--generator",
        metavar="NAME[:MODEL[@SIZE]]",
        help="See [bold]landfast generators[/]; several, separated by commas, are tried in turn. "
        "[bold]auto[/] climbs from the real frames over retiming to geometry; "
        "[bold]auto,luma[/] asks that model only for what is left.",
    ),
]
MayKeep = Annotated[
    bool,
    typer.Option(
        "--may-keep",
        help="With auto: real frames of a --replace span that pass every check may stay.",
    ),
]
Profiles = Annotated[
    Path | None,
    typer.Option(
        "--profiles",
        metavar="FILE",
        help=r"TOML with \[\[profile]] entries: models of your own.",
    ),
]
EmbeddingFile = Annotated[
    Path | None,
    typer.Option(
        "--embedding",
        metavar="FILE",
        help="ONNX embedding that tells how unlike two anchors are; its .json holds the limit.",
    ),
]
Prompt = Annotated[
    str, typer.Option("--prompt", help="Words in place of the measured camera move.")
]
Motions = Annotated[
    Path | None,
    typer.Option(
        "--motions",
        metavar="FILE",
        help="prompts.json of a study: use the prompt that moved this model's camera most alike.",
    ),
]
Budget = Annotated[
    str | None, typer.Option("--budget", metavar="USD", help="Hard cap on what the run may cost.")
]
WorkflowName = Annotated[
    str,
    typer.Option(
        "--workflow", metavar="W", help="professional, learning, hobby, or a .toml of your own."
    ),
]
Footage = Annotated[
    Path | None,
    typer.Option("--footage", metavar="CLIP", help="The real footage around the gap."),
]
FootageSpan = Annotated[
    str | None,
    typer.Option("--span", metavar="A-B", help="Where in the footage the take belongs."),
]
START = typer.Option("--start", metavar="IMG", help="Real frame at the take's start.")
END = typer.Option("--end", metavar="IMG", help="Real frame at the take's end.")
FocalLength = Annotated[
    str | None,
    typer.Option(
        "--focal",
        metavar="PX|MM35",
        help="Focal length in pixels of the footage, or 35 mm equivalent (by diagonal) like 24mm.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed, where the generator has one.")]


def chosen(may_keep: bool, generator: str) -> Literal["replace", "may keep"]:
    """What may become of the spans of `--replace`.

    Raises:
        InputError: Only a ladder looks at the real frames.
    """
    from landfast.conduct.ladder import climbs

    if may_keep and not climbs(generator):
        raise InputError(
            "belongs to --generator auto", subject="--may-keep", remedy="leave it out or use auto"
        )
    return "may keep" if may_keep else "replace"


def use_profiles(file: Path | None) -> None:
    """Let a file's profiles count for this command, before those of the environment.

    Raises:
        InputError: It cannot be read or holds something else.
    """
    # Loaded here, as below: commands that only measure start without it.
    from landfast.generators.profiles import FILES, known_profiles

    if file is not None:
        others = os.environ.get(FILES, "")
        os.environ[FILES] = os.pathsep.join(part for part in (others, str(file)) if part)
    known_profiles()


def use_embedding(file: Path | None) -> None:
    """Let a network tell for this command how unlike two anchors are in kind.

    Raises:
        InputError: It cannot be read, or its table names no limit.
        Unsupported: The extra `onnx` is not installed.
    """
    if file is None:
        return
    from landfast.vision.gap.embedding import FILE, configured

    os.environ[FILE] = str(file)
    configured()


def warn_of(prompt: str) -> None:
    """Say where a prompt is likely to harm."""
    from landfast.planning.prompt import complaint

    if words := complaint(prompt):
        say(f"warning: {words}")


def spans(texts: list[str] | None) -> tuple[Span, ...]:
    """The spans of a repeated `--replace A-B`, in the order given.

    Raises:
        InputError: Not spans.
    """
    with _about("--replace"):
        return tuple(parse_span(text) for text in texts or ())


def span(text: str, option: str) -> Span:
    """The span of one option `A-B`.

    Raises:
        InputError: Not a span.
    """
    with _about(option):
        return parse_span(text)


def motions(path: Path | None) -> tuple[PromptMotion, ...]:
    """What prompts did in a study; empty where no file was given.

    Raises:
        InputError: Not such a file.
    """
    if path is None:
        return ()
    from landfast.model.study import PromptMotions

    return read_document(path, PromptMotions).prompts


def times(text: str) -> tuple[Fraction, ...]:
    """The comma-separated times of `--at`, in order and without repeats.

    Raises:
        InputError: Not times.
    """
    with _about("--at"):
        return tuple(sorted({parse_time(part) for part in text.split(",")}))


def positive(text: str, option: str) -> Fraction:
    """An exact number above zero from `24`, `29.97` or `30000/1001`.

    Raises:
        InputError: Not such a number.
    """
    value = _exact(text)
    if value is None or value <= 0:
        raise InputError(
            f"needs a number above zero, got {text!r}", subject=option, remedy="write it like 29.97"
        )
    return value


def focal(text: str | None) -> Focal | None:
    """The focal length of `--focal`, pixels or `24mm`; None where none was given.

    Raises:
        InputError: Not a number above zero.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)\s*(px|mm)?", text.strip().lower())
    if match is None or float(match[1]) <= 0:
        raise InputError(
            f"is not a focal length: {text!r}",
            subject="--focal",
            remedy="write pixels like 2900, or a 35 mm equivalent like 24mm",
        )
    from landfast.model.camera import Focal

    return Focal(value=float(match[1]), unit="mm35" if match[2] == "mm" else "px")


def _exact(text: str) -> Fraction | None:
    """The number that is written there; None for others, and for those of absurd size."""
    if not re.fullmatch(r"\s*[-+]?[\d.]{1,20}(/\d{1,9}|e[-+]?\d{1,2})?\s*", text, re.ASCII | re.I):
        return None
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def budget(text: str | None) -> Fraction | None:
    """Dollars, or None where no cap was given.

    Raises:
        InputError: Not a number, or negative.
    """
    if text is None:
        return None
    dollars = _exact(text)
    if dollars is None or dollars < 0:
        raise InputError(
            f"needs dollars, got {text!r}", subject="--budget", remedy="write it like 2.50"
        )
    return dollars


def footage_span(footage: Path | None, text: str | None) -> Span | None:
    """The span of `--footage`; the two options stand together or not at all.

    Raises:
        InputError: Only one of the two was given, or no span.
    """
    if (footage is None) != (text is None):
        raise InputError(
            "--footage and --span belong together",
            subject="--span" if text is None else "--footage",
            remedy="give both or neither",
        )
    with _about("--span"):
        return parse_span(text) if text is not None else None


@contextmanager
def _about(option: str) -> Iterator[None]:
    """Let errors name the option that the text stood in."""
    try:
        yield
    except InputError as error:
        raise InputError(error.what, subject=option, remedy=error.remedy) from error
