from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from landfast.conduct import analyse, planner
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.model.clip import Clip, Colour
from landfast.model.time import Span
from landfast.vision.analysis import onepass as observing
from landfast.vision.gap.measure import End

SHORT_FRAMES = 36
_SEEN: dict[str, Any] = {}
_GAPS: dict[tuple[object, ...], Any] = {}


@pytest.fixture
def measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what follows the measuring: equal clips and gaps are measured once for all."""
    observe, measure_gap = observing.observe, planner.measure_gap

    def seen(path: Path, clip: Clip, **_: object) -> object:
        if clip.content not in _SEEN:
            _SEEN[clip.content] = observe(path, clip, threads=1)
        return _SEEN[clip.content]

    def gap(first: End, last: End, **named: object) -> object:
        key = (first.image.tobytes(), last.image.tobytes(), repr(named))
        if key not in _GAPS:
            _GAPS[key] = measure_gap(first, last, **named)
        return _GAPS[key]

    monkeypatch.setattr(analyse, "begin", lambda *_, **__: None)
    monkeypatch.setattr(observing, "observe", seen)
    monkeypatch.setattr(planner, "measure_gap", gap)


@pytest.fixture(scope="session")
def short(karma: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 frames of the bundled flight, 320 wide, at 25 fps, a key frame every 8."""
    path = tmp_path_factory.mktemp("short") / "short.mp4"
    bt709 = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="limited")
    span = Span(start=Fraction(4), stop=Fraction(6))
    with Encoder(
        path, width=320, height=180, time_base=Fraction(1, 25), colour=bt709, key_interval=8
    ) as encoder:
        for number, picture in enumerate(decode(karma, span=span)):
            if number == SHORT_FRAMES:
                break
            encoder.write(picture.rgb(320), tick=number, duration=1)
    return path


@pytest.fixture(scope="session")
def told() -> Callable[[str, int, int], None]:
    """Progress that nobody looks at."""
    return lambda stage, done, total: None
