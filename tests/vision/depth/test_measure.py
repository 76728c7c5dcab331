"""Depth from motion on rendered scenes with exact truth, and on what cannot be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np
import pytest

import scenes
from landfast.errors import InputError
from landfast.model.camera import Lens
from landfast.model.telemetry import Fix, Telemetry
from landfast.model.time import Span
from landfast.vision.depth import DepthSpan, measure_depth
from landfast.vision.depth.metric import in_metres, similarity

SIZE = (256, 144)
FRAMES = 6
LAND = scenes.Scene("terrain", seed=3, boxes=scenes.town(3))
STEPS: dict[str, float] = {"forward": 3.2, "sideways": 2.0, "pan": 1.4}
"""Metres or degrees a frame."""


@dataclass(frozen=True)
class Shot:
    """A rendered move with its truth, and what was measured of it."""

    views: list[scenes.View]
    cameras: list[scenes.Camera]
    span: DepthSpan

    @property
    def ratios(self) -> list[np.ndarray]:
        """True over measured depth a frame, where both are known."""
        out = []
        for inverse, view in zip(self.span.inverse, self.views, strict=True):
            known = np.isfinite(inverse) & np.isfinite(view.depth)
            out.append(view.depth[known] * inverse[known])
        return out


@lru_cache(maxsize=3)
def rendered(kind: scenes.PathKind) -> tuple[list[scenes.View], list[scenes.Camera]]:
    cameras = scenes.path(kind, FRAMES, size=SIZE, step=STEPS[kind])
    return [scenes.render(LAND, camera) for camera in cameras], cameras


def pictures(kind: scenes.PathKind) -> list[np.ndarray]:
    return [view.image for view in rendered(kind)[0]]


def times(count: int) -> list[Fraction]:
    return [Fraction(k, 12) for k in range(count)]


def true_lens() -> Lens:
    return Lens(
        width=SIZE[0],
        height=SIZE[1],
        focal_px=rendered("sideways")[1][0].focal,
        centre_x=(SIZE[0] - 1) / 2,
        centre_y=(SIZE[1] - 1) / 2,
        source="given",
    )


@pytest.fixture(scope="module")
def forward() -> Shot:
    """A flight ahead through an unknown lens."""
    return Shot(*rendered("forward"), measure_depth(pictures("forward"), times(FRAMES)))


@pytest.fixture(scope="module")
def sideways() -> Shot:
    """A flight to the side through a lens that was given."""
    span = measure_depth(pictures("sideways"), times(FRAMES), lens=true_lens())
    return Shot(*rendered("sideways"), span)


@pytest.fixture(scope="module")
def skyline() -> Shot:
    """A short flight to the side that has much sky in sight."""
    start = scenes.Pose(pitch_deg=-6, z=60)
    cameras = scenes.path("sideways", 5, size=SIZE, start=start, step=2.5)
    views = [scenes.render(LAND, camera) for camera in cameras]
    images = [view.image for view in views]
    return Shot(views, cameras, measure_depth(images, times(5), lens=true_lens()))


def refuse(images: Sequence[np.ndarray], word: str, state: str = "unknown") -> None:
    span = measure_depth(images, times(len(images)))
    assert span.state == state, span.reason
    assert word in span.reason
    assert all(np.isnan(plane).all() for plane in span.inverse)
    assert not any(plane.any() for plane in span.confidence)
    assert span.poses == ()


@pytest.mark.parametrize("kind", ["forward", "sideways"])
def test_depth_matches_the_scene_in_one_scale(kind: str, request: pytest.FixtureRequest) -> None:
    shot: Shot = request.getfixturevalue(kind)
    assert shot.span.state == "measured", shot.span.reason
    found = shot.ratios
    scale = np.median(np.concatenate(found))
    away = np.concatenate(found) / scale
    assert np.median(np.abs(away - 1)) < 0.03
    assert ((away > 0.8) & (away < 1.25)).mean() > 0.85
    medians = [np.median(each) for each in found]
    assert np.std(medians) / np.mean(medians) < 0.005, "the scale pulses"
    assert np.mean([np.isfinite(plane).mean() for plane in shot.span.inverse]) > 0.8


def test_what_parallax_does_not_tell_is_marked_as_far(forward: Shot) -> None:
    """Towards the point of flight inverse depth is near 0, depth several times off."""
    away, far = [], []
    for inverse, view, mask in zip(
        forward.span.inverse, forward.views, forward.span.far, strict=True
    ):
        known = np.isfinite(inverse) & np.isfinite(view.depth)
        away.append(1 / np.maximum(view.depth[known] * inverse[known], 1e-6))
        far.append(mask[known])
    off = np.abs(np.concatenate(away) / np.median(np.concatenate(away)) - 1)
    marked = np.concatenate(far)
    assert 0.005 < marked.mean() < 0.3
    assert (off[~marked] < 0.25).mean() > 0.97
    assert (off[marked] > 0.25).mean() > 0.5


def test_camera_path_has_the_shape_of_the_true_one(forward: Shot) -> None:
    own = np.array([pose.position for pose in forward.span.poses])
    true = np.array([camera.centre for camera in forward.cameras])
    assert similarity(own, true).rms < 0.01 * np.linalg.norm(true[-1] - true[0])
    path = forward.span.camera_path("clip", Span(start=Fraction(0), stop=Fraction(FRAMES, 25)))
    assert path is not None and len(path.poses) == FRAMES and path.unit == "arbitrary"


def test_sky_is_marked_and_infinitely_far(skyline: Shot) -> None:
    assert skyline.span.state == "measured", skyline.span.reason
    sky, truth = skyline.span.sky[3], np.isinf(skyline.views[3].depth)
    assert (sky & truth).sum() > 0.9 * truth.sum() > 0
    assert (sky & ~truth).sum() < 0.1 * truth.sum()
    assert (skyline.span.inverse[3][sky] == 0).all()


def test_same_bytes_for_any_number_of_threads(skyline: Shot) -> None:
    images = [view.image for view in skyline.views]
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1 if before > 1 else 4)
        again = measure_depth(images, times(5), lens=true_lens())
    finally:
        cv2.setNumThreads(before)
    assert again.poses == skyline.span.poses
    for one, other in zip(again.inverse, skyline.span.inverse, strict=True):
        assert one.tobytes() == other.tobytes()


def test_a_given_lens_is_kept(sideways: Shot) -> None:
    assert sideways.span.lens == true_lens()


def test_an_orbit_tells_the_focal_length() -> None:
    cameras = scenes.path("orbit", 5, size=SIZE, hfov_deg=40, step=4.0)
    views = [scenes.render(LAND, camera) for camera in cameras]
    shot = Shot(views, cameras, measure_depth([v.image for v in views], times(5)))
    lens = shot.span.lens
    assert lens is not None and lens.source == "measured" and lens.k1 == 0
    assert lens.focal_px == pytest.approx(cameras[0].focal, rel=0.05)
    away = np.concatenate(shot.ratios)
    away /= np.median(away)
    assert ((away > 0.8) & (away < 1.25)).mean() > 0.9


def test_a_camera_that_only_travels_keeps_the_assumed_lens(forward: Shot) -> None:
    assert forward.span.lens is not None and forward.span.lens.source == "assumed"
    assert "does not tell the focal length" in forward.span.reason


def bent(image: np.ndarray, lens: Lens) -> np.ndarray:
    """A pinhole's picture as a lens with k1 takes it, border black."""
    x, y = np.meshgrid(np.arange(lens.width), np.arange(lens.height))
    away = np.stack([x - lens.centre_x, y - lens.centre_y], axis=-1) / lens.focal_px
    flat = away
    for _ in range(30):
        flat = away / (1 + lens.k1 * (flat**2).sum(axis=-1, keepdims=True))
    at = (lens.focal_px * flat + [lens.centre_x, lens.centre_y]).astype(np.float32)
    return np.asarray(cv2.remap(image, at, None, cv2.INTER_LINEAR))


