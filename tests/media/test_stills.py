"""Stills: identity, formats, and the stills of a clip."""

from __future__ import annotations

import json
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landfast.errors import InputError
from landfast.media.decode import _owners, begin_stills, decode, stills
from landfast.media.dimensions import picture_size
from landfast.media.files import sha256_file
from landfast.media.probe import probe
from landfast.media.stills import extract_stills, image_id, load_image, save_image
from landfast.model.clip import Clip

IMAGE = cv2.GaussianBlur(
    np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8), (0, 0), 4
)


@pytest.mark.parametrize(
    ("name", "loss"), [("a.png", 0), ("a.webp", 0), ("a.jpg", 4), ("a.JPEG", 4)]
)
def test_there_and_back(name: str, loss: int, tmp_path: Path) -> None:
    save_image(tmp_path / name, IMAGE)
    back = load_image(tmp_path / name)
    assert back.shape == IMAGE.shape and np.abs(back.astype(int) - IMAGE).max() <= loss
    assert picture_size((tmp_path / name).read_bytes()) == (56, 40)


def test_sixteen_bit_and_grey(tmp_path: Path) -> None:
    save_image(tmp_path / "deep.png", IMAGE.astype(np.uint16) * 257)
    assert np.array_equal(load_image(tmp_path / "deep.png"), IMAGE)
    save_image(tmp_path / "grey.png", IMAGE[..., 0])
    assert np.array_equal(load_image(tmp_path / "grey.png")[..., 1], IMAGE[..., 0])
    with pytest.raises(InputError, match="cannot hold 16 bit; use png"):
        save_image(tmp_path / "deep.jpg", IMAGE.astype(np.uint16))


def test_identity_is_of_the_pixels() -> None:
    assert image_id(IMAGE) == image_id(np.asfortranarray(IMAGE.copy()))
    changed = IMAGE.copy()
    changed[3, 4, 1] ^= 1
    others = [changed, IMAGE.reshape(56, 40, 3), IMAGE.astype(np.uint16), IMAGE[:, ::-1]]
    assert len({image_id(IMAGE), *map(image_id, others)}) == 5


