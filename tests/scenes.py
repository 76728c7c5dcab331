"""Synthetic landscapes with exact depth, flow, homography and horizon, for tests.

World axes: x east, y north, z up, in metres; the ground is z = 0. Camera axes: x right,
y down, z forward. Pixels are (x, y) with (0, 0) at the CENTRE of the top-left pixel.
Everything static in the world keeps its colour in every view, apart from band-limiting:
texture finer than a view can carry is faded out of that view. Silhouettes are point-sampled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from landfast.media.codings import repeatable_x264

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]
Grid = TypeVar("Grid", F32, F64)

SceneKind = Literal["plane", "terrain"]
SkyKind = Literal["plain", "gradient", "clouds"]
PathKind = Literal["still", "pan", "forward", "sideways", "orbit", "crane"]
Pace = Literal["constant", "eased"]
Side = Literal["left", "right", "top", "bottom"]
PixelFormat = Literal["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le"]
Codec = Literal["libx264", "libx265", "ffv1"]
Quality = int | Literal["lossless"]

# ---------------------------------------------------------------------------------------
# Camera
# ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pose:
    """Where a camera stands (metres) and looks (degrees).

    Heading turns clockwise from north (+y), pitch is negative looking down (-90 is nadir),
    positive roll turns the camera clockwise as seen from behind it, so the horizon in the
    image turns counter-clockwise.
    """

    x: float = 0.0
    y: float = -260.0
    z: float = 110.0
    heading_deg: float = 0.0
    pitch_deg: float = -22.0
    roll_deg: float = 0.0


@dataclass(frozen=True, eq=False)
class Camera:
    """Pinhole camera: size (width, height) px, horizontal view angle, world-to-camera R, t."""

    size: tuple[int, int]
    hfov_deg: float
    R: F64
    t: F64

    @classmethod
    def at(cls, pose: Pose, size: tuple[int, int] = (320, 180), hfov_deg: float = 60.0) -> Camera:
        """Camera standing at a pose."""
        rotation = _rotation(pose)
        centre = np.array([pose.x, pose.y, pose.z])
        return cls(size, hfov_deg, rotation, -rotation @ centre)

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.size[0] / 2 / float(np.tan(np.radians(self.hfov_deg) / 2))

    @property
    def K(self) -> F64:  # noqa: N802
        """Intrinsic matrix, 3x3, for centre-of-pixel coordinates."""
        width, height = self.size
        f = self.focal
        return np.array([[f, 0, (width - 1) / 2], [0, f, (height - 1) / 2], [0, 0, 1]])

    @property
    def centre(self) -> F64:
        """Camera centre in the world, metres, shape (3,)."""
        return -self.R.T @ self.t

    def rays(self, xy: F64) -> F64:
        """World directions (N, 3) of pixels (N, 2), scaled to z-depth 1."""
        width, height = self.size
        x = (xy[:, 0] - (width - 1) / 2) / self.focal
        y = (xy[:, 1] - (height - 1) / 2) / self.focal
        return x[:, None] * self.R[0] + y[:, None] * self.R[1] + self.R[2]

    def project(self, points: F64) -> tuple[F64, F64]:
        """Pixels (N, 2) and z-depths (N,) of world points (N, 3); NaN pixels behind."""
        return self._image(points @ self.R.T + self.t)

    def project_directions(self, directions: F64) -> tuple[F64, F64]:
        """Pixels (N, 2) of points at infinity and the depth (N,) their unit would have."""
        return self._image(directions @ self.R.T)

    def _image(self, local: F64) -> tuple[F64, F64]:
        z = local[:, 2]
        safe = np.where(z > 1e-9, z, np.nan)
        middle = (np.array(self.size) - 1) / 2
        return self.focal * local[:, :2] / safe[:, None] + middle, z


def _rotation(pose: Pose) -> F64:
    """World-to-camera rotation, 3x3, of a pose."""
    heading, pitch, roll = np.radians([pose.heading_deg, pose.pitch_deg, pose.roll_deg])
    forward = np.array(
        [np.sin(heading) * np.cos(pitch), np.cos(heading) * np.cos(pitch), np.sin(pitch)]
    )
    right = np.array([np.cos(heading), -np.sin(heading), 0.0])
    down = np.cross(forward, right)
    c, s = np.cos(roll), np.sin(roll)
    return np.stack([c * right + s * down, c * down - s * right, forward])


def pixels(size: tuple[int, int]) -> F64:
    """All pixel centres (H*W, 2) as (x, y), row by row."""
    width, height = size
    x, y = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
    return np.stack([x.ravel(), y.ravel()], axis=1)


# ---------------------------------------------------------------------------------------
# Scene
# ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """Building with upright walls: opposite corners in metres."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]


@dataclass(frozen=True)
class Scene:
    """A landscape. Equal scenes look alike everywhere.

    kind: "plane" is flat; "terrain" has hills and cliffs within 512 m of the origin.
    relief_m: height of the terrain above the plain, 0 to relief_m metres.
    sea_y: mean northing of a shoreline; the sea lies beyond. Infinite for none.
    contrast: strength of the ground texture; 0 leaves nothing to match.
    """

    kind: SceneKind = "plane"
    seed: int = 0
    sky: SkyKind = "gradient"
    relief_m: float = 60.0
    sea_y: float = float("inf")
    contrast: float = 1.0
    boxes: tuple[Box, ...] = ()


class View(NamedTuple):
    """Rendered frame: image uint8 HxWx3 RGB and z-depth float32 HxW in metres, inf for sky."""

    image: Image
    depth: F32


