"""The three families of DJI subtitles, in every encoding they come in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfast.media.probe import probe, report
from landfast.media.telemetry.dji import Flight, flight
from landfast.media.telemetry.klv import Faults
from landfast.media.telemetry.path import figures
from landfast.media.telemetry.read import read_telemetry
from landfast.media.telemetry.series import exposures, fixes
from landfast.media.telemetry.srt import MAX_CUE_CHARACTERS, cues, decode, spoken

from ..footage import render
from .writer import clip


def subtitles(*texts: str, step_ms: int = 1000) -> str:
    """A file with one cue a text."""
    blocks = []
    for at, text in enumerate(texts):
        start, stop = at * step_ms, (at + 1) * step_ms
        line = " --> ".join(f"00:00:{t // 1000:02d},{t % 1000:03d}" for t in (start, stop))
        blocks.append(f"{at + 1}\n{line}\n{text}\n\n")
    return "".join(blocks)


def bracketed(at: int) -> str:
    return (
        f"[iso : 100] [shutter : 1/1000.0] [fnum : 170] [ct : 5500] [focal_len : 240] "
        f"[latitude: {59.30233 + at * 1e-4:.6f}] [longitude: 18.203059] "
        f"[rel_alt: {1.3 + at:.3f} abs_alt: {132.86 + at:.3f}]"
    )


def html(at: int) -> str:
    return (
        f'<font size="28">FrameCnt: {at + 1}, DiffTime: 33ms\n2024-05-01 12:00:0{at}.015\n'
        f"[iso: 200] [shutter: 1/640.0] [fnum: 1.8] [ev: -0.7] [color_md: dlog_m] "
        f"[focal_len: 24.00] [dzoom_ratio: 1.00], [latitude: {59.30233 + at * 1e-4:.6f}] "
        f"[longitude: 18.203059] [rel_alt: {1.3 + at:.3f} abs_alt: {132.86 + at:.3f}] "
        f"[gb_yaw: -162.8 gb_pitch: 0.0 gb_roll: 0.0] [shift x: 0.00, y: 0.00] "
        f"[ct: 5419] </font>"
    )


def legacy(at: int) -> str:
    return (
        f"GPS({59.30233 + at * 1e-4:.6f},18.203059,{132.86 + at:.3f}) BAROMETER({1.3 + at:.1f}) "
        "HOME(59.302206,18.201400)\nISO:100 Shutter:60 EV: Fnum:F2.8"
    )


def read(text: str) -> Flight:
    found = flight(cues(text))
    assert found is not None
    return found


@pytest.mark.parametrize("family", [bracketed, html, legacy])
def test_three_families_tell_the_same_path(family: Callable[[int], str]) -> None:
    found = read(subtitles(*map(family, range(4))))
    assert found.altitude_from == "take-off"
    assert [each.time_s for each in found.readings] == [0, 1, 2, 3]
    for at, each in enumerate(found.readings):
        assert each.latitude == pytest.approx(59.30233 + at * 1e-4, abs=1e-6)
        assert each.longitude == 18.203059
        assert each.altitude_m == pytest.approx(1.3 + at)


@pytest.mark.parametrize(
    ("text", "iso", "shutter", "aperture", "focal"),
    [
        (bracketed(0), 100, 1 / 1000, 1.7, 24),
        (html(0), 200, 1 / 640, 1.8, 24),
        (legacy(0), 100, 1 / 60, 2.8, None),
        ("[iso: 100] [shutter: 2.0] [fnum: 280] [focal_len: 162.00]", 100, 2, 2.8, 162),
        ("GPS(1.5,2.5,16) Hb:1.9 Hs:1.9\nISO:100 TV:60 EV: 0 IR:F2.8", 100, 1 / 60, 2.8, None),
        ("F/5.6, SS 400, ISO 110, EV 0, GPS (-58.85, -34.23, 15)", 110, 1 / 400, 5.6, None),
        ("[iso: 100] [shutter: 1/0] [fnum: 0]", 100, None, None, None),
    ],
)
def test_camera_settings(
    text: str, iso: float, shutter: float | None, aperture: float | None, focal: float | None
) -> None:
    (only,) = exposures(read(subtitles(text)).settings, clip())
    assert (only.iso, only.f_number, only.focal_mm) == (iso, aperture, focal)
    assert only.shutter_s == (None if shutter is None else pytest.approx(shutter))


def test_one_line_form() -> None:
    line = (
        "F/5.6, SS 400, ISO 100, EV +0.7, GPS (-59.409424, -34.650200, 16), "
        "HOME (-59.407880, -34.650736, 7.60m), D 153.32m, H 17.39m, H.S 1.84m/s, V.S 0.00m/s, "
        "F.PRY (-8.9°, 2.9°, -75.0°), G.PRY (-27.3°, 0.0°, -76.0°)"
    )
    found = read(subtitles(line))
    (only,) = found.readings
    assert (only.latitude, only.longitude) == (-34.6502, -59.409424)
    assert (only.altitude_m, only.speed_mps) == (17.39, 1.84)
    assert found.altitude_from == "take-off"


@pytest.mark.parametrize(
    ("text", "place", "height"),
    [
        ("GPS(149.0251,-20.2533,16) BAROMETER:1.9", (-20.2533, 149.0251), 1.9),
        ("GPS(8.2090, 47.4692, 18)", (47.4692, 8.2090), None),
        ("GPS(39.9062,116.3913,69.800)", (39.9062, 116.3913), 69.8),
        ("GPS(36.6146,-6.1120,0.5M) BAROMETER:0.3M", (36.6146, -6.1120), 0.3),
        ("GPS(39.9062,116.3913,69)", (39.9062, 116.3913), None),
        ("GPS(39,9062;16,3913;69,8)", (39.9062, 16.3913), 69.8),
        ("GPS(39,9062,16,3913,69,8) BAROMETER(1,5)", (39.9062, 16.3913), 1.5),
        ("GPS(8.2090,47.4692)", (8.2090, 47.4692), None),
    ],
)
def test_legacy_order(text: str, place: tuple[float, float], height: float | None) -> None:
    (only,) = read(subtitles(text)).readings
    assert (only.latitude, only.longitude) == place and only.altitude_m == height


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("[latitude: 1.5] [longtitude : 2.5] [altitude: 74.725998]", "unstated"),
        ("[latitude: 1.5] [longitude: 2.5] [abs_alt: 9.0]", "sea level"),
        ("[latitude: 1.5] [longitude: 2.5]", None),
    ],
)
def test_heights_say_what_they_count_from(text: str, reference: str | None) -> None:
    found = read(subtitles(text))
    assert found.altitude_from == reference
    assert found.readings[0].longitude == 2.5


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: (text + "Höhe °").encode("latin-1"),
        lambda text: text.replace(".", ",").encode(),
    ],
)
def test_encodings_and_line_ends(encode: Callable[[str], bytes]) -> None:
    found = read(decode(encode(subtitles(bracketed(0), bracketed(1)))))
    assert [each.altitude_m for each in found.readings] == [1.3, 2.3]
    assert found.readings[1].latitude == 59.30243


def test_positions_repeated_by_frames_count_once() -> None:
    """30 frames a second, a new position five times a second."""
    texts = [f"[latitude: {1 + at // 6 * 1e-5:.6f}] [longitude: 2.5]" for at in range(60)]
    found = fixes(read(subtitles(*texts, step_ms=33)).readings, clip(), Faults())
    assert [float(fix.time) for fix in found] == pytest.approx([at * 0.198 for at in range(10)])
    still = subtitles(*["[latitude: 1.5] [longitude: 2.5]"] * 90, step_ms=33)
    assert len(fixes(read(still).readings, clip(), Faults())) == 3


def test_no_lock_and_times_beyond_the_clip() -> None:
    text = subtitles(
        "[latitude: 0.000000] [longitude: 0.000000]", "[latitude: n/a] [longitude: n/a]",
        *["[latitude: 1.5] [longitude: 2.5]"] * 30,
    )  # fmt: skip
    faults = Faults()
    found = fixes(read(text).readings, clip(seconds=5), faults)
    assert [fix.time for fix in found] == [2, 3, 4]
    assert faults == {"a position that cannot be one was left out": 1}


@pytest.mark.parametrize(
    "text",
    ["", "1\n", "\n\n", "hello", subtitles("- Where are you?", "At latitude: home"),
     subtitles("[iso: 100]"), "1\n2017.08.05 14:11\n[latitude : 1.5] [longtitude : 2.5]"],
)  # fmt: skip
def test_other_subtitles_are_no_telemetry(text: str) -> None:
    assert flight(cues(text)) is None


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.binary(max_size=300))
def test_any_text_does_no_harm(text: str, data: bytes) -> None:
    for said in (text, decode(data), spoken(data, "mov_text"), bracketed(0) + text):
        found = flight(cues(subtitles(said) + said))
        if found:
            fixes(found.readings, clip(), Faults())
            exposures(found.settings, clip())


@pytest.mark.parametrize("unit", ["<", "[", "GPS(", "a", "a ", "1", "latitude : ", "GPS(1,", "\n"])
def test_long_cues_do_not_take_long(unit: str) -> None:
    """What took time with the square of the length would run into the suite's time limit."""
    text = subtitles(bracketed(0), unit * (500_000 // len(unit)))
    read(text)
    assert all(len(cue.text) <= MAX_CUE_CHARACTERS for cue in cues(text))


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of pictures without telemetry."""
    return render(tmp_path_factory.mktemp("dji") / "DJI_0001.MP4.mp4", range(0, 2400, 60))


@pytest.mark.parametrize("suffix", [".SRT", ".srt"])
def test_file_beside_the_clip(suffix: str, flown: Path, tmp_path: Path) -> None:
    path = tmp_path / "DJI_0001.mp4"
    shutil.copy(flown, path)
    told = probe(path)
    assert read_telemetry(path, told) is None and report(path)["telemetry"] is None
    path.with_suffix(suffix).write_text(subtitles(*map(html, range(4))), encoding="utf-8-sig")
    found = read_telemetry(path, told)
    assert found is not None and found.source == "dji srt" and len(found.fixes) == 4
    assert found.altitude_from == "take-off" and found.sensors == ()
    assert [(each.time, each.iso) for each in found.exposures] == [(0, 200)]
    derived = report(path)["telemetry"]
    assert derived == figures(read_telemetry(path, told, want="path")).model_dump(mode="json")
    assert derived["path_m"] == pytest.approx(33.6, abs=0.2) and derived["height_range_m"] == 3
    assert "59.30" not in repr(derived) + repr(found)


def test_unusable_file_beside_the_clip(flown: Path, tmp_path: Path) -> None:
    path = tmp_path / "DJI_0001.mp4"
    shutil.copy(flown, path)
    path.with_suffix(".SRT").mkdir()
    assert read_telemetry(path, probe(path)) is None
    path.with_suffix(".SRT").rmdir()
    path.with_suffix(".srt").write_bytes(bytes(range(256)) * 20)
    assert read_telemetry(path, probe(path)) is None


def test_subtitle_track_in_the_clip(flown: Path, tmp_path: Path) -> None:
    script, path = tmp_path / "words.srt", tmp_path / "with_words.mkv"
    script.write_text(subtitles(*map(html, range(3))))
    with av.open(str(flown)) as film, av.open(str(script)) as said, av.open(str(path), "w") as out:
        tracks = [(film, film.streams.video[0]), (said, said.streams.subtitles[0])]
        copies = [out.add_stream_from_template(track) for _, track in tracks]
        for (source, track), copy in zip(tracks, copies, strict=True):
            for packet in [each for each in source.demux(track) if each.dts is not None]:
                packet.stream = copy
                out.mux(packet)
    found = read_telemetry(path, probe(path))
    assert found is not None and [fix.time for fix in found.fixes] == [0, 1, 2]
    assert found.fixes[2].altitude_m == pytest.approx(3.3)


def test_timed_text_packets() -> None:
    text = html(0).encode()
    packet = len(text).to_bytes(2, "big") + text + b"\0\0\0\x0cstyl\0\0\0\0"
    assert spoken(packet, "mov_text") == html(0)
    assert spoken(text, "srt") == html(0) and spoken(b"", "mov_text") == ""


def test_times_are_exact() -> None:
    (only,) = fixes(
        read("1\n00:00:01,001 --> 00:00:01,034\n" + bracketed(0)).readings, clip(), Faults()
    )
    assert only.time == Fraction(1001, 1000)
