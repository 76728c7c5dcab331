"""Whether a fault that was found was found where and when it is."""

from __future__ import annotations

from benchmarks.verify.cases import Box
from benchmarks.verify.measures import Judged
from landfast.model.verdict import Finding


def time_overlap(judged: Judged) -> float | None:
    """Intersection over union of the found and the true span; None where either is not told."""
    case, found = judged.case, _named(judged, "span")
    if case.span is None or found is None or found.span is None:
        return None
    a0, a1 = (float(k / case.stretch.fps) for k in case.span)
    b0, b1 = found.span
    overlap = max(0.0, min(a1, b1) - max(a0, b0))
    return overlap / max(max(a1, b1) - min(a0, b0), 1e-9)


def box_overlap(judged: Judged) -> float | None:
    """Intersection over union of the found and the true box."""
    found = _named(judged, "region")
    if judged.case.box is None or found is None or found.region is None:
        return None
    return _iou(judged.case.box, found.region)


def pointed(judged: Judged) -> float | None:
    """1 where the hottest place of the worst frame lies in the true box (a block of slack)."""
    box, point = judged.case.box, judged.point
    if box is None or point is None:
        return None
    x, y, width, height = box
    slack = 0.025
    inside = x - slack <= point[0] <= x + width + slack
    return float(inside and y - slack <= point[1] <= y + height + slack)


def _named(judged: Judged, what: str) -> Finding | None:
    """The finding that is furthest over its limit among those that should name the fault."""
    told = [
        f
        for f in judged.verdict.findings
        if f.check in judged.case.checks and f.state == "fail" and getattr(f, what) is not None
    ]
    return max(told, key=lambda f: (f.value or 0) / (f.limit or 1), default=None)


def _iou(a: Box, b: Box) -> float:
    across = max(0.0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    down = max(0.0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    both = across * down
    return both / max(a[2] * a[3] + b[2] * b[3] - both, 1e-9)