def town(seed: int = 0, count: int = 12, extent_m: float = 120.0) -> tuple[Box, ...]:
    """Buildings scattered over a square of side 2 * extent_m around the origin."""
    rng = np.random.default_rng((seed, 77))
    boxes = []
    for _ in range(count):
        x, y = rng.uniform(-extent_m, extent_m, 2).tolist()
        dx, dy = rng.uniform(6, 16, 2).tolist()
        boxes.append(Box((x - dx, y - dy, 0.0), (x + dx, y + dy, float(rng.uniform(10, 40)))))
    return tuple(boxes)


# ---------------------------------------------------------------------------------------
# Noise
# ---------------------------------------------------------------------------------------

_PERIOD = 256


@lru_cache(maxsize=64)
def _table(seed: int, layer: int) -> F32:
    """Lattice of values in [-1, 1], periodic, one row and column repeated, flattened."""
    rng = np.random.default_rng((seed, layer))
    values = rng.uniform(-1, 1, (_PERIOD, _PERIOD)).astype(np.float32)
    return np.pad(values, ((0, 1), (0, 1)), mode="wrap").ravel()


def _smooth(x: F32) -> F32:
    """Hermite step of values in [0, 1]."""
    return x * x * (3 - 2 * x)


def _step(x: F32, low: float, high: float) -> F32:
    """Smooth step from 0 at low to 1 at high."""
    return _smooth(np.clip((x - low) * np.float32(1 / (high - low)), 0, 1))


def _lattice(x: F32, y: F32, table: F32, edge: F32 | None = None) -> F32:
    """Value noise at lattice coordinates; with edge (0..1 cells) flat patches that wide apart."""
    cx, cy = np.floor(x), np.floor(y)
    fx, fy = x - cx, y - cy
    if edge is not None:
        fx, fy = (np.clip((f - 0.5) / edge + 0.5, 0, 1) for f in (fx, fy))
    fx, fy = _smooth(fx), _smooth(fy)
    column = cx.astype(np.int32) & (_PERIOD - 1)
    at = (cy.astype(np.int32) & (_PERIOD - 1)) * (_PERIOD + 1) + column
    top = table.take(at)
    top += fx * (table.take(at + 1) - top)
    at += _PERIOD + 1
    bottom = table.take(at)
    bottom += fx * (table.take(at + 1) - bottom)
    return top + fy * (bottom - top)


def _octave(x: F32, y: F32, cell: float, seed: int, layer: int) -> F32:
    """One octave of noise, cells of the given size, turned so that octaves do not line up."""
    c, s = np.cos(layer * 0.8 + 0.3) / cell, np.sin(layer * 0.8 + 0.3) / cell
    c, s = np.float32(c), np.float32(s)
    return _lattice(c * x - s * y + layer * 7, s * x + c * y - layer * 5, _table(seed, layer))


def _faded(x: F32, y: F32, cell: float, footprint: F32, seed: int, layer: int) -> F32 | float:
    """An octave, faded where a cell is under two pixels (a wavelength is about two cells)."""
    weight = _step(np.float32(cell) / footprint, 1.0, 2.2)
    keep = np.flatnonzero(weight > 0)
    if keep.size == 0:
        return 0.0
    if keep.size > 0.8 * weight.size:
        return weight * _octave(x, y, cell, seed, layer)
    weight[keep] *= _octave(x[keep], y[keep], cell, seed, layer)
    return weight


# ---------------------------------------------------------------------------------------
# Terrain heights: bilinear between grid vertices, zero at and beyond the border
# ---------------------------------------------------------------------------------------

_CELL = 2.0
_EXTENT = 512.0
_GRID = int(2 * _EXTENT / _CELL) + 1
_REACH = (6.0, 32.0, 2.0 * _EXTENT)


class _Field(NamedTuple):
    """Heights and slopes on the grid, flattened; steep: the steepest slope of the surface
    within each of _REACH metres of a cell; top: greatest height."""

    height: F64
    slope_x: F32
    slope_y: F32
    steep: tuple[F32, ...]
    top: float


@lru_cache(maxsize=8)
def _field(scene: Scene) -> _Field:
    """Height field of a terrain scene."""
    axis = np.linspace(-_EXTENT, _EXTENT, _GRID)
    x, y = (g.ravel().astype(np.float32) for g in np.meshgrid(axis, axis))
    height = _hills(x, y, scene).astype(np.float64).reshape(_GRID, _GRID)
    height = cv2.GaussianBlur(height, (0, 0), 1.5) * _border(axis)
    if np.isfinite(scene.sea_y):
        height *= 1 - _step(_offshore(x, y, scene), -34.0, -4.0).reshape(height.shape)
    dy, dx = np.gradient(height, _CELL)
    slopes = (dx.ravel().astype(np.float32), dy.ravel().astype(np.float32))
    return _Field(height.ravel(), *slopes, _steep(height), float(height.max()))


def _steep(height: F64) -> tuple[F32, ...]:
    """For every reach, the steepest slope of the bilinear surface around each cell."""
    along_x = np.abs(np.diff(height, axis=1, append=height[:, -1:]))
    along_y = np.abs(np.diff(height, axis=0, append=height[-1:]))
    x = np.maximum(along_x, np.roll(along_x, -1, axis=0))
    y = np.maximum(along_y, np.roll(along_y, -1, axis=1))
    slope = (np.hypot(x, y) / _CELL).astype(np.float32) * np.float32(1.0001)
    sides = [2 * int(np.ceil(reach / _CELL)) + 3 for reach in _REACH]
    return tuple(cv2.dilate(slope, np.ones((n, n), np.uint8)).ravel() for n in sides)


def _hills(x: F32, y: F32, scene: Scene) -> F32:
    """Rolling hills plus plateaus with steep sides, 0 to relief_m metres."""
    octaves = ((190.0, 0.55), (85.0, 0.3), (38.0, 0.14), (17.0, 0.05))
    layers = enumerate(octaves, start=40)
    rolling = sum((a * _octave(x, y, c, scene.seed, k) for k, (c, a) in layers), np.float32(0))
    plateau = _step(_octave(x, y, 120.0, scene.seed, 50) + 0.35 * rolling, 0.12, 0.42)
    rise = np.clip(0.62 * (rolling + 0.35) + 0.38 * plateau, 0, 1)
    return np.float32(scene.relief_m) * rise


