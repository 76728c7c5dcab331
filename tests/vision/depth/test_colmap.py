"""Cameras by COLMAP: what is said without it, and its path beside the true one or landfast's."""

from __future__ import annotations

import sys
from fractions import Fraction
from importlib import resources

import cv2
import numpy as np
import pytest

import scenes
from landfast.errors import Unsupported
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.camera import Lens
from landfast.model.time import Span
from landfast.vision.depth import measure_depth
from landfast.vision.depth.metric import similarity
from landfast.vision.depth.solve import solve

SIZE = (320, 180)
CAMERAS = scenes.path("sideways", 8, size=SIZE, step=4.0)


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    return scenes.video(scenes.Scene("terrain", seed=3, boxes=scenes.town(3)), CAMERAS)


def test_without_pycolmap_the_extra_is_named(
    images: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(Unsupported, match=r"--engine sfm: needs pycolmap.*landfast\[sfm\]"):
        measure_depth(images, [Fraction(k, 25) for k in range(8)], engine="sfm")


def test_colmap_finds_the_true_path_and_the_same_bytes(images: list[np.ndarray]) -> None:
    pytest.importorskip("pycolmap")
    lens = Lens(
        width=SIZE[0],
        height=SIZE[1],
        focal_px=CAMERAS[0].focal,
        centre_x=159.5,
        centre_y=89.5,
        source="given",
    )
    grays = [np.ascontiguousarray(image[..., 1]) for image in images]
    one, two = (solve(grays, lens=lens, engine="sfm") for _ in range(2))
    assert one.state == "measured" and one.structure is not None, one.reason
    assert one.reason.startswith("COLMAP") and one.lens == lens
    assert one.structure.cameras is not None and two.structure is not None
    assert two.structure.cameras is not None
    own = one.structure.cameras.centres
    assert own.tobytes() == two.structure.cameras.centres.tobytes()
    true = np.array([camera.centre for camera in CAMERAS])
    assert similarity(own, true).rms < 0.02 * np.linalg.norm(true[-1] - true[0])


def test_colmap_measures_a_real_flight_past_far_cliffs() -> None:
    """Rays of neighbouring frames differ by half a degree; what COLMAP begins with turns by 20."""
    pytest.importorskip("pycolmap")
    with resources.as_file(resources.files("landfast.data") / "karma.mp4") as clip:
        span = Span(start=Fraction(4, 3), stop=Fraction(10, 3))
        pictures = [picture.rgb() for picture in decode(clip, probe(clip), span=span)][::2]
    grays = [cv2.cvtColor(cv2.resize(each, (480, 270)), cv2.COLOR_RGB2GRAY) for each in pictures]
    own, colmap = (solve(grays, engine=engine) for engine in ("measured", "sfm"))
    assert colmap.state == "measured", colmap.reason
    assert own.structure is not None and colmap.structure is not None
    assert own.structure.cameras is not None and colmap.structure.cameras is not None
    path = own.structure.cameras.centres
    apart = similarity(colmap.structure.cameras.centres, path).rms
    assert apart < 0.01 * np.linalg.norm(path[-1] - path[0])
