from __future__ import annotations

from pathlib import Path

import pytest

from cli.command import Command
from landfast.media.decode import decode
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
def anchors(karma: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two real frames of the bundled clip, fifteen frames apart, as PNG files."""
    folder = tmp_path_factory.mktemp("anchors")
    clip = probe(karma)
    span = Span(start=clip.time_of(150), stop=clip.time_of(166))
    images = [picture.rgb() for picture in decode(karma, clip, span=span)]
    files = folder / "start.png", folder / "end.png"
    for file, image in zip(files, (images[0], images[-1]), strict=True):
        save_image(file, image)
    return files
