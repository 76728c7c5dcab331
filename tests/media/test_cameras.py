"""Cameras for other programs: the same point lands on the same pixel in every convention."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.errors import InputError
from landfast.media.cameras import (
    Cloud,
    lens_at,
    opengl_matrix,
    rotation_matrix,
    write_colmap,
    write_nerfstudio,
    write_ply,
)
from landfast.model.camera import CameraPath, Lens, Pose
from landfast.model.time import Span

LENS = Lens(
    width=832, height=480, focal_px=700.0, centre_x=420.0, centre_y=238.5, k1=0.05, source="given"
)
TURNS = ((1.0, 0.0, 0.0, 0.0), (0.96, 0.1, -0.2, 0.17), (0.7, -0.1, 0.7, 0.1))
PLACES = ((0.0, 0.0, 0.0), (0.4, -0.1, 1.2), (-2.0, 0.3, 0.5))
NAMES = ("images/a.png", "images/b.png", "images/c.png")
POINTS = np.array([[0.3, -0.2, 6.0], [-1.0, 0.4, 9.0], [0.1, 0.1, 4.0]])


def _path() -> CameraPath:
    poses = []
    for k, (turn, place) in enumerate(zip(TURNS, PLACES, strict=True)):
        unit = np.array(turn) / np.linalg.norm(turn)
        poses.append(
            Pose(time=Fraction(k, 16), rotation=tuple(unit.tolist()), position=place)  # type: ignore[arg-type]
        )
    return CameraPath(
        clip="c",
        span=Span(start=Fraction(0), stop=Fraction(1)),
        lens=LENS,
        unit="arbitrary",
        poses=tuple(poses),
        error_px=0.2,
        reason="for a test",
    )


def _pixels(local: np.ndarray, focal: float, centre: tuple[float, float], k1: float) -> np.ndarray:
    flat = local[:, :2] / local[:, 2:]
    flat = flat * (1 + k1 * (flat**2).sum(axis=1, keepdims=True))
    return focal * flat + np.array(centre)


def _ours(pose: Pose) -> np.ndarray:
    local = (POINTS - np.array(pose.position)) @ rotation_matrix(pose.rotation).T
    return _pixels(local, LENS.focal_px, (LENS.centre_x, LENS.centre_y), LENS.k1)


def _from_quaternion(q: np.ndarray) -> np.ndarray:
    """Rotate the axes with the quaternion product q v q*, not with a matrix formula."""
    w, v = q[0], q[1:]

    def turned(p: np.ndarray) -> np.ndarray:
        return p + 2 * np.cross(v, np.cross(v, p) + w * p)

    return np.stack([turned(axis) for axis in np.eye(3)], axis=1)


def test_colmap_text_projects_points_where_we_do(tmp_path: Path) -> None:
    path = _path()
    cloud = Cloud(POINTS, np.array([[1, 2, 3], [4, 5, 6], [255, 0, 9]], np.uint8))
    assert write_colmap(tmp_path / "c", path, NAMES, cloud) == (
        "cameras.txt",
        "images.txt",
        "points3D.txt",
    )
    camera = (tmp_path / "c/cameras.txt").read_text().splitlines()[1].split()
    assert camera[:4] == ["1", "SIMPLE_RADIAL", "832", "480"]
    focal, cx, cy, k = map(float, camera[4:])
    lines = (tmp_path / "c/images.txt").read_text().splitlines()[2:]
    assert lines[1::2] == ["", "", ""]
    for pose, line, name in zip(path.poses, lines[::2], NAMES, strict=True):
        fields = line.split()
        assert fields[8:] == ["1", name]
        q, t = np.array(fields[1:5], float), np.array(fields[5:8], float)
        local = POINTS @ _from_quaternion(q).T + t
        # COLMAP: the centre of the top-left pixel is (0.5, 0.5).
        assert np.allclose(_pixels(local, focal, (cx, cy), k) - 0.5, _ours(pose))
    points = [line.split() for line in (tmp_path / "c/points3D.txt").read_text().splitlines()[1:]]
    assert np.allclose(np.array([p[1:4] for p in points], float), POINTS)
    assert points[2][4:7] == ["255", "0", "9"]


def test_transforms_json_projects_points_where_we_do(tmp_path: Path) -> None:
    path = _path()
    write_nerfstudio(tmp_path / "transforms.json", path, NAMES, cloud_file="points.ply")
    body = json.loads((tmp_path / "transforms.json").read_text())
    assert (body["w"], body["h"], body["camera_model"]) == (832, 480, "OPENCV")
    assert body["ply_file_path"] == "points.ply"
    for pose, frame, name in zip(path.poses, body["frames"], NAMES, strict=True):
        assert frame["file_path"] == name
        world_to_camera = np.linalg.inv(np.array(frame["transform_matrix"]))
        gl = POINTS @ world_to_camera[:3, :3].T + world_to_camera[:3, 3]
        assert (gl[:, 2] < 0).all() == (_depth(pose) > 0).all()
        seen = gl * [1, -1, -1]
        found = _pixels(seen, body["fl_x"], (body["cx"], body["cy"]), body["k1"]) - 0.5
        assert np.allclose(found, _ours(pose))


def _depth(pose: Pose) -> np.ndarray:
    local = (POINTS - np.array(pose.position)) @ rotation_matrix(pose.rotation).T
    return np.asarray(local[:, 2])


def test_first_camera_looks_down_minus_z_with_y_up() -> None:
    matrix = opengl_matrix(_path().poses[0])
    assert np.allclose(matrix, np.diag([1.0, -1.0, -1.0, 1.0]))


def test_a_lens_keeps_its_view_when_the_picture_is_scaled() -> None:
    half = lens_at(LENS, 416, 240)
    assert half.focal_px == 350
    # The picture's corner, half a pixel outside the first pixel's centre, looks the same way.
    for one in (LENS, half):
        corner = (-0.5 - one.centre_x) / one.focal_px, (-0.5 - one.centre_y) / one.focal_px
        assert corner == pytest.approx((-420.5 / 700, -239 / 700))


def test_ply_holds_every_point(tmp_path: Path) -> None:
    write_ply(tmp_path / "p.ply", Cloud(POINTS, np.full((3, 3), 7, np.uint8)))
    lines = (tmp_path / "p.ply").read_text().splitlines()
    assert "element vertex 3" in lines
    assert lines[-1].split()[3:] == ["7", "7", "7"]


def test_names_must_match_poses(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 poses for 1 pictures"):
        write_nerfstudio(tmp_path / "t.json", _path(), NAMES[:1])
