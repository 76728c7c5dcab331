from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from landfast.conduct.take import generate
from landfast.errors import InputError, Unsupported
from landfast.media.decode import decode, still
from landfast.media.probe import probe
from landfast.media.stills import save_image
from landfast.model.take import Take
from landfast.model.time import Span

RATE = Fraction(30000, 1001)


@pytest.fixture(scope="module")
def pair(karma: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pair")
    clip = probe(karma)
    for name, index in (("a.png", 60), ("b.png", 68)):
        save_image(folder / name, still(karma, clip, clip.time_of(index)).rgb())
    return folder / "a.png", folder / "b.png"


def make(pair: tuple[Path, Path], out: Path, **more: object) -> Take:
    options = {"frames": 9, "fps": RATE, "out": out} | more
    return generate(start=pair[0], end=pair[1], **options)  # type: ignore[arg-type]


def test_a_lossless_take_begins_and_ends_with_the_anchors(
    pair: tuple[Path, Path], karma: Path, tmp_path: Path
) -> None:
    take = make(pair, tmp_path / "take.mkv")
    images = [picture.rgb() for picture in decode(tmp_path / "take.mkv")]
    clip = probe(karma)
    assert len(images) == take.frames == 9
    for image, index in ((images[0], 60), (images[-1], 68)):
        real = still(karma, clip, clip.time_of(index)).rgb()
        assert np.abs(image.astype(int) - real).mean() < 1


def test_auto_makes_one_take_by_geometry_and_a_list_goes_on_where_one_cannot(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    assert make(pair, tmp_path / "a.mkv", generator="auto").generator == "geometry"
    # gen4.5 takes no last frame: refused before any cost, so the next one is asked.
    found = make(pair, tmp_path / "b.mkv", generator="runway:gen4.5,geometry", frames=9)
    assert found.generator == "geometry"
    with pytest.raises(Unsupported):
        make(pair, tmp_path / "c.mkv", generator="runway:gen4.5", frames=9)


def test_the_rate_is_exact(pair: tuple[Path, Path], tmp_path: Path) -> None:
    make(pair, tmp_path / "take.mp4")
    clip = probe(tmp_path / "take.mp4")
    assert clip.fps == RATE and clip.frames == 9


def test_the_footage_around_changes_the_take(
    pair: tuple[Path, Path], karma: Path, tmp_path: Path
) -> None:
    clip = probe(karma)
    span = Span(start=clip.time_of(60), stop=clip.time_of(68))
    alone = make(pair, tmp_path / "alone.mkv")
    within = make(pair, tmp_path / "within.mkv", footage=karma, span=span)
    assert alone.sha256 != within.sha256 and alone.request != within.request


def test_the_same_request_gives_the_same_bytes(pair: tuple[Path, Path], tmp_path: Path) -> None:
    takes = [make(pair, tmp_path / name) for name in ("one.mp4", "two.mp4")]
    assert takes[0].sha256 == takes[1].sha256


def test_a_suffix_that_is_no_video(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.mp4"):
        make(pair, tmp_path / "take.txt")


def test_a_constraint_that_cannot_be_honoured_is_refused(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(Unsupported):
        make(pair, tmp_path / "take.mp4", prompt="a dragon lands")
    assert not list(tmp_path.iterdir())
