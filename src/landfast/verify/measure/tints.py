"""Colour of every part of the picture against the line between the anchors, with its own noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from landfast.model.arrays import Float32
from landfast.verify.measure.links import Places, sample
from landfast.vision.statistics.medians import median, medians

TILES: Final = (8, 12)
_KNOWN: Final = 0.5
"""Share of a tile's cells that both anchors must know."""
_LEAST: Final = 4
"""Cells of a tile that have a spread."""
_FEWEST: Final = 60
"""Cells of the whole picture that must be known in both anchors."""
_CHROMA: Final = (3.0, 0.3, 0.5)
_LIGHT: Final = (2.7, 0.5, 1.0)
"""Limit of a tile in delta E: at least this, and of the spread of its cells about their median, and
of what the spot changes by from one anchor to the other. Glitter, shadows of clouds and the angle
of view change how light a spot is far more than its hue."""

_PLENTY: Final = (21, 260)
"""Cells of a tile and of the picture whose median is as sure as is asked; that of fewer is less
sure by the root of their number, and the spread counts as much more."""


@dataclass(frozen=True, slots=True)
class Tint:
    """One frame against the line between the anchors, in CIE Lab."""

    whole: Float32[np.ndarray, " 3"]
    """Median over all known cells, its chroma less what the change of light brings with it; NaN
    where too few are known, as in the next three."""
    spread: float
    """Median distance of the cells from it, more where they are few."""
    apart: float
    """How much lighter the same spots are in the last anchor than in the first; 0 at both."""
    faded: float
    """Mean chroma contrast gained over the line's, delta E: below 0 the colours fade."""
    drift: Float32[np.ndarray, "rows columns 3"]
    """Median of every tile; NaN where unknown."""
    limit: Float32[np.ndarray, "rows columns 2"]
    """What a tile may drift by in chroma and in lightness."""

    @property
    def ratio(self) -> Float32[np.ndarray, "rows columns"]:
        """The worse of both over its limit; 0 where unknown."""
        chroma = np.hypot(self.drift[..., 1], self.drift[..., 2]) / self.limit[..., 0]
        light = np.abs(self.drift[..., 0]) / self.limit[..., 1]
        return np.asarray(np.nan_to_num(np.maximum(chroma, light)), np.float32)


_XYZ_OF_WHITE: Final = np.array(
    [
        [0.412453 / 0.950456, 0.357580 / 0.950456, 0.180423 / 0.950456],
        [0.212671, 0.715160, 0.072169],
        [0.019334 / 1.088754, 0.119193 / 1.088754, 0.950227 / 1.088754],
    ],
    np.float32,
)
"""Linear sRGB to X, Y, Z over those of D65."""
_DARK: Final = np.float32((6 / 29) ** 3)
_SLOPE: Final = np.float32((29 / 6) ** 2 / 3)
_LAB: Final = np.array([[0, 116, 0, -16], [500, -500, 0, 0], [0, 200, -200, 0]], np.float32)


def lab(tone: np.ndarray) -> np.ndarray:
    """CIE Lab of a tone picture in sRGB, L 0 to 100.

    OpenCV's takes a seventh of a second for tables, and is off by up to 0.4 for their sake.
    """
    plain = tone * np.float32(1 / 255)
    linear = cv2.pow((plain + np.float32(0.055)) * np.float32(1 / 1.055), 2.4)
    linear = np.where(plain > 0.04045, linear, plain * np.float32(1 / 12.92))
    share = cv2.transform(linear, _XYZ_OF_WHITE)
    f = np.where(share > _DARK, cv2.pow(share, 1 / 3), share * _SLOPE + np.float32(4 / 29))
    return np.asarray(cv2.transform(f, _LAB))


_NOTHING: Final = np.full(3, np.nan, np.float32)


