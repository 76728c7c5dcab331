"""`landfast probe`: what a file really holds."""

from __future__ import annotations

from typing import Any

from landfast.cli.options import ClipPath, Json
from landfast.cli.screen import pairs, print_json
from landfast.media.probe import report
from landfast.model.measured import Recorded

EXAMPLE = "Example: [bold]landfast probe flight.mp4 --json[/]"


def probe_command(clip: ClipPath, as_json: Json = False) -> None:
    """What the file really holds: header claims and scan results kept apart."""
    found = report(clip)
    if as_json:
        print_json(found)
    else:
        shown = {name: value for name, value in found.items() if not isinstance(value, dict)}
        heard = "; ".join(map(_heard, found["audio"])) or "none"
        told = found["telemetry"]
        recorded = told and Recorded.model_validate(told, strict=False).summary()
        pairs(shown | {"audio": heard, "telemetry": recorded})


def _heard(track: dict[str, Any]) -> str:
    return f"{track['codec']}, {track['sample_rate']} Hz, {track['channels']} channels"
