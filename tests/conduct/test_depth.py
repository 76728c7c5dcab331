"""Footage of more than 8 bits: what is made for it has steps as fine, and its tags."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from compose.clips import hashes
from conduct.test_run import verdicts as verdicts
from landfast.conduct.brief import RunOptions
from landfast.conduct.run import run
from landfast.media.codings import Codec
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.media.planes import plane_of
from landfast.media.probe import probe
from landfast.model.clip import Colour
from landfast.model.time import Span

SIZE = (320, 180)
FRAMES = 30
GAP = Span(start=Fraction(10, 25), stop=Fraction(20, 25))
HDR10 = Colour(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc", range="limited")
SDR = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")


def flight() -> Iterator[np.ndarray]:
    """A plain that passes by under a smooth sky, in 16 bits."""
    width, height = SIZE
    noise = np.random.default_rng(4).integers(0, 65536, (height, width + 4 * FRAMES, 3))
    ground = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 2)
    ground = cv2.normalize(ground, None, 6000, 40000, cv2.NORM_MINMAX)
    across, down = np.meshgrid(np.linspace(0, 1, width + 4 * FRAMES), np.linspace(0, 1, height))
    sky = 22000 + 3000 * across + 9000 * (0.5 - down)
    world = np.where(down[..., None] > 0.5, ground, sky[..., None])
    for k in range(FRAMES):
        yield np.ascontiguousarray(world[:, 4 * k : 4 * k + width]).astype(np.uint16)


def filmed(path: Path, codec: Codec, colour: Colour) -> Path:
    width, height = SIZE
    with Encoder(
        path, width=width, height=height, time_base=Fraction(1, 25), codec=codec, colour=colour,
        pixel_format="yuv420p10le", quality="master", fps=Fraction(25), key_interval=8,
    ) as encoder:  # fmt: skip
        for tick, image in enumerate(flight()):
            encoder.write(image, tick=tick, duration=1)
    return path


def roughness(path: Path) -> np.ndarray:
    """How far each frame's sky is from a smooth one, RMS in codes of luma: its steps, mostly."""
    found = []
    for picture in decode(path):
        sky = plane_of(picture.native, 0)[8 : SIZE[1] // 3, 8:-8].astype(np.float64)
        down, across = np.mgrid[0 : sky.shape[0], 0 : sky.shape[1]]
        terms = np.stack([np.ones(sky.size), across.ravel(), down.ravel()], axis=1)
        fit, *_ = np.linalg.lstsq(terms, sky.ravel(), rcond=None)
        found.append(np.sqrt(np.mean((sky.ravel() - terms @ fit) ** 2)))
    return np.array(found)


@pytest.mark.parametrize(
    ("codec", "colour"), [("hevc", HDR10), ("h264", SDR)], ids=["HDR10", "SDR"]
)
def test_generated_frames_have_the_steps_of_the_footage(
    tmp_path: Path, verdicts, codec: Codec, colour: Colour
) -> None:
    verdicts("pass")
    path = filmed(tmp_path / "clip.mp4", codec, colour)
    options = RunOptions(replace=(GAP,), generator="geometry", repeats="skip")
    result = run(path, tmp_path / "run", options)
    assert result.generated_frames == 10
    film, clip = probe(result.film), probe(path)
    assert film.colour == clip.colour == colour
    assert film.pixel_format == "yuv420p10le"
    assert roughness(result.film)[10:20].max() < 0.7, "a code of 8 bits is four, 1.2 RMS"
    same = [a == b for a, b in zip(hashes(path), hashes(result.film), strict=True)]
    assert same[:10] == [True] * 10
    if codec == "hevc":
        assert same[20:] == [True] * 10