def tint(
    here: np.ndarray, ends: tuple[np.ndarray, np.ndarray], places: tuple[Places, Places], at: float
) -> Tint:
    """Compare a frame's cells with the line between the same spots of both ends.

    Args:
        here: Lab of the frame's cells, rows x columns x 3.
        ends: Lab of the anchors' cells.
        places: Where the frame's cells stand in either anchor.
        at: Place of the frame between them, 0 to 1. At 0 and 1 only the anchor itself counts.
    """
    first, last = (sample(end, way.at) for end, way in zip(ends, places, strict=True))
    known = (places[0].known | (at == 1.0)) & (places[1].known | (at == 0.0))
    line = first * np.float32(1 - at) + last * np.float32(at)
    away = here - line
    apart = (last - first) * np.float32(0.0 < at < 1.0)
    drift, limit = _of_tiles(away, apart, known)
    if known.sum() < _FEWEST:
        return Tint(_NOTHING, np.nan, np.nan, np.nan, drift, limit)
    cells = away[known]
    middle = medians(cells)
    x, y, z = (cells - middle).T
    spread = median(np.sqrt(x * x + y * y + z * z))
    spread *= max(1.0, np.sqrt(_PLENTY[1] / len(cells)))
    light, *hue = medians(line[known]).tolist()
    # In CIE Lab light scales a and b as it scales L + 16.
    brought = middle[0] / (light + 16) * np.array((0, *hue), np.float32)
    return Tint(
        (middle - brought).astype(np.float32),
        spread,
        median(apart[known][:, 0]),
        _gained(line[known][:, 1:], here[known][:, 1:]),
        drift,
        limit,
    )


def _gained(line: np.ndarray, here: np.ndarray) -> float:
    """Slope of chroma on the line's chroma less one, times the line's own contrast: an offset that
    all cells share is left to the median."""
    x, y = (c - medians(c) for c in (line, here))
    power = float((x * x).sum())
    if power == 0.0:
        return 0.0
    return (float((x * y).sum()) / power - 1.0) * float(np.sqrt(power / len(x)))


def _of_tiles(
    away: np.ndarray, apart: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Median drift of every tile and the limits that its noise asks for."""
    both = np.concatenate([away, apart], axis=2)
    gathered = _gathered(np.where(known[..., None], both, np.nan))
    share = np.isfinite(gathered[:, 0]).mean(axis=1)
    cells = share * known.size / len(share) * _fill(known.shape)
    enough = (share * _fill(known.shape) >= _KNOWN) & (cells >= _LEAST)
    middle = np.where(enough[:, None], _median(gathered), np.nan)
    off = np.sqrt(((gathered[:, :3] - middle[:, :3, None]) ** 2).sum(axis=1))
    spread = _median(off) * np.maximum(1.0, np.sqrt(_PLENTY[0] / np.maximum(cells, 1)))
    changes = (np.hypot(middle[:, 4], middle[:, 5]), np.abs(middle[:, 3]))
    limits = [
        least + noise * spread + turned * change
        for (least, noise, turned), change in zip((_CHROMA, _LIGHT), changes, strict=True)
    ]
    shape = (*TILES, -1)
    drift = middle[:, :3].reshape(shape).astype(np.float32)
    return drift, np.stack(limits, axis=1).reshape(shape).astype(np.float32)


def _size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Cells of a tile, rounded up."""
    return -(-shape[0] // TILES[0]), -(-shape[1] // TILES[1])


def _fill(shape: tuple[int, ...]) -> float:
    """Places in the padded grid per cell of the picture."""
    rows, columns = _size(shape)
    return rows * TILES[0] * columns * TILES[1] / (shape[0] * shape[1])


def _gathered(field: np.ndarray) -> np.ndarray:
    """Values tile by tile, tiles x channels x cells; NaN beyond the picture's edge."""
    rows, columns = _size(field.shape)
    height, width = rows * TILES[0], columns * TILES[1]
    out = np.full((height, width, field.shape[2]), np.nan, np.float32)
    # The picture is spread evenly over the padded grid, so that the last tile is not nearly empty.
    down = np.arange(field.shape[0]) * height // field.shape[0]
    across = np.arange(field.shape[1]) * width // field.shape[1]
    out[down[:, None], across] = field
    tiled = out.reshape(TILES[0], rows, TILES[1], columns, -1).transpose(0, 2, 4, 1, 3)
    return np.ascontiguousarray(tiled).reshape(TILES[0] * TILES[1], field.shape[2], -1)


def _median(values: np.ndarray) -> np.ndarray:
    """Median along the last axis of what is known; NaN where nothing is."""
    ordered = np.sort(values, axis=-1)
    count = np.isfinite(values).sum(axis=-1, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[-1] - 1), axis=-1)
    return np.asarray(np.where(count > 0, (low + high) / 2, np.nan)[..., 0])


def lasting(ratio: Float32[np.ndarray, "frames rows columns"]) -> np.ndarray:
    """What holds for two frames of three and over two by two tiles: a passing boat, a flag and
    one badly followed spot do not."""
    padded = np.pad(ratio, ((1, 1), (0, 0), (0, 0)), mode="edge")
    calm = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    patch = np.ones((2, 2), np.uint8)
    return np.stack([cv2.morphologyEx(m, cv2.MORPH_OPEN, patch) for m in calm.astype(np.float32)])
