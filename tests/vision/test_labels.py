"""Labels of rendered spans against truth, their steadiness, and their silence."""

from __future__ import annotations

import numpy as np
import pytest

from landfast.errors import InputError
from landfast.vision.labels import LABELS, label_span
from scenes import Pose, Scene, path, render, town

SIZE = (320, 180)


def test_sky_and_confidence_on_a_rendered_span() -> None:
    scene = Scene(kind="terrain", seed=2)
    cameras = path("forward", 4, start=Pose(pitch_deg=-6), size=SIZE)
    views = [render(scene, camera) for camera in cameras]
    labels = label_span([view.image for view in views])
    assert labels.names == LABELS
    for k, view in enumerate(views):
        truth, found = np.isinf(view.depth), labels.mask(k, "sky")
        assert (truth & found).sum() / (truth | found).sum() > 0.9
        assert (labels.confidence[k].sum(axis=0, dtype=int) <= 258).all()


def test_built_and_sky_part() -> None:
    scene = Scene(sky="gradient", boxes=town())
    camera = path("sideways", 1, start=Pose(pitch_deg=-8), size=SIZE)[0]
    labels = label_span([render(scene, camera).image])
    assert not (labels.mask(0, "built") & labels.mask(0, "sky")).any()
    assert labels.sure(0, "sky").max() <= 1


@pytest.mark.parametrize(
    ("level", "spread", "reason"),
    [(12, 2, "too dark"), (150, 3, "too little contrast")],
    ids=["night", "fog"],
)
def test_silent_where_nothing_shows(level: int, spread: int, reason: str) -> None:
    rng = np.random.default_rng(3)
    images = [
        np.clip(rng.normal(level, spread, (180, 320, 3)), 0, 255).astype(np.uint8) for _ in "ab"
    ]
    labels = label_span(images)
    assert labels.reasons == (reason, reason)
    assert not labels.known(0).any()
    assert all(plane.max() == 0 for plane in labels.confidence)


def test_refuses_what_it_cannot_take() -> None:
    with pytest.raises(InputError, match="no frames"):
        label_span([])
    with pytest.raises(InputError, match="different sizes"):
        label_span([np.zeros((90, 160, 3), np.uint8), np.zeros((92, 160, 3), np.uint8)])
    with pytest.raises(InputError, match="too small"):
        label_span([np.zeros((20, 160, 3), np.uint8)])
