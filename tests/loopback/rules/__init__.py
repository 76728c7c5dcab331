"""What each vendor accepts, as JSON Schema taken from its SDK's types, with the SDK's version."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parent


@lru_cache(maxsize=16)
def rules(vendor: str) -> dict[str, Any]:
    """The stored rules: `{"source", "version", "bodies": {name: schema}}`."""
    loaded: dict[str, Any] = json.loads((FOLDER / f"{vendor}.json").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=128)
def _validator(vendor: str, body: str) -> Draft202012Validator:
    return Draft202012Validator(rules(vendor)["bodies"][body])


def complaint(vendor: str, body: str, value: Any) -> str | None:
    """What is wrong with a body, the deepest reason first; None where nothing is."""
    errors = sorted(_validator(vendor, body).iter_errors(value), key=lambda one: str(one.path))
    if not errors:
        return None
    worst = max([errors[0], *(errors[0].context or ())], key=lambda one: len(one.absolute_path))
    place = "/".join(str(step) for step in worst.absolute_path) or "body"
    return f"{place}: {worst.message}"
