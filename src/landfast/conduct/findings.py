"""What the measurements of a clip mean: shots, unusable spans, anchors, and the files that tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from landfast.media.files import make_folder, write_text
from landfast.model.camera import Focal
from landfast.model.clip import Clip
from landfast.model.measured import Analysis, FoundAnchor, Recorded, Shot, Unusable
from landfast.planning.anchors import score_frames
from landfast.planning.selection import best_frames
from landfast.planning.unusable import unusable
from landfast.vision.analysis.onepass import Observations
from landfast.vision.analysis.shots import shots
from landfast.vision.horizon.attitude import sum_up
from landfast.vision.plot.page import Marks, write_plot


def found_in(
    seen: Observations, clip: Clip, *, recorded: Recorded | None = None, focal: Focal | None = None
) -> Analysis:
    """What one pass over a clip found in it."""
    lens = None if focal is None else focal.lens(clip.width, clip.height)
    found = shots(seen.table, clip)
    bad = unusable(seen.table, clip, found)
    return Analysis(
        clip=clip.content,
        frames=clip.frames,
        duration=clip.duration,
        working_width=seen.working_width,
        shots=found,
        unusable=bad,
        anchors=_anchors(clip, seen, found, bad),
        horizon=sum_up(seen.table, fps=float(clip.fps), picture_height=clip.height, lens=lens),
        recorded=recorded,
        table=seen.table.digest(),
    )


def _anchors(
    clip: Clip, seen: Observations, found: Sequence[Shot], bad: Sequence[Unusable]
) -> tuple[FoundAnchor, ...]:
    # Fetching these frames again at full size would cost as much as the whole pass.
    spots = best_frames(seen.table, clip, found, bad)
    return tuple(spot.found(clip, seen.images[spot.index]) for spot in spots)


def write_findings(out: Path, seen: Observations, clip: Clip, analysis: Analysis) -> None:
    """Write analysis.parquet, analysis.json and analysis.png.

    Raises:
        InputError: They cannot be written.
    """
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