def test_a_lens_that_bends_is_applied() -> None:
    lens = true_lens().model_copy(update={"k1": 0.25})
    views = rendered("sideways")[0]
    images = [bent(view.image, lens) for view in views]
    span = measure_depth(images, times(6), lens=lens)
    assert span.state == "measured" and span.lens == lens, span.reason
    found = np.concatenate(
        [
            (inverse * bent(view.depth.astype(np.float32), lens)).ravel()
            for inverse, view in zip(span.inverse, views, strict=True)
        ]
    )
    away = found[np.isfinite(found)] / np.nanmedian(found)
    assert np.median(np.abs(away - 1)) < 0.03
    assert ((away > 0.8) & (away < 1.25)).mean() > 0.85


def test_a_lens_that_folds_the_picture_is_refused() -> None:
    folded = true_lens().model_copy(update={"k1": -1.5})
    with pytest.raises(InputError, match=r"lens: k1 -1.5 folds the corners"):
        measure_depth(pictures("sideways"), times(FRAMES), lens=folded)


def test_a_turn_shows_no_parallax() -> None:
    refuse(pictures("pan"), "turns only", "no parallax")


def test_a_still_camera_shows_no_parallax() -> None:
    images = [pictures("pan")[0]] * 8
    refuse(scenes.gaussian_noise(images, 2, 1), "stands still", "no parallax")


