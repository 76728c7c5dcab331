"""Films are proven here without the library's own proof: by digests of decoded frames."""

import shutil
import subprocess
from fractions import Fraction
from importlib import resources
from pathlib import Path

import av
import numpy as np
import pytest

from compose.clips import ENCODINGS, FRAMES, clip_file, hashes, negative, upright_vfr_file
from landfast.compose import film as film_module
from landfast.compose import splice as splice_module
from landfast.compose.film import assemble, film_name
from landfast.errors import InputError
from landfast.media.decode import decode
from landfast.media.probe import probe
from landfast.model.outcome import Keep
from scenes import write_video

REPLACED = range(13, 25)
EXACT = [name for name in ENCODINGS if name.startswith(("h264", "hevc"))]


def _same(a: Path, b: Path) -> set[int]:
    pairs = zip(hashes(a), hashes(b), strict=True)
    return {index for index, (x, y) in enumerate(pairs) if x == y}


@pytest.mark.parametrize("encoding", EXACT)
def test_every_kept_frame_is_bit_exact(tmp_path: Path, encoding: str) -> None:
    path = clip_file(tmp_path, encoding)
    clip = probe(path)
    out = tmp_path / "final.mp4"
    made = assemble(path, clip, [negative(path, clip, REPLACED)], out)
    assert _same(path, out) == set(range(FRAMES)) - set(REPLACED)
    assert made.film.method == "packets copied"
    assert (made.film.exact, made.kept) == (FRAMES - len(REPLACED),) * 2
    assert (made.film.generated, made.film.reason, made.psnr_db) == (len(REPLACED), "", None)
    _shows_negative(path, out)
    assert _times(out) == _times(path)
    _plays_in_ffmpeg(out)


def test_real_frames_beyond_what_may_be_plain_are_close_and_the_film_says_so(
    tmp_path: Path, monkeypatch
) -> None:
    path = clip_file(tmp_path, "h264 10 bit")
    clip = probe(path)
    monkeypatch.setattr(splice_module, "PLAIN_LIMIT_BYTES", 100_000)
    made = assemble(path, clip, [negative(path, clip, REPLACED)], tmp_path / "final.mp4")
    exact = _same(path, tmp_path / "final.mp4")
    assert made.film.method == "packets copied"
    assert made.film.exact == len(exact) < made.kept
    assert "visually lossless" in made.film.reason
    assert made.psnr_db is not None
    assert made.psnr_db > 40
    assert made.film.pixel_format == "yuv420p10le"


@pytest.mark.parametrize(
    ("keep", "encoding", "method", "codec", "pixel_format"),
    [
        ("lossless", "mpeg4", "lossless", "ffv1", "yuv420p"),
        ("lossless", "h264 10 bit", "lossless", "ffv1", "yuv420p10le"),
        ("intermediate", "h264 B", "intermediate", "prores", "yuv422p10le"),
        ("intermediate", "hevc 10 bit", "intermediate", "prores", "yuv422p10le"),
        ("close", "h264 B", "encoded", "h264", "yuv420p"),
    ],
)
def test_the_film_is_written_as_asked_for(
    tmp_path: Path, keep: Keep, encoding: str, method: str, codec: str, pixel_format: str
) -> None:
    path = clip_file(tmp_path, encoding)
    clip = probe(path)
    out = tmp_path / film_name(keep, clip)
    made = assemble(path, clip, [negative(path, clip, REPLACED)], out, keep=keep)
    assert (made.film.method, made.film.codec) == (method, codec)
    assert made.film.pixel_format == probe(out).pixel_format == pixel_format
    kept = set(range(FRAMES)) - set(REPLACED)
    exact = set() if codec == "prores" else _same(path, out) - set(REPLACED)
    assert made.film.exact == len(exact)
    if keep == "lossless":
        assert exact == kept
        assert (made.film.reason, made.psnr_db) == ("", None)
    else:
        assert made.film.reason.startswith(f"{len(kept) - len(exact)} real frames are encoded")
        assert made.psnr_db is not None and made.psnr_db > (36 if codec == "prores" else 42)
    _shows_negative(path, out)
    assert all(
        abs(a - b) <= Fraction(1, 2000) for a, b in zip(_times(path), _times(out), strict=True)
    )


@pytest.mark.parametrize("keep", ["lossless", "intermediate"])
def test_turned_full_range_footage_is_written_as_asked_for(tmp_path: Path, keep: Keep) -> None:
    path, _ = upright_vfr_file(tmp_path / "clip.mp4")
    clip = probe(path)
    out = tmp_path / film_name(keep, clip)
    made = assemble(path, clip, [negative(path, clip, REPLACED)], out, keep=keep)
    result = probe(out)
    assert (result.rotation, result.width, result.height) == (90, 90, 160)
    assert result.timecode == clip.timecode == "01:02:03:04"
    _shows_negative(path, out)
    if keep == "lossless":
        assert made.film.exact == made.kept
        assert result.colour.range == "full"