def _border(axis: F64) -> F64:
    """Window (G, G) that lets heights fall to zero at the border of the grid."""
    side = _step((_EXTENT - np.abs(axis)).astype(np.float32), 0.0, 100.0).astype(np.float64)
    return side[:, None] * side[None, :]


def _grid_at(x: F64, y: F64) -> tuple[Index, F64, F64]:
    """Flat index of the grid cell that holds each point, and fractions within it."""
    gx = np.clip((x + _EXTENT) / _CELL, 0, _GRID - 1.000001)
    gy = np.clip((y + _EXTENT) / _CELL, 0, _GRID - 1.000001)
    cx, cy = gx.astype(np.intp), gy.astype(np.intp)
    return cy * _GRID + cx, gx - cx, gy - cy


def _bilinear(values: Grid, at: Index, fx: Grid, fy: Grid) -> Grid:
    """Bilinear value in a flattened grid."""
    top, bottom = values.take(at), values.take(at + _GRID)
    top = top + fx * (values.take(at + 1) - top)
    bottom = bottom + fx * (values.take(at + _GRID + 1) - bottom)
    return top + fy * (bottom - top)


def height_at(scene: Scene, x: F64, y: F64) -> F64:
    """Height (N,) of the ground in metres at world positions (N,), boxes left out."""
    if scene.kind == "plane":
        return np.zeros_like(x)
    return _bilinear(_field(scene).height, *_grid_at(x, y))


# ---------------------------------------------------------------------------------------
# Rays against the scene
# ---------------------------------------------------------------------------------------

_BLOCKS = (4, 16)
_BAND = 16384


def trace(scene: Scene, camera: Camera, xy: F64) -> tuple[F64, Index]:
    """Exact z-depth (N,) along the rays of pixels (N, 2), inf for sky, and box hit or -1."""
    rays = camera.rays(xy)
    depth = _ground(camera.centre, rays)
    if scene.kind == "terrain":
        _trace_terrain(scene, camera, xy, rays, depth)
    hit = np.full(len(xy), -1, dtype=np.intp)
    for number, box in enumerate(scene.boxes):
        near, far = _slab(camera.centre, rays, np.array(box.low), np.array(box.high))
        nearer = (near < far) & (near > 0) & (near < depth)
        depth[nearer], hit[nearer] = near[nearer], number
    return depth, hit


def _ground(centre: F64, rays: F64) -> F64:
    """Depth (N,) of the plane z = 0 along rays, inf where they rise."""
    with np.errstate(divide="ignore"):
        return np.where(rays[:, 2] < 0, -centre[2] / rays[:, 2], np.inf)


def _slab(centre: F64, rays: F64, low: F64, high: F64) -> tuple[F64, F64]:
    """Depths (N,), (N,) at which rays enter and leave an axis-parallel block."""
    near, far = np.zeros(len(rays)), np.full(len(rays), np.inf)
    for axis in range(3):
        ray = rays[:, axis]
        inverse = 1 / np.where(np.abs(ray) < 1e-12, 1e-12, ray)
        a, b = (low[axis] - centre[axis]) * inverse, (high[axis] - centre[axis]) * inverse
        near, far = np.maximum(near, np.minimum(a, b)), np.minimum(far, np.maximum(a, b))
    return near, far


def _terrain_span(scene: Scene, centre: F64, rays: F64) -> tuple[F64, F64]:
    """Depths between which rays run through the block that holds the terrain."""
    low = np.array([-_EXTENT, -_EXTENT, 0.0])
    return _slab(centre, rays, low, np.array([_EXTENT, _EXTENT, _field(scene).top]))


def _trace_terrain(scene: Scene, camera: Camera, xy: F64, rays: F64, depth: F64) -> None:
    """Put the depth of the first terrain hit over the depth of the plane, in place."""
    near, far = _terrain_span(scene, camera.centre, rays)
    inside = np.flatnonzero(near < far)
    if inside.size == 0:
        return
    start = np.maximum(near[inside], _safe_start(scene, camera, xy[inside]))
    for first in range(0, inside.size, _BAND):
        part = slice(first, first + _BAND)
        at = inside[part]
        hit, bracket = _march(scene, camera, rays[at], start[part], far[at])
        depth[at[hit]] = _polish(scene, camera.centre, rays[at[hit]], bracket)


def _gap(scene: Scene, centre: F64, rays: F64, z: F64) -> F64:
    """Height (N,) of the points at depth z (N,) on rays above the terrain."""
    x, y = centre[0] + z * rays[:, 0], centre[1] + z * rays[:, 1]
    return centre[2] + z * rays[:, 2] - height_at(scene, x, y)