def test_a_picture_shifted_flat_shows_no_parallax() -> None:
    sheet = scenes.render(LAND, scenes.Camera.at(scenes.Pose(), (400, 144))).image
    images = [np.ascontiguousarray(sheet[:, 10 * k : 10 * k + 256]) for k in range(FRAMES)]
    refuse(scenes.gaussian_noise(images, 1, 4), "turns only", "no parallax")


def test_a_picture_zoomed_flat_shows_no_parallax() -> None:
    sheet = scenes.render(LAND, scenes.Camera.at(scenes.Pose(), (512, 288))).image
    images = []
    for k in range(FRAMES):
        scale = 0.5 + 0.04 * k
        M = np.array([[scale, 0, 128 - 256 * scale], [0, scale, 72 - 144 * scale]])
        images.append(np.asarray(cv2.warpAffine(sheet, M, SIZE, flags=cv2.INTER_AREA)))
    refuse(scenes.gaussian_noise(images, 1, 4), "flat sheet", "no parallax")


def test_a_cut_inside_the_span() -> None:
    after = [np.ascontiguousarray(image[:, ::-1]) for image in pictures("forward")[3:]]
    refuse(pictures("forward")[:3] + after, "breaks off at frame 3")


def test_stills_from_far_apart_are_matched_by_features() -> None:
    start = scenes.Pose()
    cameras = [
        scenes.Camera.at(pose, SIZE)
        for pose in (start, scenes.Pose(x=20, heading_deg=-6), scenes.Pose(x=40, heading_deg=-12))
    ]
    span = measure_depth(scenes.video(LAND, cameras), [Fraction(k) for k in range(3)])
    assert span.state == "measured", span.reason
    own = np.array([pose.position for pose in span.poses])
    true = np.array([camera.centre for camera in cameras])
    assert similarity(own, true).rms < 0.02 * np.linalg.norm(true[-1] - true[0])


def test_no_texture() -> None:
    refuse([np.full((144, 256, 3), (90, 60, 40), np.uint8)] * 6, "too little texture")


def test_all_sky() -> None:
    cameras = scenes.path("forward", 6, size=SIZE, start=scenes.Pose(pitch_deg=35))
    cloudy = scenes.Scene("terrain", seed=3, sky="clouds")
    refuse(scenes.video(cloudy, cameras), "sky")


def test_fog() -> None:
    thin = [np.clip(200 + (i.astype(float) - 128) * 0.05, 0, 255) for i in pictures("forward")]
    refuse(scenes.gaussian_noise([i.astype(np.uint8) for i in thin], 1.5, 2), "fog")


def test_night() -> None:
    dark = [(i * 0.03).astype(np.uint8) for i in pictures("forward")]
    refuse(scenes.gaussian_noise(dark, 6, 3), "noise")


