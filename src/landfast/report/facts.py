"""Key figures and the small print: clip, film, machine, versions."""

from __future__ import annotations

from dataclasses import dataclass

from landfast.model.measured import Analysis
from landfast.report.comparison import total
from landfast.report.cost import reserved, spent
from landfast.report.numbers import clock, count, day_and_time, money, number, share, took
from landfast.report.view import RunView
from landfast.report.words import Fact


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure with its name and a line that explains it."""

    value: str
    name: str
    detail: str


def figures(view: RunView) -> tuple[Figure, ...]:
    """What a reader looks for first."""
    return (_exact(view), _made(view), _takes(view), _cost(view), _time(view))


def _exact(view: RunView) -> Figure:
    film = view.film
    if film is None:
        return Figure("none", "film", "The run did not get that far")
    kept = film.frames - film.generated
    if film.exact is None:
        return Figure(share(kept, film.frames), "kept footage", "Bit for bit: not checked")
    if film.exact < kept:
        detail = f"{film.exact:,} of {kept:,} kept frames, bit for bit"
        return Figure(share(kept, film.frames), "kept footage", detail)
    detail = f"{film.exact:,} of {film.frames:,} frames, bit for bit"
    return Figure(share(film.exact, film.frames), "original footage", detail)


def _made(view: RunView) -> Figure:
    film = view.film
    made = film.generated if film else 0
    detail = f"{share(made, film.frames)} of the film" if film else "no film yet"
    return Figure(f"{made:,}", "generated frame" if made == 1 else "generated frames", detail)


def _takes(view: RunView) -> Figure:
    states = [take.state for take in view.takes]
    kinds = ("failed", "rejected", "accepted")
    parts = [f"{states.count(kind)} {kind}" for kind in kinds if kind in states]
    open_takes = sum(state not in kinds for state in states)
    if open_takes:
        parts.append(f"{open_takes} not finished")
    name = "take" if len(states) == 1 else "takes"
    return Figure(str(len(states)), name, ", ".join(parts) or "none was needed or asked for")


def _cost(view: RunView) -> Figure:
    open_usd = reserved(view)
    more = f"{money(open_usd)} more reserved, " if open_usd else ""
    budget = view.plan.budget_usd if view.plan else None
    rest = "no budget set" if budget is None else f"of a budget of {money(budget)}"
    return Figure(money(spent(view)), "spent", more + rest)


def _time(view: RunView) -> Figure:
    stages = sorted(view.timings, key=lambda row: -row.seconds)
    if not stages:
        return Figure("unknown", "time", "no stage finished")
    names = {
        "probe": "reading",
        "analyse": "analysis",
        "plan": "planning",
        "generate": "generation",
        "verify": "verification",
        "compose": "composition",
        "repeat": "checking that it repeats",
    }
    return Figure(took(total(view)), "in all stages", f"most of it {names[stages[0].stage]}")


def clip_facts(view: RunView) -> tuple[Fact, ...]:
    """What the file holds."""
    clip = view.clip
    if clip is None:
        return ()
    colour = clip.colour
    spoken = [colour.primaries, colour.transfer, colour.matrix, colour.range]
    rate = "variable, " if clip.vfr else ""
    sound = ", ".join(f"{a.codec} {a.sample_rate:,} Hz × {a.channels}" for a in clip.audio)
    return (
        Fact("Name", clip.name),
        Fact("Picture", f"{clip.width} × {clip.height} px, {clip.bit_depth} bit"),
        Fact("Length", f"{clock(clip.duration)}, {count(clip.frames, 'frame')}"),
        Fact("Rate", f"{rate}{number(clip.fps, digits=4)} frames a second"),
        Fact("Coding", f"{clip.codec}, {clip.pixel_format}"),
        Fact("Colour", " / ".join(part or "not stated" for part in spoken)),
        Fact("Rotation", f"{clip.rotation}°"),
        Fact("Sound", sound or "none"),
        Fact("Timecode", clip.timecode or "none"),
        *_recorded(view.analysis),
        Fact("SHA-256", clip.content, code=True),
    )


def _recorded(analysis: Analysis | None) -> tuple[Fact, ...]:
    if analysis is None:
        return ()
    recorded = analysis.recorded
    return (Fact("Recorded beside it", recorded.summary() if recorded else "nothing"),)


def film_facts(view: RunView) -> tuple[Fact, ...]:
    """What was put together."""
    film = view.film
    if film is None:
        return ()
    return (
        Fact("File", film.file, code=True),
        Fact("Length", f"{clock(film.duration)}, {count(film.frames, 'frame')}"),
        Fact("Made by", _method(film.method)),
        Fact("Coding", f"{film.codec}, {film.pixel_format}"),
        Fact("Sound", film.audio),
        Fact("SHA-256", film.sha256, code=True),
    )


def _method(method: str) -> str:
    return {
        "packets copied": "copying the original packets wherever no frame changed",
        "encoded": "encoding every frame anew, visually lossless",
        "intermediate": "encoding every frame anew, as ProRes",
        "lossless": "encoding every frame anew without loss, as FFV1",
    }[method]


def run_facts(view: RunView) -> tuple[Fact, ...]:
    """Who ran what, on which machine, with which versions."""
    if view.run is None:
        return ()
    run = view.run
    threads = "as many as each library chooses" if run.threads == 0 else str(run.threads)
    versions = [Fact(name, version) for name, version in sorted(run.versions.items())]
    facts = [
        Fact("Clip as named", run.clip_path, code=True),
        Fact("Started", day_and_time(run.started)),
        Fact("Machine", run.machine),
        Fact("Threads", threads),
        *versions,
    ]
    if view.analysis:
        facts.append(Fact("Hash of the frame table", view.analysis.table, code=True))
        facts.append(Fact("Working width", f"{view.analysis.working_width} px"))
    return tuple(facts)