def _safe_start(scene: Scene, camera: Camera, xy: F64, block: int = _BLOCKS[0]) -> F64:
    """Depth (N,) known to lie before the first hit, from cones over ever larger blocks of
    pixels, each of which starts where the cone over the larger block ends."""
    width, height = camera.size
    columns, rows = -(-width // block), -(-height // block)
    middle = pixels((columns, rows)) * block + (block - 1) / 2
    larger = [b for b in _BLOCKS if b > block]
    start = _safe_start(scene, camera, middle, larger[0]) if larger else np.zeros(len(middle))
    safe = _cone(scene, camera, camera.rays(middle), block * 0.7072 / camera.focal, start)
    cell = np.floor((xy + 0.5) / block).astype(np.intp)
    at = np.clip(cell[:, 1], 0, rows - 1) * columns + np.clip(cell[:, 0], 0, columns - 1)
    outside = (np.abs(xy - middle[at]) > block / 2).any(axis=1)
    return np.where(outside, 0, safe[at])


def _stride(scene: Scene, centre: F64, rays: F64, z: F64, radius: float) -> tuple[F64, F64]:
    """Gap (N,) at depth z (N,) and the depth (N,) by which cones of a radius per depth may go
    on clear of the terrain, from the steepest slope within each reach."""
    x, y = centre[0] + z * rays[:, 0], centre[1] + z * rays[:, 1]
    at, fx, fy = _grid_at(x, y)
    field = _field(scene)
    gap = centre[2] + z * rays[:, 2] - _bilinear(field.height, at, fx, fy)
    level = np.sqrt(rays[:, 0] ** 2 + rays[:, 1] ** 2)
    stride = np.zeros(len(z))
    for reach, steep in zip(_REACH, field.steep, strict=True):
        slope = steep.take(at)
        spread = radius * (1 + slope)
        rate = np.maximum(slope * level - rays[:, 2] + spread, 1e-3)
        within = (reach - z * radius) / (level + radius + 1e-9)
        stride = np.maximum(stride, np.minimum((gap - z * spread) / rate, within))
    return gap, stride


def _cone(scene: Scene, camera: Camera, rays: F64, radius: float, start: F64) -> F64:
    """Depth (N,) up to which cones of the given radius per depth are clear of the terrain,
    given that they are up to the start."""
    safe, alive, z = start.copy(), np.arange(len(rays)), start
    for _ in range(40):
        stride = _stride(scene, camera.centre, rays, z, radius)[1]
        z = np.minimum(z + stride, 4 * _EXTENT)
        safe[alive] = z
        go = np.flatnonzero(stride > np.maximum(0.3 * _CELL, 0.5 * z * radius))
        if go.size == 0:
            break
        alive, rays, z = alive[go], rays[go], z[go]
    return safe


class _Bracket(NamedTuple):
    """Depths (N,) just before and after a crossing, and the gaps (N,) to the terrain there."""

    before: F64
    after: F64
    above: F64
    below: F64


def _march(scene: Scene, camera: Camera, rays: F64, start: F64, far: F64) -> tuple[Index, _Bracket]:
    """Which rays (M,) meet the terrain, and where."""
    ends = _Bracket(start.copy(), start.copy(), *np.zeros((2, len(rays))))
    alive, z, hits = np.arange(len(rays)), start, [np.zeros(0, dtype=np.intp)]
    while alive.size:
        gap, stride = _stride(scene, camera.centre, rays, z, 0.0)
        under = gap <= 0
        hits.append(alive[under])
        ends.after[hits[-1]], ends.below[hits[-1]] = z[under], gap[under]
        go = np.flatnonzero(~under & (z < far))
        alive, rays, far, z = alive[go], rays[go], far[go], z[go]
        ends.before[alive], ends.above[alive] = z, gap[go]
        least = np.maximum(0.5 * _CELL, 0.4 * z / camera.focal)
        z = np.minimum(z + np.maximum(stride[go], least), far)
    hit = np.concatenate(hits)
    return hit, _Bracket(*(e[hit] for e in ends))


def _polish(scene: Scene, centre: F64, rays: F64, bracket: _Bracket) -> F64:
    """Depth (N,) of the crossing in a bracket, to 1e-6 m of height (Illinois)."""
    best = bracket.after.copy()
    alive = np.flatnonzero((bracket.above > 0) & (bracket.below < 0))
    rays, (a, b, above, below) = rays[alive], (e[alive] for e in bracket)
    last = np.zeros(alive.size)
    for _ in range(40):
        z = (a * below - b * above) / (below - above)
        best[alive] = z
        gap = _gap(scene, centre, rays, z)
        over, side = gap > 0, np.sign(gap)
        stale = np.where(side == last, 0.5, 1.0)
        a, above = np.where(over, z, a), np.where(over, gap, above * stale)
        b, below = np.where(over, b, z), np.where(over, below * stale, gap)
        go = np.flatnonzero(np.abs(gap) > 1e-6)
        alive, rays, a, b = alive[go], rays[go], a[go], b[go]
        above, below, last = above[go], below[go], side[go]
        if alive.size == 0:
            break
    return best


# ---------------------------------------------------------------------------------------
# Colours
# ---------------------------------------------------------------------------------------

_DETAIL = tuple((40.0 / 2**k, 0.34 if k > 2 else 0.22, 10 + k) for k in range(9))
_MEADOW, _CROP, _SOIL, _FOREST, _ROCK, _ROAD, _SEA, _FOAM = range(8)
_PALETTE = np.array(
    [
        [104, 124, 62],
        [186, 168, 98],
        [132, 100, 72],
        [54, 80, 40],
        [142, 132, 120],
        [196, 190, 178],
        [34, 78, 108],
        [206, 216, 216],
    ],
    dtype=np.float32,
)


class _Ground(NamedTuple):
    """Ground points (N,): position and extent of a pixel on the ground in metres (between the
    short and the long way across it), and the light that falls there, about 1."""

    x: F32
    y: F32
    z: F32
    footprint: F32
    sun: F32


def render(scene: Scene, camera: Camera) -> View:
    """Frame and z-depth that a camera sees."""
    width, height = camera.size
    xy = pixels(camera.size)
    depth, box = trace(scene, camera, xy)
    image = np.empty((len(xy), 3), dtype=np.uint8)
    rays = camera.rays(xy)
    for first in range(0, len(xy), _BAND):
        part = slice(first, first + _BAND)
        rgb = _colours(scene, camera, rays[part], depth[part], box[part])
        image[part] = np.clip(rgb + 0.5, 0, 255).astype(np.uint8)
    return View(image.reshape(height, width, 3), depth.astype(np.float32).reshape(height, width))


def _colours(scene: Scene, camera: Camera, rays: F64, depth: F64, box: Index) -> F32:
    """Colours (N, 3), 0 to 255, of rays that end at the given depths."""
    rgb = np.empty((len(rays), 3), dtype=np.float32)
    sky = np.isinf(depth)
    for mask, kind in ((sky, "sky"), (~sky & (box < 0), "ground"), (~sky & (box >= 0), "box")):
        at = np.flatnonzero(mask)
        if at.size == 0:
            continue
        if kind == "sky":
            rgb[at] = _sky(scene, rays[at])
        elif kind == "ground":
            rgb[at] = _land(scene, _ground_points(scene, camera, rays[at], depth[at]))
        else:
            rgb[at] = _walls(scene, camera, rays[at], depth[at], box[at])
    return rgb


def _sky(scene: Scene, rays: F64) -> F32:
    """Sky colours (N, 3); they depend on the direction only."""
    unit = (rays / np.linalg.norm(rays, axis=1, keepdims=True)).astype(np.float32)
    up = np.maximum(unit[:, 2], 0)
    pale, blue = np.array([214, 224, 232], np.float32), np.array([86, 138, 206], np.float32)
    if scene.sky == "plain":
        return np.broadcast_to(pale, unit.shape)
    rgb = pale + np.sqrt(up)[:, None] * (blue - pale)
    if scene.sky == "clouds":
        x, y = (4 * unit[:, k] / (up + 0.15) for k in (0, 1))
        octaves = ((1.6, 0.5), (0.8, 0.3), (0.4, 0.2))
        puffs = (a * _octave(x, y, c, scene.seed, 60 + k) for k, (c, a) in enumerate(octaves))
        rgb += (_step(sum(puffs, np.float32(0)), -0.05, 0.5) * 0.8)[:, None] * (250 - rgb)
    return rgb


def _ground_points(scene: Scene, camera: Camera, rays: F64, depth: F64) -> _Ground:
    """World positions, pixel footprint (m) and light of ground points (N,)."""
    x, y, z = (camera.centre[k] + depth * rays[:, k] for k in range(3))
    ray = rays.astype(np.float32)
    if scene.kind == "terrain":
        at, fx, fy = _grid_at(x, y)
        fx32, fy32 = fx.astype(np.float32), fy.astype(np.float32)
        field = _field(scene)
        dx, dy = (_bilinear(g, at, fx32, fy32) for g in (field.slope_x, field.slope_y))
    else:
        dx = dy = np.zeros(len(x), dtype=np.float32)
    slant = np.sqrt(1 + dx * dx + dy * dy)
    facing = (dx * ray[:, 0] + dy * ray[:, 1] - ray[:, 2]) / slant
    facing /= np.sqrt((ray * ray).sum(axis=1))
    footprint = (depth / camera.focal).astype(np.float32) / np.clip(facing, 0.02, 1) ** 0.6
    sun = np.clip((0.62 + 0.62 * dx - 0.42 * dy) / slant, 0, 1) * 0.75 + 0.53
    x32, y32, z32 = (v.astype(np.float32) for v in (x, y, z))
    return _Ground(x32, y32, z32, footprint, sun)


def _detail(u: F32, v: F32, footprint: F32, seed: int) -> F32:
    """Fine texture (N,), about -1 to 1, as much of it as the footprint (m) lets through."""
    total = np.zeros_like(u)
    for cell, strength, layer in _DETAIL:
        total += np.float32(strength) * _faded(u, v, cell, footprint, seed, layer)
    return total


def _land(scene: Scene, at: _Ground) -> F32:
    """Land and sea colours (N, 3): fields, woods, rock on steep ground, roads and shore."""
    u, v = at.x + 0.6 * at.z, at.y - 0.5 * at.z
    detail = _detail(u, v, at.footprint, scene.seed)
    weights = _fields(u, v, at.footprint, scene.seed)
    wood = _octave(u, v, 90.0, scene.seed, 30) + 0.35 * detail
    near = _step(np.float32(90) / at.footprint, 1.0, 2.2)
    _cover(weights, _FOREST, near * _step(wood, 0.1, 0.25) + (1 - near) * np.float32(0.3))
    _cover(weights, _ROCK, _step(np.abs(at.sun - 1.0) + 0.1 * detail, 0.3, 0.42))
    if np.isfinite(scene.sea_y):
        offshore = _offshore(at.x, at.y, scene) + 1.5 * detail
        _cover(weights, _FOAM, _step(offshore, -3.0, 1.0))
        _cover(weights, _SEA, _step(offshore, 2.0, 7.0))
    rough = 1 - 0.4 * weights[:, _SEA]
    light = at.sun * (1 + 0.7 * detail * rough)
    return _contrast(weights @ _PALETTE * light[:, None], scene)


def _contrast(rgb: F32, scene: Scene) -> F32:
    """Colours pulled towards the mean land colour by the contrast of the scene."""
    mean = np.array([108, 118, 72], dtype=np.float32)
    return mean + np.float32(scene.contrast) * (rgb - mean)


def _cover(weights: F32, what: int, share: F32) -> None:
    """Lay a share (N,) of one palette entry over weights (N, palette), in place."""
    weights *= (1 - share)[:, None]
    weights[:, what] += share


def _fields(u: F32, v: F32, footprint: F32, seed: int) -> F32:
    """Palette weights (N, palette) of parcels of farmland with tracks between."""
    bend = 14 * _octave(u, v, 110.0, seed, 31)
    p, q = (u + bend + 0.25 * v) * np.float32(1 / 34), (v + bend - 0.25 * u) * np.float32(1 / 21)
    edge = np.clip(footprint * np.float32(1.5 / 21), 0.02, 1)
    crop = _lattice(p, q, _table(seed, 32), edge) * _step(21 / footprint, 1.0, 2.2)
    weights = np.zeros((len(u), len(_PALETTE)), dtype=np.float32)
    weights[:, _MEADOW] = 1
    _cover(weights, _CROP, np.clip(1.4 * crop, 0, 1))
    _cover(weights, _SOIL, np.clip(-1.2 * crop - 0.25, 0, 1))
    _cover(weights, _ROAD, _track(p * 34 / 102 - 0.17, 3.0 / 102, footprint / 102))
    return weights


def _track(across: F32, width: float, footprint: F32) -> F32:
    """Share (N,) of a track that runs along every whole number of a coordinate."""
    off = np.abs(across - np.rint(across))
    soft = np.maximum(1.2 * footprint, width / 3)
    share = np.clip((width / 2 - off) / soft + 0.5, 0, 1)
    return _smooth(share) * np.minimum(1, width / soft / 2)


def _offshore(x: F32, y: F32, scene: Scene) -> F32:
    """Metres (N,) beyond the shoreline, negative on land."""
    wiggle = 30 * _octave(x, y, 75.0, scene.seed, 33) + 8 * _octave(x, y, 21.0, scene.seed, 34)
    return y - np.float32(scene.sea_y) + wiggle


def _walls(scene: Scene, camera: Camera, rays: F64, depth: F64, box: Index) -> F32:
    """Colours (N, 3) of boxes: each its own hue, faces told apart by light."""
    x, y, z = ((camera.centre[k] + depth * rays[:, k]).astype(np.float32) for k in range(3))
    footprint = (depth / camera.focal).astype(np.float32)
    tops = np.array([b.high[2] for b in scene.boxes], dtype=np.float32)[box]
    west = np.array([b.low[0] for b in scene.boxes], dtype=np.float32)[box]
    east = np.array([b.high[0] for b in scene.boxes], dtype=np.float32)[box]
    side = np.minimum(np.abs(x - west), np.abs(x - east)) < 1e-3
    light = np.where(np.abs(z - tops) < 1e-3, 1.1, np.where(side, 0.7, 0.9)).astype(np.float32)
    detail = _detail(x + 0.8 * z, y + 0.7 * z, 1.5 * footprint, scene.seed + 1)
    hues = np.random.default_rng((scene.seed, 78)).uniform(110, 200, (len(scene.boxes), 3))
    rgb = hues.astype(np.float32)[box] * (light * (1 + 0.5 * detail))[:, None]
    return _contrast(rgb, scene)


# ---------------------------------------------------------------------------------------
# Truth
# ---------------------------------------------------------------------------------------


def flow(scene: Scene, cam_a: Camera, cam_b: Camera) -> tuple[F32, Mask]:
    """Exact flow HxWx2 in pixels and where it is visible, HxW.

    A pixel p of view a shows what view b shows at p + flow. Visible: it lies within the
    frame of b and nothing hides it from b. Behind camera b the flow is 0.
    """
    width, height = cam_a.size
    xy = pixels(cam_a.size)
    depth, _ = trace(scene, cam_a, xy)
    there, z = _carry(cam_a, cam_b, xy, depth)
    inside = (there >= 0).all(axis=1) & (there <= np.array(cam_b.size) - 1).all(axis=1)
    at = np.flatnonzero(inside)
    seen, _ = trace(scene, cam_b, there[at])
    visible = np.zeros(len(xy), dtype=bool)
    visible[at] = seen >= z[at] * (1 - 2e-3)
    motion = np.nan_to_num(there - xy).astype(np.float32)
    return motion.reshape(height, width, 2), visible.reshape(height, width)


def _carry(cam_a: Camera, cam_b: Camera, xy: F64, depth: F64) -> tuple[F64, F64]:
    """Pixels (N, 2) in b and z-depths (N,) there of pixels of a at known depth."""
    rays = cam_a.rays(xy)
    sky = np.isinf(depth)
    there, z = cam_b.project(cam_a.centre + rays * np.where(sky, 1, depth)[:, None])
    there[sky] = cam_b.project_directions(rays[sky])[0]
    z[sky] = np.inf
    return there, z


def homography(scene: Scene, cam_a: Camera, cam_b: Camera) -> F64:
    """Exact 3x3 map from pixels of a to pixels of b, scaled to a last entry of 1.

    Holds everywhere for pure rotation, else on the ground of a bare plane scene only.
    """
    if np.allclose(cam_a.centre, cam_b.centre, atol=1e-9):
        result = cam_b.K @ cam_b.R @ cam_a.R.T @ np.linalg.inv(cam_a.K)
    elif scene.kind == "plane" and not scene.boxes:
        result = _from_ground(cam_b) @ np.linalg.inv(_from_ground(cam_a))
    else:
        raise ValueError("only a bare plane or a pure rotation has a homography")
    return result / result[2, 2]


def _from_ground(camera: Camera) -> F64:
    """3x3 map from ground (x, y, 1) to pixels."""
    return camera.K @ np.column_stack([camera.R[:, 0], camera.R[:, 1], camera.t])


def horizon(camera: Camera) -> tuple[float, float]:
    """Angle (degrees) and height of the infinite horizon in the image.

    The angle is positive where the right end lies lower. The height is taken at the middle
    column: 0 at the top edge of the image, 1 at the bottom edge; it may lie outside.
    """
    a, b, c = np.linalg.inv(camera.K).T @ camera.R[:, 2]
    width, height = camera.size
    angle = float(np.degrees(np.arctan(-a / b)))
    y = -(a * (width - 1) / 2 + c) / b
    return angle, float((y + 0.5) / height)


# ---------------------------------------------------------------------------------------
# Camera paths and video
# ---------------------------------------------------------------------------------------

_STEP: dict[PathKind, float] = {
    "still": 0.0,
    "pan": 0.5,
    "forward": 1.5,
    "sideways": 1.0,
    "orbit": 0.6,
    "crane": 1.0,
}


def path(
    kind: PathKind,
    frames: int,
    *,
    start: Pose | None = None,
    step: float | None = None,
    size: tuple[int, int] = (320, 180),
    hfov_deg: float = 60.0,
    pace: Pace = "constant",
    shake_px: float = 0.0,
    seed: int = 0,
) -> list[Camera]:
    """Cameras along a move, one a frame.

    step: travel a frame, in degrees for "pan" and "orbit", else in metres; when eased, the
    mean. shake_px: root mean square of a hand-held shake by rotation, in pixels.
    """
    start = start or Pose()
    step = _STEP[kind] if step is None else step
    travel = step * _progress(frames, pace)
    shake = np.random.default_rng((seed, 79)).normal(size=(frames, 2)) * shake_px
    focal = Camera.at(start, size, hfov_deg).focal
    turn = np.degrees(shake / focal)
    poses = [_moved(kind, start, float(s)) for s in travel]
    shaken = [
        replace(p, heading_deg=p.heading_deg + x, pitch_deg=p.pitch_deg + y)
        for p, (x, y) in zip(poses, turn.tolist(), strict=True)
    ]
    return [Camera.at(pose, size, hfov_deg) for pose in shaken]


def _progress(frames: int, pace: Pace) -> F64:
    """Frames travelled (frames,) from 0 to frames - 1."""
    index = np.arange(frames, dtype=float)
    if pace == "constant" or frames < 2:
        return index
    share = index / (frames - 1)
    return (frames - 1) * share * share * (3 - 2 * share)


def _moved(kind: PathKind, start: Pose, travel: float) -> Pose:
    """Pose after some travel (degrees for pan and orbit, else metres)."""
    heading = np.radians(start.heading_deg)
    east, north = float(np.sin(heading)), float(np.cos(heading))
    match kind:
        case "still":
            return start
        case "pan":
            return replace(start, heading_deg=start.heading_deg + travel)
        case "forward":
            return replace(start, x=start.x + east * travel, y=start.y + north * travel)
        case "sideways":
            return replace(start, x=start.x + north * travel, y=start.y - east * travel)
        case "crane":
            return replace(start, z=start.z + travel)
        case "orbit":
            return _orbit(start, travel)


def _orbit(start: Pose, degrees: float) -> Pose:
    """Pose turned about the point of the ground that the camera looks at (200 m if none)."""
    down = np.tan(np.radians(-start.pitch_deg))
    reach = start.z / float(down) if down > 0.1 else 200.0
    old, new = np.radians(start.heading_deg), np.radians(start.heading_deg + degrees)
    x = start.x + reach * float(np.sin(old) - np.sin(new))
    y = start.y + reach * float(np.cos(old) - np.cos(new))
    return replace(start, x=x, y=y, heading_deg=start.heading_deg + degrees)


def video(scene: Scene, cameras: Iterable[Camera]) -> list[Image]:
    """Frames, uint8 HxWx3 RGB, that cameras see."""
    return [render(scene, camera).image for camera in cameras]


def write_video(
    target: Path,
    images: Iterable[Image],
    *,
    fps: Fraction = Fraction(25),
    codec: Codec = "libx264",
    pix_fmt: PixelFormat = "yuv420p",
    quality: Quality = 18,
    options: dict[str, str] | None = None,
) -> Path:
    """Write frames (uint8 HxWx3 RGB) as bt709 limited range.

    quality: a CRF, or "lossless" from the converted YUV on; ffv1 is always lossless.
    Frames are encoded one by one as they come, so an iterator never piles up in memory.
    """
    with av.open(str(target), "w") as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.options = _joined(_quality(codec, quality), options or {})
        for number, image in enumerate(images):
            if number == 0:
                _set_up(stream.codec_context, image, pix_fmt)
            container.mux(stream.encode(_to_yuv(image, pix_fmt)))
        container.mux(stream.encode(None))
    return target


def _quality(codec: Codec, quality: Quality) -> dict[str, str]:
    """Encoder options for a quality."""
    if codec == "libx265":
        params = "log-level=error" + (":lossless=1" if quality == "lossless" else "")
        crf = {} if quality == "lossless" else {"crf": str(quality)}
        return {"preset": "ultrafast", "x265-params": params} | crf
    if codec == "libx264":
        level = {"qp" if quality == "lossless" else "crf": _level(quality)}
        return {"preset": "veryfast"} | level | repeatable_x264()
    return {}


def _joined(ours: dict[str, str], asked: dict[str, str]) -> dict[str, str]:
    """What is asked over ours; of x264's own parameters both."""
    own = [each["x264-params"] for each in (ours, asked) if "x264-params" in each]
    return ours | asked | ({"x264-params": ":".join(own)} if own else {})


def _level(quality: Quality) -> str:
    """Value of a CRF or QP option."""
    return "0" if quality == "lossless" else str(quality)


def _set_up(context: VideoCodecContext, image: Image, pix_fmt: PixelFormat) -> None:
    """Size and colour tags: bt709 primaries, transfer and matrix, limited range."""
    context.height, context.width = image.shape[:2]
    context.pix_fmt = pix_fmt
    context.color_range = 1
    context.colorspace = context.color_primaries = context.color_trc = 1


def _to_yuv(image: Image, pix_fmt: PixelFormat) -> av.VideoFrame:
    """Frame for the encoder, converted with the bt709 matrix to limited range."""
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24").reformat(
        format=pix_fmt,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation="AREA",
    )