def png_claiming(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


BAD: list[tuple[str, bytes | None, str]] = [
    ("a.png", None, "does not exist"),
    ("a.png", b"", "is not a picture"),
    ("a.png", b"some words", "is not a picture"),
    ("a.png", png_claiming(60000, 60000), "claims 60000x60000 pixels"),
    ("a.png", png_claiming(30, 30), "is a damaged picture"),
    ("a.bmp", b"BM" + bytes(100), "is not a picture"),
]


@pytest.mark.parametrize(("name", "data", "words"), BAD)
def test_bad_pictures(name: str, data: bytes | None, words: str, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=words) as caught:
        load_image(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value) and caught.value.remedy


def test_no_such_format(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.gif: has no picture suffix; use png, jpg or webp"):
        save_image(tmp_path / "a.gif", IMAGE)


@given(
    st.binary(max_size=200), st.sampled_from([b"\xff\xd8", b"RIFF....WEBP", b"\x89PNG\r\n\x1a\n"])
)
def test_size_of_any_bytes_never_fails(tail: bytes, head: bytes) -> None:
    size = picture_size(head + tail)
    assert size is None or all(side >= 0 for side in size)


@pytest.mark.parametrize("format", ["png", "jpg", "webp"])
def test_stills_of_a_clip(format: Any, karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    times = [Fraction(2), Fraction(1, 2), Fraction(2) + Fraction(1, 1000)]
    seen: list[tuple[int, int]] = []
    folder = tmp_path / "deep" / "stills"
    listing = extract_stills(
        karma,
        karma_clip,
        times,
        folder,
        format,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert json.loads((folder / "frames.json").read_text()) == listing
    assert seen == [(1, 2), (2, 2)]
    assert [entry["source_index"] for entry in listing["frames"]] == [14, 59]
    for entry in listing["frames"]:
        assert Fraction(entry["time"]) == karma_clip.time_of(entry["source_index"])
        assert entry["time_s"] == float(Fraction(entry["time"]))
        assert entry["sha256"] == sha256_file(folder / entry["file"])
        assert entry["file"].endswith(format)
    names = {entry["file"] for entry in listing["frames"]} | {"frames.json"}
    assert {path.name for path in folder.iterdir()} == names
    if format != "jpg":
        wanted = {p.index: p.rgb() for p in decode(karma, karma_clip) if p.index in (14, 59)}
        for entry in listing["frames"]:
            assert np.array_equal(load_image(folder / entry["file"]), wanted[entry["source_index"]])


def test_stills_outside_leave_nothing(karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no frame at 99"):
        extract_stills(karma, karma_clip, [Fraction(1), Fraction(99)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def _moving(index: int) -> np.ndarray[Any, Any]:
    shift = np.float32([[1, 0, -2.5 * index], [0, 1, -1.5 * index]])
    wide = cv2.resize(IMAGE, (640, 400), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.warpAffine(wide, shift, (160, 96), borderMode=cv2.BORDER_REFLECT))


def _written(path: Path, codec: str, options: dict[str, str], frames: int = 70) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for index in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(_moving(index), "rgb24")))
        container.mux(stream.encode())
    return path


CODED: list[tuple[str, str, dict[str, str]]] = [
    ("a.mp4", "libx264", {"g": "250", "bf": "3", "b-pyramid": "normal"}),
    ("a.mp4", "libx264", {"g": "12", "bf": "3", "flags": "-cgop", "x264-params": "open-gop=1"}),
    ("a.mkv", "libx264", {"g": "12", "bf": "2"}),
    ("a.ts", "libx264", {"g": "12", "bf": "2"}),
    ("a.mp4", "libx265", {"x265-params": "keyint=12:bframes=4:log-level=none"}),
    ("a.avi", "mpeg4", {"g": "12", "bf": "2"}),
]


@pytest.mark.parametrize(("name", "codec", "options"), CODED)
@pytest.mark.parametrize("wanted", [(0, 11, 12, 47, 48, 69), (31,), tuple(range(5, 70, 7))])
def test_what_is_left_out_does_not_show(
    name: str, codec: str, options: dict[str, str], wanted: tuple[int, ...], tmp_path: Path
) -> None:
    path = _written(tmp_path / name, codec, options)
    clip = probe(path)
    wanted = tuple(index for index in wanted if index < clip.frames)
    whole = {picture.index: picture.rgb() for picture in decode(path, clip)}
    times = [clip.time_of(index) for index in wanted]
    ways = [stills(path, clip, times, threads=1), stills(path, clip, times, threads=3)]
    for way in [*ways, begin_stills(path, clip, times)]:
        found = {picture.index: picture.rgb() for picture in way}
        assert tuple(found) == wanted
        assert all(np.array_equal(found[index], whole[index]) for index in wanted)


def test_places_take_turns_and_the_last_begins_at_once() -> None:
    assert _owners(5, 2) == [0, 1, 0, 1, 2]
    assert (_owners(1, 8), _owners(0, 8)) == ([0], [])


OPEN: list[tuple[str, str, dict[str, str]]] = [
    ("a.mp4", "libx264", {"g": "12", "bf": "3", "flags": "-cgop", "x264-params": "open-gop=1"}),
    ("a.mp4", "libx264", {"g": "12", "bf": "2", "b-pyramid": "normal"}),
    ("a.mp4", "libx265", {"x265-params": "keyint=12:bframes=4:open-gop=1:log-level=none"}),
    ("a.mp4", "libx265", {"x265-params": "keyint=12:bframes=3:open-gop=0:log-level=none"}),
]


@pytest.mark.parametrize(("name", "codec", "options"), OPEN)
def test_the_decoder_goes_on_after_a_flush(
    name: str, codec: str, options: dict[str, str], tmp_path: Path
) -> None:
    """Each still of a group empties the decoder; the next group starts at a key frame far on."""
    path = _written(tmp_path / name, codec, options)
    clip = probe(path)
    whole = {picture.index: picture.rgb() for picture in decode(path, clip)}
    for first in (0, 10, 11, 12, 13):
        for second in (34, 35, 36, 37):
            wanted = (first, second, second + 1, 69)
            found = {p.index: p.rgb() for p in stills(path, clip, map(clip.time_of, wanted))}
            assert tuple(found) == wanted
            assert all(np.array_equal(found[index], whole[index]) for index in wanted)


def test_a_damaged_clip_stops_the_stills(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.mp4", "libx264", {"g": "12"})
    clip = probe(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    path.write_bytes(data)
    with pytest.raises(InputError, match="is damaged"):
        extract_stills(path, clip, [clip.time_of(k) for k in range(clip.frames)], tmp_path / "out")
    assert not (tmp_path / "out" / "frames.json").exists()
