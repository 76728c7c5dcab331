"""Whether a ComfyUI server has what a workflow needs, asked before anything is queued."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from landfast.errors import Unsupported
from landfast.generators.comfyui.workflow import Workflow
from landfast.generators.remote.dialect import Call, Json, Script


def check_installed(workflow: Workflow) -> Script[None]:
    """Ask after every kind of node; all that is missing is named at once.

    Raises:
        Unsupported: Nodes, inputs or model files are missing there.
    """
    described: dict[str, Json] = {}
    for kind in sorted({node["class_type"] for node in workflow.nodes.values()}):
        answer = yield Call(method="GET", url=f"/object_info/{kind}")
        described |= answer.json()
    missing = list(dict.fromkeys(_missing(workflow, described)))
    if missing:
        raise Unsupported(
            f"the ComfyUI server lacks {'; '.join(missing)}",
            subject=workflow.name,
            remedy="install them there, or give a workflow of your own",
        )


def _missing(workflow: Workflow, described: dict[str, Json]) -> Iterator[str]:
    filled = {(slot.node, slot.input) for slot in workflow.slots}
    for key, node in workflow.nodes.items():
        kind = node["class_type"]
        if kind not in described:
            yield f"node {kind}"
            continue
        groups = described[kind].get("input") or {}
        known = {**(groups.get("required") or {}), **(groups.get("optional") or {})}
        for name, value in node["inputs"].items():
            if name not in known:
                yield f"input {name} of node {kind}"
            elif (key, name) not in filled and not _offered(known[name], value):
                yield f"{value} (for {name} of {kind})"
        absent = set(groups.get("required") or {}) - set(node["inputs"])
        for name in sorted(absent):
            yield f"a value for the input {name} of node {kind}"


def _offered(described: Any, value: Any) -> bool:
    """False for a choice, such as a model file, that is not in the server's list."""
    if not isinstance(value, str) or not isinstance(described, list) or not described:
        return True
    options = described[0]
    if options == "COMBO" and len(described) > 1:
        options = described[1].get("options")
    return value in options if isinstance(options, list) else True