# ---------------------------------------------------------------------------------------
# Resampling and perturbations. Lists go in, new lists come out; spans are frame ranges.
# ---------------------------------------------------------------------------------------


def warp(image: NDArray[Any], motion: F32 | F64) -> F32:
    """Image HxW(xC) read at p + motion (h, w, 2), bicubic, float positions not rounded.

    Applied to view b with the flow from a to b this gives view a where visible.
    """
    height, width = motion.shape[:2]
    at = pixels((width, height)) + motion.reshape(-1, 2)
    base = np.floor(at).astype(np.intp)
    weight_x, weight_y = (_cubic((at - base)[:, k].astype(np.float32)) for k in (0, 1))
    source = image.reshape(*image.shape[:2], -1).astype(np.float32)
    columns = [np.clip(base[:, 0] + k, 0, image.shape[1] - 1) for k in (-1, 0, 1, 2)]
    total = np.zeros((len(at), source.shape[2]), dtype=np.float32)
    for j, wy in enumerate(weight_y):
        row = np.clip(base[:, 1] + j - 1, 0, image.shape[0] - 1)
        for column, wx in zip(columns, weight_x, strict=True):
            total += source[row, column] * (wy * wx)[:, None]
    return total.reshape(height, width, *image.shape[2:])


def _cubic(f: F32) -> tuple[F32, F32, F32, F32]:
    """Catmull-Rom weights of the samples at -1, 0, 1, 2 for fractions f (N,)."""
    f2, f3 = f * f, f * f * f
    return (
        0.5 * (-f + 2 * f2 - f3),
        0.5 * (2 - 5 * f2 + 3 * f3),
        0.5 * (f + 4 * f2 - 3 * f3),
        0.5 * (f3 - f2),
    )


