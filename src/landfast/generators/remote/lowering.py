"""From a request to what one service is asked for: pure, and before any cost.

Nothing is dropped quietly: what the model cannot be asked for stands in `dropped` and is checked
on the take; a required constraint that could not even be checked raises `Unsupported`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from landfast.errors import Unsupported
from landfast.generators.remote import notes
from landfast.generators.remote.canvas import Canvas, Keyframe
from landfast.model.constraint import Constraint, ConstraintKind
from landfast.model.profile import Profile, Size
from landfast.model.take import Request

FIXED = "Avoid: "
"""How a negative prompt is folded into the prompt of a model that takes none."""
STATIC = "Static landscape, camera motion only."
"""The prompt for services that want one where the request has none."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A constraint that the model is not asked for."""

    kind: ConstraintKind
    instead: Literal["composited", "checked"]


@dataclass(frozen=True, slots=True)
class Lowered:
    """One request in a model's own terms; the dialect only has to spell it.

    Attributes:
        request: What was asked for.
        profile: The model.
        model: Its name at the service.
        size: The service's name and pixels of the size; None where any size may be asked for.
        canvas: What is sent.
        seconds: Length of the clip to ask for.
        frames: Frames that the service makes, anchors included; at least `request.frames`.
        fps: Its rate.
        prompt: With the negative prompt folded in where the model takes none.
        negative_prompt: Empty where the model takes none.
        seed: None where the model has none.
        keyframes: Anchors in order of their frames.
        controls: Kinds of control video that go with it.
        settings: Creative settings by the service's own names.
        adjustments: What was changed to fit the model, in words.
        dropped: Constraints that the model is not asked for.
        price_usd: List price.
    """

    request: Request
    profile: Profile
    model: str
    size: Size | None
    canvas: Canvas
    seconds: Fraction
    frames: int
    fps: Fraction
    prompt: str
    negative_prompt: str
    seed: int | None
    keyframes: tuple[Keyframe, ...]
    controls: tuple[str, ...]
    settings: dict[str, int | float]
    adjustments: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    price_usd: Fraction


def lower(request: Request, profile: Profile, *, controls: tuple[str, ...] = ()) -> Lowered:
    """What `profile`'s service is asked for so that it makes `request`.

    Args:
        request: On the model's own grid (`planning.request`).
        profile: The model.
        controls: Kinds of control video at hand, in order; those that the model takes are used.

    Raises:
        Unsupported: The model cannot honour it; nothing has been sent.
    """
    _refuse_unusable(request, profile)
    seconds, frames = _length(request, profile)
    canvas, size = _canvas(request, profile)
    prompt, negative, worded = _words(request, profile)
    keyframes = _keyframes(profile, frames)
    at_hand = (*controls, "proxy")
    patching = notes.PATCHING if request.patch and profile.fills_regions else ()
    taken = tuple(kind for kind in at_hand if kind in (*profile.controls, *patching))
    dropped = _dropped(request.constraints, profile, taken)
    return Lowered(
        request=request,
        profile=profile,
        model=profile.service_model or profile.model,
        size=size,
        canvas=canvas,
        seconds=seconds,
        frames=frames,
        fps=request.fps,
        prompt=prompt,
        negative_prompt=negative,
        seed=request.seed if profile.seed else None,
        keyframes=keyframes,
        controls=taken,
        settings=_settings(request, profile),
        adjustments=(
            *notes.lengthened(request, frames, seconds),
            *notes.placed(canvas),
            *worded,
            *notes.unseeded(profile),
            *notes.unanchored(keyframes),
            *notes.patched(request, taken),
        ),
        dropped=dropped,
        price_usd=(profile.held_to(size) if size else profile).price_of(frames, request.fps),
    )


def _refuse_unusable(request: Request, profile: Profile) -> None:
    if profile.fps and request.fps not in profile.fps:
        rates = ", ".join(f"{float(rate):g}" for rate in profile.fps)
        raise Unsupported(
            f"makes {rates} frames a second, not {float(request.fps):g}",
            subject=profile.name,
            remedy="ask for one of its rates",
        )
    for constraint in request.constraints:
        if constraint.kind == "endpoint" and constraint.strength == "required":
            _refuse_endpoint(constraint.at, profile)
    if request.prompt and not profile.prompt:
        raise Unsupported("takes no prompt", subject=profile.name, remedy="leave the prompt out")