def test_rolling_shutter_wobble() -> None:
    y = np.arange(SIZE[1], dtype=np.float32)
    x, rows = np.meshgrid(np.arange(SIZE[0], dtype=np.float32), y)
    shaken = []
    for k, image in enumerate(pictures("pan")):
        shift = 2 * np.sin(2 * np.pi * (y / 40 + 0.37 * k)).astype(np.float32)
        shaken.append(cv2.remap(image, x + shift[:, None], rows, cv2.INTER_CUBIC))
    span = measure_depth(shaken, times(FRAMES))
    assert span.state == "unknown", span.reason
    assert all(np.isnan(plane).all() for plane in span.inverse)


@pytest.mark.parametrize(
    ("frames", "ahead", "spread"),
    [(5, 0.0, 1.0), (12, 0.5, 1.0), (7, 0.5, 0.05)],
    ids=["hovering", "flying", "a swell for 0.24 s"],
)
def test_all_water(frames: int, ahead: float, spread: float) -> None:
    """Under a camera that flies over it a sea looks like a plane that does not quite hold."""
    seconds = [Fraction(k, 25) for k in range(frames)]
    span = measure_depth(_waves(frames, ahead, spread), seconds)
    assert span.state == "unknown", span.reason


def test_a_fraction_of_a_second_does_not_tell_land_from_water() -> None:
    """A narrow swell that hardly changes agrees with a rigid scene to a twentieth of a pixel."""
    swell, land = _waves(6, 0.5, 0.05, pace=24), pictures("sideways")
    for images in (swell, land):
        span = measure_depth(images, [Fraction(k, 25) for k in range(6)])
        assert span.state == "unknown" and "too short" in span.reason
        assert all(np.isnan(plane).all() for plane in span.inverse) and span.poses == ()


def _waves(
    frames: int, ahead: float = 0.0, spread: float = 1.0, pace: float = 6
) -> list[np.ndarray]:
    """Sea seen obliquely: waves of all directions (or some) that run at their own speeds.

    pace: Frames a second of the waves' own time.
    """
    rng = np.random.default_rng(5)
    x, y = np.meshgrid(np.arange(320), np.arange(180))
    far = 1 / (0.25 + y / 180)
    across, along = (x - 160) * far / 10, 30 * far
    waves = rng.uniform([0.3, 0, 0], [6, 2 * np.pi * spread, 2 * np.pi], (60, 3))
    images = []
    for k in range(frames):
        high = sum(
            np.sin(
                n * (np.cos(a) * across + np.sin(a) * (along + ahead * k))
                + p
                - np.sqrt(9.8 * n) * k / pace
            )
            / np.sqrt(n)
            for n, a, p in waves
        )
        grey = np.clip(95 + 6 * np.asarray(high), 0, 255)
        images.append(np.dstack([0.6 * grey, 0.8 * grey, grey]).astype(np.uint8))
    return images


def test_frames_must_fit_each_other() -> None:
    frame = np.zeros((90, 160, 3), np.uint8)
    with pytest.raises(InputError, match="times"):
        measure_depth([frame], [])
    with pytest.raises(InputError, match="differ in size"):
        measure_depth([frame, frame[:50]], times(2))
    assert measure_depth([frame], times(1)).state == "unknown"


def test_telemetry_gives_metres(forward: Shot) -> None:
    span = forward.span
    north = [float(camera.centre[1]) for camera in forward.cameras]
    fixes = tuple(
        Fix(time=pose.time, latitude=(y - north[0]) / 110574, longitude=0.0, altitude_m=50.0)
        for pose, y in zip(span.poses, north, strict=True)
    )
    told = Telemetry(clip="c", source="gopro gpmf", fixes=fixes, altitude_from="sea level")
    scaled = in_metres(span, told)
    assert scaled.unit == "metres"
    middle = np.median(np.concatenate(replace(forward, span=scaled).ratios))
    assert middle == pytest.approx(1, abs=0.03)
    assert in_metres(span, None) is span
