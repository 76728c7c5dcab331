"""Labels of rendered spans against truth, their steadiness, and their silence."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

import labelled
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.time import Span
from landfast.vision.labels import LABELS, label_span
from landfast.vision.labels.again import Glance, follow_up
from landfast.vision.labels.cues import look
from landfast.vision.labels.differing import elsewhere, excess
from landfast.vision.labels.families import families
from landfast.vision.labels.follow import Step
from landfast.vision.labels.lines import find_lines
from landfast.vision.labels.moving import FEW, SHAKEN, _rigid
from scenes import Pose, Scene, gaussian_noise, path, town

SIZE = (320, 180)


def overlap(truth: np.ndarray, found: np.ndarray, among: np.ndarray) -> float:
    """Intersection over union among the pixels that are asked about."""
    return float((truth & found & among).sum() / ((truth | found) & among).sum())


def test_a_coast_against_truth() -> None:
    scene = Scene(kind="terrain", sky="clouds", seed=2, sea_y=100.0)
    cameras = path("sideways", 5, start=Pose(pitch_deg=-10), size=(480, 270))
    views = [labelled.render(scene, c, time_s=k / 25, waves=0.4) for k, c in enumerate(cameras)]
    labels = label_span([view.image for view in views])
    assert labels.names == LABELS and len(labels) == 5
    for k, view in enumerate(views):
        asked = view.label != labelled.UNSURE
        assert overlap(view.label == labelled.SKY, labels.mask(k, "sky"), asked) > 0.9
        assert overlap(view.label == labelled.WATER, labels.mask(k, "water"), asked) > 0.6
        assert not (labels.mask(k, "sky") & labels.mask(k, "water")).any()
        assert (labels.confidence[k].sum(axis=0, dtype=int) <= 258).all()


@pytest.mark.parametrize(("radius", "speed"), [(22, (6, -4)), (12, (9, -5))])
def test_a_passer_by_moves_and_nothing_else_does(radius: float, speed: tuple[int, int]) -> None:
    """The second moves by its own radius a frame: dense flow loses it."""
    scene = Scene(boxes=town())
    cameras = path("sideways", 5, start=Pose(pitch_deg=-35), size=(480, 270))
    bare = [labelled.render(scene, camera) for camera in cameras]
    views = [
        labelled.with_passer(view, (150 + speed[0] * k, 120 + speed[1] * k), radius)
        for k, view in enumerate(bare)
    ]
    labels = label_span([view.image for view in views])
    for k in (1, 2, 3):
        truth, found = views[k].label == labelled.MOVING, labels.mask(k, "moving")
        assert (truth & found).sum() > 0.6 * truth.sum()
        assert (found & ~truth).sum() < 1.1 * truth.sum()
    empty = label_span([view.image for view in bare])
    assert max(float(empty.mask(k, "moving").mean()) for k in range(5)) < 0.002


def test_labels_hold_still_on_a_still_picture() -> None:
    scene = Scene(boxes=town())
    image = labelled.render(scene, path("still", 1, start=Pose(pitch_deg=-8), size=SIZE)[0]).image
    labels = label_span(gaussian_noise([image] * 5, 4, 1))
    changed = [float((a != b).mean()) for a, b in pairwise(labels.index)]
    assert max(changed) < 0.01


def test_a_cut_parts_the_span() -> None:
    coast = Scene(kind="terrain", sky="gradient", seed=2, sea_y=100.0)
    ahead = path("forward", 3, start=Pose(pitch_deg=-10), size=SIZE)
    down = path("forward", 3, start=Pose(pitch_deg=-85, z=200), size=SIZE)
    images = [labelled.render(coast, c).image for c in ahead]
    images += [labelled.render(Scene(seed=7), c).image for c in down]
    together, alone = label_span(images), label_span(images[3:])
    assert together.mask(2, "sky").mean() > 0.1
    assert not together.mask(3, "sky").any()
    for k in range(3):
        np.testing.assert_array_equal(together.confidence[3 + k], alone.confidence[k])


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


def test_sky_alone_is_not_taken_for_water() -> None:
    scene = Scene(seed=5, sky="clouds")
    cameras = path("pan", 3, start=Pose(pitch_deg=35), step=0.4, size=SIZE)
    labels = label_span(gaussian_noise([labelled.render(scene, c).image for c in cameras], 2, 1))
    assert all("nothing tells which" in reason for reason in labels.reasons)
    assert not labels.known(1).any()


def test_walls_with_windows_are_built_and_level_strata_are_not() -> None:
    rng = np.random.default_rng(4)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    facade = np.where((x % 16 < 8) & (y % 20 < 12), 70, 150)
    strata = 110 + 40 * np.sin(y / 2.5 + np.sin(x / 40))
    grey = np.where(x < SIZE[0] // 2, facade, strata) + rng.normal(0, 2, y.shape)
    image = np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    built = label_span([image] * 3).mask(1, "built")
    assert built[20:-20, 20:130].mean() > 0.9
    assert built[20:-20, 200:300].mean() < 0.1


def segments(point: tuple[float, float], spread_deg: float) -> np.ndarray:
    """Sixty segments of 30 pixels in a picture of 640 x 360 that run to a point, about."""
    rng = np.random.default_rng(7)
    middle = rng.uniform((20, 20), (620, 340), (60, 2))
    way = np.array(point) - middle
    angle = np.arctan2(way[:, 1], way[:, 0]) + np.radians(rng.normal(0, spread_deg, 60))
    half = 15 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.hstack([middle - half, middle + half]).astype(np.float32)


def test_lines_of_a_roof_are_a_family_and_those_of_rock_and_chance_are_not() -> None:
    clutter = segments((300, 100), 90)
    roof, rock = (np.vstack([segments((200, -150), spread), clutter]) for spread in (0.3, 9))
    found = families(roof, (640, 360))
    assert (found[:60] >= 0).mean() > 0.9 and len(set(found[:60][found[:60] >= 0].tolist())) == 1
    assert (found[60:] >= 0).mean() < 0.2
    assert (families(rock, (640, 360)) >= 0).mean() < 0.1


def test_a_plain_wall_between_windows_is_built_and_what_runs_along_the_horizon_is_not() -> None:
    y, x = np.mgrid[:360, :640]
    windows = (
        (x % 40 < 16) & (y % 50 < 30) & (abs(x - 320) > 30) & (x > 120) & (x < 520) & (y > 200)
    )
    image = np.where(windows, 60, 150).astype(np.uint8)
    image[:170] = 220
    cues = look(np.repeat(image[..., None], 3, axis=2))
    above = np.clip((86 - y[:180, :320]) / 2, 0, 1).astype(np.float32)
    lines = find_lines(cues, above)
    assert lines[110:160, 70:250].min() > 0.45
    assert lines[:95].max() < 0.1 and lines[:, :40].max() < 0.1


def test_refuses_what_it_cannot_take() -> None:
    with pytest.raises(InputError, match="no frames"):
        label_span([])
    with pytest.raises(InputError, match="different sizes"):
        label_span([np.zeros((90, 160, 3), np.uint8), np.zeros((92, 160, 3), np.uint8)])
    with pytest.raises(InputError, match="too small"):
        label_span([np.zeros((20, 160, 3), np.uint8)])


def test_windows_that_look_alike_do_not_move() -> None:
    """The flow of the whole facade is wrong; the motion of the rest explains it."""
    y, x = np.mgrid[:120, :200].astype(np.float32)
    facade = (abs(x - 100) < 50) & (abs(y - 60) < 35)

    def frame(k: int) -> np.ndarray:
        fine = 40 * np.sin(2 * np.pi * (x - k) / 6) * np.sin(2 * np.pi * y / 8)
        wide = 40 * np.sin((x - k) / 9) * np.sin(y / 7)
        return np.rint(120 + np.where(facade, fine, wide)).astype(np.uint8)

    way = np.zeros((120, 200, 2), np.float32)
    way[..., 0] = np.where(facade, -0.8, 1)
    asked = np.ones(x.shape, np.float32)

    def odd(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        return excess(frame(0), [(before, elsewhere(-way)), (after, elsewhere(way))], asked)

    assert odd(frame(-1), frame(1)).max() < 1.5
    moved = [np.where(facade, np.roll(frame(k), 3, axis=1), frame(k)) for k in (-1, 1)]
    assert odd(*moved)[facade].max() > 3.5


def test_a_wobble_is_given_as_the_reason_why_nothing_moves(karma: Path) -> None:
    span = Span(start=Fraction(4), stop=Fraction(41, 10))
    still = [np.asarray(frame.rgb(400)) for frame in decode(karma, probe(karma), span=span)][:3]
    y, x = np.mgrid[: len(still[0]), :400].astype(np.float32)
    ways = [(x + 3 * np.sin(y / 20 + 1.7 * k)).astype(np.float32) for k in range(3)]
    shaken = [
        cv2.remap(one, way, y, cv2.INTER_LINEAR) for one, way in zip(still, ways, strict=True)
    ]
    assert label_span(shaken).unmoved == (SHAKEN,) * 3
    assert label_span(still).unmoved == ("",) * 3
    assert label_span(still[:2]).unmoved == (FEW,) * 2


def test_what_is_found_again_moves_and_what_flickers_or_shows_its_depth_does_not() -> None:
    rng = np.random.default_rng(3)
    ground, thing = rng.normal(120, 15, (60, 80)), rng.normal(60, 30, (8, 8))
    part = np.zeros((60, 80), bool)
    part[26:34, 36:44] = True

    def shown(y: int, x: int, what: np.ndarray = thing) -> np.ndarray:
        out = ground.astype(np.float32)
        out[26 + y : 34 + y, 36 + x : 44 + x] = what
        return out

    still = np.zeros((2, 60, 80, 2), np.float32)
    sideways = np.stack([np.full((60, 80, 2), (side, 0), np.float32) for side in (1, -1)])
    seen = part.astype(np.float32)
    car = Glance(2, seen, shown(0, 0), (shown(1, 4), shown(-1, -4)), still)
    found = follow_up(part, (36, 26, 8, 8), car, ())
    assert found is not None and found.sum() > 55
    turned = dataclasses.replace(car, sides=(car.sides[0], shown(-4, 2)))
    leaf = dataclasses.replace(car, sides=(shown(0, 0, thing[::-1]), shown(0, 0, thing[:, ::-1])))
    pole = dataclasses.replace(car, sides=(shown(0, 4), shown(0, -4)), push=sideways)
    assert all(follow_up(part, (36, 26, 8, 8), each, ()) is None for each in (turned, leaf, pole))
    far = dataclasses.replace(car, reach=4, sides=(shown(2, 8), shown(-2, -8)))
    assert follow_up(part, (36, 26, 8, 8), car, (far,)) is not None
    assert follow_up(part, (36, 26, 8, 8), car, (dataclasses.replace(leaf, reach=4),)) is None


@pytest.mark.parametrize(("wave", "is_shaken"), [(0.0, False), (1.0, True)])
def test_rows_that_a_rolling_shutter_shakes_say_nothing(wave: float, is_shaken: bool) -> None:
    """A camera that flies on, and rows that swing to and fro by a pixel."""
    y, x = np.mgrid[:180, :320].astype(np.float32)
    ways = [
        np.stack([side + 0.01 * (x - 160), 0.01 * y + wave * np.sin(y / 12 + side)], -1).astype(
            np.float32
        )
        for side in (1, -1)
    ]
    cues = look(np.repeat(np.random.default_rng(1).integers(0, 255, (360, 640, 1), np.uint8), 3, 2))
    error = np.zeros(x.shape, np.float32)
    steps = [Step(way, way, error, error, False) for way in ways]
    rigid = _rigid(1, ways, cues, steps, np.ones_like(error))
    assert not isinstance(rigid, str) and rigid.shaken == is_shaken


def grained(colour: tuple[int, int, int], spread: float, seed: int = 0) -> np.ndarray:
    """A picture of one colour with grain two pixels wide."""
    grain = np.random.default_rng(seed).normal(0, spread, (90, 160)).repeat(2, 0).repeat(2, 1)
    return np.clip(np.array(colour, float) + grain[..., None], 0, 255).astype(np.uint8)


def test_glitter_amid_water_is_water_and_rock_is_ground() -> None:
    sea, island = grained((30, 80, 110), 4), grained((150, 125, 85), 30, 1)
    glitter, rock = sea.copy(), sea.copy()
    glitter[70:110, 120:200] = grained((120, 135, 150), 30, 1)[70:110, 120:200]
    rock[70:110, 120:200] = island[70:110, 120:200]
    labels = [label_span([image]) for image in (glitter, rock)]
    assert all(each.mask(0, "water").mean() > 0.5 for each in labels)
    assert not labels[0].mask(0, "ground").any()
    assert labels[0].mask(0, "water")[75:105, 130:190].mean() > 0.8
    assert labels[1].mask(0, "ground")[75:105, 130:190].mean() > 0.5


def test_olive_without_texture_is_no_vegetation() -> None:
    mud, meadow = (grained((96, 100, 60), spread, 2) for spread in (1.4, 12))
    for image in (mud, meadow):
        image[100:, 100:220] = grained((170, 120, 100), 25)[100:, 100:220]
    shares = [label_span([image]).mask(0, "vegetation")[:80].mean() for image in (mud, meadow)]
    assert shares[0] == 0 and shares[1] > 0.8


@pytest.mark.parametrize(
    "colour", [(60, 96, 70), (112, 96, 62), (72, 80, 86)], ids=["green", "muddy", "grey"]
)
def test_open_water_of_any_colour_is_no_meadow_and_no_ground(colour: tuple[int, int, int]) -> None:
    y, x = np.mgrid[:180, :320]
    trains = np.random.default_rng(5).uniform([0.05, 0, 0], [0.5, 6.3, 6.3], (40, 3))

    def sea(k: int) -> np.ndarray:
        high = sum(
            np.sin(n * (np.cos(a) * x + np.sin(a) * y) + p - 0.9 * np.sqrt(n) * k)
            for n, a, p in trains
        )
        shade = 1 + 0.04 * np.asarray(high)[..., None]
        return np.clip(np.array(colour) * shade, 0, 255).astype(np.uint8)

    images = gaussian_noise([sea(k) for k in range(3)], 1, 1)
    labels = label_span(images)
    assert all("nothing tells water from" in reason for reason in labels.reasons)
    assert not any(labels.known(k).any() for k in range(3))
    shore = [np.where(y[..., None] > 110, grained((170, 120, 100), 25), one) for one in images]
    assert not any(label_span([one.astype(np.uint8) for one in shore]).reasons)


def test_a_road_at_the_upper_edge_is_no_sky_where_it_goes_on_below_or_is_purplish() -> None:
    image, road = grained((70, 100, 50), 16), grained((190, 188, 200), 1.5, 3)
    image[:50, 60:200] = road[:50, 60:200]
    once = label_span([image]).mask(0, "sky")
    image[100:150, 20:120] = road[100:150, 20:120]
    assert once[:40, 70:190].mean() > 0.5
    tarmac = image.copy()
    tarmac[:50, 60:200] = grained((198, 184, 204), 1.5, 3)[:50, 60:200]
    assert not label_span([tarmac]).mask(0, "sky").any()
    assert not label_span([image]).mask(0, "sky").any()
