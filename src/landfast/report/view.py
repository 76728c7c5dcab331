"""Everything the page of a run shows: records as the ledger holds them, and pictures as bytes.

The page is a pure function of a `RunView`: the same view gives the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from landfast.ledger.rows import TakeRow
from landfast.model.clip import Clip
from landfast.model.measured import Analysis
from landfast.model.outcome import Film, Picture, Repeat, Run, Series, Stage, Timing
from landfast.model.plan import Generate, Plan
from landfast.model.profile import Profile

ROLE_ORDER = ("source", "take", "worst", "heat", "start", "end", "strip")
"""Pictures that are left out first when the page grows too large come first."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the ledger together with its bytes."""

    about: Picture
    data: bytes

    @property
    def time(self) -> Fraction:
        """Seconds of the clip."""
        return self.about.time


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as the page shows it; None stands for what the run did not get to."""

    run: Run | None = None
    clip: Clip | None = None
    analysis: Analysis | None = None
    plan: Plan | None = None
    profile: Profile | None = None
    """Profile of the plan's generator."""
    takes: tuple[TakeRow, ...] = ()
    """In the order they were asked for."""
    film: Film | None = None
    timings: tuple[Timing, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    series: tuple[Series, ...] = ()
    images: tuple[Image, ...] = ()
    images_lost: int = 0
    """Pictures that the ledger lists and whose bytes are gone or damaged."""
    images_left_out: int = 0
    """Pictures that the ledger holds and the page does not show, to keep it small."""

    def takes_of(self, segment: Generate) -> tuple[TakeRow, ...]:
        """Takes of a segment, in the order they were asked for."""
        return tuple(take for take in self.takes if take.request.segment == segment.name)

    def accepted(self, segment: Generate) -> TakeRow | None:
        """The take that stands in the film: of those accepted, the one with the least evidence."""
        takes = [take for take in self.takes_of(segment) if take.state == "accepted"]
        return min(takes, key=_evidence, default=None)

    @property
    def in_film(self) -> frozenset[str]:
        """Keys of the takes that stand in the film, or will."""
        segments = self.plan.generated if self.plan else ()
        chosen = [take for segment in segments if (take := self.accepted(segment))]
        return frozenset(take.key for take in chosen)

    def pictures(self, role: str, subject: str = "") -> tuple[Image, ...]:
        """Pictures of a role and subject in order of time, the smaller first."""
        found = [
            image
            for image in self.images
            if image.about.role == role and image.about.subject == subject
        ]
        return tuple(sorted(found, key=lambda image: (image.time, image.about.width)))

    def small(self, role: str, subject: str = "") -> dict[Fraction, Image]:
        """The smallest picture for each time, in order of time."""
        by_time: dict[Fraction, Image] = {}
        for image in self.pictures(role, subject):
            by_time.setdefault(image.time, image)
        return by_time

    def largest(self, role: str, subject: str = "") -> Image | None:
        """The widest picture of a role and subject; the earliest of equals."""
        found = self.pictures(role, subject)
        return max(found, key=lambda image: image.about.width, default=None)

    def timing(self, stage: Stage) -> tuple[Timing, ...]:
        """Timings of a stage."""
        return tuple(timing for timing in self.timings if timing.stage == stage)


def _evidence(take: TakeRow) -> float:
    """Evidence of a fault; the highest where the take was not judged."""
    return take.verdict.score if take.verdict else 1.0


def fit(view: RunView, limit: int) -> RunView:
    """The view with pictures of at most `limit` bytes together.

    Pictures of takes that are not in the film go first, oldest take first; then by `ROLE_ORDER`.
    """
    total = sum(len(image.data) for image in view.images)
    left_out: set[int] = set()
    for index in _least_wanted(view):
        if total <= limit:
            break
        left_out.add(index)
        total -= len(view.images[index].data)
    kept = tuple(image for index, image in enumerate(view.images) if index not in left_out)
    return replace(view, images=kept, images_left_out=view.images_left_out + len(left_out))


def _least_wanted(view: RunView) -> Iterable[int]:
    """Indices of pictures, those that are missed least first."""
    in_film = view.in_film
    age = {take.key: index for index, take in enumerate(view.takes)}
    widest = Counter[tuple[str, str]]()
    for image in view.images:
        name = (image.about.role, image.about.subject)
        widest[name] = max(widest[name], image.about.width)

    def rank(index: int) -> tuple[int, int, int, int]:
        about = view.images[index].about
        spare = about.subject in age and about.subject not in in_film
        if spare:
            return (0, age[about.subject], ROLE_ORDER.index(about.role), index)
        wipe = about.role in ("source", "take") and about.width == widest[about.role, about.subject]
        return (2 if wipe else 1, ROLE_ORDER.index(about.role), 0, index)

    return sorted(range(len(view.images)), key=rank)
