"""Depth of every frame in files of its own, and the cameras that saw it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import numpy as np

from landfast.conduct.controls.depth import FoundDepth
from landfast.conduct.controls.work import Work
from landfast.generators.controls.depth import exported_inverse, sixteen_bits, z_depth
from landfast.generators.controls.fit import scaled
from landfast.media.cameras import (
    Cloud,
    lens_at,
    rotation_matrix,
    write_colmap,
    write_nerfstudio,
    write_ply,
)
from landfast.media.exr import write_exr
from landfast.media.files import make_folder, write_text
from landfast.media.stills import save_image
from landfast.model.arrays import Float32
from landfast.model.camera import CameraPath, Lens, Pose
from landfast.model.controls import DepthExport, Normalisation

DepthFormat = Literal["png16", "exr", "exr-half"]
CameraFormat = Literal["colmap", "nerfstudio"]
Step = Callable[[int, int], None]

_FOLDERS: Final = {"png16": "depth_png16", "exr": "depth_exr", "exr-half": "depth_exr_half"}
_POINTS: Final = 20_000
"""About so many points of the scene are written."""
_SURE: Final = 0.5
"""Least confidence of a point."""


def export_depth(
    out: Path, work: Work, found: FoundDepth, format: DepthFormat, progress: Step
) -> DepthExport:
    """Write the depth of every control frame as a picture of the control grid's size.

    `png16`: inverse depth as 1..65535 between the span's least and greatest, 0 unknown.
    `exr`, `exr-half`: depth along the optical axis, infinite in the sky, NaN unknown, also where
    something is too far for the parallax.

    Raises:
        InputError: A file cannot be written.
    """
    folder = make_folder(out / _FOLDERS[format])
    levels = _whole_range(found) if format == "png16" else None
    names = []
    for number, place in enumerate(work.reel.place):
        known = found.inverse[place] if levels else found.told(place)
        inverse = exported_inverse(known, work.size)
        name = f"frame_{number:06d}.{'png' if levels else 'exr'}"
        if levels is not None:
            save_image(folder / name, sixteen_bits(inverse, levels.low, levels.high))
        else:
            write_exr(
                folder / name, z_depth(inverse), depth="half" if "half" in format else "float"
            )
        names.append(name)
        progress(number + 1, len(work.reel.frames))
    meaning = (
        "inverse depth, level 1 to 65535 from `low` to `high`; 0 is unknown"
        if levels
        else f"depth along the optical axis in {_unit(found)}, channels depth.Z and Y; "
        f"infinite in the sky, NaN unknown or, {_too_far(found):.0%}, too far for the parallax"
    )
    return DepthExport(
        format=format,
        folder=folder.name,
        files=tuple(names),
        meaning=meaning,
        normalisation=levels,
    )


def _too_far(found: FoundDepth) -> float:
    """Share of the span's pixels of which only the inverse depth is known."""
    return float(np.mean([each.mean() for each in found.far])) if found.far else 0.0


def _unit(found: FoundDepth) -> str:
    return "metres" if found.unit == "metres" else "the unit of the camera path (arbitrary)"


def _whole_range(found: FoundDepth) -> Normalisation:
    low = min(float(np.nanmin(each)) for each in found.inverse if np.isfinite(each).any())
    high = max(float(np.nanmax(each)) for each in found.inverse if np.isfinite(each).any())
    return Normalisation(
        low=low, high=high, black=1, white=65535, unit=f"1/{found.unit}", clipped=0.0
    )


def export_cameras(
    out: Path,
    work: Work,
    found: FoundDepth,
    path: CameraPath,
    format: CameraFormat,
    progress: Step,
) -> DepthExport:
    """Write the cameras with the pictures they belong to and points of the scene.

    `colmap`: `sparse/0/` with COLMAP's text files beside `images/`. `nerfstudio`:
    `transforms.json` and `points.ply` beside `images/`. Both hold `cameras.json`, the path as
    landfast keeps it.

    Raises:
        InputError: A file cannot be written.
    """
    folder = make_folder(out / format)
    stills = _write_pictures(folder / "images", work, progress)
    sized = path.model_copy(update={"lens": lens_at(path.lens, *work.size)})
    cloud = scene_points(work, found, path)
    write_text(folder / "cameras.json", sized.to_json())
    files = ["cameras.json", *(f"images/{name}" for name in stills)]
    if format == "colmap":
        names = write_colmap(folder / "sparse" / "0", sized, stills, cloud)
        files += [f"sparse/0/{name}" for name in names]
        meaning = "world to camera quaternion (w x y z) and translation; x right, y down, z forward"
    else:
        write_ply(folder / "points.ply", cloud)
        listed = [f"images/{name}" for name in stills]
        write_nerfstudio(folder / "transforms.json", sized, listed, cloud_file="points.ply")
        files += ["transforms.json", "points.ply"]
        meaning = "camera to world, OpenGL axes: x right, y up, z backward"
    return DepthExport(format=format, folder=folder.name, files=tuple(files), meaning=meaning)


def _write_pictures(folder: Path, work: Work, progress: Step) -> list[str]:
    """One picture a pose: control frames that show the same footage frame are one."""
    make_folder(folder)
    names: list[str] = []
    for number, image in enumerate(work.reel.shown_pictures()):
        names.append(f"frame_{number:06d}.png")
        save_image(folder / names[-1], image)
        progress(number + 1, len(work.reel.shown))
    return names


def scene_points(work: Work, found: FoundDepth, path: CameraPath) -> Cloud:
    """Points of the scene that were measured with confidence, from frames all along the span."""
    chosen = range(0, len(path.poses), max(1, len(path.poses) // 8))
    each = max(1, _POINTS // len(chosen))
    clouds = [_cloud(work, found, path.lens, path.poses[k], k, each) for k in chosen]
    return Cloud(
        np.concatenate([cloud.points for cloud in clouds]),
        np.concatenate([cloud.colours for cloud in clouds]),
    )


def _cloud(work: Work, found: FoundDepth, lens: Lens, pose: Pose, place: int, count: int) -> Cloud:
    inverse = found.told(place)
    usable = np.isfinite(inverse) & (inverse > 0) & (found.confidence[place] >= _SURE)
    spots = np.flatnonzero(usable)
    spots = spots[:: max(1, len(spots) // count)][:count]
    y, x = np.divmod(spots, inverse.shape[1])
    colours = scaled(work.reel.measured[place], (inverse.shape[1], inverse.shape[0]))[y, x]
    return Cloud(_unprojected(lens, pose, inverse, x, y), colours)


def _unprojected(
    lens: Lens,
    pose: Pose,
    inverse: Float32[np.ndarray, "height width"],
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """World points of pixels (`x`, `y`) of a picture in the lens' size."""
    bent = np.stack([x - lens.centre_x, y - lens.centre_y], axis=1) / lens.focal_px
    flat = bent
    for _ in range(8):
        flat = bent / (1 + lens.k1 * (flat**2).sum(axis=1, keepdims=True))
    rays = np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
    local = rays / inverse[y, x].astype(np.float64)[:, None]
    return np.asarray(local @ rotation_matrix(pose.rotation) + np.array(pose.position))
