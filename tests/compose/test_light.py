"""HDR footage says how it was mastered in every part of the film, copied or coded anew."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import pytest

from compose.clips import images, negative
from landfast.compose.film import assemble, film_name
from landfast.compose.light import light_units
from landfast.media.decode import decode
from landfast.media.mastering import Mastering, mastering_of
from landfast.media.probe import probe
from landfast.model.outcome import Keep
from scenes import write_video

MASTERED = (
    "keyint=8:open-gop=0:log-level=none:hdr10=1:repeat-headers=1:"
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):"
    "max-cll=1000,400"
)


def told(path: Path) -> list[frozenset[str]]:
    """What each key picture says about light."""
    names = ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL")
    with av.open(str(path)) as container:
        return [
            frozenset(one.type.name for one in frame.side_data if one.type.name in names)
            for frame in container.decode(video=0)
            if frame.key_frame
        ]


def test_every_key_picture_of_the_film_says_it(tmp_path: Path) -> None:
    path = write_video(
        tmp_path / "clip.mp4",
        images(),
        codec="libx265",
        pix_fmt="yuv420p10le",
        options={"x265-params": MASTERED},
    )
    clip = probe(path)
    assert all(len(one) == 2 for one in told(path))
    made = assemble(path, clip, [negative(path, clip, range(13, 20))], tmp_path / "final.mp4")
    assert made.film.method == "packets copied"
    assert made.film.exact == made.kept
    assert all(len(one) == 2 for one in told(tmp_path / "final.mp4"))


@pytest.mark.parametrize("keep", ["close", "intermediate", "lossless"])
def test_films_that_are_encoded_as_a_whole_say_it_too(tmp_path: Path, keep: Keep) -> None:
    path = write_video(
        tmp_path / "clip.mp4",
        itertools.islice(images(), 12),
        codec="libx265",
        pix_fmt="yuv420p10le",
        options={"x265-params": MASTERED},
    )
    clip = probe(path)
    out = tmp_path / film_name(keep, clip)
    assemble(path, clip, [negative(path, clip, range(4, 7))], out, keep=keep)
    (told,) = {mastering_of(picture.native) for picture in decode(out)}
    assert told == Mastering(
        (13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10000000, 1), (1000, 400)
    )


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body


@pytest.mark.parametrize(("coding", "head"), [("h264", b"\x06"), ("hevc", b"\x4e\x01")])
def test_only_what_is_about_light_is_taken(coding, head: bytes) -> None:
    words, light = message(5, b"made by an encoder"), message(144, b"\x03\xe8\x01\x90")
    (unit,) = light_units(coding, [head + words + light + b"\x80", b"\x41rest"])
    assert unit == head + light + b"\x80"
    assert light_units(coding, [head + words + b"\x80"]) == ()


def test_zeros_are_kept_apart_from_start_codes() -> None:
    stored = b"\x06" + message(144, b"\x00\x00\x03\x01\x90").replace(b"\x05", b"\x04", 1) + b"\x80"
    assert light_units("h264", [stored]) == (stored,)


def test_a_message_cut_short_is_left_out() -> None:
    assert light_units("h264", [b"\x06" + bytes([144, 200]) + b"\x01\x02\x80"]) == ()
