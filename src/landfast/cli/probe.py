"""`landfast probe`: what a file really holds."""

from __future__ import annotations

from typing import Any

from landfast.cli.options import ClipPath, Json
from landfast.cli.screen import pairs, print_json
from landfast.media.probe import report

EXAMPLE = "Example: [bold]landfast probe flight.mp4 --json[/]"


def probe_command(clip: ClipPath, as_json: Json = False) -> None:
    """What the file really holds: header claims and scan results kept apart."""
    found = report(clip)
    if as_json:
        print_json(found)
    else:
        shown = {name: value for name, value in found.items() if not isinstance(value, dict)}
        heard = "; ".join(map(_heard, found["audio"])) or "none"
        pairs(shown | {"audio": heard, "telemetry": _recorded(found["telemetry"])})


def _heard(track: dict[str, Any]) -> str:
    return f"{track['codec']}, {track['sample_rate']} Hz, {track['channels']} channels"


def _recorded(telemetry: dict[str, Any] | None) -> str:
    """What was recorded beside the picture, in a line that does not tell where."""
    if telemetry is None:
        return "none"
    words = [telemetry["device"] or telemetry["source"], f"{telemetry['fixes']} positions"]
    if telemetry["path_m"] is not None:
        words.append(f"path {telemetry['path_m']} m")
    if telemetry["height_range_m"] is not None:
        words.append(f"height range {telemetry['height_range_m']} m")
    if telemetry["speed_mps"] is not None:
        words.append("speed {} to {} m/s".format(*telemetry["speed_mps"]))
    return ", ".join([*words, *telemetry["notes"]])
