"""`landfast analyze`: one pass over the clip."""

from __future__ import annotations

from landfast.cli.options import ClipPath, FocalLength, Folder, Json, Threads, focal
from landfast.cli.screen import bars, pairs, print_json
from landfast.conduct.analyse import analyse
from landfast.media.files import check_folder
from landfast.model.measured import Analysis

EXAMPLE = "Example: [bold]landfast analyze flight.mp4 -o measured[/]"


def analyze_command(
    clip: ClipPath,
    out: Folder,
    focal_text: FocalLength = None,
    threads: Threads = 0,
    as_json: Json = False,
) -> None:
    """Measure the footage in one pass: analysis.parquet, analysis.json, analysis.png."""
    given = focal(focal_text)
    check_folder(out)
    with bars() as progress:
        analysed = analyse(clip, out, focal=given, threads=threads, progress=progress)
    if as_json:
        print_json(analysed.analysis)
    else:
        pairs(_summary(analysed.analysis) | {"written to": out})


def _summary(analysis: Analysis) -> dict[str, str]:
    shots = [f"{shot.span} s {shot.motion}" for shot in analysis.shots]
    faults = [f"{fault.span} s {fault.fault}" for fault in analysis.unusable]
    anchors = [f"{float(anchor.time):.3f}" for anchor in analysis.anchors]
    horizon = analysis.horizon
    level = (
        f"in {horizon.seen:.0%} of frames, {horizon.angle_deg:.2f} degrees, "
        f"confidence {horizon.confidence:.2f}"
        if horizon.angle_deg is not None and horizon.confidence is not None
        else "not seen"
    )
    return {
        "frames": f"{analysis.frames} in {float(analysis.duration):.3f} s",
        "shots": ", ".join(shots),
        "unusable": ", ".join(faults) or "nothing",
        "anchors": f"{', '.join(anchors)} s" if anchors else "none",
        "horizon": level,
    }
