"""Colour: runs straight from one anchor's to the other's, and starts and ends on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from landfast.model.verdict import Finding
from landfast.verify.checks.coding import ROUNDING, unsure_px
from landfast.verify.checks.exposure import between, called_for
from landfast.verify.checks.gains import levels
from landfast.verify.findings import Box, Checked, measured, seconds_over, shares, unmeasured
from landfast.verify.measure.lattice import cell_colours
from landfast.verify.measure.links import Places, sample
from landfast.verify.measure.parallel import in_order
from landfast.verify.measure.study import Stretch, Study
from landfast.verify.measure.tints import TILES, Tint, lab, lasting, tint
from landfast.vision.statistics.medians import medians

LIGHT_DELTA_E: Final = 2.1
"""Just noticeable difference of CIE76 is 2.3 (Mahy et al., 1994); exposure that breathes by 3 %
bends lightness by up to 1.8."""
CHROMA_DELTA_E: Final = 1.4
"""Hue is steadier than light: medians of true and compressed middle frames stay within 0.6 where
rounding is allowed for, and near grey the eye sees 1 (CIEDE2000)."""
FADED_DELTA_E: Final = 2.0
"""Chroma contrast lost or gained: bright and dull parts that cancel in the median."""
_NOISE: Final = 0.15
"""Of the spread of the cells about the median: where frames can only be followed badly the median
is less sure."""
_FINER: Final = 0.5
"""And of chroma contrast: texture finer than cells loses up to half of what it changes by where
the anchors are sampled between them."""
_ROUNDED: Final = 2.5
_ROUNDED_BY_PX: Final = 0.04
"""How many roundings of an encoder (coding.py) a colour may be off by, one more for every so many
px that coding moves points by: they all lift red and blue above green."""
_ALLOWED: Final = 0.5
"""Of what the footage's own exposure moves by in half a second: a change that goes on through the
gap is a straight line and costs nothing, only its bend does."""
_SUSPECT: Final = 0.6
"""Of a tile's limit: from there the anchors are first laid over the take, as a generator may have
cropped or scaled them."""
_MOST_SCALE: Final = 0.15
_ALIKE: Final = 0.5
"""Logarithm of the scale, and likeness, up to and from which that is believed."""
_FEWEST: Final = 60
"""Cells that must be known in the real frames."""


def check_colour(study: Study) -> Checked:
    """Lab of each frame against its place on the line between the anchors: median of the picture,
    chroma contrast, and medians of tiles."""
    found = _tints(study, _plain(study))
    if _worst_tile(found) > _SUSPECT:
        found = min(found, _tints(study, laid(study)), key=_worst_tile)
    off = _unrounded(study, np.stack([one.whole for one in found]))
    seen = np.isfinite(off[:, 0])
    if seen.sum() < max(2, study.frames // 3) or not seen[[0, -1]].all():
        return Checked((unmeasured("colour", "delta E", _UNSEEN),))
    off[:, 0] -= between(found, off[:, 0])
    plain = _checked(study, found, off)
    if plain.excess[0] <= 1 or study.real:
        return plain
    eased = called_for(study.take, off[:, 0])[:, None] * np.array((1.0, 0, 0))
    found = [
        replace(one, drift=one.drift - less.astype(np.float32))
        for one, less in zip(found, eased, strict=True)
    ]
    if _checked(study, found, off - eased).excess[0] <= 1:
        return Checked((unmeasured("colour", "delta E", _EXPOSED),))
    return plain


def _checked(study: Study, found: list[Tint], off: np.ndarray) -> Checked:
    """The worst of the three. off: Lab of every frame off the line, frames x 3."""
    light, chroma = (_ALLOWED * _own_change(study)).tolist()
    noise = _NOISE * np.array([one.spread for one in found])
    whole = _whole_series(off, LIGHT_DELTA_E + light + noise, CHROMA_DELTA_E + chroma + noise)
    finer = _FINER * np.array([one.spread for one in found])
    faded = _Series(np.abs([one.faded for one in found]), FADED_DELTA_E + chroma + finer)
    heat = lasting(np.stack([one.ratio for one in found]))
    local = heat.reshape(len(heat), -1).max(axis=1)
    worst = max(whole.excess, faded.excess, float(local.max()))
    if worst == whole.excess:
        finding = _whole(study, whole, found)
    elif worst == faded.excess:
        finding = _faded(study, faded, found)
    else:
        finding = _part(study, heat, found)
    frames = np.maximum.reduce([whole.ratio, faded.ratio, local]).astype(np.float32)
    return Checked((finding,), (worst,), frames=frames, heat=tuple(heat))


_UNSEEN: Final = "Too little of the scene can be followed from both anchors to compare its colour"
_EXPOSED: Final = (
    "Lightness leaves the line between the anchors as an automatic exposure would that answers to "
    "what comes into sight; without the footage beside it this cannot be told from a fault"
)


@dataclass(frozen=True, slots=True)
class _Series:
    """One value a frame beside its limit; NaN where unmeasured."""

    value: np.ndarray
    limit: np.ndarray

    @property
    def ratio(self) -> np.ndarray:
        return np.asarray(np.nan_to_num(self.value / self.limit))

    @property
    def excess(self) -> float:
        return float(self.ratio.max())

    @property
    def worst(self) -> int:
        return int(self.ratio.argmax())

    def at_worst(self) -> tuple[float, float]:
        return float(self.value[self.worst]), float(self.limit[self.worst])


def _worst_tile(found: list[Tint]) -> float:
    return float(lasting(np.stack([one.ratio for one in found])).max())


def _whole_series(off: np.ndarray, light: np.ndarray, chroma: np.ndarray) -> _Series:
    """Delta E of every frame against limits in lightness and in chroma."""
    size = np.linalg.norm(off, axis=1)
    ratio = np.hypot(off[:, 0] / light, np.hypot(off[:, 1], off[:, 2]) / chroma)
    return _Series(size, np.divide(size, ratio, out=light.copy(), where=ratio > 0))


def _unrounded(study: Study, off: np.ndarray) -> np.ndarray:
    """Lab of every frame off the line, frames x 3, less what an encoder's rounding explains."""
    middle = levels(study.take).astype(np.float32)
    both = lab(np.stack([[middle], [middle + ROUNDING.astype(np.float32)]]))
    step = (both[1, 0] - both[0, 0]).astype(np.float64)
    most = min(_ROUNDED, unsure_px(study) / _ROUNDED_BY_PX)
    times = np.clip(off @ step / (step @ step), 0.0, most)
    return np.asarray(off - times[:, None] * step)


