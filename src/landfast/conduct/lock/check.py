"""Whether the overlay over a film swims: files in, a verdict out."""

from __future__ import annotations

from pathlib import Path

from landfast.conduct.lock.measure import measured
from landfast.conduct.lock.order import LockJob, LockOrder
from landfast.conduct.progress import Progress
from landfast.model.time import Span
from landfast.model.verdict import Verdict
from landfast.verify.checks.lock import lock_verdict


def verify_overlay(
    overlay: Path,
    on: Path,
    *,
    matte: Path | None = None,
    is_shown: bool = False,
    span: Span | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Judge whether an overlay stays where it belongs on the scene.

    Args:
        overlay: Video with alpha or numbered pictures; any video with `matte`.
        on: The footage that it lies over, or a film that shows it.
        matte: Video whose luma says where the overlay is.
        is_shown: `on` shows the overlay: the scene is measured outside of its box alone.
        span: Where in `on` it lies.
        progress: Told how far the work is.

    Raises:
        InputError: No alpha, clear in every frame, a cut, sizes or lengths that do not fit.
    """
    # Nothing is written: the order ends with what it measures.
    job = LockJob.opened(LockOrder(overlay=overlay, on=on, out=on, matte=matte, span=span))
    measure, _ = measured(job, progress, purpose="judge", is_shown=is_shown)
    return lock_verdict(measure, size=job.size, fps=job.clip.fps)
