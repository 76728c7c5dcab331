"""Writes fal's rules from the types of its JavaScript client, the only place that lists them:

npm pack @fal-ai/client@1.10.1 && tar xzf fal-ai-client-1.10.1.tgz
python tests/loopback/rules/generate_fal.py package
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ENDPOINTS = (
    "fal-ai/wan-vace-14b",
    "fal-ai/wan-flf2v",
    "fal-ai/veo3.1/first-last-frame-to-video",
    "fal-ai/veo3.1/fast/first-last-frame-to-video",
)
PLAIN = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "Blob": {"type": "string"},
    "File": {"type": "string"},
    "Array<string>": {"type": "array", "items": {"type": "string"}},
}


def body(types: str, endpoint: str) -> dict[str, Any]:
    """JSON Schema of an endpoint's input."""
    entry = re.search(rf'"{re.escape(endpoint)}": {{\s+input: (\w+);', types)
    assert entry is not None
    name = entry.group(1)
    while alias := re.search(rf"export type {name} = (\w+);", types):
        name = alias.group(1)
    found = re.search(rf"export type {name} = {{\n(.*?)\n}};", types, re.S)
    assert found is not None
    plain = re.sub(r"/\*\*.*?\*/", "", found.group(1), flags=re.S)
    fields = re.findall(r"^\s+(\w+)(\??): (.+);$", plain, re.M)
    return {
        "type": "object",
        "properties": {field: _schema(kind) for field, _, kind in fields},
        "required": sorted(field for field, optional, _ in fields if not optional),
        "additionalProperties": False,
    }


def _schema(kind: str) -> dict[str, Any]:
    words = kind.split(" | ")
    if all(word.startswith('"') for word in words):
        return {"enum": [word.strip('"') for word in words]}
    return PLAIN[words[0]]


def main() -> None:
    """Write `fal.json` beside this file."""
    package = Path(sys.argv[1])
    types = next(package.rglob("endpoints.d.ts")).read_text("utf-8")
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    bodies = {endpoint: body(types, endpoint) for endpoint in ENDPOINTS}
    rules = {"source": "types of @fal-ai/client (npm)", "version": version, "bodies": bodies}
    text = json.dumps(rules, indent=1, sort_keys=True) + "\n"
    (Path(__file__).parent / "fal.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
