"""Two large pictures of one plane brought together to a few hundredths of a pixel.

Coarse first: points followed between pictures an eighth as large (or, after a larger move,
features matched), and a robust homography. Then dense: some two hundred tiles, spread over the
picture where it has structure, are compared pixel by pixel with the other picture as the
homography shows it, and each tile's remaining shift moves the homography (inverse compositional
Lucas-Kanade: Baker and Matthews, IJCV 2004). Because the tiles are compared in place, turned and
scaled as they are, neither the model of a pure shift nor smoothing by interpolation pulls the
result to one side. What cannot be told is None, never a guess.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from landfast.media.grid import Grid
from landfast.media.halving import shrunk
from landfast.model.arrays import Float32, Float64, UInt8
from landfast.vision.motion.pairs import Fit, carry, fit_homography, step
from landfast.vision.motion.tracks import find_corners
from landfast.vision.statistics.robust import cauchy

Gray = UInt8[np.ndarray, "height width"]
Homography = Float64[np.ndarray, "3 3"]
Points = Float32[np.ndarray, "tile 2"]
Tiles = Float32[np.ndarray, "rows columns"]

_COARSE_SIDE = 480
_FINE_SIDE = 960
_FEATURE_SIDE = 640
_TILE = 32
"""Side of a tile, pixels; its outermost pixels only lend their slopes."""
_ACROSS = 16
_MOST = 176
_RIM = 3
_ROUNDS = 2
_SURE = 0.75
"""Share of followed points that must agree; below, features are matched."""
_WIDEST_PX = 3.0
"""A tile that seems to be farther off is on something else."""
_LEAST_TILES = 12
_LEAST_AGREEING = 0.4
"""Share of the tiles in view of both that must look alike in the end."""


def register(
    a: UInt8[np.ndarray, "height width *rgb"], b: UInt8[np.ndarray, "height width *rgb"]
) -> Homography | None:
    """Homography that maps points (x, y) of `a` to `b`, both in source pixels.

    Meant for pictures of one plane, of a far scene, or by a camera that only turned; of anything
    else it is the homography that most of the structure follows.

    Args:
        a: RGB or grey.
        b: Of the same size.

    Returns:
        Scaled to 1 at the lower right; None where the pictures do not show one plane.
    """
    whole = _gray(a), _gray(b)
    size = whole[0].shape[1], whole[0].shape[0]
    grid = Grid.working(size, min(size[0], _FINE_SIDE))
    fine = shrunk(whole[0], grid.size), shrunk(whole[1], grid.size)
    found = _coarse(*fine)
    if found is None:
        return None
    H, spots = found
    H, _ = _refined(*fine, H, spots)
    H = grid.homography_to_source(H)
    places = np.asarray(grid.to_source(spots), np.float32)
    for _ in range(_ROUNDS):
        H, agree = _refined(*whole, H, places)
    return np.asarray(H / H[2, 2]) if agree >= _LEAST_AGREEING else None


def _gray(image: UInt8[np.ndarray, "height width *rgb"]) -> Gray:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def _coarse(a: Gray, b: Gray) -> tuple[Homography, Points] | None:
    """A homography good to a pixel or so, and where `a` has structure, pixels of the pictures."""
    grid = Grid.working((a.shape[1], a.shape[0]), _COARSE_SIDE)
    small, other = shrunk(a, grid.size), shrunk(b, grid.size)
    points = find_corners(small).points
    if len(points) < _LEAST_TILES:
        return None
    fit: Fit | None = step(small, other, points, expected=None).fit
    H = None if fit is None else grid.homography_to_source(fit.homography)
    if fit is None or fit.inliers.mean() < _SURE:
        matched = _matched(a, b)
        H = H if matched is None else matched
    if H is None:
        return None
    return H, np.asarray(grid.to_source(points), np.float32)


def _matched(a: Gray, b: Gray) -> Homography | None:
    """By ORB features (Rublee et al., ICCV 2011), for moves too large to follow."""
    grid = Grid.working((a.shape[1], a.shape[0]), _FEATURE_SIDE)
    finder = cv2.ORB.create(nfeatures=500, scaleFactor=1.3, nlevels=5, fastThreshold=10)
    (at_a, of_a), (at_b, of_b) = (
        finder.detectAndCompute(shrunk(gray, grid.size), None) for gray in (a, b)
    )
    if of_a is None or of_b is None:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(of_a, of_b)
    before = np.array([at_a[pair.queryIdx].pt for pair in pairs], np.float32).reshape(-1, 2)
    after = np.array([at_b[pair.trainIdx].pt for pair in pairs], np.float32).reshape(-1, 2)
    fit = fit_homography(before, after, tolerance_px=2.0)
    if fit is None or fit.inliers.mean() < 0.15:
        return None
    return grid.homography_to_source(fit.homography)


def _refined(a: Gray, b: Gray, H: Homography, places: Points) -> tuple[Homography, float]:
    """The homography after one look at the tiles, and the share of them that looks alike.

    Where too few can be compared it is left as it was, and the share is 0.
    """
    centres = _chosen(np.rint(places), H, (a.shape[1], a.shape[0]))
    if len(centres) < _LEAST_TILES:
        return H, 0.0
    shift, weight = (part[: len(centres)] for part in _shifts(*_mosaics(a, b, H, centres)))
    keep = (weight > 0) & (np.abs(shift).max(axis=1) < _WIDEST_PX)
    if keep.sum() < _LEAST_TILES:
        return H, 0.0
    # A tile of `a` shows at its place what `b` shows a little away from where H leads.
    start = centres[keep].astype(np.float64)
    seen = carry64(H, start + shift[keep])
    return _fitted(H, start, seen, weight[keep]), float(keep.mean())


def _chosen(places: Float32[np.ndarray, "place 2"], H: Homography, size: tuple[int, int]) -> Points:
    """At most so many places, evenly taken, whose tiles lie inside both pictures."""
    reach = _TILE / 2 + _WIDEST_PX
    limit = np.array(size, np.float32) - 1 - reach
    there = carry(H, places)
    inside = ((places >= reach) & (places <= limit) & (there >= reach) & (there <= limit)).all(1)
    left = places[inside]
    every = np.linspace(0, len(left) - 1, min(_MOST, len(left))).astype(int)
    return np.asarray(left[every], np.float32)


def _mosaics(a: Gray, b: Gray, H: Homography, centres: Points) -> tuple[Tiles, Tiles]:
    """Tiles of `a`, and what `b` shows there, side by side in two pictures; grey levels."""
    offset = np.arange(_TILE, dtype=np.float32) - np.float32(_TILE // 2)
    x = np.broadcast_to(centres[:, :1, None] + offset[None, None, :], (len(centres), _TILE, _TILE))
    y = np.broadcast_to(centres[:, 1:, None] + offset[None, :, None], x.shape)
    (h0, h1, h2), (h3, h4, h5), (h6, h7, h8) = H.tolist()
    depth = h6 * x + h7 * y + h8
    u = _side_by_side((h0 * x + h1 * y + h2) / depth)
    v = _side_by_side((h3 * x + h4 * y + h5) / depth)
    corner = centres.astype(np.int64) - _TILE // 2
    own = _side_by_side(sliding_window_view(a, (_TILE, _TILE))[corner[:, 1], corner[:, 0]])
    there = cv2.remap(b, u, v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    first, second = (cv2.GaussianBlur(part, (5, 5), 1.0) for part in _as_float(own, there))
    return np.asarray(first), np.asarray(second)


def _as_float(*parts: Any) -> tuple[Tiles, ...]:
    return tuple(part.astype(np.float32) for part in parts)


def _side_by_side(tiles: Any) -> Any:
    """Tiles in rows of sixteen; the last row is filled with black."""
    rows = -(-len(tiles) // _ACROSS)
    missing = rows * _ACROSS - len(tiles)
    tiles = np.concatenate([tiles, np.zeros((missing, _TILE, _TILE), tiles.dtype)])
    grid = tiles.reshape(rows, _ACROSS, _TILE, _TILE).swapaxes(1, 2)
    return np.ascontiguousarray(grid.reshape(rows * _TILE, _ACROSS * _TILE))


def _apart(mosaic: Any) -> Any:
    """Tiles one by one, their rims off: tile x pixel."""
    rows = mosaic.shape[0] // _TILE
    tiles = mosaic.reshape(rows, _TILE, _ACROSS, _TILE).swapaxes(1, 2)[..., _RIM:-_RIM, _RIM:-_RIM]
    return tiles.reshape(rows * _ACROSS, -1)


def _shifts(
    own: Tiles, there: Tiles
) -> tuple[Float64[np.ndarray, "tile 2"], Float64[np.ndarray, " tile"]]:
    """How far off each tile is, and how surely (its weaker slope energy); 0 where unlike.

    Light may differ by a gain and an offset a tile.
    """
    slopes = [cv2.filter2D(own, cv2.CV_32F, kernel) for kernel in (_ACROSS_SLOPE, _ACROSS_SLOPE.T)]
    right, down, mine, theirs = (_apart(part) for part in (*slopes, own, there))
    mine = mine - mine.mean(axis=1, keepdims=True)
    theirs = theirs - theirs.mean(axis=1, keepdims=True)
    energy, other, shared = (
        np.einsum("tp,tp->t", *pair).astype(np.float64)
        for pair in ((mine, mine), (theirs, theirs), (mine, theirs))
    )
    alike = shared / np.sqrt(np.maximum(energy * other, 1e-9))
    off = theirs * np.sqrt(energy / np.maximum(other, 1e-9))[:, None].astype(np.float32) - mine
    xx, xy, yy, x, y = (
        np.einsum("tp,tp->t", *pair).astype(np.float64)
        for pair in ((right, right), (right, down), (down, down), (right, off), (down, off))
    )
    determinant = np.maximum(xx * yy - xy * xy, 1e-6)
    shift = np.stack([yy * x - xy * y, xx * y - xy * x], axis=1) / determinant[:, None]
    weakest = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    return -shift, np.where(alike > 0.5, np.sqrt(np.maximum(weakest, 0)), 0.0)


_ACROSS_SLOPE = np.array([[-0.5, 0.0, 0.5]], np.float32)


def carry64(
    H: Homography, points: Float64[np.ndarray, "point 2"]
) -> Float64[np.ndarray, "point 2"]:
    """Points under a homography, in double precision."""
    return np.asarray(cv2.perspectiveTransform(points[:, None].astype(np.float64), H))[:, 0]


def _fitted(
    H: Homography,
    before: Float64[np.ndarray, "tile 2"],
    after: Float64[np.ndarray, "tile 2"],
    weight: Float64[np.ndarray, " tile"],
) -> Homography:
    """Gauss-Newton with Cauchy weights by the tiles' own spread."""
    middle, half = before.mean(axis=0), max(float(np.abs(before - before.mean(0)).max()), 1.0)
    to_unit = np.array(
        [[1 / half, 0, -middle[0] / half], [0, 1 / half, -middle[1] / half], [0, 0, 1]]
    )
    h = to_unit @ H @ np.linalg.inv(to_unit)
    start, goal = (carry64(to_unit, points) for points in (before, after))
    for _ in range(5):
        h = h / h[2, 2]
        left = goal - carry64(h, start)
        distance = np.linalg.norm(left, axis=1)
        sigma = max(1.5 * float(np.median(distance)), 1e-3 / half)
        by = cauchy(distance, sigma, weight / weight.max())
        slopes = _slopes(h, start)
        flat = slopes.reshape(8, -1)
        weighted = (slopes * by[None, :, None]).reshape(8, -1)
        change = np.linalg.solve(weighted @ flat.T + 1e-9 * np.eye(8), weighted @ left.ravel())
        h = h + np.append(change, 0).reshape(3, 3)
    return np.asarray(np.linalg.inv(to_unit) @ h @ to_unit)


def _slopes(
    h: Homography, points: Float64[np.ndarray, "tile 2"]
) -> Float64[np.ndarray, "8 tile 2"]:
    """Change of each carried point with each entry of the homography but the last."""
    rays = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    depth = rays @ h[2]
    now = rays @ h[:2].T / depth[:, None]
    slopes = np.zeros((8, len(points), 2))
    slopes[:3, :, 0] = slopes[3:6, :, 1] = (rays / depth[:, None]).T
    slopes[6:] = -(points / depth[:, None]).T[:, :, None] * now[None]
    return slopes
