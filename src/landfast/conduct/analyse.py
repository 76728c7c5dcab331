"""One pass over a clip: what it shows, what cannot be used, which frames can be anchors."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from landfast.conduct.progress import Progress, stage
from landfast.media.probe import probe
from landfast.model.camera import Focal
from landfast.model.clip import Clip
from landfast.model.measured import Analysis
from landfast.vision.analysis.ahead import begin

if TYPE_CHECKING:
    from landfast.vision.analysis.table import FrameTable


@dataclass(frozen=True, slots=True)
class Analysed:
    """A clip with everything that was measured in it."""

    path: Path
    clip: Clip
    table: FrameTable
    analysis: Analysis
    seconds: float


def analyse(
    path: Path,
    out: Path | None = None,
    *,
    clip: Clip | None = None,
    focal: Focal | None = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> Analysed:
    """Measure a clip; with `out`, write analysis.parquet, analysis.json and analysis.png there.

    Args:
        path: The footage.
        out: Folder to write into, made where missing.
        clip: What `probe` found in it; probed here when not given.
        focal: Where it is known: the horizon then tells the camera's pitch.
        threads: Decoder threads, 0 for all cores; nothing measured depends on it.
        progress: Told how far the work is.

    Raises:
        InputError: Not a video that can be used, or the folder cannot be written.
    """
    began = time.perf_counter()
    clip = clip or probe(path)
    frames = begin(path, clip, threads=threads)
    # Loaded while the decoder is at work.
    from landfast.conduct.findings import found_in, write_findings
    from landfast.media.telemetry.path import figures
    from landfast.media.telemetry.read import read_telemetry
    from landfast.vision.analysis.onepass import observe

    seen = observe(path, clip, threads=threads, progress=stage(progress, "analyse"), frames=frames)
    recorded = figures(read_telemetry(path, clip, want="path"))
    analysis = found_in(seen, clip, recorded=recorded, focal=focal)
    if out is not None:
        write_findings(out, seen, clip, analysis)
    return Analysed(path, clip, seen.table, analysis, time.perf_counter() - began)
