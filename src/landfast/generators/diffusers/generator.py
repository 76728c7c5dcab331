"""The `diffusers` generator: Wan VACE, and Wan between a first and a last frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from landfast.errors import BrokenOutput, InputError, Unsupported
from landfast.generators.base import Image, Material, Progress
from landfast.generators.diffusers.inputs import between, steered
from landfast.generators.diffusers.loading import KINDS, Kind, Settings, kind_of, library, loaded
from landfast.generators.profiles import known_profiles
from landfast.model.profile import Profile
from landfast.model.take import Request

Pipeline = Callable[..., Any]


def open_diffusers(model: str = "") -> DiffusersGenerator:
    """The generator `diffusers:PATH` or `diffusers:HUB/ID`; nothing is loaded yet.

    Raises:
        InputError: The folder does not exist or holds no pipeline.
        Unsupported: It holds a pipeline of another kind.
    """
    kind = kind_of(model) if model else "vace"
    return DiffusersGenerator(_profile(model, kind), kind)


class DiffusersGenerator:
    """One set of weights.

    Args:
        profile: What the model takes; its `model` is the folder or the hub's id.
        kind: Which pipeline it is.
        settings: Offloading, steps and guidance; from the environment unless given.
        pipeline: A pipeline that is loaded already.
    """

    def __init__(
        self,
        profile: Profile,
        kind: Kind,
        *,
        settings: Settings | None = None,
        pipeline: Pipeline | None = None,
    ) -> None:
        self._profile, self._kind = profile, kind
        self._settings, self._pipeline = settings, pipeline

    @property
    def profile(self) -> Profile:
        """Sizes in multiples of 16, 4k+1 frames, 16 frames a second; free of charge."""
        return self._profile

    def make(
        self, request: Request, material: Material, *, progress: Progress | None = None
    ) -> Iterator[Image]:
        """The take's frames; see `Generator.make`. All are made before the first is handed out.

        Raises:
            Unsupported: The request is off the model's grid, or the extra is not installed.
            InputError: No weights are named, or they cannot be loaded.
            GeneratorError: The machine's memory does not hold the model.
        """
        _refuse_off_grid(request, self._profile)
        if self._pipeline is None and not self._profile.model:
            raise InputError(
                "no weights are named",
                subject="generator diffusers",
                remedy=f"write diffusers:FOLDER or diffusers:{KINDS['vace'].hub}",
            )
        return self._frames(request, material, progress)

    def _frames(
        self, request: Request, material: Material, progress: Progress | None
    ) -> Iterator[Image]:
        settings = (self._settings or Settings.from_environment()).asked(request.settings)
        if self._pipeline is None:
            self._pipeline = loaded(self._profile.model, self._kind, settings)
        made = self._sampled(self._pipeline, request, material, settings, progress)
        if made.shape != (request.frames, request.height, request.width, 3):
            count, height, width, _ = made.shape
            raise BrokenOutput(
                f"made {count} frames of {width}x{height} where {request.frames} of "
                f"{request.width}x{request.height} were asked for",
                subject=self._profile.name,
                remedy="ask for another size",
            )
        for image in made:
            yield np.ascontiguousarray(np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8))

    def _sampled(
        self,
        pipeline: Pipeline,
        request: Request,
        material: Material,
        settings: Settings,
        progress: Progress | None,
    ) -> np.ndarray:
        """Float pictures 0 to 1: frame, height, width, 3."""
        torch = library("torch")
        _refuse_step(pipeline, request, self._profile)
        size = (request.width, request.height)
        given = steered if self._kind == "vace" else between
        inputs = given(material, request.frames, size)

        def stepped(_: Any, step: int, __: Any, kept: dict[str, Any]) -> dict[str, Any]:
            if progress is not None:
                done = request.frames * (step + 1) // settings.steps
                progress(min(done, request.frames), request.frames)
            return kept

        with settings.errors(self._profile.name), torch.inference_mode():
            result = pipeline(
                **inputs,
                prompt=request.prompt,
                negative_prompt=request.negative_prompt,
                height=request.height,
                width=request.width,
                num_frames=request.frames,
                num_inference_steps=settings.steps,
                guidance_scale=settings.guidance,
                generator=torch.Generator("cpu").manual_seed(request.seed),
                output_type="np",
                callback_on_step_end=stepped,
            )
        return np.asarray(result.frames[0])


def _refuse_off_grid(request: Request, profile: Profile) -> None:
    """The pipelines round sizes and counts with no more than a warning: here they are refused."""
    _refuse_size(request, profile.size_multiple, profile.name)
    if profile.frame_rule.fit(request.frames) != request.frames:
        raise Unsupported(
            f"makes 4k+1 frames, at most {profile.frame_rule.most}, not {request.frames}",
            subject=profile.name,
            remedy="ask for such a count",
        )


def _refuse_step(pipeline: Any, request: Request, profile: Profile) -> None:
    """Some weights have a coarser step than 16 (Wan 2.2 5B: 32)."""
    model = pipeline.transformer or pipeline.transformer_2
    step = pipeline.vae_scale_factor_spatial * model.config.patch_size[1]
    _refuse_size(request, step, profile.name)


def _refuse_size(request: Request, step: int, name: str) -> None:
    if request.width % step or request.height % step:
        raise Unsupported(
            f"makes pictures in multiples of {step} pixels, not {request.width}x{request.height}",
            subject=name,
            remedy="ask for such a size",
        )


def _profile(model: str, kind: Kind) -> Profile:
    """The profile of that very name, else of its kind."""
    mine = [one for one in known_profiles() if one.generator == "diffusers"]
    named = [one for one in mine if one.model == model]
    if named:
        return named[0]
    like = next(one for one in mine if one.model == KINDS[kind].hub)
    return like.model_copy(update={"model": model, "title": f"{KINDS[kind].title}, from {model}"})
