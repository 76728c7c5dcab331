"""What is written is what is read: pixels, times, tags, sound, the same bytes every time."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from landfast.errors import InputError
from landfast.media.codings import CODINGS, Codec, encoder_options, fitting_format
from landfast.media.decode import decode
from landfast.media.encode import Encoder
from landfast.media.files import sha256_file
from landfast.media.probe import probe
from landfast.media.sound import Sound
from landfast.model.clip import Clip, Colour, Rotation
from landfast.model.time import Span

from .footage import TICK, numbered

SMOOTH = cv2.GaussianBlur(
    np.random.default_rng(5).integers(0, 256, (64, 96, 3), dtype=np.uint8), (0, 0), 3
)
FULL_709 = Colour(primaries="bt709", transfer="bt709", matrix="bt709", range="full")
PQ = Colour(primaries="bt2020", transfer="smpte2084", matrix="bt2020nc", range="limited")


def write(path: Path, ticks: list[int], image: np.ndarray[Any, Any] = SMOOTH, **how: Any) -> Path:
    settings: dict[str, Any] = {"width": 96, "height": 64, "time_base": TICK, "quality": "draft"}
    bounds = [*ticks, ticks[-1] + 33]
    with Encoder(path, **(settings | how)) as encoder:
        for tick, stop in zip(ticks, bounds[1:], strict=True):
            encoder.write(image, tick=tick, duration=stop - tick)
    return path


def first_rgb(path: Path) -> np.ndarray[Any, Any]:
    return next(decode(path)).rgb()


def psnr(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return float(10 * np.log10(np.iinfo(a.dtype).max ** 2 / max(error, 1e-9)))


@pytest.mark.parametrize("range_", ["full", "limited"])
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt2020nc"])
def test_there_and_back_at_full_chroma(range_: Any, matrix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    colour = Colour(matrix=matrix, range=range_)
    path = write(tmp_path / "a.mkv", [0], noise, codec="ffv1", colour=colour)
    clip = probe(path)
    assert (clip.colour.matrix, clip.colour.range) == (matrix, range_)
    back = first_rgb(path)
    # Three rounded planes cannot tell all 8 bit colours apart: 2 is the exact formulas' own loss.
    assert np.abs(back.astype(int) - noise).max() <= 2
    assert psnr(back, noise) > 45
    deep = write(
        tmp_path / "b.mkv", [0], noise, codec="ffv1", colour=colour, pixel_format="yuv444p10le"
    )
    assert np.abs(first_rgb(deep).astype(int) - noise).max() <= 1


def test_sixteen_bit_there_and_back(tmp_path: Path) -> None:
    image = np.random.default_rng(2).integers(0, 65536, (64, 96, 3), dtype=np.uint16)
    path = write(tmp_path / "a.mkv", [0], image, codec="ffv1", pixel_format="yuv444p16le")
    assert np.abs(next(decode(path)).rgb16().astype(int) - image).max() <= 2


LOSSES: list[tuple[Codec, str, str, float]] = [
    ("h264", ".mp4", "yuv420p", 38),
    ("h264", ".mkv", "yuv444p10le", 38),
    ("hevc", ".mp4", "yuv420p10le", 34),
    ("hevc", ".mov", "yuv420p", 34),
    ("prores", ".mov", "yuv422p10le", 40),
    ("ffv1", ".mkv", "yuv420p", 45),
]


@pytest.mark.parametrize(("codec", "suffix", "pixel_format", "least"), LOSSES)
@pytest.mark.parametrize("range_", ["full", "limited"])
def test_every_codec(
    codec: Codec, suffix: str, pixel_format: str, least: float, range_: Any, tmp_path: Path
) -> None:
    colour = FULL_709.model_copy(update={"range": range_})
    ticks = [0, 7, 40, 60, 200]
    path = write(
        tmp_path / f"a{suffix}", ticks, codec=codec, colour=colour, pixel_format=pixel_format
    )
    clip = probe(path)
    assert clip.codec == codec and clip.frames == len(ticks)
    assert psnr(first_rgb(path), SMOOTH) > least
    stored = "limited" if codec == "prores" else range_
    assert clip.colour == colour.model_copy(update={"range": stored})
    if suffix in (".mp4", ".mov"):
        assert clip.time_base == TICK and clip.ticks == tuple(ticks) and clip.end_tick == 233
    else:
        assert [float(clip.time_of(i)) for i in range(5)] == pytest.approx(
            [tick / 600 for tick in ticks], abs=0.001
        )


def test_hdr_tags(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [0, 20], codec="hevc", colour=PQ, pixel_format="yuv420p10le")
    clip = probe(path)
    assert clip.colour == PQ and clip.bit_depth == 10
    with av.open(str(path)) as source:
        assert source.streams.video[0].codec_tag == "hvc1"


def test_unstated_colour_is_tagged_as_converted(tmp_path: Path) -> None:
    clip = probe(write(tmp_path / "a.mp4", [0, 20]))
    assert (clip.colour.matrix, clip.colour.range) == ("smpte170m", "limited")
    assert clip.colour.primaries is None and clip.colour.transfer is None


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_upright_in_upright_out(rotation: Rotation, tmp_path: Path) -> None:
    image = numbered(0b10010110)
    path = write(tmp_path / "a.mp4", [0, 20], image, rotation=rotation, quality="master")
    clip = probe(path)
    assert clip.rotation == rotation and (clip.width, clip.height) == (96, 64)
    assert psnr(first_rgb(path), image) > 28
    with av.open(str(path)) as source:
        stored = source.streams.video[0]
        assert (stored.width, stored.height) == ((64, 96) if rotation in (90, 270) else (96, 64))


def test_timecode_and_pixel_shape(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.mp4",
        [0, 20],
        timecode="01:02:03:04",
        sample_aspect=Fraction(4, 3),
        fps=Fraction(25),
    )
    clip = probe(path)
    assert clip.timecode == "01:02:03:04" and clip.sample_aspect == Fraction(4, 3)


@pytest.mark.parametrize("codec", ["ffv1", "h264"])
def test_matroska_keeps_the_shape_of_pixels(codec: Codec, tmp_path: Path) -> None:
    path = write(tmp_path / "a.mkv", [0, 20], codec=codec, sample_aspect=Fraction(3, 2))
    assert probe(path).sample_aspect == Fraction(3, 2)
    with av.open(str(path), options={"err_detect": "crccheck+explode"}) as source:
        assert source.streams.video[0].sample_aspect_ratio == Fraction(3, 2)
        assert len(list(source.decode(video=0))) == 2


def test_key_frames_are_where_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", list(range(0, 600, 20)), key_interval=5)
    with av.open(str(path)) as source:
        keys = [p.pts for p in source.demux(video=0) if p.size and p.is_keyframe]
    assert keys == list(range(0, 600, 100))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_shorter_than_the_encoders_delay(codec: Codec, count: int, tmp_path: Path) -> None:
    ticks = [0, 300, 310, 400][:count]
    clip = probe(write(tmp_path / "a.mp4", ticks, codec=codec, quality="good"))
    assert clip.ticks == tuple(ticks) and clip.end_tick == ticks[-1] + 33


@pytest.mark.parametrize("codec", ["h264", "hevc", "prores", "ffv1"])
def test_same_bytes_every_time(codec: Codec, karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    span = Span(start=Fraction(2), stop=Fraction(12, 5))
    pictures = [p.rgb() for p in decode(karma, karma_clip, span=span)]
    sums = set()
    for turn in range(4 if codec == "h264" else 2):
        path = tmp_path / f"{turn}{CODINGS[codec].suffixes[0]}"
        with Encoder(
            path, width=854, height=480, time_base=TICK, codec=codec, colour=karma_clip.colour
        ) as encoder:
            for number, picture in enumerate(pictures):
                encoder.write(picture, tick=20 * number, duration=20)
        sums.add(sha256_file(path))
    assert len(sums) == 1


@pytest.mark.parametrize("found", [True, False])
def test_x264_keeps_to_code_that_repeats(found: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its AVX-512 code differs in about one run of ten: too seldom to be caught by repeating."""
    monkeypatch.setattr(cv2, "checkHardwareSupport", lambda feature: found)
    options = encoder_options("h264", "good", (1920, 1080), "yuv420p")
    assert options.get("x264-params") == ("asm=AVX2" if found else None)


