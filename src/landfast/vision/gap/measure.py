"""How far apart two anchors are, measured before anything is paid."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

import cv2
import numpy as np

from landfast.errors import InputError
from landfast.media.grid import Grid
from landfast.model.arrays import UInt8
from landfast.model.measured import Gap
from landfast.vision.gap.baseline import baseline_over_depth
from landfast.vision.gap.beside import Beside
from landfast.vision.gap.chance import chance_of
from landfast.vision.gap.embedding import Embedder, configured
from landfast.vision.gap.registered import Registered, register
from landfast.vision.gap.semantic import Kind, kind_of, semantic_distance
from landfast.vision.geometry.features import Features, detect, pair
from landfast.vision.geometry.twoview import TwoView, relate_matches

WORKING_WIDTH: Final = 960
"""Gaps are measured on pictures at most this wide."""
FEW_FEATURES: Final = 80
"""Below this many features a picture is too plain to judge."""
LEAST_OVERLAP: Final = 0.12
"""Below this share of matched structure a bridge would be invented, not interpolated."""
MOST_HIDDEN: Final = 0.85
"""Above this share of pixels that the other anchor does not show, likewise. What flow does not
follow both ways counts as hidden too, so that half of it may still be bridged."""
ALIKE: Final = 0.25
"""Semantic distance from which two pictures show different scenes. Real clips of one scene stay
below 0.29 over ten seconds, and below 0.2 where anything matches; frames of different clips lie
0.27 and more apart (docs/vision/gap.md)."""

Image = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class End:
    """A picture made ready to be held against others, once for all gaps that it ends."""

    image: Image
    """RGB at working size."""
    grid: Grid
    """From the picture's own pixels to these."""

    @classmethod
    def of(cls, image: Image) -> End:
        """An RGB picture of any size."""
        size = (image.shape[1], image.shape[0])
        grid = Grid.working(size, WORKING_WIDTH)
        if grid.size != size:
            image = np.asarray(cv2.resize(image, grid.size, interpolation=cv2.INTER_AREA))
        return cls(image, grid)

    @cached_property
    def features(self) -> Features:
        """What can be matched."""
        return detect(np.asarray(cv2.cvtColor(self.image, cv2.COLOR_RGB2GRAY)))

    @cached_property
    def kind(self) -> Kind:
        """Layout and texture."""
        return kind_of(self.image)