def _refuse_endpoint(at: Literal["start", "end"], profile: Profile) -> None:
    if at not in profile.ends:
        raise Unsupported(
            f"takes no {'first' if at == 'start' else 'last'} frame, and the {at} is required",
            subject=profile.name,
            remedy="choose a generator that takes first and last frame",
        )


def _length(request: Request, profile: Profile) -> tuple[Fraction, int]:
    """Seconds to ask for and frames that come of it."""
    wanted = Fraction(request.frames - 1) / request.fps
    if profile.durations_s:
        longer = [length for length in profile.durations_s if length >= wanted]
        if not longer:
            raise _too_long(request, profile)
        return min(longer), int(min(longer) * request.fps) + 1
    if profile.frame_rule.fit(request.frames) != request.frames:
        raise Unsupported(
            f"cannot make {request.frames} frames",
            subject=profile.name,
            remedy="ask for a count that `landfast generators` lists for it",
        )
    return wanted, request.frames


def _too_long(request: Request, profile: Profile) -> Unsupported:
    longest = float(max(profile.durations_s))
    return Unsupported(
        f"cannot make {request.frames} frames, its longest take is {longest:g} s",
        subject=profile.name,
        remedy="replace a shorter span or choose another generator",
    )


def _canvas(request: Request, profile: Profile) -> tuple[Canvas, Size | None]:
    size = _holding(request, profile) if profile.sizes else None
    width, height = (size.width, size.height) if size else (request.width, request.height)
    if width % profile.size_multiple or height % profile.size_multiple:
        raise Unsupported(
            f"makes pictures in multiples of {profile.size_multiple}, not {width}x{height}",
            subject=profile.name,
            remedy="ask for a size that `landfast generators` lists for it",
        )
    inner = request.width, request.height
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    return Canvas(width, height, left, top, *inner), size


def _holding(request: Request, profile: Profile) -> Size:
    """The smallest size that holds the request's picture."""
    holding = [
        size
        for size in profile.sizes
        if size.width >= request.width and size.height >= request.height
    ]
    if not holding:
        listed = ", ".join(f"{size.width}x{size.height}" for size in profile.sizes)
        raise Unsupported(
            f"makes {listed}, not {request.width}x{request.height}",
            subject=profile.name,
            remedy="ask for a size within one of them",
        )
    return min(holding, key=lambda size: size.width * size.height)


def _words(request: Request, profile: Profile) -> tuple[str, str, tuple[str, ...]]:
    prompt, negative = request.prompt, request.negative_prompt
    notes: tuple[str, ...] = ()
    if negative and not profile.negative_prompt:
        if not profile.prompt:
            raise Unsupported(
                "takes no negative prompt and no prompt to fold it into",
                subject=profile.name,
                remedy="leave the negative prompt out",
            )
        prompt = f"{prompt.rstrip('. ')}. {FIXED}{negative}." if prompt else f"{FIXED}{negative}."
        negative, notes = "", ("negative prompt folded into the prompt: the model takes none",)
    if profile.prompt_most is not None and len(prompt) > profile.prompt_most:
        raise Unsupported(
            f"takes a prompt of at most {profile.prompt_most} characters, this has {len(prompt)}",
            subject=profile.name,
            remedy="shorten the prompt",
        )
    return prompt, negative, notes


def _settings(request: Request, profile: Profile) -> dict[str, int | float]:
    return {
        knob.service: int(value) if knob.whole else value
        for knob in profile.knobs
        if (value := request.settings.get(knob.name)) is not None
    }


def _keyframes(profile: Profile, frames: int) -> tuple[Keyframe, ...]:
    first = Keyframe("first", 0)
    last = Keyframe("last", frames - 1)
    if profile.keyframes in ("none", "first"):
        return () if profile.keyframes == "none" else (first,)
    return first, last


def _dropped(
    constraints: tuple[Constraint, ...], profile: Profile, controls: tuple[str, ...]
) -> tuple[Dropped, ...]:
    """Constraints that are only composited or checked; a reference video needs its controls."""
    found: dict[ConstraintKind, Dropped] = {}
    for constraint in constraints:
        way = profile.support.get(constraint.kind)
        if way is None and constraint.strength == "required":
            raise Unsupported(
                f"would drop the required constraint {constraint.kind}",
                subject=profile.name,
                remedy="choose a generator that meets it, or make it preferred",
            )
        if way == "composited":
            found[constraint.kind] = Dropped(constraint.kind, "composited")
        elif way != "native" and not (way == "reference video" and controls):
            found[constraint.kind] = Dropped(constraint.kind, "checked")
    return tuple(found.values())
