"""Writes the rules from the installed SDKs' type files: `python tests/loopback/rules/generate.py`.

Ranges, lengths and exclusions stand only in the SDKs' prose: the dialects check those.
"""

from __future__ import annotations

import collections.abc
import importlib
import json
import sys
import types
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin

from typing_extensions import (
    get_type_hints,
    is_typeddict,
)

BODIES = {
    "luma_agents": {
        "generation": "luma_agents.types.generation_create_params:GenerationCreateParams",
        "file": "luma_agents.types.file_create_params:FileCreateParams",
    },
    "lumaai": {
        "video": "lumaai.types.generations.video_create_params:VideoCreateParams",
        "modify": "lumaai.types.generations.video_modify_params:VideoModifyParams",
    },
    "runwayml": {
        "image_to_video": "runwayml.types.image_to_video_create_params:ImageToVideoCreateParams",
        "video_to_video": "runwayml.types.video_to_video_create_params:VideoToVideoCreateParams",
    },
}
PACKAGES = {"luma_agents": "luma-agents", "lumaai": "lumaai", "runwayml": "runwayml"}
PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def schema(annotation: Any) -> dict[str, Any]:
    """JSON Schema of an annotation as the SDK sends it (aliases applied)."""
    if is_typeddict(annotation):
        return _record(annotation)
    if annotation in PLAIN:
        return {"type": PLAIN[annotation]}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, Required, NotRequired):
        return schema(arguments[0])
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema(one) for one in arguments]}
    if origin in (collections.abc.Iterable, list, collections.abc.Sequence):
        return {"type": "array", "items": schema(arguments[0])}
    if origin in (dict, collections.abc.Mapping):
        return {"type": "object"}
    return {"type": "string"} if annotation.__name__ == "datetime" else {}


def _record(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    names = {field: _alias(hint) or field for field, hint in hints.items()}
    return {
        "type": "object",
        "properties": {names[field]: schema(hint) for field, hint in hints.items()},
        "required": sorted(names[field] for field in cls.__required_keys__ | _marked(hints)),
        "additionalProperties": False,
    }


def _marked(hints: dict[str, Any]) -> set[str]:
    return {field for field, hint in hints.items() if get_origin(hint) is Required}


def _alias(hint: Any) -> str | None:
    """The name on the wire: `PropertyInfo(alias=...)` at any depth."""
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    for note in getattr(hint, "__metadata__", ()):
        if getattr(note, "alias", None):
            return str(note.alias)
    return None


def generated(vendor: str) -> dict[str, Any]:
    """The rules of one vendor from what is installed now."""
    bodies = {}
    for name, place in BODIES[vendor].items():
        module, attribute = place.split(":")
        bodies[name] = schema(getattr(importlib.import_module(module), attribute))
    package = PACKAGES[vendor]
    return {"source": f"types of {package}", "version": version(package), "bodies": bodies}


def main() -> None:
    """Write every vendor's file beside this one."""
    for vendor in BODIES:
        text = json.dumps(generated(vendor), indent=1, sort_keys=True) + "\n"
        (Path(__file__).parent / f"{vendor}.json").write_text(text, "utf-8")
        sys.stderr.write(f"{vendor}: {len(text)} characters\n")


if __name__ == "__main__":
    main()
