from fractions import Fraction
from pathlib import Path

import pytest

from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.model.clip import Colour

RATE = Fraction(30000, 1001)
BT709 = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")


@pytest.fixture(scope="session")
def flight(karma: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled flight from 0 to 7.5 s, 480 wide."""
    return _flight(karma, tmp_path_factory.mktemp("guides") / "flight.mp4", 480, 270)


@pytest.fixture(scope="session")
def small(karma: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same 320 wide, for code that needs no take to pass."""
    return _flight(karma, tmp_path_factory.mktemp("small") / "flight.mp4", 320, 180)


def _flight(source: Path, path: Path, width: int, height: int) -> Path:
    with Encoder(
        path, width=width, height=height, time_base=1 / RATE, colour=BT709, fps=RATE,
        key_interval=15,
    ) as encoder:  # fmt: skip
        for picture in decode(source):
            if picture.time > 7.5:
                break
            encoder.write(picture.rgb(width), tick=picture.index, duration=1)
    return path