def psnr(a: NDArray[Any], b: NDArray[Any], mask: Mask | None = None) -> float:
    """Peak signal-to-noise ratio (dB, peak 255) of two images over a mask HxW."""
    error = (a.astype(np.float64) - b) ** 2
    mean = float(error.mean() if mask is None else error[mask].mean())
    return float("inf") if mean == 0 else float(10 * np.log10(255**2 / mean))


def _byte(values: NDArray[Any]) -> Image:
    """Values rounded and clipped to uint8."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _blend(a: Image, b: Image, share: float) -> Image:
    """Image that is share b and the rest a."""
    return _byte((1 - share) * a.astype(np.float32) + share * b.astype(np.float32))


def fade_cut(first: Sequence[Image], second: Sequence[Image], fade: int) -> list[Image]:
    """First shot, its last `fade` frames sinking to black, then second rising from black."""
    out = [*first, *second]
    black = np.zeros_like(first[0])
    for k in range(1, fade + 1):
        index = len(first) - 1 - fade + k
        out[index] = _blend(out[index], black, k / fade)
        mirror = len(first) + fade - k
        out[mirror] = _blend(out[mirror], black, k / fade)
    return out


def cross_dissolve(a: Sequence[Image], b: Sequence[Image], n: int) -> list[Image]:
    """Shot a running into shot b over n shared frames: len(a) + len(b) - n frames."""
    middle = [_blend(a[len(a) - n + k], b[k], (k + 1) / (n + 1)) for k in range(n)]
    return [*a[: len(a) - n], *middle, *b[n:]]


def flash(images: Sequence[Image], at: int, gain: float) -> list[Image]:
    """Frames of which one is multiplied by a gain and clipped."""
    return [_byte(im.astype(np.float32) * gain) if k == at else im for k, im in enumerate(images)]


def gaussian_noise(images: Sequence[Image], sigma: float, seed: int) -> list[Image]:
    """Frames with independent noise of sigma grey levels on every channel."""
    rng = np.random.default_rng((seed, 80))
    scale = np.float32(sigma)
    return [_byte(im + scale * rng.standard_normal(im.shape, dtype=np.float32)) for im in images]


def blur(images: Sequence[Image], span: range, sigma: float) -> list[Image]:
    """Frames of which those in the span are defocused by sigma pixels."""
    return [
        np.asarray(cv2.GaussianBlur(im, (0, 0), sigma), np.uint8) if k in span else im
        for k, im in enumerate(images)
    ]


def occlude_edge(images: Sequence[Image], span: range, side: Side, share: float) -> list[Image]:
    """Frames of which those in the span have a share of one side covered by dark grey."""
    return [_covered(im, side, share) if k in span else im for k, im in enumerate(images)]


def _covered(image: Image, side: Side, share: float) -> Image:
    """Copy of an image with a share of one side covered."""
    out = image.copy()
    length = image.shape[1] if side in ("left", "right") else image.shape[0]
    depth = round(share * length)
    part = slice(0, depth) if side in ("left", "top") else slice(length - depth, length)
    if side in ("left", "right"):
        out[:, part] = (28, 26, 24)
    else:
        out[part] = (28, 26, 24)
    return out


def freeze(images: Sequence[Image], span: range) -> list[Image]:
    """Frames of which those in the span repeat the span's first."""
    return [images[span.start] if k in span else im for k, im in enumerate(images)]


class Warped(NamedTuple):
    """Warped image and displacement (HxWx2, px): warped(p) = image(p - displacement(p))."""

    image: Image
    displacement: F32


def local_warp(
    image: Image,
    centre: tuple[float, float],
    radius: float,
    amplitude_px: float,
    direction: float,
) -> Warped:
    """Elastic bulge: content moves along a direction (degrees, 0 right, 90 down).

    The move is amplitude_px * (1 - (r / radius)^2)^2 within the radius (px) of the centre,
    and nothing outside. An amplitude above 0.6 of the radius would fold and is refused.
    """
    if abs(amplitude_px) > 0.6 * radius:
        raise ValueError("warp would fold: amplitude above 0.6 of the radius")
    height, width = image.shape[:2]
    away = pixels((width, height)) - np.array(centre)
    inside = np.clip(1 - (away**2).sum(axis=1) / radius**2, 0, None) ** 2
    angle = np.radians(direction)
    motion = amplitude_px * inside[:, None] * np.array([np.cos(angle), np.sin(angle)])
    displacement = motion.reshape(height, width, 2).astype(np.float32)
    return Warped(_byte(warp(image, -displacement)), displacement)
