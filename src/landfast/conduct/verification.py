"""`verify` as one call: files in, a verdict out, the evidence beside it."""

from __future__ import annotations

from pathlib import Path

from landfast.conduct.context import with_context
from landfast.conduct.pair import load_pair
from landfast.conduct.progress import Progress
from landfast.conduct.refusal import refuse_other_footage
from landfast.conduct.surroundings import ends, real_frames
from landfast.conduct.verdict import judge_file
from landfast.media.probe import probe
from landfast.model.time import Span
from landfast.model.verdict import Verdict


def verify(
    take: Path,
    *,
    start: Path,
    end: Path,
    footage: Path | None = None,
    span: Span | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Judge a take against its real anchors.

    Args:
        take: The generated video.
        start: The real frame at its start, a picture.
        end: The real frame at its end, a picture of the same size.
        footage: The real clip around the gap: noise, water and traffic are learnt from it.
        span: Where the take belongs in it.
        out: Folder for the evidence: verdict, heat-map video, worst frame, anchors.
        progress: Told how far the work is.

    Raises:
        InputError: Something that cannot be read or compared at all, or footage of something else.
    """
    around = None
    first, last = load_pair(start, end)
    if footage is not None and span is not None:
        clip = probe(footage)
        gap = ends(clip, span)
        anchors = (start, first, clip.time_of(gap.first)), (end, last, clip.time_of(gap.last))
        refuse_other_footage(anchors, footage, clip)
        around = real_frames(footage, clip, gap, as_long=True)
    judged = with_context(judge_file(take, first, last, footage=around, progress=progress), around)
    if out is not None:
        # Only here: a verdict alone loads no encoder.
        from landfast.conduct.evidence import write_evidence

        write_evidence(out, judged, first, last)
    return judged.judgement.verdict
