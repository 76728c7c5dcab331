"""Every block of code in the guides is run, in the order in which it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.model.clip import Colour

GUIDES = sorted((Path(__file__).parents[2] / "docs" / "guides").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RATE = Fraction(30000, 1001)
BT709 = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")


@pytest.fixture(scope="module")
def flight(karma: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled flight from 0 to 7.5 s, 480 wide."""
    path = tmp_path_factory.mktemp("guides") / "flight.mp4"
    with Encoder(
        path, width=480, height=270, time_base=1 / RATE, colour=BT709, fps=RATE, key_interval=15
    ) as encoder:
        for picture in decode(karma):
            if picture.time > 7.5:
                break
            encoder.write(picture.rgb(480), tick=picture.index, duration=1)
    return path


def test_there_are_guides() -> None:
    assert {"verify-any-clip", "run-a-consistency-study", "choose-a-workflow"} <= {
        one.stem for one in GUIDES
    }


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_code_of_a_guide_runs(guide: Path, flight: Path, tmp_path: Path) -> None:
    (tmp_path / "flight.mp4").symlink_to(flight)
    blocks = BLOCK.findall(guide.read_text(encoding="utf-8"))
    assert blocks
    bin_folder = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    for language, code in blocks:
        command = {"sh": ["bash", "-e", "-c", code], "python": [sys.executable, "-c", code]}
        done = subprocess.run(
            command[language],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode in ACCEPTED.get(guide.stem, (0,)), f"{code}\n{done.stderr}"


ACCEPTED = {"choose-a-workflow": (0, 1)}
"""Whether a film's transition passes on the small clip is not what a guide is about."""
