"""The page of one verdict, for `verify -o`: any clip from any generator."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from landfast.errors import InputError
from landfast.media.files import read_bytes, write_text
from landfast.media.stills import load_image
from landfast.model.outcome import Picture, PictureRole
from landfast.model.verdict import Check, Verdict
from landfast.report.evidence import evidence
from landfast.report.look import environment
from landfast.report.take import verdict_facts
from landfast.report.view import Image
from landfast.report.words import CHECK

MediaType = Literal["image/jpeg", "image/webp", "image/png"]
MEDIA_TYPES: dict[str, MediaType] = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """A verdict and the pictures that show it."""

    name: str
    """The take's file name."""
    verdict: Verdict
    start: Image | None = None
    end: Image | None = None
    plain: Image | None = None
    """The take's worst frame."""
    heat: Image | None = None
    """The same with the evidence painted over it."""


def write_verdict(path: Path, view: VerdictView) -> Path:
    """Write the page of a verdict; the same view gives the same bytes.

    Raises:
        InputError: It cannot be written.
    """
    write_text(path, render_verdict(view))
    return path


def render_verdict(view: VerdictView) -> str:
    """The page's HTML: a pure function of the view."""
    return (
        environment()
        .get_template("verdict.html.j2")
        .render(
            view=view,
            headline=headline(view.verdict),
            rows=verdict_facts(view.verdict),
            found=evidence(view.verdict, Fraction(0), plain=view.plain, heat=view.heat),
            judged=True,
            unfolded=True,
        )
    )


def picture_file(path: Path, role: PictureRole, *, time: Fraction = Fraction(0)) -> Image:
    """A picture file as it goes into a page: give small ones, its bytes are taken as they are.

    Raises:
        InputError: It cannot be read, or is no JPEG, PNG or WebP.
    """
    media_type = MEDIA_TYPES.get(path.suffix.lower())
    if media_type is None:
        raise InputError(
            "cannot go into a page", subject=str(path), remedy="give a jpg, png or webp"
        )
    height, width = load_image(path).shape[:2]
    data = read_bytes(path)
    about = Picture(
        role=role,
        time=time,
        width=width,
        height=height,
        media_type=media_type,
        blob=hashlib.sha256(data).hexdigest(),
    )
    return Image(about, data)


def headline(verdict: Verdict) -> str:
    """The verdict in a sentence: failures first, then what could not be measured."""
    failed = _names(verdict, "fail")
    unknown = _names(verdict, "unknown")
    parts = [f"{failed} failed"] if failed else []
    parts += [f"{unknown} could not be measured"] if unknown else []
    if verdict.state == "pass":
        return "Passed" + (f"; {parts[0]}." if parts else ": every check holds.")
    start = "Not accepted" if verdict.state == "fail" else "Not known whether it holds"
    return f"{start}: {'; '.join(parts) or 'no check was decisive'}."


def _names(verdict: Verdict, state: str) -> str:
    checks: list[Check] = [f.check for f in verdict.findings if f.state == state]
    names = [CHECK[check][0].lower() for check in dict.fromkeys(checks)]
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
