"""Footage on a model's control grid: size, crop, frames and their times, what is generated."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from landfast.errors import InputError, Unsupported
from landfast.model.clip import Clip
from landfast.model.controls import ControlFrame, ControlGap, ControlGrid, Convention
from landfast.model.profile import FrameRule
from landfast.model.time import Span

MOST_FRAMES: Final = 600
"""Frames of one span; the measured pictures of all of them are held at once."""
_SHAPE_TOLERANCE: Final = Fraction(1, 25)
"""A larger known size is taken although it shows so much less of the footage's area."""


def control_frames(clip: Clip, span: Span, convention: Convention) -> tuple[ControlFrame, ...]:
    """The frames of the control videos: what time each stands for, which footage frame it shows.

    On a model's grid the first is the frame on screen at the span's start, and the others follow
    at exactly the model's rate, as many as its rule allows up to the span's end; each shows the
    footage frame that starts nearest in time. On the footage's own grid they are the frames that
    start inside the span, at their own times.

    Raises:
        InputError: The span lies outside the clip, or holds too few or too many frames.
        Unsupported: No take of the model is so short or so long.
    """
    _refuse_outside(clip, span)
    if convention.fps is None:
        frames = tuple(_exact(clip, index) for index in clip.indices_in(span))
        wanted = _allowed(len(frames), span, clip.fps, convention)
        return frames[:wanted]
    first = clip.time_of(clip.index_at(span.start))
    fitting = math.floor((span.stop - first) * convention.fps) + 1
    count = _allowed(fitting, span, convention.fps, convention)
    return tuple(_nearest(clip, first + k / convention.fps) for k in range(count))


def anchored_frames(clip: Clip, start: int, end: int, count: int) -> tuple[ControlFrame, ...]:
    """So many frames evenly from one footage frame to another, both included.

    Frame by frame where there are as many as the footage has, whatever its time stamps: as a take
    is laid on the film.

    Args:
        start: Index of the first footage frame.
        end: Index of the last.
        count: At least two.
    """
    if count - 1 == end - start:
        return tuple(_exact(clip, index) for index in range(start, end + 1))
    first, length = clip.time_of(start), clip.time_of(end) - clip.time_of(start)
    return tuple(_nearest(clip, first + length * Fraction(k, count - 1)) for k in range(count))


def _refuse_outside(clip: Clip, span: Span) -> None:
    if span.start >= clip.duration or span.stop > clip.duration:
        raise InputError(
            f"lies outside the clip, which lasts {float(clip.duration):.3f} s",
            subject=f"span {span}",
            remedy="give a span inside it",
        )


def _exact(clip: Clip, index: int) -> ControlFrame:
    time = clip.time_of(index)
    return ControlFrame(time=time, source_time=time, source_index=index)


def _nearest(clip: Clip, time: Fraction) -> ControlFrame:
    """The footage frame that starts nearest to a time, the earlier of two as near."""
    index = clip.index_at(time)
    if index + 1 < clip.frames and clip.time_of(index + 1) - time < time - clip.time_of(index):
        index += 1
    return ControlFrame(time=time, source_time=clip.time_of(index), source_index=index)


def _allowed(fitting: int, span: Span, fps: Fraction, convention: Convention) -> int:
    """The most frames, not above `fitting`, that one take may have."""
    _refuse_long(fitting, span, fps, convention)
    if convention.durations_s:
        counts = [math.floor(length * fps) + 1 for length in convention.durations_s]
        count = max((count for count in counts if count <= fitting), default=None)
        least = min(counts)
    else:
        count = longest(convention.frame_rule, fitting)
        least = convention.frame_rule.fit(convention.frame_rule.least) or 2
    if count is not None:
        return count
    needed = Fraction(least - 1) / fps
    frames = "1 frame" if fitting == 1 else f"{fitting} frames"
    what = f"holds {frames} at {float(fps):g} frames per second, at least {least} are needed"
    remedy = f"give a span of at least {math.ceil(needed * 1000) / 1000:.3f} s"
    kind = Unsupported if least > 2 else InputError
    raise kind(what, subject=f"span {span}", remedy=remedy)


def longest(rule: FrameRule, most: int) -> int | None:
    """Largest count that a rule allows and that is at most `most`; None where there is none."""
    cap = most if rule.most is None else min(most, rule.most)
    count = (cap - rule.offset) // rule.step * rule.step + rule.offset
    return count if count >= rule.least else None


def _refuse_long(fitting: int, span: Span, fps: Fraction, convention: Convention) -> None:
    asked = math.floor(span.duration * fps) + 1
    if convention.durations_s:
        most = math.floor(max(convention.durations_s) * fps) + 1
    else:
        most = convention.frame_rule.most or MOST_FRAMES
    if asked > most and convention.name:
        raise Unsupported(
            f"takes at most {most} frames at {float(fps):g} frames per second, "
            f"the span {span} holds {asked}",
            subject=convention.name,
            remedy=f"give a span of at most {math.floor((most - 1) / fps * 1000) / 1000:.3f} s",
        )
    if fitting > MOST_FRAMES:
        raise InputError(
            f"holds {fitting} frames, at most {MOST_FRAMES} are measured at once",
            subject=f"span {span}",
            remedy="give a shorter span",
        )