@pytest.mark.parametrize("encoding", ["mpeg4", "ffv1"])
def test_other_codings_are_encoded_and_say_so(tmp_path: Path, encoding: str) -> None:
    path = clip_file(tmp_path, encoding)
    clip = probe(path)
    made = assemble(path, clip, [negative(path, clip, REPLACED)], tmp_path / "final.mp4")
    assert made.film.method == "encoded"
    assert made.film.reason.startswith("the footage is coded as")
    assert "lossless" in made.film.reason
    assert made.film.exact == len(_same(path, tmp_path / "final.mp4"))
    assert made.psnr_db is not None
    assert made.psnr_db > 42
    _shows_negative(path, tmp_path / "final.mp4")
    assert _times(tmp_path / "final.mp4") == _times(path)


def test_a_copy_that_does_not_stand_the_proof_is_encoded(tmp_path: Path, monkeypatch) -> None:
    path = clip_file(tmp_path, "h264 B")
    clip = probe(path)
    honest = film_module.splice

    def careless(*arguments, **named):
        layout = honest(*arguments, **named)
        # As if the last group had been copied over a reference that is gone.
        draft = arguments[3]
        other = draft.with_name("other.mp4")
        honest(path, clip, [negative(path, clip, range(40, 44))], other)
        other.replace(draft)
        return layout

    monkeypatch.setattr(film_module, "splice", careless)
    made = assemble(path, clip, [negative(path, clip, REPLACED)], tmp_path / "final.mp4")
    assert made.film.method == "encoded"
    assert made.film.reason.startswith("copying packets would have changed 4 frames")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clip.mp4", "final.mp4"]


def test_the_bundled_clip_keeps_every_frame_sound_and_timecode(tmp_path: Path) -> None:
    with resources.as_file(resources.files("landfast") / "data" / "karma.mp4") as path:
        clip = probe(path)
        out = tmp_path / "final.mp4"
        replaced = range(150, 180)
        made = assemble(path, clip, [negative(path, clip, replaced)], out)
        assert _same(path, out) == set(range(362)) - set(replaced)
        assert (made.film.exact, made.kept) == (332, 332)
        assert made.film.audio == "copied untouched"
        assert _sound(path) == _sound(out)
        result = probe(out)
        assert (result.timecode, result.colour, result.pixel_format) == (
            clip.timecode,
            clip.colour,
            "yuvj420p",
        )
        assert result.ticks == clip.ticks
        assert result.time_base == clip.time_base
        assert result.end_tick == clip.end_tick
        _plays_in_ffmpeg(out)


def test_two_transitions_and_one_at_the_start_of_a_group(tmp_path: Path) -> None:
    path = clip_file(tmp_path, "h264 B")
    clip = probe(path)
    out = tmp_path / "final.mp4"
    fills = [negative(path, clip, range(5, 9)), negative(path, clip, range(32, 40))]
    made = assemble(path, clip, fills, out)
    assert _same(path, out) == set(range(FRAMES)) - set(range(5, 9)) - set(range(32, 40))
    assert made.film.generated == 12
    _plays_in_ffmpeg(out)


def test_nothing_to_replace_copies_the_film(tmp_path: Path) -> None:
    path = clip_file(tmp_path, "hevc")
    made = assemble(path, probe(path), [], tmp_path / "final.mp4")
    assert _same(path, tmp_path / "final.mp4") == set(range(FRAMES))
    assert made.film.method == "packets copied"


@pytest.mark.parametrize("forced", ["copied", "encoded"])
def test_rotation_uneven_times_and_timecode_are_kept(
    tmp_path: Path, forced: str, monkeypatch
) -> None:
    path, ticks = upright_vfr_file(tmp_path / "clip.mp4")
    clip = probe(path)
    if forced == "encoded":
        monkeypatch.setattr(film_module, "_fault", lambda *_: "told to")
    made = assemble(path, clip, [negative(path, clip, REPLACED)], tmp_path / "final.mp4")
    result = probe(tmp_path / "final.mp4")
    assert result.rotation == 90
    assert (result.width, result.height) == (90, 160)
    assert [tick * result.time_base for tick in result.ticks] == [Fraction(t, 600) for t in ticks]
    assert result.timecode == clip.timecode == "01:02:03:04"
    assert result.vfr
    _shows_negative(path, tmp_path / "final.mp4")
    if forced == "copied":
        assert made.film.exact == made.kept == FRAMES - len(REPLACED)


def test_overlapping_transitions_are_refused(tmp_path: Path) -> None:
    path = clip_file(tmp_path, "h264")
    clip = probe(path)
    fills = [negative(path, clip, range(5, 9)), negative(path, clip, range(8, 12))]
    with pytest.raises(InputError, match="overlap"):
        assemble(path, clip, fills, tmp_path / "final.mp4")
    assert not (tmp_path / "final.mp4").exists()


