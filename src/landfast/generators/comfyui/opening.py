"""From a generator's name to a workflow with its profile."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Final

from landfast.generators.comfyui.dialect import ComfyDialect
from landfast.generators.comfyui.workflow import CONTROLS, Workflow, read_workflow
from landfast.generators.profiles import known_profiles, remote_profile
from landfast.generators.remote.generator import RemoteGenerator
from landfast.model.profile import Keyframes, Profile

STEERED: Final = {"wan-vace": "wan-vace-depth"}
"""Packaged workflows that have a form for control videos."""


def open_comfyui(model: str = "") -> RemoteGenerator:
    """The generator `comfyui`, `comfyui:wan-flf2v` or `comfyui:path/to/workflow.json[@SIZE]`.

    Raises:
        InputError: No such workflow, or the file is none.
    """
    file, _, size = model.partition(".json@")
    if model.endswith(".json") or size:
        path = file if model.endswith(".json") else f"{file}.json"
        workflow = read_workflow(Path(path))
        return RemoteGenerator(ComfyDialect(workflow), _profile(path, size, workflow))
    profile = remote_profile("comfyui", model)
    steered = STEERED.get(profile.model)
    dialect = ComfyDialect(packaged(profile.model), packaged(steered) if steered else None)
    return RemoteGenerator(dialect, profile)


def packaged(name: str) -> Workflow:
    """A workflow that comes with landfast."""
    folder = resources.files("landfast.generators.comfyui").joinpath("workflows")
    graph = json.loads(folder.joinpath(f"{name}.json").read_text("utf-8"))
    return Workflow(graph, name=f"comfyui:{name}")


def _profile(model: str, size: str, workflow: Workflow) -> Profile:
    """The user's own profile of that name, else Wan's grid with what the workflow has slots for."""
    for profile in known_profiles():
        if profile.generator == "comfyui" and profile.model == model:
            return profile
    words = workflow.words
    ends: Keyframes = "ends" if "last" in words else "first"
    return remote_profile("comfyui", f"wan-flf2v@{size}" if size else "wan-flf2v").model_copy(
        update={
            "model": model,
            "title": "A workflow of your own, on the grid of Wan",
            "keyframes": ends,
            "prompt": "prompt" in words,
            "negative_prompt": "negative" in words,
            "seed": "seed" in words,
            "controls": tuple(kind for kind in CONTROLS if kind in words),
        }
    )