def control_grid(
    clip: Clip,
    frames: int,
    convention: Convention,
    *,
    size: tuple[int, int] | None = None,
) -> ControlGrid:
    """Size of the control pictures, and the part of the footage that they show.

    Footage is cropped at its edges to the size's shape, never padded: models read black bars as a
    far wall. A model's known size is taken that shows nearly as much of the footage as the best
    one does, the largest to which the footage need not be enlarged.

    Args:
        size: Width and height that the user asked for.

    Raises:
        Unsupported: The size is not on the model's multiple, or the footage is smaller than it.
    """
    shape = _shape(clip)
    chosen = _asked(size, convention) if size else _fitting(shape, convention)
    crop = (0, 0, clip.width, clip.height)
    if convention.name or size:
        crop = _crop(clip, shape, chosen)
    return ControlGrid(
        width=chosen[0],
        height=chosen[1],
        frames=frames,
        fps=convention.fps,
        crop=crop,
        source_width=clip.width,
        source_height=clip.height,
    )


def _shape(clip: Clip) -> tuple[Fraction, Fraction]:
    """Width and height of the footage in square pixels as large as its own are high."""
    turned = clip.rotation in (90, 270)
    aspect = 1 / clip.sample_aspect if turned else clip.sample_aspect
    return clip.width * aspect, Fraction(clip.height)


def _asked(size: tuple[int, int], convention: Convention) -> tuple[int, int]:
    step = convention.size_multiple
    if min(size) < max(2, step):
        raise Unsupported(
            f"{size[0]}x{size[1]} is too small a size",
            subject=convention.name or "--size",
            remedy=f"give {max(2, step)}x{max(2, step)} or more",
        )
    if size[0] % step or size[1] % step:
        raise Unsupported(
            f"takes sizes in multiples of {step}, not {size[0]}x{size[1]}",
            subject=convention.name or "--size",
            remedy=f"give {_floored(size[0], step)}x{_floored(size[1], step)} for example",
        )
    return size


def _floored(value: Fraction | int, step: int) -> int:
    return max(step, math.floor(value / step) * step)


def _fitting(shape: tuple[Fraction, Fraction], convention: Convention) -> tuple[int, int]:
    if not convention.sizes:
        return _own_size(shape, convention)
    upright = shape[1] > shape[0]
    known = [(one[1], one[0]) if upright else one for one in convention.sizes]
    shown = {one: _shown(shape, one) for one in known}
    best = max(shown.values())
    near = sorted(
        (one for one in known if shown[one] >= best - _SHAPE_TOLERANCE),
        key=lambda one: one[0] * one[1],
    )
    within = [one for one in near if one[0] <= shape[0] and one[1] <= shape[1]]
    return within[-1] if within else near[0]


def _own_size(shape: tuple[Fraction, Fraction], convention: Convention) -> tuple[int, int]:
    step = convention.size_multiple
    if min(shape) < step:
        raise Unsupported(
            f"takes sizes in multiples of {step}, the clip has {round(shape[0])}x{round(shape[1])}",
            subject=convention.name,
            remedy="use larger footage or give --size",
        )
    return _floored(round(shape[0]), step), _floored(round(shape[1]), step)


def _shown(shape: tuple[Fraction, Fraction], size: tuple[int, int]) -> Fraction:
    """Share of the footage's area that a picture of that shape shows."""
    ratio = shape[0] * size[1] / (shape[1] * size[0])
    return min(ratio, 1 / ratio)


def _crop(
    clip: Clip, shape: tuple[Fraction, Fraction], size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """The largest part of the footage, in the middle, that has the size's shape."""
    ratio = shape[0] * size[1] / (shape[1] * size[0])
    width = min(clip.width, max(1, round(clip.width / max(ratio, Fraction(1)))))
    height = min(clip.height, max(1, round(clip.height * min(ratio, Fraction(1)))))
    return (clip.width - width) // 2, (clip.height - height) // 2, width, height


def control_gap(
    frames: tuple[ControlFrame, ...], span: Span, convention: Convention, asked: Span | None
) -> ControlGap:
    """Which frames are generated; the others stay real.

    Where several frames share a latent, a mask cannot tell them apart: the gap is widened to
    whole latents, so that kept spans end on `latent_frames` * k + 1 boundaries. The compositor
    puts the real frames back. A single frame that is kept at the end stays, as in the first and
    last frame form of the models.

    Raises:
        InputError: The gap lies outside the frames or holds none, or leaves none to keep.
    """
    last = len(frames) - 1
    if asked is None:
        return ControlGap(
            asked=None, start=1, stop=last, reason="everything between the first and last frame"
        )
    inside = [k for k, frame in enumerate(frames) if asked.contains(frame.time)]
    within = span.start <= asked.start and asked.stop <= span.stop
    if not within or not inside:
        raise InputError(
            f"{'holds none' if within else 'lies outside'} of the frames of the span, which run "
            f"from {float(frames[0].time):.3f} to {float(frames[last].time):.3f} s",
            subject=f"gap {asked}",
            remedy=f"give a gap inside {span}",
        )
    start, stop = inside[0], inside[-1] + 1
    if start == 0 and stop > last:
        raise InputError(
            "covers every frame of the span",
            subject=f"gap {asked}",
            remedy="give a longer span, or a gap that leaves real frames at an end",
        )
    return _on_latents(asked, start, stop, last + 1, convention.latent_frames)


def _on_latents(asked: Span, start: int, stop: int, count: int, step: int) -> ControlGap:
    wide_start = 1 + (start - 1) // step * step if start else 0
    wide_stop = min(count, 1 - (1 - stop) // step * step)
    if wide_stop == count > stop:
        return ControlGap(
            asked=asked,
            start=wide_start,
            stop=stop,
            reason=f"widened at its start to whole latents of {step} frames; its end is not, "
            "because that would leave no real frame to arrive at",
        )
    if (wide_start, wide_stop) == (start, stop):
        reason = "as asked"
    else:
        reason = (
            f"widened by {start - wide_start} and {wide_stop - stop} frames to whole latents "
            f"of {step}: a mask cannot tell apart the frames that share one"
        )
    return ControlGap(asked=asked, start=wide_start, stop=wide_stop, reason=reason)
