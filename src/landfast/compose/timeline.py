"""The film as an OpenTimelineIO timeline: real footage and takes, cut by cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from landfast.media.files import write_text
from landfast.model.clip import Clip
from landfast.model.plan import Generate, Plan
from landfast.model.take import Take
from landfast.model.time import Span
from landfast.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Placed:
    """An accepted take and the request's rate."""

    take: Take
    fps: Fraction
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class _Clock:
    """OTIO's times are doubles: counting ticks keeps them whole numbers.

    Footage of a constant rate counts frames, as editors expect; other footage counts ticks.
    """

    clip: Clip

    @property
    def is_constant(self) -> bool:
        """True where frame `k` is shown at `k` frame durations exactly."""
        step = self.clip.ticks[1] if self.clip.frames > 1 else self.clip.end_tick
        even = all(tick == index * step for index, tick in enumerate(self.clip.ticks))
        return even and self.clip.end_tick == self.clip.frames * step

    @property
    def rate(self) -> Fraction:
        """Units a second."""
        return self.clip.fps if self.is_constant else 1 / self.clip.time_base

    def range(self, span: Span) -> Any:
        """A span of the clip."""
        return _range(span, self.rate)


def _range(span: Span, rate: Fraction) -> Any:
    start = otio.opentime.RationalTime(float(span.start * rate), float(rate))
    length = otio.opentime.RationalTime(float(span.duration * rate), float(rate))
    return otio.opentime.TimeRange(start, length)


def write_timeline(
    path: Path, *, clip: Clip, source: Path, plan: Plan, accepted: Mapping[str, Placed]
) -> None:
    """Write the film as `.otio`.

    Segments without an accepted take are real footage, with a marker that says so. Exact times
    stand in the metadata under "landfast", as "n/d" seconds.

    Args:
        path: File to write.
        clip: The footage.
        source: Where the footage lies.
        plan: What was planned.
        accepted: The take used for a segment, by the segment's name.

    Raises:
        InputError: The file cannot be written.
    """
    timeline = otio.schema.Timeline(name=clip.name)
    timeline.metadata["landfast"] = {"plan": plan.key, "clip": plan.clip}
    clock = _Clock(clip)
    video = otio.schema.Track(name="Video", kind=otio.schema.TrackKind.Video)
    for span, segment in _cuts(plan, accepted):
        if segment is None:
            video.append(_real(clip, source, clock, span))
        else:
            video.append(_made(segment, accepted[segment.name], clock))
    _mark(video, plan, accepted, clock)
    timeline.tracks.append(video)
    if clip.audio:
        sound = otio.schema.Track(name="Sound", kind=otio.schema.TrackKind.Audio)
        sound.append(_real(clip, source, clock, clip.span))
        timeline.tracks.append(sound)
    text = otio.adapters.write_to_string(timeline, "otio_json", indent=2)
    write_text(path, text + "\n")


def _cuts(plan: Plan, accepted: Mapping[str, Placed]) -> list[tuple[Span, Generate | None]]:
    """Spans of the film in order; neighbouring real ones are one."""
    cuts: list[tuple[Span, Generate | None]] = []
    for segment in plan.segments:
        used = isinstance(segment, Generate) and segment.name in accepted
        made = segment if used and isinstance(segment, Generate) else None
        if made is None and cuts and cuts[-1][1] is None:
            before = cuts.pop()[0]
            cuts.append((Span(start=before.start, stop=segment.span.stop), None))
        else:
            cuts.append((segment.span, made))
    return cuts


def _real(clip: Clip, source: Path, clock: _Clock, span: Span) -> Any:
    reference = otio.schema.ExternalReference(
        target_url=source.resolve().as_uri(), available_range=clock.range(clip.span)
    )
    item = otio.schema.Clip(
        name=clip.name, media_reference=reference, source_range=clock.range(span)
    )
    item.metadata["landfast"] = {"kind": "keep", **_exact(span)}
    return item


def _made(segment: Generate, placed: Placed, clock: _Clock) -> Any:
    """A take, without its first frame: that is the start anchor, which is real footage."""
    rate = placed.fps
    whole = Span(start=Fraction(0), stop=placed.take.frames / rate)
    inner = Span(start=1 / rate, stop=max(2 / rate, (placed.take.frames - 1) / rate))
    reference = otio.schema.ExternalReference(
        target_url=placed.take.file, available_range=_range(whole, rate)
    )
    item = otio.schema.Clip(name=segment.name, media_reference=reference)
    wanted = clock.range(segment.span)
    if clock.is_constant and clock.rate == rate:
        item.source_range = _range(inner, rate)
    else:
        item.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(1, float(rate)), wanted.duration
        )
        scalar = float(inner.duration / segment.span.duration)
        item.effects.append(otio.schema.LinearTimeWarp(time_scalar=scalar))
    item.metadata["landfast"] = {
        "kind": "generate",
        **_exact(segment.span),
        "request": placed.take.request,
        "generator": placed.take.generator,
        "sha256": placed.take.sha256,
        "verdict": placed.verdict.state if placed.verdict else "unknown",
        "score": placed.verdict.score if placed.verdict else None,
        "start_anchor": str(segment.start.time),
        "end_anchor": str(segment.end.time),
    }
    return item


def _exact(span: Span) -> dict[str, str]:
    return {"start": str(span.start), "stop": str(span.stop)}


def _mark(video: Any, plan: Plan, accepted: Mapping[str, Placed], clock: _Clock) -> None:
    """Markers on the track, in the film's time: anchors, refusals, transitions not accepted."""
    for segment in plan.generated:
        state = "accepted" if segment.name in accepted else "not accepted: real footage kept"
        colour = "GREEN" if segment.name in accepted else "RED"
        video.markers.append(_marker(segment.name, state, segment.span, colour, clock))
        for name, anchor in (("start anchor", segment.start), ("end anchor", segment.end)):
            index = clock.clip.index_at(anchor.time)
            frame = Span(start=anchor.time, stop=clock.clip.time_of(index + 1))
            video.markers.append(
                _marker(f"{segment.name} {name}", anchor.reason, frame, "CYAN", clock)
            )
    for refusal in plan.refusals:
        video.markers.append(_marker("refused", refusal.reason, refusal.span, "ORANGE", clock))


def _marker(name: str, note: str, span: Span, colour: str, clock: _Clock) -> Any:
    marker = otio.schema.Marker(name=name, marked_range=clock.range(span), color=colour)
    marker.metadata["landfast"] = {"note": note, **_exact(span)}
    return marker