@dataclass(frozen=True, slots=True)
class _Apart:
    """How far apart in kind two pictures are, and from where on they are different scenes."""

    total: float
    limit: float
    words: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two anchors and what is known of them."""

    a: End
    b: End
    frames: int | None
    seconds: Fraction | None
    semantic: _Apart
    beside: Beside


def measure_gap(
    first: End,
    last: End,
    *,
    frames: int | None = None,
    seconds: Fraction | None = None,
    beside: Beside | None = None,
    focal_px: float | None = None,
    embedder: Embedder | None = None,
) -> Gap:
    """Everything that tells how hard the way from one anchor to another is.

    Args:
        first: The picture before the gap.
        last: The picture after it, of the same size.
        frames: Frames from the first to the last picture, the last one counted.
        seconds: Time from the first to the last picture.
        beside: Image motion on both sides, from `motion_beside`.
        focal_px: Focal length in source pixels, where known; 0.87 of the longer side is assumed.
        embedder: A learned embedding that tells the semantic distance instead of histograms; the
            one that the environment names where not given.

    Returns:
        Lengths in source pixels. `unknown` where too little can be matched to judge, `unrelated`
        where nothing matches and the pictures differ in kind, `too wide` where too little is
        shared. `chance` needs `frames` and `beside`; see `landfast.vision.gap.chance`.

    Raises:
        InputError: The pictures differ in size, or the gap has no length.
    """
    _check(first, last, frames, seconds)
    apart = _apart(first, last, embedder or configured())
    both = _Pair(first, last, frames, seconds, apart, beside or Beside(None, None))
    width, height = first.grid.size
    found = pair(first.features, last.features)
    relation = relate_matches(found, width=width, height=height)
    if relation.homography is None or relation.model == "none":
        return _unmatched(relation, both)
    baseline = baseline_over_depth(
        relation,
        width=width,
        height=height,
        focal_px=None if focal_px is None else focal_px / first.grid.scale_x,
    )
    return _judge(relation, register(first.image, last.image, relation), baseline, both)


def _check(first: End, last: End, frames: int | None, seconds: Fraction | None) -> None:
    one, other = first.grid, last.grid
    if one != other:
        raise InputError(
            f"anchors differ in size: {one.source_width}x{one.source_height}"
            f" and {other.source_width}x{other.source_height}",
            subject="gap",
            remedy="give two frames of one clip",
        )
    if (frames is not None and frames < 1) or (seconds is not None and seconds <= 0):
        raise InputError(
            f"has no length: {frames} frames, {seconds} s",
            subject="gap",
            remedy="give the later frame as the last",
        )


def _apart(a: End, b: End, embedder: Embedder | None) -> _Apart:
    if embedder is not None:
        total = embedder.distance(a.image, b.image)
        return _Apart(total, embedder.unrelated, f"{total:.2f} apart by {embedder.name}")
    found = semantic_distance(a.kind, b.kind)
    words = (
        f"{found.total:.2f} apart in layout and texture"
        f" (colour {found.colour:.2f}, texture {found.texture:.2f})"
    )
    return _Apart(found.total, ALIKE, words)


def _judge(relation: TwoView, shared: Registered, baseline: float | None, both: _Pair) -> Gap:
    overlap, hidden = relation.overlap or 0.0, shared.hidden
    too_wide = overlap < LEAST_OVERLAP or hidden > MOST_HIDDEN
    measured = Gap(
        state="too wide" if too_wide else "bridgeable",
        model=relation.model,
        matches=relation.matches,
        inliers=relation.inliers,
        overlap=round(overlap, 6),
        motion_px=round((relation.motion_px or 0.0) * both.a.grid.scale_x, 4),
        parallax_px=round((relation.parallax_px or 0.0) * both.a.grid.scale_x, 4),
        baseline=_rounded(baseline),
        light_change=_rounded(shared.light),
        colour_change=_rounded(shared.colour),
        disoccluded=round(hidden, 6),
        churn=_rounded(shared.churn),
        turn_px=_rounded(both.beside.turn_px),
        unsteady_px=_rounded(both.beside.unsteady_px),
        semantic=round(both.semantic.total, 4),
        frames=both.frames,
        seconds=both.seconds,
        reason="",
    )
    words = _words(measured)
    if too_wide:
        return measured.model_copy(update={"reason": f"too little in common: {words}"})
    chance = chance_of(measured, width=both.a.grid.scale_x * both.a.grid.size[0])
    return measured.model_copy(
        update={"chance": None if chance is None else round(chance, 4), "reason": words}
    )


def _words(gap: Gap) -> str:
    """The measurements in a sentence."""
    parts = [
        f"{gap.overlap:.0%} of the picture shows matched structure ({gap.inliers} of"
        f" {gap.matches} matches agree, {gap.model})",
        f"{gap.disoccluded:.0%} is hidden in the other",
        f"motion {gap.motion_px:.1f} px",
        f"parallax {gap.parallax_px:.1f} px",
    ]
    if gap.baseline is not None:
        parts.append(f"way {gap.baseline:.2f} of the depth")
    if gap.light_change is not None:
        parts.append(f"light delta E {gap.light_change:.1f}")
    if gap.churn is not None:
        parts.append(f"{gap.churn:.0%} of the detail changed")
    if gap.turn_px is not None and gap.unsteady_px is not None:
        parts.append(f"motion turns {gap.turn_px:.1f} and trembles {gap.unsteady_px:.1f} px/frame")
    return ", ".join(parts)


def _unmatched(relation: TwoView, both: _Pair) -> Gap:
    plain = relation.features < FEW_FEATURES
    alike = both.semantic.total < both.semantic.limit
    return Gap(
        state="unknown" if plain or alike else "unrelated",
        model="none",
        matches=relation.matches,
        inliers=0,
        overlap=None if plain or alike else 0.0,
        motion_px=None,
        parallax_px=None,
        light_change=None,
        turn_px=_rounded(both.beside.turn_px),
        unsteady_px=_rounded(both.beside.unsteady_px),
        semantic=None if plain else round(both.semantic.total, 4),
        frames=both.frames,
        seconds=both.seconds,
        reason=_why(relation, both.semantic, plain=plain, alike=alike),
    )


def _why(relation: TwoView, apart: _Apart, *, plain: bool, alike: bool) -> str:
    if plain:
        return f"too plain to judge: {relation.features} features where {FEW_FEATURES} are needed"
    kind = f"they are {apart.words}"
    if alike:
        return (
            f"the anchors look alike but cannot be measured: {relation.reason}, as on water, in"
            f" noise or after a long way; {kind}"
        )
    return (
        f"the anchors do not show the same scene: {relation.reason}; {kind},"
        f" where views of one scene stay below {apart.limit:g}"
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
