"""One pass over a clip: what it shows, what cannot be used, which frames can be anchors."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landfast.conduct.progress import Progress, stage
from landfast.media.files import make_folder, write_text
from landfast.media.probe import probe
from landfast.model.clip import Clip
from landfast.model.measured import Analysis, FoundAnchor, Horizon, Shot, Unusable
from landfast.planning.anchors import score_frames
from landfast.planning.selection import best_frames
from landfast.planning.unusable import unusable
from landfast.vision.observe import Observations, observe
from landfast.vision.plot import Marks, write_plot
from landfast.vision.shots import shots
from landfast.vision.table import FrameTable


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
    threads: int = 0,
    progress: Progress | None = None,
) -> Analysed:
    """Measure a clip; with `out`, write analysis.parquet, analysis.json and analysis.png there.

    Args:
        path: The footage.
        out: Folder to write into, made where missing.
        clip: What `probe` found in it; probed here when not given.
        threads: Decoder threads, 0 for all cores; nothing measured depends on it.
        progress: Told how far the work is.

    Raises:
        InputError: Not a video that can be used, or the folder cannot be written.
    """
    began = time.perf_counter()
    clip = clip or probe(path)
    seen = observe(path, clip, threads=threads, progress=stage(progress, "analyse"))
    found = shots(seen.table, clip)
    bad = unusable(seen.table, clip, found)
    analysis = Analysis(
        clip=clip.content,
        frames=clip.frames,
        duration=clip.duration,
        working_width=seen.working_width,
        shots=found,
        unusable=bad,
        anchors=_anchors(clip, seen, found, bad),
        horizon=_horizon(seen.table),
        table=seen.table.digest(),
    )
    if out is not None:
        _write(out, seen, clip, analysis)
    return Analysed(path, clip, seen.table, analysis, time.perf_counter() - began)


def _anchors(
    clip: Clip, seen: Observations, found: Sequence[Shot], bad: Sequence[Unusable]
) -> tuple[FoundAnchor, ...]:
    # Fetching these frames again at full size would cost as much as the whole pass.
    spots = best_frames(seen.table, clip, found, bad)
    return tuple(spot.found(clip, seen.images[spot.index]) for spot in spots)


def _horizon(table: FrameTable) -> Horizon:
    """The horizon over the clip: how often it was seen, and its median there."""
    seen = table.horizon_confidence > 0
    if not seen.any():
        return Horizon(seen=0.0, angle_deg=None, height=None)
    return Horizon(
        seen=round(float(seen.mean()), 4),
        angle_deg=round(float(np.median(table.horizon_angle_deg[seen])), 3),
        height=round(float(np.median(table.horizon_height[seen])), 4),
    )


def _write(out: Path, seen: Observations, clip: Clip, analysis: Analysis) -> None:
    make_folder(out)
    seen.table.to_parquet(out / "analysis.parquet")
    scores = score_frames(seen.table, clip, analysis.shots)
    parts = {
        "quality": scores.quality,
        "structure": scores.structure,
        "stability": scores.stability,
        "stillness": scores.stillness,
    }
    marks = Marks(analysis.shots, analysis.unusable, analysis.anchors, parts)
    write_plot(out / "analysis.png", clip, seen, marks)
    write_text(out / "analysis.json", analysis.to_json())
