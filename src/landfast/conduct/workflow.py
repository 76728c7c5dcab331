"""Ways of working as data: how many takes, and which verdicts let one into the film."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from landfast.errors import InputError
from landfast.media.files import read_bytes
from landfast.model.record import Record, describe

NAMES = ("professional", "learning", "hobby")


class Workflow(Record):
    """How a run treats its gaps."""

    about: str
    attempts: int = Field(ge=1)
    """Most takes for each gap."""
    accept: tuple[Literal["pass", "unknown"], ...] = Field(min_length=1)
    """Verdicts that let a take into the film; a failed take never enters."""
    make: Literal["first accepted", "all"]
    """Whether to stop at the first take that is let in."""
    settings: dict[str, float] = Field(default_factory=dict)
    """Creative settings, each used by the models that have it: `guidance`, `steps`, `shift`."""


def open_workflow(name: str) -> Workflow:
    """A packaged workflow by name, or one's own by the path of its TOML file.

    Raises:
        InputError: No such workflow, or a file that is none.
    """
    if name in NAMES:
        text = packaged(name).encode()
    elif name.endswith(".toml"):
        text = read_bytes(Path(name))
    else:
        raise InputError(
            "is no workflow",
            subject=name,
            remedy=f"use {', '.join(NAMES)} or the path of a .toml file",
        )
    return _read(text, name)


def packaged(name: str) -> str:
    """The commented TOML of a packaged workflow.

    Raises:
        InputError: No such workflow.
    """
    if name not in NAMES:
        raise InputError(
            "is no packaged workflow", subject=name, remedy=f"use one of {', '.join(NAMES)}"
        )
    folder = resources.files("landfast") / "conduct" / "workflows"
    return (folder / f"{name}.toml").read_text(encoding="utf-8")


def _read(text: bytes, source: str) -> Workflow:
    try:
        return Workflow.model_validate(tomllib.loads(text.decode()))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"is not TOML ({error})", subject=source, remedy="correct it") from error
    except ValidationError as error:
        raise InputError(
            describe(error), subject=source, remedy="copy a packaged workflow and change it"
        ) from error
