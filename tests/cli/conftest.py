from __future__ import annotations

from pathlib import Path

import pytest

from cli.command import Command
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.media.probe import probe
from landfast.media.stills import save_image
from landfast.model.time import Span


@pytest.fixture
def landfast(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """The console script, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return Command(monkeypatch, capsys)


@pytest.fixture(scope="session")
def flight(karma: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty frames of the bundled clip, 480 wide, with their sound left out."""
    path = tmp_path_factory.mktemp("flight") / "flight.mp4"
    clip = probe(karma)
    span = Span(start=clip.time_of(130), stop=clip.time_of(190))
    base = clip.time_base
    with Encoder(path, width=480, height=270, time_base=base, key_interval=8) as encoder:
        for picture in decode(karma, clip, span=span):
            tick = clip.ticks[picture.index] - clip.ticks[130]
            encoder.write(picture.rgb(480), tick=tick, duration=clip.ticks[1] - clip.ticks[0])
    return path


@pytest.fixture(scope="session")
def anchors(flight: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two real frames of the flight, fifteen frames apart, as PNG files."""
    folder = tmp_path_factory.mktemp("anchors")
    clip = probe(flight)
    span = Span(start=clip.time_of(20), stop=clip.time_of(36))
    images = [picture.rgb() for picture in decode(flight, clip, span=span)]
    files = folder / "start.png", folder / "end.png"
    for file, image in zip(files, (images[0], images[-1]), strict=True):
        save_image(file, image)
    return files
