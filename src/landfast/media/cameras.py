"""Camera paths for other programs: COLMAP's text files and nerfstudio's `transforms.json`.

| | camera axes | pose | pixels |
|---|---|---|---|
| landfast | x right, y down, z forward | world to camera rotation, camera centre | (0, 0) is the \
centre of the top-left pixel |
| COLMAP | the same | world to camera quaternion (w x y z) and t = -R c | (0.5, 0.5) is it |
| nerfstudio | x right, y up, z backward (OpenGL) | camera to world, 4 x 4 | (0.5, 0.5) is it |

The world is left as it is: the first camera's axes. Lenses: COLMAP's SIMPLE_RADIAL, nerfstudio's
OPENCV with k1 alone; both bend normalised coordinates by 1 + k1 r^2, as landfast does.
Sources: colmap.github.io/format.html, docs.nerf.studio/quickstart/data_conventions.html.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from landfast.errors import InputError
from landfast.media.files import make_folder, write_text
from landfast.media.grid import Grid
from landfast.model.arrays import Float64, UInt8
from landfast.model.camera import CameraPath, Lens, Pose, Quaternion

_HALF = 0.5
"""From pixel centres at integers to pixel corners at integers."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points of the scene with their colours, in the world of a camera path."""

    points: Float64[np.ndarray, "point 3"]
    colours: UInt8[np.ndarray, "point 3"]

    @classmethod
    def empty(cls) -> Cloud:
        """No points."""
        return cls(np.empty((0, 3)), np.empty((0, 3), np.uint8))


def write_colmap(
    folder: Path, path: CameraPath, names: Sequence[str], cloud: Cloud
) -> tuple[str, ...]:
    """Write `cameras.txt`, `images.txt` and `points3D.txt`; points have no tracks.

    Args:
        folder: Made where missing.
        path: The cameras; its lens belongs to pictures of the named files' size.
        names: File of each pose's picture.

    Returns:
        The files' names.

    Raises:
        InputError: Not as many names as poses, or the folder cannot be written.
    """
    _refuse_mismatch(path, names)
    make_folder(folder)
    texts = {
        "cameras.txt": _cameras_text(path.lens),
        "images.txt": _images_text(path.poses, names),
        "points3D.txt": _points_text(cloud),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    return tuple(texts)


def _cameras_text(lens: Lens) -> str:
    numbers = (lens.focal_px, lens.centre_x + _HALF, lens.centre_y + _HALF, lens.k1)
    head = "# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n"
    return f"{head}1 SIMPLE_RADIAL {lens.width} {lens.height} {_row(numbers)}\n"


def _images_text(poses: Sequence[Pose], names: Sequence[str]) -> str:
    lines = [
        "# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME",
        "# POINTS2D[] as (X, Y, POINT3D_ID)",
    ]
    for number, (pose, name) in enumerate(zip(poses, names, strict=True), 1):
        moved = -rotation_matrix(pose.rotation) @ np.array(pose.position)
        lines += [f"{number} {_row((*pose.rotation, *moved))} 1 {name}", ""]
    return "\n".join(lines) + "\n"


def _points_text(cloud: Cloud) -> str:
    lines = ["# POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)"]
    for number, (point, rgb) in enumerate(zip(cloud.points, cloud.colours, strict=True), 1):
        colour = " ".join(str(int(value)) for value in rgb)
        lines.append(f"{number} {_row(point)} {colour} -1")
    return "\n".join(lines) + "\n"


def _row(values: Sequence[float] | Float64[np.ndarray, " value"]) -> str:
    return " ".join(repr(float(value) + 0.0) for value in values)


def write_nerfstudio(
    file: Path, path: CameraPath, names: Sequence[str], *, cloud_file: str | None = None
) -> None:
    """Write a `transforms.json`.

    Args:
        file: To be written.
        path: The cameras; its lens belongs to pictures of the named files' size.
        names: File of each pose's picture, relative to the JSON's folder.
        cloud_file: A PLY file of points in the same world, relative to the JSON's folder.

    Raises:
        InputError: Not as many names as poses, or the file cannot be written.
    """
    _refuse_mismatch(path, names)
    lens = path.lens
    body: dict[str, Any] = {
        "camera_model": "OPENCV",
        "w": lens.width,
        "h": lens.height,
        "fl_x": lens.focal_px,
        "fl_y": lens.focal_px,
        "cx": lens.centre_x + _HALF,
        "cy": lens.centre_y + _HALF,
        "k1": lens.k1,
        "k2": 0.0,
        "p1": 0.0,
        "p2": 0.0,
        "frames": [
            {"file_path": name, "transform_matrix": opengl_matrix(pose).tolist()}
            for pose, name in zip(path.poses, names, strict=True)
        ],
    }
    if cloud_file is not None:
        body["ply_file_path"] = cloud_file
    write_text(file, json.dumps(body, indent=2) + "\n")


def opengl_matrix(pose: Pose) -> Float64[np.ndarray, "4 4"]:
    """Camera to world with OpenGL camera axes: x right, y up, z backward."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_matrix(pose.rotation).T @ np.diag([1.0, -1.0, -1.0])
    matrix[:3, 3] = pose.position
    return matrix + 0.0


def rotation_matrix(quaternion: Quaternion) -> Float64[np.ndarray, "3 3"]:
    """The rotation of a unit quaternion (w, x, y, z)."""
    w, x, y, z = np.array(quaternion) / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def write_ply(file: Path, cloud: Cloud) -> None:
    """Write points and colours as text PLY.

    Raises:
        InputError: The file cannot be written.
    """
    kinds = [f"property float {axis}" for axis in "xyz"]
    kinds += [f"property uchar {name}" for name in ("red", "green", "blue")]
    head = ["ply", "format ascii 1.0", f"element vertex {len(cloud.points)}", *kinds, "end_header"]
    rows = [
        f"{_row(point)} {' '.join(str(int(value)) for value in rgb)}"
        for point, rgb in zip(cloud.points, cloud.colours, strict=True)
    ]
    write_text(file, "\n".join([*head, *rows]) + "\n")


def lens_at(lens: Lens, width: int, height: int) -> Lens:
    """The lens in pixels of the same picture in another size, scaled edge to edge."""
    grid = Grid(lens.width, lens.height, width, height)
    centre = grid.to_source(np.array([[lens.centre_x, lens.centre_y]]))[0]
    return lens.model_copy(
        update={
            "width": width,
            "height": height,
            "focal_px": lens.focal_px * grid.scale_x,
            "centre_x": float(centre[0]),
            "centre_y": float(centre[1]),
        }
    )


def _refuse_mismatch(path: CameraPath, names: Sequence[str]) -> None:
    if len(names) != len(path.poses):
        raise InputError(
            f"has {len(path.poses)} poses for {len(names)} pictures",
            subject="camera path",
            remedy="name one picture for each pose",
        )
