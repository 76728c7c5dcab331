"""Which part of a rejected take is worth asking a model for, the rest being good."""

from __future__ import annotations

from typing import Final

from landfast.model.take import Patch, Region, Request
from landfast.model.verdict import Verdict

MOST: Final = 0.35
"""Share of the picture up to which a part is asked for; beyond, a whole take is."""
PAD: Final = 0.02
"""Added around a region on each side, as a share of the picture."""


def patch_of(request: Request, verdict: Verdict) -> Patch | None:
    """The regions in which a take failed; None where it failed as a whole.

    Args:
        request: What the take was asked for.
        verdict: The judgement that rejected it. A check that failed or could not be measured
            without naming a place speaks of the whole picture.
    """
    wrong = [finding for finding in verdict.findings if finding.state == "fail"]
    if verdict.state != "fail" or any(finding.region is None for finding in wrong):
        return None
    return _of(request.key, _failed(verdict))


def widened(patch: Patch, verdict: Verdict) -> Patch | None:
    """The part, and where a take laid into it failed; None where that is too much for a part."""
    return _of(patch.base, {*patch.regions, *_failed(verdict)})


def _failed(verdict: Verdict) -> set[Region]:
    wrong = (finding.region for finding in verdict.findings if finding.state == "fail")
    return {_padded(region) for region in wrong if region is not None}


def _of(base: str, regions: set[Region]) -> Patch | None:
    if not regions or sum(width * height for _, _, width, height in regions) > MOST:
        return None
    return Patch(base=base, regions=tuple(sorted(regions)))


def _padded(region: Region) -> Region:
    left, top = (max(0.0, round(region[at] - PAD, 4)) for at in (0, 1))
    right, bottom = (min(1.0, region[at] + region[at + 2] + PAD) for at in (0, 1))
    return left, top, round(right - left, 4), round(bottom - top, 4)
