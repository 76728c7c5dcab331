"""Weights from a folder or from the hub, onto this machine's processor."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from landfast.errors import GeneratorError, InputError, Unsupported
from landfast.media.files import read_bytes

Kind = Literal["vace", "flf2v"]
Offload = Literal["auto", "none", "model", "sequential"]
"""Where weights wait: all on the processor that computes, whole models or single layers fetched
from main memory when their turn comes. `auto` takes `model` where they do not fit at once."""
OFFLOADS: Final[tuple[Offload, ...]] = ("auto", "none", "model", "sequential")
EXTRA: Final = "pip install 'landfast[diffusers]'"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One kind of pipeline: its class in diffusers, its usual weights, and words for it."""

    name: str
    hub: str
    title: str


KINDS: Final[dict[Kind, Pipeline]] = {
    "vace": Pipeline("WanVACEPipeline", "Wan-AI/Wan2.1-VACE-1.3B-diffusers", "Wan VACE"),
    "flf2v": Pipeline(
        "WanImageToVideoPipeline",
        "Wan-AI/Wan2.1-FLF2V-14B-720P-diffusers",
        "Wan between a first and a last frame",
    ),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How a take is sampled.

    Attributes:
        offload: Where weights wait.
        steps: Steps of the sampler.
        guidance: Weight of the prompt over none (classifier-free guidance).
    """

    offload: Offload = "auto"
    steps: int = 50
    guidance: float = 5.0

    @classmethod
    def from_environment(cls, known: Mapping[str, str] = os.environ) -> Settings:
        """`LANDFAST_DIFFUSERS_OFFLOAD`, `..._STEPS`, `..._GUIDANCE`.

        Raises:
            InputError: One of them is none of what it may be.
        """
        wanted = known.get("LANDFAST_DIFFUSERS_OFFLOAD", "auto")
        offload = next((one for one in OFFLOADS if one == wanted), None)
        if offload is None:
            raise InputError(
                f"is {wanted!r}",
                subject="LANDFAST_DIFFUSERS_OFFLOAD",
                remedy=f"choose from {', '.join(OFFLOADS)}",
            )
        steps = _number(known, "LANDFAST_DIFFUSERS_STEPS", 50)
        guidance = _number(known, "LANDFAST_DIFFUSERS_GUIDANCE", 5)
        return cls(offload, max(1, int(steps)), guidance)

    def asked(self, wanted: Mapping[str, float]) -> Settings:
        """These settings with a request's own in their place."""
        steps = int(wanted.get("steps", self.steps))
        return replace(self, steps=steps, guidance=wanted.get("guidance", self.guidance))

    @contextmanager
    def errors(self, subject: str) -> Iterator[None]:
        """The library's errors as ours."""
        torch = library("torch")
        try:
            yield
        except torch.OutOfMemoryError as error:
            harder = "sequential" if self.offload in ("auto", "model") else "model"
            raise GeneratorError(
                "does not fit into the processor's memory",
                subject=subject,
                remedy=f"set LANDFAST_DIFFUSERS_OFFLOAD={harder}, or ask for a smaller size",
            ) from error
        except (RuntimeError, ValueError) as error:
            raise GeneratorError(
                f"the pipeline failed ({_first_line(error)})",
                subject=subject,
                remedy="check that the weights are whole and ask for another size",
            ) from error


def library(name: str) -> Any:
    """A library of the extra, imported when it is needed.

    Raises:
        Unsupported: It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unsupported(
            f"needs the extra `diffusers` ({error})",
            subject="generator diffusers",
            remedy=f"install it: {EXTRA}",
        ) from error


def kind_of(source: str) -> Kind:
    """Which pipeline a folder or hub id holds; the hub itself is not asked.

    Raises:
        InputError: The folder does not exist or holds no pipeline.
        Unsupported: It holds a pipeline of another kind.
    """
    folder = Path(source).expanduser()
    if not folder.is_dir():
        if source.startswith((".", "/", "~")) or source.count("/") != 1:
            raise InputError(
                "is neither a folder nor the id of weights on the hub",
                subject=source,
                remedy=f"write diffusers:FOLDER or diffusers:{KINDS['vace'].hub}",
            )
        return "vace" if "vace" in source.lower() else "flf2v"
    try:
        name = json.loads(read_bytes(folder / "model_index.json"))["_class_name"]
    except (ValueError, LookupError, TypeError) as error:
        raise InputError(
            "holds no pipeline of diffusers", subject=str(folder / "model_index.json")
        ) from error
    for kind, one in KINDS.items():
        if one.name == name:
            return kind
    raise Unsupported(
        f"holds a {name}; landfast runs {' and '.join(one.name for one in KINDS.values())}",
        subject=source,
        remedy="name other weights, or run it in ComfyUI",
    )


def loaded(source: str, kind: Kind, settings: Settings) -> Any:
    """The pipeline, ready to be called.

    Raises:
        Unsupported: The extra is not installed.
        InputError: The weights cannot be found or read.
        GeneratorError: They do not fit.
    """
    diffusers, torch = library("diffusers"), library("torch")
    place = str(Path(source).expanduser())
    try:
        # Decoding in half precision costs visible quality (diffusers, api/pipelines/wan).
        vae = diffusers.AutoencoderKLWan.from_pretrained(
            place, subfolder="vae", torch_dtype=torch.float32
        )
        half = torch.bfloat16 if torch.cuda.is_available() else torch.float32
        pipeline = getattr(diffusers, KINDS[kind].name).from_pretrained(
            place, vae=vae, torch_dtype=half
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be loaded ({_first_line(error)})",
            subject=source,
            remedy="check the folder or the id",
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    with settings.errors(source):
        _place(pipeline, settings.offload)
    return pipeline


def _place(pipeline: Any, offload: Offload) -> None:
    """Onto the processor that computes, or so that parts are fetched to it in their turn."""
    torch = library("torch")
    if not torch.cuda.is_available():
        return
    if offload == "auto":
        free, _ = torch.cuda.mem_get_info()
        offload = "none" if _weights(pipeline) * 5 // 4 < free else "model"
    if offload == "sequential":
        pipeline.enable_sequential_cpu_offload()
    elif offload == "model":
        pipeline.enable_model_cpu_offload()
    else:
        pipeline.to("cuda")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _weights(pipeline: Any) -> int:
    """Bytes of all weights."""
    parts = [part for part in pipeline.components.values() if hasattr(part, "parameters")]
    return sum(one.numel() * one.element_size() for part in parts for one in part.parameters())


def _number(known: Mapping[str, str], name: str, default: float) -> float:
    text = known.get(name, str(default))
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"is {text!r}", subject=name, remedy="give a number") from error
