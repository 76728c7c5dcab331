"""Frame-exact arithmetic between frames and spans: what is kept, what is generated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from landfast.errors import InputError
from landfast.model.clip import Clip
from landfast.model.plan import Generate, Keep, Segment
from landfast.model.time import Span

SLACK_S = Fraction(1, 1000)
"""How far past the end a span may reach: people copy durations rounded to milliseconds."""

COMMON_RATES = tuple(
    Fraction(number, 1001) if number % 1000 == 0 else Fraction(number)
    for number in (24000, 24, 25, 30000, 30, 48, 50, 60000, 60, 100, 120000, 120)
)
"""Frame rates that cameras use; containers that count in milliseconds only come near them."""


def inside(span: Span, clip: Clip) -> Span:
    """The span, cut to the clip's end where it passes it by a rounding of milliseconds.

    Raises:
        InputError: The span reaches outside the clip.
    """
    if span.start < clip.duration and span.stop <= clip.duration + SLACK_S:
        return Span(start=span.start, stop=min(span.stop, clip.duration))
    raise InputError(
        f"span {span} lies outside the clip, which lasts {float(clip.duration):.3f} s",
        subject=clip.name,
        remedy=f"give a span within 0-{float(clip.duration):.3f}",
    )


def frames_of(span: Span, clip: Clip) -> range:
    """Frames that start within the span; where none does, the one on screen at its start."""
    frames = clip.indices_in(span)
    if len(frames):
        return frames
    shown = clip.index_at(span.start)
    return range(shown, shown + 1)


def span_of(frames: range, clip: Clip) -> Span:
    """The exact time during which a run of frames is on screen."""
    return Span(start=clip.time_of(frames.start), stop=clip.time_of(frames.stop))


def between(start: int, end: int, clip: Clip) -> Span:
    """What is generated between two anchor frames: from one's end to the other's time."""
    return span_of(range(start + 1, end), clip)


def rate(start: int, end: int, clip: Clip) -> Fraction:
    """Frames per second of a take that runs from one anchor frame to another.

    Constant-rate clips answer with the rate meant by the camera even where their time stamps are
    rounded; variable-rate clips with the average between the two frames.
    """
    if clip.vfr:
        return (end - start) / (clip.time_of(end) - clip.time_of(start))
    near = min(COMMON_RATES, key=lambda common: abs(common - clip.fps))
    off = abs(clip.frames / near - clip.duration)
    return near if off <= max(clip.time_base, clip.duration / 4000) else clip.fps


def cover(clip: Clip, generated: Iterable[Generate]) -> tuple[Segment, ...]:
    """All segments of the clip: the generated ones, and kept footage everywhere else."""
    segments: list[Segment] = []
    position = Fraction(0)
    for segment in sorted(generated, key=lambda one: one.span.start):
        if position < segment.span.start:
            segments.append(Keep(span=Span(start=position, stop=segment.span.start)))
        segments.append(segment)
        position = segment.span.stop
    if position < clip.duration:
        segments.append(Keep(span=Span(start=position, stop=clip.duration)))
    return tuple(segments)


def merged(runs: Sequence[range], *, closer_than: int) -> tuple[tuple[range, ...], ...]:
    """Groups of runs with fewer than `closer_than` frames between neighbours, in order of time.

    Runs that touch or overlap become one run; so do runs in a group of their own.
    """
    groups: list[list[range]] = []
    for run in sorted(runs, key=lambda one: (one.start, one.stop)):
        if groups and run.start <= groups[-1][-1].stop:
            last = groups[-1][-1]
            groups[-1][-1] = range(last.start, max(last.stop, run.stop))
        elif groups and run.start - groups[-1][-1].stop < closer_than:
            groups[-1].append(run)
        else:
            groups.append([run])
    return tuple(tuple(group) for group in groups)


def without(frames: range, kept: Sequence[range]) -> tuple[range, ...]:
    """What is left of a run of frames between runs inside it, given in order, that are kept."""
    starts = [frames.start, *(run.stop for run in kept)]
    stops = [*(run.start for run in kept), frames.stop]
    return tuple(range(a, b) for a, b in zip(starts, stops, strict=True))
