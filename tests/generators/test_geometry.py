"""The geometry generator against the true frames of rendered scenes."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import cv2
import numpy as np
import pytest

import scenes
from generators.conftest import SIZE, RenderedGap, rendered_gap, request_for
from landfast.errors import InputError, Unsupported
from landfast.generators.base import Material
from landfast.generators.geometry import GeometryGenerator
from landfast.vision.motion.flow import dense_flow


def made(gap: RenderedGap, material: Material | None = None) -> list[np.ndarray]:
    generator = GeometryGenerator()
    request = request_for(gap, "geometry")
    return list(generator.make(request, material or gap.material))


def quality(gap: RenderedGap, frames: list[np.ndarray]) -> float:
    """Mean PSNR of every third inner frame from the first on, dB."""
    assert len(frames) == gap.frames
    return fmean(scenes.psnr(frames[k], gap.truth[k]) for k in looked_at(gap))


def looked_at(gap: RenderedGap) -> range:
    return range(1, gap.frames - 1, 3)


def blended(gap: RenderedGap) -> list[np.ndarray]:
    first, last, count = gap.material.first, gap.material.last, gap.frames - 1
    return [cv2.addWeighted(first, 1 - k / count, last, k / count, 0) for k in range(count + 1)]


def gray(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def detail(image: np.ndarray) -> float:
    return float(np.abs(cv2.Laplacian(gray(image).astype(np.float32), cv2.CV_32F)).mean())


@pytest.mark.parametrize(
    ("kind", "step", "least", "gain"),
    [
        ("still", 0.0, 45, 0),
        ("pan", 0.5, 28, 6),
        ("forward", 1.5, 28, 5),
        ("sideways", 1.0, 27, 5),
        ("orbit", 0.5, 24, 3),
        ("crane", 1.0, 27, 4),
    ],
)
def test_frames_are_near_the_truth(kind, step, least, gain):
    gap = rendered_gap(kind, step=step)
    frames = made(gap)
    assert quality(gap, frames) > least
    assert quality(gap, frames) >= quality(gap, blended(gap)) + gain


def test_ends_are_the_anchors_themselves(forward_gap):
    frames = made(forward_gap)
    assert len(frames) == forward_gap.frames
    assert np.array_equal(frames[0], forward_gap.material.first)
    assert np.array_equal(frames[-1], forward_gap.material.last)


def test_the_footage_around_tells_the_camera_where_it_is():
    """An eased move: only the velocity at the ends tells it from a constant one."""
    gap = rendered_gap("pan", frames=17, step=0.8, pace="eased")
    alone = replace(gap.material, before=(), after=())
    assert quality(gap, made(gap)) > quality(gap, made(gap, alone)) + 1.5


@pytest.mark.parametrize("kind", ["forward", "sideways"])
def test_velocity_continues_over_both_joins(kind):
    """The step over a join is as long as the true one."""
    gap = rendered_gap(kind)
    frames = made(gap)
    for join in (0, gap.frames - 2):
        step = dense_flow(gray(frames[join]), gray(frames[join + 1]), preset="medium")
        truth, visible = scenes.flow(rendered_scene(), gap.cameras[join], gap.cameras[join + 1])
        off = np.linalg.norm(step - truth, axis=2)[visible]
        assert np.median(off) < 0.2


def rendered_scene() -> scenes.Scene:
    from generators.conftest import SCENE

    return SCENE


def test_sharpness_does_not_sag_in_mid_gap(forward_gap):
    frames = made(forward_gap)
    sharp = [
        detail(frames[k]) / detail(forward_gap.truth[k])
        for k in (0, *looked_at(forward_gap), forward_gap.frames - 1)
    ]
    assert min(sharp) > 0.65
    assert max(sharp) < 1.15


def test_what_leaves_the_picture_keeps_moving():
    """Near the edge only the first anchor shows the scene, and nothing is found of it beyond."""
    gap = rendered_gap("forward", frames=17, step=3.0)
    frames = made(gap)
    middle = gap.frames // 2
    _, visible = scenes.flow(rendered_scene(), gap.cameras[middle], gap.cameras[-1])
    leaving = cv2.erode((~visible).astype(np.uint8), np.ones((5, 5))).astype(bool)
    assert leaving.mean() > 0.02, "the test must lose something"
    alone = made(gap, replace(gap.material, before=(), after=()))
    with_footage = scenes.psnr(frames[middle], gap.truth[middle], leaving)
    assert with_footage > scenes.psnr(blended(gap)[middle], gap.truth[middle], leaving) + 7
    assert with_footage > scenes.psnr(alone[middle], gap.truth[middle], leaving) - 1
    assert quality(gap, frames) > quality(gap, alone) + 2


def test_an_edge_of_an_anchor_leaves_no_line():
    """One anchor is brighter: where the other one ends, the view goes over gradually."""
    gap = rendered_gap("pan")
    last = cv2.add(gap.material.last, (20.0, 20.0, 20.0, 0.0))
    middle = gap.frames // 2
    bright = made(gap, replace(gap.material, last=last))[middle]
    more = (bright.astype(np.float32) - made(gap)[middle]).mean(axis=(0, 2))
    assert np.ptp(more) > 8, "the middle shows both, the sides one"
    assert np.abs(more[4:] - more[:-4]).max() < 4.5


def test_the_same_bytes_for_any_number_of_threads_and_runs(forward_gap):
    before = cv2.getNumThreads()
    try:
        takes = []
        for threads in (1, 2, 4, 1):
            cv2.setNumThreads(threads)
            takes.append(b"".join(image.tobytes() for image in made(forward_gap)))
    finally:
        cv2.setNumThreads(before)
    assert all(take == takes[0] for take in takes)


def test_large_pictures_are_made_like_small_ones():
    """Motion is measured small; the pictures stay as large as they are."""
    gap = rendered_gap("forward", frames=7)

    def enlarged(image: np.ndarray) -> np.ndarray:
        return cv2.resize(image, (1280, 720), interpolation=cv2.INTER_CUBIC)

    material = Material(
        enlarged(gap.material.first),
        enlarged(gap.material.last),
        tuple(map(enlarged, gap.material.before)),
        tuple(map(enlarged, gap.material.after)),
    )
    truth = {k: enlarged(gap.truth[k]) for k in looked_at(gap)}
    large = RenderedGap(material, truth, gap.cameras)
    frames = made(large)
    assert frames[3].shape == (720, 1280, 3)
    assert quality(large, frames) > 27


def test_deep_footage_gives_deep_frames(forward_gap):
    """16 bits a channel go through, and mean what 8 bits mean."""

    def deep(image: np.ndarray) -> np.ndarray:
        low = np.random.default_rng(3).integers(-100, 100, image.shape)
        return np.clip(image.astype(np.int64) * 257 + low, 0, 65535).astype(np.uint16)

    material = forward_gap.material
    wide = Material(
        deep(material.first),
        deep(material.last),
        tuple(map(deep, material.before)),
        tuple(map(deep, material.after)),
    )
    flat, fine = made(forward_gap), made(forward_gap, wide)
    assert all(image.dtype == np.uint16 for image in fine)
    assert len(np.unique(fine[len(fine) // 2])) > 2000
    off = [np.abs(a / 257.0 - b).mean() for a, b in zip(fine, flat, strict=True)]
    assert max(off) < 0.5


def test_frames_of_two_depths_are_refused(forward_gap):
    with pytest.raises(InputError, match="bits a channel"):
        Material(forward_gap.material.first, forward_gap.material.last.astype(np.uint16))


def test_odd_sizes_work(forward_gap):
    def cut(image: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(image[:-1, :-3])

    material = Material(cut(forward_gap.material.first), cut(forward_gap.material.last))
    truth = {k: cut(forward_gap.truth[k]) for k in looked_at(forward_gap)}
    gap = RenderedGap(material, truth, forward_gap.cameras)
    assert quality(gap, made(gap)) > 26


def test_another_scene_is_unsupported_before_any_frame(forward_gap):
    other = scenes.render(
        scenes.Scene(kind="terrain", seed=91, sky="clouds"),
        scenes.path("still", 1, size=SIZE)[0],
    ).image
    with pytest.raises(Unsupported, match="cannot bridge the anchors"):
        made(forward_gap, Material(forward_gap.material.first, other))


def test_another_size_is_unsupported(forward_gap):
    request = request_for(forward_gap, "geometry").model_copy(update={"width": 640})
    with pytest.raises(Unsupported, match="cannot change the size"):
        GeometryGenerator().make(request, forward_gap.material)


def test_there_are_no_models():
    with pytest.raises(InputError, match="has no model 'large'"):
        GeometryGenerator("large")


def test_material_of_two_sizes_is_refused(forward_gap):
    with pytest.raises(InputError, match="differ in size: 200x144 and 256x144"):
        Material(forward_gap.material.first, forward_gap.material.last[:, :200])
