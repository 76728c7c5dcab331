"""From a planned segment to what one take asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from landfast.errors import Unsupported
from landfast.model.clip import Clip
from landfast.model.plan import Generate
from landfast.model.profile import Profile
from landfast.model.take import Footage, Request
from landfast.planning.grid import fit_frames, fit_size


def request(
    segment: Generate,
    *,
    clip: Clip,
    profile: Profile,
    seed: int = 0,
    settings: Mapping[str, float] | None = None,
) -> Request:
    """The request for one take of a segment, on the model's own grid.

    Where the grid holds the segment's frames and rate, the take's frame `k` is shown at the time
    of the clip's frame `start + k`. On another grid the take is longer or of another rate.

    Raises:
        Unsupported: The model cannot honour it; nothing has been spent.
    """
    refuse_dropping(profile, prompt=segment.prompt, negative_prompt=segment.negative_prompt)
    if required := [
        one.at
        for one in segment.constraints
        if one.kind == "endpoint" and one.strength == "required"
    ]:
        refuse_open_ends(profile, required)
    frames, fps = fit_frames(segment.frames, segment.fps, profile)
    width, height = fit_size(clip.width, clip.height, profile)
    return Request(
        segment=segment.name,
        generator=profile.name,
        prompt=segment.prompt,
        negative_prompt=segment.negative_prompt,
        first=segment.start.image,
        last=segment.end.image,
        constraints=segment.constraints,
        width=width,
        height=height,
        frames=frames,
        fps=fps,
        seed=seed,
        footage=Footage(clip=clip.content, span=segment.span),
        settings=creative(settings or {}, profile),
    )


def refuse_open_ends(
    profile: Profile, required: Sequence[Literal["start", "end"]] = ("start", "end")
) -> None:
    """Refuse a model that cannot be held at both ends of a transition.

    Raises:
        Unsupported: It takes no picture of a required end; nothing has been spent.
    """
    for at in required:
        if at not in profile.ends:
            raise Unsupported(
                f"takes no {'first' if at == 'start' else 'last'} frame, and the {at} is required",
                subject=profile.name,
                remedy="choose a generator that takes first and last frame",
            )


def creative(settings: Mapping[str, float], profile: Profile) -> dict[str, float]:
    """The creative settings that a model has, out of those that a workflow wishes for.

    Raises:
        Unsupported: A value is outside what the model takes; nothing has been spent.
    """
    known = {knob.name: knob for knob in profile.knobs}
    taken = {name: float(value) for name, value in settings.items() if name in known}
    for name, value in taken.items():
        knob = known[name]
        if not knob.least <= value <= knob.most or (knob.whole and value != int(value)):
            kind = "whole numbers" if knob.whole else "numbers"
            raise Unsupported(
                f"takes {kind} from {knob.least:g} to {knob.most:g} for {name}, not {value:g}",
                subject=profile.name,
                remedy="correct [settings] in the workflow",
            )
    return taken


def refuse_dropping(profile: Profile, *, prompt: str = "", negative_prompt: str = "") -> None:
    """Refuse what the model would have to drop quietly.

    Raises:
        Unsupported: The profile is not usable, or takes no such words.
    """
    if not profile.usable:
        raise Unsupported(
            "stands in the list for its price alone and cannot be used",
            subject=profile.name,
            remedy="see `landfast generators` for those that can",
        )
    # A negative prompt can be folded into the prompt.
    for name, text, taken in (
        ("prompt", prompt, profile.prompt),
        ("negative prompt", negative_prompt, profile.negative_prompt or profile.prompt),
    ):
        if text and not taken:
            raise Unsupported(
                f"takes no {name}",
                subject=profile.name,
                remedy=f"leave the {name} out or choose a generator that takes one",
            )
