"""`landfast probe`: what a file really holds."""

from __future__ import annotations

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
        pairs({name: value for name, value in found.items() if not isinstance(value, dict)})