def _tints(study: Study, anchors: tuple[np.ndarray, np.ndarray]) -> list[Tint]:
    """Every frame against the anchors, RGB at working size."""
    take = study.take
    shape = take.tones[0].shape[:2]
    ends = lab(cell_colours(anchors[0], shape)), lab(cell_colours(anchors[1], shape))
    last = study.frames - 1

    def one(t: int) -> Tint:
        places = take.in_first[t], take.in_last[t]
        return tint(take.labs[t], ends, places, t / last)

    return in_order(one, range(study.frames))


def _whole(study: Study, series: _Series, found: list[Tint]) -> Finding:
    value, limit = series.at_worst()
    return measured(
        "colour",
        value,
        limit,
        "delta E",
        good=f"Colour keeps to the line between the anchors within delta E {value:.1f}",
        bad=f"Colour is {_words(found[series.worst].whole)} by delta E {value:.1f} against the "
        "line between the anchors",
        span=seconds_over(series.ratio, study.fps),
    )


def _faded(study: Study, series: _Series, found: list[Tint]) -> Finding:
    value, limit = series.at_worst()
    how = "fades" if found[series.worst].faded < 0 else "grows stronger"
    return measured(
        "colour",
        value,
        limit,
        "delta E",
        good=f"Colour keeps its strength within delta E {value:.1f}",
        bad=f"Colour {how} by delta E {value:.1f} against the line between the anchors",
        span=seconds_over(series.ratio, study.fps),
    )


