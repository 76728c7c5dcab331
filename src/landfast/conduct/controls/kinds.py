"""Each kind of control of a span: its pictures and what they mean, or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from landfast.conduct.controls.depth import Unknown
from landfast.conduct.controls.region import Region
from landfast.conduct.controls.work import Work
from landfast.errors import Unsupported
from landfast.generators.base import Control
from landfast.generators.controls.depth import depth_picture, known_picture
from landfast.generators.controls.pictures import (
    LABEL_COLOURS,
    edge_picture,
    label_picture,
    mask_picture,
    source_picture,
)
from landfast.model.arrays import UInt8
from landfast.model.controls import ControlKind, LabelColour, Origin
from landfast.vision.labels import LABELS

Image = UInt8[np.ndarray, "height width 3"]
Fill = Literal["grey", "depth", "edges"]

_FEWEST_LINES: Final = 0.0005
"""Share of the pixels on lines that a drawing needs: a horizon alone has 0.002."""
_HDR: Final = ("smpte2084", "arib-std-b67")


@dataclass(frozen=True)
class Made:
    """A control and what its pixels mean."""

    control: Control
    meaning: str
    origin: Origin
    polarity: str | None = None
    unknown_share: float | None = None
    labels: tuple[LabelColour, ...] = ()


def make(work: Work, kind: ControlKind, *, fill: Fill = "grey") -> Made | Unknown:
    """One kind of control; nothing is written.

    Args:
        work: The span.
        kind: Which.
        fill: What `source` shows where the picture is to be generated.

    Raises:
        Unsupported: `source` of HDR footage.
        InputError: A mask file that cannot be used.
    """
    if kind == "source":
        return _source(work, fill)
    return _MAKERS[kind](work)


def _control(
    work: Work, kind: ControlKind, frames: Callable[[], Iterator[Image]], reason: str
) -> Control:
    return Control(kind, len(work.reel.frames), frames, reason=reason)


def _depth(work: Work) -> Made | Unknown:
    found = work.depth
    if isinstance(found, Unknown):
        return found
    place, size = work.reel.place, work.size

    def frames() -> Iterator[Image]:
        return (depth_picture(found.inverse[k], found.levels, size) for k in place)

    near = "white" if work.convention.depth_polarity == "near is bright" else "black"
    return Made(
        Control("depth", len(place), frames, found.levels, found.reason),
        f"inverse depth; {near} is nearest; unknown pixels are filled from the known around them",
        found.origin,
        work.convention.depth_polarity,
        found.unknown_share,
    )


def _known(work: Work) -> Made | Unknown:
    found = work.depth
    if isinstance(found, Unknown):
        return found

    def frames() -> Iterator[Image]:
        return (known_picture(found.inverse[k], work.size) for k in work.reel.place)

    return Made(
        _control(work, "known", frames, found.reason),
        "white: depth is known here; black: the depth video is filled in",
        found.origin,
        "white is known",
        found.unknown_share,
    )


def _edges(work: Work) -> Made | Unknown:
    edges = work.edges
    share = float(np.mean([np.mean(each > 0) for each in edges]))
    if share < _FEWEST_LINES:
        return Unknown("no lines were found: nothing in the picture stands out")

    def frames() -> Iterator[Image]:
        return (edge_picture(edges[k], work.size) for k in work.reel.place)

    return Made(
        _control(work, "edges", frames, f"lines on {share:.1%} of the pixels"),
        "white lines on black",
        "measured",
        "white is an edge",
    )


def _labels(work: Work) -> Made | Unknown:
    labels = work.labels
    shares = [float(np.mean([np.mean(i == k) for i in labels.index])) for k in range(len(LABELS))]
    if not any(shares):
        return Unknown(next((why for why in labels.reasons if why), "nothing could be labelled"))

    def frames() -> Iterator[Image]:
        return (label_picture(labels.index[k], LABELS, work.size) for k in work.reel.place)

    words = f"{sum(shares):.0%} of the pixels carry a label"
    if lost := [why for why in labels.unmoved if why]:
        words += f"; what moves is unknown in {len(lost)} of {len(labels)} frames: {lost[0]}"
    return Made(
        _control(work, "labels", frames, words),
        "one flat colour a label, see `labels`; black has none",
        work.labels_origin,
        unknown_share=round(max(0.0, 1 - sum(shares)), 6),
        labels=tuple(
            LabelColour(label=name, rgb=LABEL_COLOURS[name], share=round(share, 6))
            for name, share in zip(LABELS, shares, strict=True)
        ),
    )


def _mask(work: Work) -> Made | Unknown:
    region = work.region
    if isinstance(region, Unknown):
        return region

    def frames() -> Iterator[Image]:
        return (mask_picture(each, work.convention) for each in work.generated(region))

    white, black = ("generated", "kept")
    if work.convention.mask_polarity == "black is generated":
        white, black = black, white
    return Made(
        _control(work, "mask", frames, f"{region.words}: {work.gap.reason}"),
        f"white is {white}, black is {black}",
        region.origin,
        work.convention.mask_polarity,
    )


def _source(work: Work, fill: Fill) -> Made | Unknown:
    _refuse_hdr(work)
    region, content = work.region, _content(work, fill)
    if isinstance(region, Unknown):
        return region
    if isinstance(content, Unknown):
        return content

    def frames() -> Iterator[Image]:
        pictures = zip(
            work.reel.pictures(), work.generated(region), _contents(work, content), strict=True
        )
        return (source_picture(image, wanted, other) for image, wanted, other in pictures)

    grey = work.convention.unknown_level
    shown = f"grey {grey}" if fill == "grey" else f"the {fill} control"
    return Made(
        _control(work, "source", frames, work.gap.reason),
        f"the real frames; {shown} where the mask says generated",
        "footage",
    )


def _refuse_hdr(work: Work) -> None:
    transfer = work.reel.clip.colour.transfer
    if transfer in _HDR:
        raise Unsupported(
            f"shows {transfer} (HDR) footage, which models read as flat grey pictures",
            subject="source",
            remedy="convert the clip to SDR first, or leave `source` out",
        )


def _content(work: Work, fill: Fill) -> Control | Unknown | None:
    if fill == "grey":
        return None
    made = _depth(work) if fill == "depth" else _edges(work)
    return made if isinstance(made, Unknown) else made.control


def _contents(work: Work, content: Control | None) -> Iterator[Image | int]:
    if content is None:
        return (work.convention.unknown_level for _ in work.reel.frames)
    return iter(content.frames())


_MAKERS: Final[dict[ControlKind, Callable[[Work], Made | Unknown]]] = {
    "depth": _depth,
    "known": _known,
    "edges": _edges,
    "labels": _labels,
    "mask": _mask,
}

__all__ = ["Fill", "Made", "Region", "make"]