def test_ffv1_is_written_at_8k(tmp_path: Path) -> None:
    path = tmp_path / "large.mkv"
    picture = np.full((4320, 7680, 3), 90, np.uint8)
    with Encoder(path, width=7680, height=4320, time_base=Fraction(1, 25), codec="ffv1") as video:
        video.write(picture, tick=0, duration=1)
    assert (next(decode(path)).rgb() == picture).all()


def test_decoded_frames_go_through_untouched(karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    span = Span(start=Fraction(3), stop=Fraction(7, 2))
    path = tmp_path / "a.mp4"
    planes = []
    with Encoder(
        path,
        width=854,
        height=480,
        time_base=karma_clip.time_base,
        colour=karma_clip.colour,
        quality="lossless",
    ) as encoder:
        for number, picture in enumerate(decode(karma, karma_clip, span=span)):
            pts = picture.native.pts
            encoder.write(picture.native, tick=3003 * number, duration=3003)
            assert picture.native.pts == pts
            planes.append(picture.rgb())
    written = [picture.rgb() for picture in decode(path)]
    assert len(written) == len(planes) == 15
    assert all(np.array_equal(a, b) for a, b in zip(written, planes, strict=True))


def test_native_frame_of_another_format_is_converted(tmp_path: Path) -> None:
    source = write(tmp_path / "a.mkv", [0], codec="ffv1", colour=FULL_709)
    picture = next(decode(source))
    path = tmp_path / "b.mkv"
    limited = FULL_709.model_copy(update={"range": "limited"})
    with Encoder(
        path, width=96, height=64, time_base=TICK, codec="ffv1", colour=limited
    ) as encoder:
        encoder.write(picture.native, tick=0, duration=20)
    assert probe(path).colour.range == "limited"
    assert np.abs(first_rgb(path).astype(int) - picture.rgb()).max() <= 3


def sound_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as source:
        return [bytes(packet) for packet in source.demux(audio=0) if packet.size]


def test_sound_is_copied_untouched(karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [0, 20, 40], sound=Sound(karma, karma_clip))
    assert sound_of(path) == sound_of(karma)
    clip = probe(path)
    assert clip.audio[0].codec == "aac" and clip.audio[0].start == 0
    assert clip.frames == 3


def test_sound_of_a_span_stays_in_step(karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    span = Span(start=Fraction(3), stop=Fraction(5))
    path = write(tmp_path / "a.mkv", [0, 600, 1180], sound=Sound(karma, karma_clip, span))
    with av.open(str(karma)) as source:
        clock = {bytes(p): p.pts * p.time_base for p in source.demux(audio=0) if p.size}
    with av.open(str(path)) as source:
        copied = [(bytes(p), p.pts * p.time_base) for p in source.demux(audio=0) if p.size]
    zero = probe(path).start
    assert 93 <= len(copied) <= 96
    for data, time in copied:
        assert abs(float(clock[data] - (time - zero)) - 3) < 0.0011


def test_sound_that_does_not_fit(karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    pcm = tmp_path / "pcm.mov"
    with av.open(str(pcm), "w") as output:
        picture: Any = output.add_stream("libx264", 30)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        track: Any = output.add_stream("pcm_s24be", 48000)
        wave = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.int32), "s32", "stereo")
        wave.sample_rate = 48000
        output.mux(track.encode(wave))
        output.mux(picture.encode(av.VideoFrame(64, 64, "yuv420p")))
        output.mux(picture.encode(None))
        output.mux(track.encode(None))
    clip = probe(pcm)
    assert clip.audio[0].codec == "pcm_s24be"
    assert sound_of(write(tmp_path / "a.mov", [0, 20], sound=Sound(pcm, clip))) == sound_of(pcm)
    with pytest.raises(InputError, match=r"a\.avi: cannot hold .* sound"):
        write(tmp_path / "a.avi", [0, 20], codec="ffv1", sound=Sound(pcm, clip))
    assert not (tmp_path / "a.avi").exists()


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "a.webm", "cannot hold h264; use .mp4 or .mov or .mkv"),
    ({"codec": "prores"}, "a.mp4", "cannot hold prores"),
    ({"codec": "prores", "quality": "lossless"}, "a.mov", "no lossless quality"),
    ({"pixel_format": "rgb24"}, "a.mp4", "cannot be written as rgb24; use one of yuv420p"),
    ({"width": 95}, "a.mp4", "needs even sizes, got 95x64"),
    ({"width": 64}, "a.mp4", "frame of 96x64 pixels for a file of 64x64"),
    ({"colour": Colour(matrix="ictcp")}, "a.mp4", "not a colour matrix that can be written"),
    ({"colour": Colour(transfer="film")}, "a.mp4", "not a name FFmpeg knows: 'film'"),
]