def _part(study: Study, heat: np.ndarray, found: list[Tint]) -> Finding:
    t, row, column = (int(n) for n in np.argwhere(heat == heat.max())[0])
    drift, limits = deciding(found, heat, (t, row, column))
    off = np.stack([np.hypot(drift[1], drift[2]), np.abs(drift[0])])
    kind = int(np.argmax(np.nan_to_num(off / limits)))
    # The tile is held to what its neighbours and the frames beside show as well.
    limit = float(limits[kind])
    value = float(heat[t, row, column]) * limit
    shown = drift * np.array((0, 1, 1) if kind == 0 else (1, 0, 0), np.float32)
    return measured(
        "colour",
        value,
        limit,
        "delta E",
        good=f"No part of the picture leaves the colours of the anchors by more than {value:.1f}",
        bad=f"A part of the picture is {_words(shown)} by delta E {value:.1f} against the line "
        "between the anchors",
        span=seconds_over(heat[:, row, column], study.fps),
        region=_box(heat[t], row, column),
    )


def deciding(
    found: list[Tint], heat: np.ndarray, at: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Drift and limits of the tile that a value of the heat was taken from.

    That is the nearest known one with the same ratio: what lasts over a frame in which the spot
    itself is unknown stands there as the frames beside it show it.
    """
    known = np.isfinite([one.limit[..., 0] for one in found])
    same = np.isclose([one.ratio for one in found], heat[at], rtol=1e-6) & known
    places = np.argwhere(same)
    t, row, column = places[np.abs(places - at).sum(axis=1).argmin()]
    return found[t].drift[row, column], found[t].limit[row, column]


def _box(heat: np.ndarray, row: int, column: int) -> Box:
    """Bounds of the tiles over the limit that hang together with the worst one."""
    over = (heat > min(1.0, float(heat[row, column]))).astype(np.uint8)
    over[row, column] = 1
    _, labels, stats, _ = cv2.connectedComponentsWithStats(over, connectivity=4)
    left, top, width, height = (int(n) for n in stats[labels[row, column], :4])
    rows, columns = TILES
    return shares(left / columns, top / rows, width / columns, height / rows)


def _own_change(study: Study) -> np.ndarray:
    """Delta E that the footage's own exposure and white balance move by beside the gap: of
    lightness and of chroma."""
    changes = np.zeros((1, 2))
    for side, places in _sides(study):
        anchor = 0 if side is study.after else len(side.reel) - 1
        for tone, place in zip(side.labs, places, strict=True):
            if place.known.sum() >= _FEWEST:
                apart = (tone - sample(side.labs[anchor], place.at))[place.known]
                light, red, yellow = medians(apart)
                changes = np.vstack([changes, (abs(light), np.hypot(red, yellow))])
    return np.asarray(changes.max(axis=0))


def _sides(study: Study) -> list[tuple[Stretch, list[Places]]]:
    """Real stretches with where their cells stand in the anchor."""
    out = []
    if study.before is not None:
        out.append((study.before, study.before.in_last))
    if study.after is not None:
        out.append((study.after, study.after.in_first))
    return out


def _plain(study: Study) -> tuple[np.ndarray, np.ndarray]:
    return study.anchors.rgb[0], study.anchors.rgb[1]


def laid(study: Study) -> tuple[np.ndarray, np.ndarray]:
    """The anchors moved to where the take shows them: a generator's crop is no change of colour."""
    first, last = (_over(study, which) for which in (0, -1))
    return first, last


def _over(study: Study, which: int) -> np.ndarray:
    """An anchor laid over its frame of the take; as it is where nothing tells how."""
    anchor = study.anchors.rgb[which]
    found = study.laid[which]
    if abs(np.log(found.scale)) > _MOST_SCALE or (found.likeness or 0.0) < _ALIKE:
        return anchor
    size = np.array(anchor.shape[1::-1]) / np.array(study.anchors.small[which].shape[1::-1])
    turn = found.transform[:, :2]
    # Pixel centres: working pixel = ratio * small pixel + (ratio - 1) / 2.
    off = (size - 1) / 2
    matrix = np.column_stack([turn, size * found.transform[:, 2] + off - turn @ off])
    return np.asarray(
        cv2.warpAffine(anchor, matrix, anchor.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    )


def _words(drift: np.ndarray) -> str:
    """The main direction of a drift in Lab."""
    names = (("lighter", "darker"), ("redder", "greener"), ("yellower", "bluer"))
    axis = int(np.argmax(np.abs(drift)))
    return names[axis][0 if drift[axis] > 0 else 1]