def test_the_film_is_the_same_file_every_time(tmp_path: Path) -> None:
    path = clip_file(tmp_path, "h264 B")
    clip = probe(path)
    fill = negative(path, clip, REPLACED)
    made = [assemble(path, clip, [fill], tmp_path / name).film for name in ("a.mp4", "b.mp4")]
    assert made[0].sha256 == made[1].sha256


@pytest.mark.parametrize("encoding", ["h264 long", "hevc open"])
def test_behind_a_change_packets_are_copied_again(tmp_path: Path, encoding: str) -> None:
    path = clip_file(tmp_path, encoding)
    clip = probe(path)
    layout = splice_module.splice(
        path, clip, [negative(path, clip, REPLACED)], tmp_path / "final.mp4"
    )
    # Up to the next entry; a long H.264 group goes on behind some pictures given again.
    assert layout.frames("copied") >= set(range(35, FRAMES))


def test_pictures_of_a_few_bytes_are_renumbered(tmp_path: Path) -> None:
    still = np.full((90, 160, 3), 90, np.uint8)
    options = {"x264-params": "keyint=250:ref=1:bframes=0"}
    path = write_video(tmp_path / "clip.mp4", iter([still] * FRAMES), options=options)
    clip = probe(path)
    made = assemble(path, clip, [negative(path, clip, REPLACED)], tmp_path / "final.mp4")
    assert (made.film.exact, made.film.method) == (made.kept, "packets copied")


def test_pictures_that_an_edit_list_hides_are_left_out(tmp_path: Path) -> None:
    whole, path = clip_file(tmp_path, "h264 long"), tmp_path / "edited.mp4"
    _hide_first(whole, path, 5)
    clip = probe(path)
    assert clip.frames == FRAMES - 5
    made = assemble(path, clip, [negative(path, clip, REPLACED)], tmp_path / "final.mp4")
    assert (made.film.exact, made.film.method) == (made.kept, "packets copied")
    assert _same(path, tmp_path / "final.mp4") == set(range(FRAMES - 5)) - set(REPLACED)
    assert _times(tmp_path / "final.mp4") == _times(path)
    _plays_in_ffmpeg(tmp_path / "final.mp4")


def _hide_first(path: Path, out: Path, frames: int) -> None:
    """The same packets so much earlier that an edit list hides the first frames."""
    with av.open(str(path)) as source, av.open(str(out), "w") as film:
        video = source.streams.video[0]
        track = film.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.size:
                shift = round(frames / video.average_rate / video.time_base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = track
                film.mux(packet)


def _plays_in_ffmpeg(film: Path) -> None:
    if not shutil.which("ffmpeg"):
        return
    words = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", str(film), "-map", "0:v:0", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert words.stderr == ""


def _shows_negative(source: Path, film: Path) -> None:
    """The transition has the colours that were asked for, in the right orientation."""
    wanted = {p.index: 255 - p.rgb() for p in decode(source) if p.index in REPLACED}
    shown = {p.index: p.rgb() for p in decode(film) if p.index in REPLACED}
    for index, image in wanted.items():
        error = np.abs(image.astype(int) - shown[index])
        assert np.median(error) <= 2
        assert error.mean() < 3


@pytest.mark.parametrize("encoding", ["h264", "mpeg4"])
def test_plain_samples_of_sound_stay_as_they_are_and_where_they_are(
    tmp_path: Path, encoding: str
) -> None:
    path = _with_plain_sound(clip_file(tmp_path, encoding), tmp_path / "loud.mov")
    clip = probe(path)
    out = tmp_path / film_name("exact", clip)
    made = assemble(path, clip, [negative(path, clip, REPLACED)], out)
    assert (out.name, made.film.audio) == ("final.mov", "copied untouched")
    assert b"".join(_sound(out)) == b"".join(_sound(path))
    assert [one.start for one in probe(out).audio] == [Fraction(1, 4)]


def _with_plain_sound(path: Path, out: Path) -> Path:
    """The clip with 3 s of 24 bit samples from 0.25 s on, longer than its pictures."""
    samples = np.random.default_rng(1).integers(-(2**31), 2**31, (1, 3 * 48000), np.int32)
    wave = av.AudioFrame.from_ndarray(samples, "s32", "mono")
    wave.sample_rate, wave.pts = 48000, 12000
    with av.open(str(path)) as footage, av.open(str(out), "w") as output:
        picture = output.add_stream_from_template(footage.streams.video[0])
        sound = output.add_stream("pcm_s24le", 48000, layout="mono")
        output.mux([*sound.encode(wave), *sound.encode(None)])
        for packet in footage.demux(video=0):
            if packet.size:
                packet.stream = picture
                output.mux(packet)
    return out


def _times(path: Path) -> list[Fraction]:
    clip = probe(path)
    return [clip.time_of(index) for index in range(clip.frames)]


def _sound(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]