@pytest.mark.parametrize(("how", "name", "words"), WRONG)
def test_wrong_settings(how: dict[str, Any], name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        write(tmp_path / name, [0, 20], **how)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ticks", [[0, 0], [20, 10]])
def test_time_runs_forward(ticks: list[int], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not follow"):
        write(tmp_path / "a.mp4", ticks)
    assert not list(tmp_path.iterdir())


def test_nothing_half_written(tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    target.write_bytes(b"old")
    how = {"width": 96, "height": 64, "time_base": TICK}
    with pytest.raises(KeyboardInterrupt), Encoder(target, **how) as encoder:  # type: ignore[arg-type]
        encoder.write(SMOOTH, tick=0, duration=20)
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]


def test_no_frames(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="got no frames"),
        Encoder(tmp_path / "a.mp4", width=96, height=64, time_base=TICK),
    ):
        pass
    assert not list(tmp_path.iterdir())


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: a full disk, for the writer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("codec", "name"), [("ffv1", "a.mkv"), ("h264", "a.mp4")])
def test_disk_that_fills_up(codec: Codec, name: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (480, 854, 3), dtype=np.uint8)
    with at_most(200_000), pytest.raises(InputError, match=rf"{name}: does not fit"):
        write(tmp_path / name, list(range(0, 300, 20)), noise, codec=codec, width=854, height=480)
    assert not list(tmp_path.iterdir())


def test_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no/a\.mp4: does not exist"):
        write(tmp_path / "no" / "a.mp4", [0])


@pytest.mark.parametrize(
    ("codec", "given", "wanted"),
    [
        ("h264", "yuvj420p", "yuv420p"),
        ("h264", "yuv420p10le", "yuv420p10le"),
        ("h264", "yuv420p12le", "yuv420p"),
        ("prores", "yuv420p", "yuv422p10le"),
        ("prores", "yuv444p12le", "yuv444p10le"),
        ("ffv1", "yuvj420p", "yuv420p"),
        ("ffv1", "bgra", "yuv444p"),
    ],
)
def test_fitting_format(codec: Codec, given: str, wanted: str) -> None:
    assert fitting_format(codec, given) == wanted


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for codec, coding in CODINGS.items():
        write(tmp_path / f"a{coding.suffixes[0]}", [0, 20], codec=codec)
    assert capfd.readouterr() == ("", "")
