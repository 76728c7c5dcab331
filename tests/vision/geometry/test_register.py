"""Pictures of a plane are brought together to a fraction of a pixel, or not at all."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landfast.vision.geometry.register import register

WIDTH, HEIGHT = 1440, 810


def plate(seed: int) -> np.ndarray:
    """Detail at every scale, grey levels, with a margin of 160 pixels."""
    random = np.random.default_rng(seed)
    size = WIDTH + 320, HEIGHT + 320
    whole = np.zeros(size[::-1], np.float32)
    for octave in range(8):
        cells = random.standard_normal((size[1] >> (7 - octave), size[0] >> (7 - octave)))
        layer = cv2.resize(cells.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
        whole += layer * np.float32(0.75**octave)
    return np.asarray(cv2.normalize(whole, None, 10, 245, cv2.NORM_MINMAX))


def view(turn_deg: float, zoom: float, shift: tuple[float, float], tilt: float) -> np.ndarray:
    """From the plate to a picture of it."""
    c, s = zoom * np.cos(np.radians(turn_deg)), zoom * np.sin(np.radians(turn_deg))
    away = np.array([[1, 0, -WIDTH / 2 - 160], [0, 1, -HEIGHT / 2 - 160], [0, 0, 1.0]])
    middle = np.array([[1, 0, WIDTH / 2], [0, 1, HEIGHT / 2], [0, 0, 1.0]])
    return middle @ np.array([[c, -s, shift[0]], [s, c, shift[1]], [tilt, -tilt, 1]]) @ away


def shot(plate: np.ndarray, view: np.ndarray, seed: int, gamma: float = 1.0) -> np.ndarray:
    seen = cv2.warpPerspective(plate, view, (WIDTH, HEIGHT), flags=cv2.INTER_LANCZOS4)
    seen = cv2.GaussianBlur(seen, (0, 0), 0.7)
    noise = np.random.default_rng(seed).normal(0, 2.5, seen.shape)
    level = 255 * np.clip(seen / 255, 0, 1) ** gamma + noise
    return np.clip(np.rint(level), 0, 255).astype(np.uint8)


def corner_error(found: np.ndarray, truth: np.ndarray) -> float:
    corners = np.array([[0, 0], [WIDTH - 1, 0], [0, HEIGHT - 1], [WIDTH - 1, HEIGHT - 1]], float)
    ours, true = (cv2.perspectiveTransform(corners[None], H)[0] for H in (found, truth))
    return float(np.linalg.norm(ours - true, axis=1).mean())


FRONT = view(0, 1, (0, 0), 0)


@pytest.mark.parametrize(
    ("other", "gamma"),
    [
        (view(0.3, 1.004, (3.3, -2.6), 1e-6), 1.0),
        (view(1.5, 0.98, (21.7, 14.2), 8e-6), 1.15),
        (view(-6, 1.06, (-70.5, 48.1), -1e-5), 0.85),
    ],
    ids=["neighbours", "half a second", "far"],
)
def test_a_plane_is_registered_to_a_fraction_of_a_pixel(other: np.ndarray, gamma: float) -> None:
    ground = plate(3)
    found = register(shot(ground, FRONT, 1), shot(ground, other, 2, gamma))
    assert found is not None
    assert corner_error(found, other @ np.linalg.inv(FRONT)) < 0.06


def test_there_and_back_is_where_one_was() -> None:
    ground, other = plate(4), view(1, 1.01, (9, 4), 4e-6)
    a, b = shot(ground, FRONT, 1), shot(ground, other, 2)
    there, back = register(a, b), register(b, a)
    assert there is not None and back is not None
    assert corner_error(back @ there, np.eye(3)) < 0.08
    assert np.array_equal(there, register(a, b))


def test_other_pictures_and_plain_ones_are_not_registered() -> None:
    a, b = shot(plate(5), FRONT, 1), shot(plate(6), FRONT, 2)
    assert register(a, b) is None
    plain = np.full_like(a, 90)
    assert register(plain, plain) is None and register(a, plain) is None


def test_colour_is_as_good_as_grey() -> None:
    ground = plate(7)
    a, b = (
        cv2.cvtColor(shot(ground, one, 1), cv2.COLOR_GRAY2RGB)
        for one in (FRONT, view(0.5, 1, (4, 4), 0))
    )
    found = register(a, b)
    assert found is not None
    assert corner_error(found, view(0.5, 1, (4, 4), 0) @ np.linalg.inv(FRONT)) < 0.06
