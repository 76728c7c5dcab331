"""The page of a study: one self-contained HTML file, drawn from its ledger alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from landfast.errors import InputError
from landfast.ledger.ledger import Ledger
from landfast.media.files import write_text
from landfast.model.outcome import PictureRole, Run
from landfast.model.study import Estimate, Outcome, OutcomeState, Rate, Study
from landfast.report.look import environment
from landfast.report.numbers import UNKNOWN, number, share
from landfast.report.read import stored
from landfast.report.view import Image
from landfast.report.words import CHECK, Tone

PAGE = "study.html"
PICTURE_BYTES = 4_000_000
"""Most bytes of pictures in a page."""
_SHOWN: tuple[PictureRole, ...] = ("take", "heat", "difference")
STATE: dict[OutcomeState, tuple[str, Tone]] = {
    "accepted": ("accepted", "pass"),
    "rejected": ("rejected", "fail"),
    "unknown": ("not decided", "unknown"),
    "failed": ("never came", "fail"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyView:
    """A study and the pictures that show it."""

    study: Study
    run: Run | None = None
    images: tuple[Image, ...] = ()

    def picture(self, role: PictureRole, subject: str) -> Image | None:
        """The smallest picture of a subject from the middle of its time, or None."""
        found = sorted(
            (one for one in self.images if (one.about.role, one.about.subject) == (role, subject)),
            key=lambda one: (one.about.width, one.time),
        )
        smallest = [one for one in found if one.about.width == found[0].about.width]
        return smallest[len(smallest) // 2] if smallest else None


@dataclass(frozen=True, slots=True)
class TakeCard:
    """One take as the page shows it."""

    outcome: Outcome
    number: int
    word: str
    tone: Tone
    why: str
    camera: str
    plain: Image | None
    heat: Image | None


def write_study(folder: Path) -> Path:
    """Write `study.html` into a study's folder from what its ledger holds.

    Raises:
        InputError: The folder holds no finished study, or the page cannot be written.
        LedgerCorrupt: The ledger cannot be read.
    """
    path = folder / PAGE
    write_text(path, render_study(_read(folder)))
    return path


def render_study(view: StudyView) -> str:
    """The page's HTML: a pure function of the view."""
    study = view.study
    cards = _within(_cards(view))
    return (
        environment()
        .get_template("study.html.j2")
        .render(
            view=view,
            study=study,
            headline=headline(study),
            cards=cards,
            numbers={card.outcome.request: card.number for card in cards},
            checks=CHECK,
            interval=interval,
            estimate=estimate,
            dots=dots(study),
            differs=_differs(view),
        )
    )


def headline(study: Study) -> str:
    """What the study found, in a sentence."""
    rate = study.accepted
    if rate.trials == 0:
        return "No take was made"
    takes = "take" if rate.trials == 1 else "takes"
    return f"{rate.hits} of {rate.trials} {takes} accepted"


def interval(rate: Rate) -> str:
    """`80 % (49 % to 94 %)`."""
    if rate.share is None:
        return UNKNOWN
    return f"{share(rate.share)} ({share(rate.low)} to {share(rate.high)})"


def estimate(value: Estimate, unit: str = "") -> str:
    """`4.10 % (3.80 to 4.35)`; without an interval the number alone."""
    if value.value is None:
        return UNKNOWN
    if unit == "share":
        scaled = [None if v is None else v * 100 for v in (value.value, value.low, value.high)]
        return _estimate(scaled, "%")
    return _estimate([value.value, value.low, value.high], unit)


def _estimate(values: list[float | None], unit: str) -> str:
    middle, low, high = values
    text = f"{number(middle, digits=2)} {unit}".rstrip()
    if low is None or high is None:
        return text
    return f"{text} ({number(low, digits=2)} to {number(high, digits=2)})"


def dots(study: Study) -> Markup | None:
    """Latency as one dot a take along a line from zero; outliers stand out. None without takes."""
    took = [(one.request, one.took_s) for one in study.outcomes if one.took_s is not None]
    if not took or study.latency is None:
        return None
    top = max(seconds for _, seconds in took) * 1.05 or 1.0
    slow = set(study.latency.outliers)
    marks = "".join(
        f'<span class="{"dot slow" if key in slow else "dot"}" style="left:{100 * s / top:.2f}%">'
        "</span>"
        for key, s in took
    )
    median = f'<span class="median" style="left:{100 * study.latency.median_s / top:.2f}%"></span>'
    return Markup(marks + median)


def _differs(view: StudyView) -> dict[str, Image]:
    """The picture of differences by the first take of its group."""
    found = {one.about.subject: one for one in view.images if one.about.role == "difference"}
    return {
        spread.takes[0]: found[spread.takes[0]]
        for spread in view.study.spread
        if spread.takes and spread.takes[0] in found
    }


def _cards(view: StudyView) -> list[TakeCard]:
    cards = []
    for place, outcome in enumerate(view.study.outcomes, 1):
        word, tone = STATE[outcome.state]
        cards.append(
            TakeCard(
                outcome,
                place,
                word,
                tone,
                _why(outcome),
                _camera(outcome),
                view.picture("take", outcome.request),
                view.picture("heat", outcome.request) if _has_place(outcome) else None,
            )
        )
    return cards


def _has_place(outcome: Outcome) -> bool:
    """Whether a check failed whose evidence can be pointed at in the picture."""
    return bool({"scene", "region"} & set(outcome.failed))


def _why(outcome: Outcome) -> str:
    if outcome.error:
        return outcome.error
    failed = ", ".join(CHECK[check][0].lower() for check in outcome.failed)
    unknown = ", ".join(CHECK[check][0].lower() for check in outcome.unknown)
    parts = [f"{failed} failed"] if failed else []
    parts += [f"{unknown} not measured"] if unknown else []
    return "; ".join(parts) or "every check holds"


def _camera(outcome: Outcome) -> str:
    camera = outcome.camera
    if camera is None:
        return "camera not measured"
    return (
        f"zoom {camera.zoom_pct:+.1f} %, pan {camera.pan_pct:+.1f} %, "
        f"tilt {camera.tilt_pct:+.1f} %, roll {camera.roll_deg:+.1f}°"
    )


def _within(cards: Iterable[TakeCard]) -> list[TakeCard]:
    """Leave pictures out from the end where the page would grow too large."""
    room, kept = PICTURE_BYTES, []
    for card in cards:
        size = sum(len(image.data) for image in (card.plain, card.heat) if image)
        fits = size <= room
        room -= size if fits else 0
        kept.append(card if fits else replace(card, plain=None, heat=None))
    return kept


def _read(folder: Path) -> StudyView:
    with Ledger.open(folder) as ledger:
        study = ledger.load("study", Study)
        if study is None:
            raise InputError(
                "holds no finished study",
                subject=str(folder),
                remedy="run `landfast study` with the same options to go on",
            )
        listed = (about for about in ledger.pictures() if about.role in _SHOWN)
        return StudyView(study=study, run=ledger.run(), images=stored(ledger, listed))
