"""The rendered scenes keep the truth they promise."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import scenes
from scenes import Camera, Pose, Scene

SIZE = (192, 108)
NADIR = Pose(y=0.0, z=120.0, pitch_deg=-90.0)
TILTED = Pose(pitch_deg=-12.0, roll_deg=6.0, z=120.0)
PLANE = Scene(seed=1)
TERRAIN = Scene("terrain", seed=3, sky="clouds")
COAST = Scene("terrain", seed=5, sea_y=60.0)
TOWN = Scene(seed=1, boxes=scenes.town(1))
MOVES: tuple[scenes.PathKind, ...] = ("pan", "forward", "sideways", "orbit", "crane")


def pair(kind: scenes.PathKind, start: Pose | None = None) -> tuple[Camera, Camera]:
    """Two views a brisk step apart: 2 degrees, or metres enough for some pixels."""
    step = 5.0 if kind == "forward" else 2.0
    a, b = scenes.path(kind, 2, start=start, step=step, size=SIZE)
    return a, b


def shrunk(mask: scenes.Mask) -> scenes.Mask:
    """Mask without its rim, where bicubic taps reach across silhouettes."""
    return cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize(
    "scene", [PLANE, TERRAIN, COAST, TOWN], ids=["plane", "terrain", "coast", "town"]
)
def test_flow_carries_b_onto_a(scene: Scene, kind: scenes.PathKind) -> None:
    a, b = pair(kind)
    image_a, image_b = scenes.render(scene, a).image, scenes.render(scene, b).image
    motion, visible = scenes.flow(scene, a, b)
    good = scenes.psnr(scenes.warp(image_b, motion), image_a, shrunk(visible))
    assert visible.mean() > 0.85
    assert good > 29
    assert good > scenes.psnr(image_a, image_b) + 6


def test_flow_at_nadir_is_nearly_lossless() -> None:
    a, b = pair("sideways", NADIR)
    motion, visible = scenes.flow(PLANE, a, b)
    image_a, image_b = scenes.render(PLANE, a).image, scenes.render(PLANE, b).image
    assert scenes.psnr(scenes.warp(image_b, motion), image_a, shrunk(visible)) > 40


@pytest.mark.parametrize("scene", [PLANE, TERRAIN, TOWN], ids=["plane", "terrain", "town"])
def test_flow_there_and_back_cancels(scene: Scene) -> None:
    a, b = scenes.path("sideways", 2, step=12.0, size=SIZE)
    there, visible = scenes.flow(scene, a, b)
    back, seen = scenes.flow(scene, b, a)
    depth = np.minimum(scenes.render(scene, b).depth, 1e4)
    landed = scenes.warp(back, there)
    steady = scenes.warp(shrunk(seen).astype(np.float32), there) > 0.999
    flat = np.abs(scenes.warp(cv2.Laplacian(depth, cv2.CV_32F), there)) < 0.2
    error = np.linalg.norm(landed + there, axis=2)[visible & steady & flat]
    assert error.size > 2000
    assert np.percentile(error, 99) < 0.05


def test_hidden_pixels_are_marked() -> None:
    wall = Scene(boxes=(scenes.Box((-20, -60, 0), (20, -50, 60)),))
    a = Camera.at(Pose(x=-80, heading_deg=18), SIZE)
    b = Camera.at(Pose(x=80, heading_deg=-18), SIZE)
    motion, visible = scenes.flow(wall, a, b)
    there = scenes.pixels(SIZE) + motion.reshape(-1, 2)
    inside = ((there >= 0) & (there <= np.array(SIZE) - 1)).all(axis=1).reshape(visible.shape)
    hidden = inside & ~visible
    assert hidden.sum() > 200
    target = scenes.trace(wall, b, there[hidden.ravel()])[1]
    assert (target == 0).all()


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("start", [Pose(), NADIR, TILTED], ids=["oblique", "nadir", "tilted"])
def test_homography_is_the_flow_of_a_plane(kind: scenes.PathKind, start: Pose) -> None:
    a, b = pair(kind, start)
    motion, visible = scenes.flow(PLANE, a, b)
    ground = visible & np.isfinite(scenes.render(PLANE, a).depth)
    xy = scenes.pixels(SIZE)
    mapped = np.column_stack([xy, np.ones(len(xy))]) @ scenes.homography(PLANE, a, b).T
    expected = (mapped[:, :2] / mapped[:, 2:] - xy).reshape(motion.shape)
    assert np.abs(expected - motion)[ground].max() < 1e-3


def test_homography_of_a_rotation_holds_for_terrain_and_sky() -> None:
    a, b = pair("pan", TILTED)
    motion, visible = scenes.flow(TERRAIN, a, b)
    xy = scenes.pixels(SIZE)
    mapped = np.column_stack([xy, np.ones(len(xy))]) @ scenes.homography(TERRAIN, a, b).T
    expected = (mapped[:, :2] / mapped[:, 2:] - xy).reshape(motion.shape)
    assert np.isinf(scenes.render(TERRAIN, a).depth[visible]).any()
    assert np.abs(expected - motion)[visible].max() < 1e-3


@pytest.mark.parametrize("scene", [TERRAIN, TOWN], ids=["terrain", "town"])
def test_no_homography_where_there_is_parallax(scene: Scene) -> None:
    with pytest.raises(ValueError, match="homography"):
        scenes.homography(scene, *pair("sideways"))


def test_rotation_flow_does_not_depend_on_depth() -> None:
    a, b = pair("pan", TILTED)
    flat, flat_seen = scenes.flow(PLANE, a, b)
    for scene in (TERRAIN, COAST, TOWN):
        motion, seen = scenes.flow(scene, a, b)
        assert np.abs(motion - flat).max() < 1e-3
        assert (seen == flat_seen).mean() > 0.999


def test_travel_flow_depends_on_depth() -> None:
    a, b = pair("sideways")
    assert np.abs(scenes.flow(TERRAIN, a, b)[0] - scenes.flow(PLANE, a, b)[0]).max() > 0.5


@pytest.mark.parametrize("roll", [-25.0, 0.0, 6.0, 40.0])
@pytest.mark.parametrize("pitch", [-15.0, -3.0, 8.0])
def test_horizon_is_where_depth_turns_infinite(roll: float, pitch: float) -> None:
    camera = Camera.at(Pose(pitch_deg=pitch, roll_deg=roll, heading_deg=33.0), SIZE)
    angle, height = scenes.horizon(camera)
    sky = np.isinf(scenes.render(PLANE, camera).depth)
    x, y = scenes.pixels(SIZE).T
    level = height * SIZE[1] - 0.5 + np.tan(np.radians(angle)) * (x - (SIZE[0] - 1) / 2)
    clear = np.abs(y - level) > 1e-6
    assert (sky.ravel() == (y < level))[clear].all()


def test_horizon_signs() -> None:
    angle, height = scenes.horizon(Camera.at(Pose(pitch_deg=0.0), SIZE))
    assert (angle, height) == pytest.approx((0.0, 0.5))
    angle, height = scenes.horizon(Camera.at(TILTED, SIZE))
    assert angle == pytest.approx(-6.0)
    assert height < 0.5


@pytest.mark.parametrize("scene", [PLANE, COAST, TOWN], ids=["plane", "coast", "town"])
def test_rendering_is_deterministic(scene: Scene) -> None:
    camera = Camera.at(Pose(), SIZE)
    first = scenes.render(scene, camera)
    scenes._table.cache_clear()
    scenes._field.cache_clear()
    again = scenes.render(scene, camera)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.depth, again.depth)
    assert first.image.dtype == np.uint8
    assert first.depth.dtype == np.float32


def test_seeds_differ() -> None:
    camera = Camera.at(NADIR, SIZE)
    images = [scenes.render(Scene(seed=seed), camera).image for seed in (1, 2)]
    assert scenes.psnr(*images) < 20


def test_depth_lies_on_the_terrain_and_nothing_before() -> None:
    camera = Camera.at(Pose(pitch_deg=-9.0, z=75.0), (48, 27))
    xy = scenes.pixels(camera.size)
    depth, _ = scenes.trace(TERRAIN, camera, xy)
    rays = camera.rays(xy)
    hit = np.isfinite(depth)
    points = camera.centre + depth[hit, None] * rays[hit]
    above = points[:, 2] - scenes.height_at(TERRAIN, points[:, 0], points[:, 1])
    assert np.abs(above).max() < 1e-5
    for share in np.linspace(0.02, 0.999, 400):
        before = camera.centre + share * np.minimum(depth, 2000.0)[:, None] * rays
        level = scenes.height_at(TERRAIN, before[:, 0], before[:, 1])
        assert (before[:, 2] - level).min() > -0.05


def test_depth_of_a_nadir_plane_is_the_altitude() -> None:
    assert scenes.render(PLANE, Camera.at(NADIR, SIZE)).depth == pytest.approx(120.0)


def test_projection_inverts_rays() -> None:
    camera = Camera.at(TILTED, SIZE)
    xy = scenes.pixels(SIZE)
    back, z = camera.project(camera.centre + 50.0 * camera.rays(xy))
    assert np.abs(back - xy).max() < 1e-9
    assert z == pytest.approx(50.0)
    homogeneous = camera.rays(xy) @ camera.R.T @ camera.K.T
    assert np.abs(homogeneous[:, :2] - xy).max() < 1e-9


@pytest.mark.parametrize("scene", [PLANE, TERRAIN], ids=["plane", "terrain"])
def test_texture_has_corners(scene: Scene) -> None:
    image = scenes.render(scene, Camera.at(Pose(), (320, 180))).image
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    assert len(cv2.goodFeaturesToTrack(grey, 5000, 0.01, 5)) > 500


def test_contrast_zero_leaves_nothing_to_match() -> None:
    image = scenes.render(Scene(contrast=0.0), Camera.at(NADIR, SIZE)).image
    assert np.ptp(image.reshape(-1, 3), axis=0).max() == 0


@pytest.mark.parametrize("kind", MOVES)
def test_paths_move_at_constant_velocity(kind: scenes.PathKind) -> None:
    cameras = scenes.path(kind, 6, size=SIZE)
    travel = [np.linalg.norm(q.centre - p.centre) for p, q in pairwise(cameras)]
    turn = [np.trace(q.R @ p.R.T) for p, q in pairwise(cameras)]
    assert np.ptp(travel) < 1e-9
    assert np.ptp(turn) < 1e-9
    assert travel[0] + (3 - turn[0]) > 1e-6


def test_shake_is_deterministic_and_of_the_size_asked() -> None:
    steady = scenes.path("still", 60, size=SIZE)
    shaken = scenes.path("still", 60, size=SIZE, shake_px=2.0, seed=4)
    again = scenes.path("still", 60, size=SIZE, shake_px=2.0, seed=4)
    middle = steady[0].R[2][None]
    offsets = [c.project_directions(middle)[0][0] for c in shaken]
    spread = np.array(offsets) - (np.array(SIZE) - 1) / 2
    assert all(np.array_equal(p.R, q.R) for p, q in zip(shaken, again, strict=True))
    assert 1.4 < np.sqrt((spread**2).mean()) < 2.6


@pytest.mark.parametrize("quality", ["lossless", 12])
def test_video_file_holds_the_frames(tmp_path: Path, quality: scenes.Quality) -> None:
    images = scenes.video(PLANE, scenes.path("forward", 4, size=SIZE))
    target = tmp_path / "clip.mp4"
    fps = Fraction(30000, 1001)
    scenes.write_video(target, iter(images), fps=fps, pix_fmt="yuv444p", quality=quality)
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        context = stream.codec_context
        assert stream.average_rate == fps
        assert (context.color_range, context.colorspace) == (1, 1)
        assert (context.color_primaries, context.color_trc) == (1, 1)
    assert len(frames) == len(images)
    for frame, image in zip(frames, images, strict=True):
        assert scenes.psnr(frame.to_ndarray(format="rgb24"), image) > 35


@pytest.mark.parametrize("codec", ["libx264", "libx265", "ffv1"])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le"])
def test_lossless_files_keep_every_sample(
    tmp_path: Path, codec: scenes.Codec, pix_fmt: scenes.PixelFormat
) -> None:
    images = scenes.video(PLANE, scenes.path("forward", 2, size=SIZE))
    target = tmp_path / "clip.mkv"
    scenes.write_video(target, images, codec=codec, pix_fmt=pix_fmt, quality="lossless")
    with av.open(str(target)) as container:
        frames = list(container.decode(video=0))
    for frame, image in zip(frames, images, strict=True):
        expected = scenes._to_yuv(image, pix_fmt).to_ndarray()
        assert np.array_equal(frame.to_ndarray(), expected)


def test_fades_and_dissolves() -> None:
    a = [np.full((4, 6, 3), 200, np.uint8)] * 6
    b = [np.full((4, 6, 3), 100, np.uint8)] * 6
    faded = [int(image[0, 0, 0]) for image in scenes.fade_cut(a, b, 2)]
    assert faded == [200, 200, 200, 200, 100, 0, 0, 50, 100, 100, 100, 100]
    mixed = [int(image[0, 0, 0]) for image in scenes.cross_dissolve(a, b, 3)]
    assert mixed == [200, 200, 200, 175, 150, 125, 100, 100, 100]


def test_perturbations_touch_only_what_they_say() -> None:
    images = scenes.video(PLANE, scenes.path("pan", 5, size=SIZE))
    span = range(1, 3)
    changed = {
        "flash": scenes.flash(images, 2, 1.8),
        "blur": scenes.blur(images, span, 2.0),
        "edge": scenes.occlude_edge(images, span, "left", 0.25),
        "freeze": scenes.freeze(images, span),
    }
    which = {
        name: [k for k in range(5) if not np.array_equal(out[k], images[k])]
        for name, out in changed.items()
    }
    assert which == {"flash": [2], "blur": [1, 2], "edge": [1, 2], "freeze": [2]}
    assert (changed["edge"][1][:, 48:] == images[1][:, 48:]).all()
    assert np.ptp(changed["edge"][1][:, :48], axis=(0, 1)).max() == 0


def test_noise_is_of_the_sigma_asked() -> None:
    grey = [np.full((100, 100, 3), 128, np.uint8)] * 2
    noisy = scenes.gaussian_noise(grey, 5.0, seed=1)
    assert noisy[0].std() == pytest.approx(5.0, rel=0.05)
    assert not np.array_equal(noisy[0], noisy[1])
    assert np.array_equal(noisy[1], scenes.gaussian_noise(grey, 5.0, seed=1)[1])


def test_local_warp_moves_content_by_its_displacement() -> None:
    x, y = scenes.pixels((120, 90)).T
    ramp = np.stack([x, y, x + y], axis=1).reshape(90, 120, 3).astype(np.uint8)
    image, moved = scenes.local_warp(ramp, (60.0, 45.0), 30.0, 8.0, 90.0)
    assert moved[45, 60] == pytest.approx((0.0, 8.0), abs=1e-5)
    assert image[45, 60].tolist() == [60, 37, 97]
    outside = np.hypot(x - 60, y - 45).reshape(90, 120) >= 30
    assert (image[outside] == ramp[outside]).all()
    assert np.abs(image[..., 1] - (ramp[..., 1] - moved[..., 1])).max() <= 0.51
    with pytest.raises(ValueError, match="fold"):
        scenes.local_warp(ramp, (60.0, 45.0), 10.0, 8.0, 0.0)
