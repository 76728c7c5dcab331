from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from landfast.compose.conform import conform, resized, time_map
from landfast.errors import InputError
from landfast.model.clip import Clip, Colour


def _clip(ticks: tuple[int, ...], *, time_base: Fraction = Fraction(1, 100)) -> Clip:
    return Clip(
        content="c",
        name="c.mp4",
        width=32,
        height=18,
        rotation=0,
        sample_aspect=Fraction(1),
        codec="h264",
        pixel_format="yuv420p",
        bit_depth=8,
        colour=Colour(),
        time_base=time_base,
        start=Fraction(0),
        ticks=ticks,
        end_tick=ticks[-1] + 4,
    )


EVEN = _clip(tuple(range(0, 80, 4)))
UNEVEN = _clip((0, 4, 9, 11, 16, 20, 26, 30))


def _numbered(frames: int, size: tuple[int, int] = (32, 18)) -> Iterator[np.ndarray]:
    for number in range(frames):
        yield np.full((size[1], size[0], 3), number, np.uint8)


def test_as_many_frames_go_one_by_one_whatever_the_time_stamps() -> None:
    assert time_map(UNEVEN, 1, 6, 6) == (1, 2, 3, 4)


def test_another_length_is_stretched_over_the_time_between_the_anchors() -> None:
    assert time_map(UNEVEN, 1, 6, 23) == tuple(Fraction(t - 4) for t in (9, 11, 16, 20))


@pytest.mark.parametrize(
    ("frames", "wanted"),
    [(6, [1, 2, 3, 4]), (11, [2, 4, 6, 8]), (81, [16, 32, 48, 64])],
)
def test_takes_of_other_rates_are_fitted(frames: int, wanted: list[int]) -> None:
    fill = conform(EVEN, start=5, end=10, frames=frames, images=lambda: _numbered(frames))
    for _ in range(2):
        assert [int(image[0, 0, 0]) for image in fill.images()] == wanted
    assert fill.frames == range(6, 10)


def test_another_size_is_scaled_and_graded_by_place() -> None:
    places: list[float] = []

    def grade(image: np.ndarray, place: float) -> np.ndarray:
        places.append(place)
        return image

    fill = conform(
        EVEN, start=0, end=4, frames=5, images=lambda: _numbered(5, (64, 36)), grade=grade
    )
    assert {image.shape for image in fill.images()} == {(18, 32, 3)}
    assert places == [0.25, 0.5, 0.75]


def test_scaling_keeps_a_ramp_in_place() -> None:
    ramp = np.repeat(np.linspace(0, 240, 64)[None, :, None], 36, 0).repeat(3, 2).astype(np.uint8)
    there_and_back = resized(resized(ramp, 128, 72), 64, 36)
    assert np.abs(there_and_back.astype(int) - ramp).mean() < 1
    assert resized(ramp, 64, 36) is ramp


def test_a_take_that_ends_early_is_refused() -> None:
    fill = conform(EVEN, start=0, end=6, frames=7, images=lambda: _numbered(4))
    with pytest.raises(InputError, match="ends before its frame 4"):
        list(fill.images())


@pytest.mark.parametrize(("start", "end", "frames"), [(3, 3, 4), (4, 3, 4), (0, 4, 1)])
def test_impossible_grids_are_refused(start: int, end: int, frames: int) -> None:
    with pytest.raises(InputError):
        time_map(EVEN, start, end, frames)
