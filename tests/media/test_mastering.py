"""How HDR10 footage was mastered is told by every codec, and nothing else becomes another."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from landfast.media.codings import Codec
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.media.mastering import Mastering, mastering_of
from landfast.media.probe import probe
from landfast.model.clip import Clip, Colour

HDR10 = Mastering((13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10000000, 50), (1000, 400))
LIGHT = Mastering(None, (1000, 200))
COLOUR = Colour(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc", range="limited")


def written(path: Path, codec: Codec, pixel_format: str, told: Mastering | None) -> Clip:
    images = np.random.default_rng(0).integers(0, 65535, (3, 90, 64, 3)).astype(np.uint16)
    with Encoder(
        path,
        width=64,
        height=90,
        time_base=Fraction(1, 30000),
        codec=codec,
        colour=COLOUR,
        pixel_format=pixel_format,
        fps=Fraction(30000, 1001),
        rotation=90,
        sample_aspect=Fraction(4, 3),
        timecode=None if path.suffix == ".mkv" else "01:00:00:00",
        mastering=told,
    ) as encoder:
        for k, image in enumerate(images):
            encoder.write(image, tick=1001 * k, duration=1001)
    return probe(path)


@pytest.mark.parametrize(
    ("codec", "pixel_format", "suffix"),
    [
        ("prores", "yuv422p10le", ".mov"),
        ("prores", "yuv444p10le", ".mov"),
        ("ffv1", "yuv420p10le", ".mkv"),
        ("hevc", "yuv420p10le", ".mp4"),
    ],
)
@pytest.mark.parametrize("told", [HDR10, LIGHT], ids=["display and light", "light alone"])
def test_it_is_told_and_all_else_stays(
    tmp_path: Path, codec: Codec, pixel_format: str, suffix: str, told: Mastering
) -> None:
    plain, hdr = tmp_path / f"plain{suffix}", tmp_path / f"hdr{suffix}"
    clips = [
        written(plain, codec, pixel_format, None),
        written(hdr, codec, pixel_format, told),
    ]
    alike = {"content": clips[1].content, "name": clips[1].name}
    assert clips[0].model_copy(update=alike) == clips[1]
    assert {mastering_of(picture.native) for picture in decode(plain)} == {None}
    assert {mastering_of(picture.native) for picture in decode(hdr)} == {told}
    shown = [[picture.rgb16() for picture in decode(path)] for path in (plain, hdr)]
    assert all(np.array_equal(*both) for both in zip(*shown, strict=True))
    tags = []
    for path in (plain, hdr):
        with av.open(str(path)) as film:
            tags.append(
                (film.streams.video[0].codec_context.codec_tag, film.streams.video[0].profile)
            )
    assert tags[0] == tags[1]
