"""The bundled clip's flight, streams built by hand, and damaged tracks."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from landfast.media.probe import report
from landfast.media.telemetry import read
from landfast.media.telemetry.clock import camera_offset, sample_times
from landfast.media.telemetry.gopro import readings, settings
from landfast.media.telemetry.gpmf import Payload, payloads
from landfast.media.telemetry.klv import Faults
from landfast.media.telemetry.motion import sensors
from landfast.media.telemetry.path import figures, path_length_m, path_m
from landfast.media.telemetry.read import read_telemetry
from landfast.media.telemetry.series import exposures, fixes
from landfast.model.clip import Clip
from landfast.model.telemetry import Telemetry

from .writer import clip, device, gps5, mixed, rows, stream, words

LEVEL = (0.0, 1.0, 0.0)


def streams(*packets: bytes, seconds: float = 1.0) -> tuple[dict[str, list[Payload]], Faults]:
    """Packets one after the other, each of `seconds`."""
    found: dict[str, list[Payload]] = {}
    faults = Faults()
    for at, packet in enumerate(packets):
        for payload in payloads(packet, at * seconds, seconds, faults):
            found.setdefault(payload.key, []).append(payload)
    return found, faults


@pytest.fixture(scope="module")
def karma_telemetry(karma: Path, karma_clip: Clip) -> Telemetry:
    found = read_telemetry(karma, karma_clip)
    assert found is not None
    return found


def test_bundled_flight(karma_telemetry: Telemetry, karma_clip: Clip) -> None:
    told = karma_telemetry
    assert (told.source, told.device, told.clip) == (
        "gopro gpmf", "GoPro Karma v1.0", karma_clip.content
    )  # fmt: skip
    assert len(told.fixes) == 47 and told.notes == () and told.altitude_from == "sea level"
    assert path_length_m(told) == pytest.approx(81.3, rel=0.01)
    times = [float(fix.time) for fix in told.fixes]
    assert 0 <= times[0] < 0.5 and 11.5 < times[-1] < 12.1
    assert np.diff(times) == pytest.approx(0.252, abs=0.004)
    # Along the coast to the north-west, nearly level.
    east, north, up = path_m(told)[-1]
    assert -45 < east < -30 and 65 < north < 80 and abs(up) < 1


def test_bundled_speed_agrees_with_the_path(karma_telemetry: Telemetry) -> None:
    walked = np.linalg.norm(np.diff(path_m(karma_telemetry)[:, :2], axis=0), axis=1)
    times = np.array([float(fix.time) for fix in karma_telemetry.fixes])
    stated = np.array([fix.speed_mps for fix in karma_telemetry.fixes])
    ratio = walked / np.diff(times) / ((stated[1:] + stated[:-1]) / 2)
    # The drone's filter lets speed run ahead of position while it gathers speed.
    assert np.abs(ratio - 1).max() < 0.2 and np.median(ratio) == pytest.approx(1, abs=0.04)


def test_bundled_sensors(karma_telemetry: Telemetry, karma_clip: Clip) -> None:
    found = {sensor.kind: sensor for sensor in karma_telemetry.sensors}
    assert set(found) == {"gyro", "accelerometer"}
    assert all(len(sensor.values) == karma_clip.frames for sensor in found.values())
    pulls = np.array([value for value in found["accelerometer"].values if value], float)
    x, y, z = np.median(pulls, axis=0)
    # A camera held level by its gimbal: gravity pushes it up, which is minus y.
    assert y == pytest.approx(-9.7, abs=0.3) and abs(x) < 0.5 and abs(z) < 1


def test_bundled_exposure(karma_telemetry: Telemetry) -> None:
    (only,) = karma_telemetry.exposures
    assert only.time == 0 and only.iso == pytest.approx(141.4, abs=0.1)
    assert only.shutter_s == pytest.approx(1 / 205.3, rel=1e-3)
    assert only.f_number is None and only.focal_mm is None


def test_only_the_path(karma: Path, karma_clip: Clip, karma_telemetry: Telemetry) -> None:
    found = read_telemetry(karma, karma_clip, want="path")
    assert found is not None and (found.sensors, found.exposures) == ((), ())
    assert found.fixes == karma_telemetry.fixes


def test_report_does_not_tell_where(karma: Path, karma_telemetry: Telemetry) -> None:
    told = report(karma)["telemetry"]
    assert set(told) == {
        "source", "device", "fixes", "path_m", "height_range_m", "speed_mps", "notes"
    }  # fmt: skip
    assert told["fixes"] == 47 and told["path_m"] == pytest.approx(81.3, rel=0.01)
    assert told["height_range_m"] == pytest.approx(0.88, abs=0.05)
    assert told["speed_mps"] == pytest.approx([1.16, 8.39], abs=0.05)
    for text in (repr(told), repr(karma_telemetry)):
        assert "33.1" not in text and "117.3" not in text


def test_cut_off_track_gives_what_is_left(karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    data = bytearray(karma.read_bytes())
    # The streams of the fourth packet claim to be longer than it is.
    places = [found.start() for found in re.finditer(b"GLPI", data)]
    assert len(places) >= 11
    data[places[3] + 5] = 255
    file = tmp_path / "cut.mp4"
    file.write_bytes(data)
    found = read_telemetry(file, karma_clip)
    assert found is not None and len(found.fixes) == 43
    assert found.notes == ("an element reaches beyond the end of its packet",)


@pytest.mark.parametrize("spoil", [b"DEVC", b"STRM", b"SCAL", b"TYPE"])
def test_overwritten_track_is_no_error(
    spoil: bytes, karma: Path, karma_clip: Clip, tmp_path: Path
) -> None:
    file = tmp_path / "spoilt.mp4"
    file.write_bytes(karma.read_bytes().replace(spoil, b"\xff\xff\xff\xff"))
    found = read_telemetry(file, karma_clip)
    if spoil == b"DEVC":
        assert found is None
    else:
        assert found is not None and report(file)["telemetry"]["fixes"] == len(found.fixes)
        assert found.fixes == ()


def test_receiver_is_spread_over_its_packets() -> None:
    places = [(10.0, 20.0, 5.0, 1.0), (10.1, 20.0, 6.0, 2.0)]
    found, faults = streams(*[device("Hero7", gps5(places)) for _ in range(3)])
    told, above, name = readings(found, None, faults)
    assert [each.time_s for each in told] == [0, 0.5, 1, 1.5, 2, 2.5]
    assert (told[1].latitude, told[1].longitude) == (10.1, 20.0)
    assert (told[1].altitude_m, told[1].speed_mps) == (6.0, 2.0)
    assert (above, name) == ("ellipsoid", "Hero7")


@pytest.mark.parametrize(("lock", "count", "altitude"), [(0, 0, None), (2, 1, None), (3, 1, 5.0)])
def test_satellite_lock(lock: int, count: int, altitude: float | None) -> None:
    found, faults = streams(device("Hero7", gps5([(10.0, 20.0, 5.0, 1.0)], lock=lock)))
    told = fixes(readings(found, None, faults)[0], clip(), faults)
    assert len(told) == count and [fix.altitude_m for fix in told] == [altitude] * count
    assert bool(faults) == (count == 0)


def test_newest_receiver_tells_its_lock_with_each_sample() -> None:
    values = [[10**8, 2 * 10**8, 5000, 1500, 0, 9000, 0, 90, lock] for lock in (0, 3)]
    body = stream(
        rows("SCAL", "l", [[10**7], [10**7], [1000], [1000], [100], [1], [1000], [100], [1]]),
        mixed("GPS9", "lllllllSS", values),
    )
    found, faults = streams(device("Hero13", body, gps5([(1.0, 2.0, 3.0, 4.0)])))
    (told,), above, _ = readings(found, None, faults)
    assert (told.latitude, told.longitude, told.altitude_m, told.speed_mps) == (10, 20, 5, 1.5)
    assert above == "ellipsoid" and sum(faults.values()) == 1


def test_impossible_positions_are_left_out() -> None:
    body = stream(
        rows("GPS5", "d", [[91.0, 0, 0, 0, 0], [math.nan, 0, 0, 0, 0], [0, math.inf, 0, 0, 0],
                           [0, 0, 0, 0, 0], [1, 2, math.nan, math.inf, 0]]),
    )  # fmt: skip
    found, faults = streams(device("Hero7", body))
    (only,) = fixes(readings(found, None, faults)[0], clip(), faults)
    assert (only.latitude, only.longitude, only.altitude_m, only.speed_mps) == (1, 2, None, None)
    assert faults == {"a position that cannot be one was left out": 4}


def test_stamps_carry_the_camera_clock() -> None:
    """Two samples a packet that in truth come every 0.6 s and 20 ms after the first frame."""
    packets = [
        device(
            "GoPro Max",
            stream(
                rows("STMP", "J", [[70_000 + at * 1_000_000]]), rows("SHUT", "f", [[0.01]] * 10)
            ),
            stream(
                rows("STMP", "J", [[90_000 + at * 1_200_000]]), rows("GYRO", "s", [[1, 2, 3]] * 2)
            ),
        )
        for at in range(3)
    ]
    found, _ = streams(*packets)
    offset = camera_offset(found)
    assert offset == pytest.approx(-0.07)
    times = sample_times(found["GYRO"], offset=offset)
    assert times == pytest.approx([0.02 + 0.6 * at for at in range(6)])


def test_sample_clock_carries_the_times() -> None:
    found, _ = streams(*[device("Karma", gps5([(1.0, 2.0, 3.0, 4.0)] * 4)) for _ in range(2)])
    clock = np.array([100, 100.25, 100.5, 100.76, 101, 101.25, 101.5, 101.75])
    times = sample_times(found["GPS5"], clock=clock)
    assert np.diff(times) == pytest.approx(np.diff(clock)) and times[0] == pytest.approx(0)
    backwards = clock[::-1].copy()
    assert sample_times(found["GPS5"], clock=backwards) == pytest.approx(np.arange(8) / 4)


def test_late_samples_are_moved_back() -> None:
    body = stream(rows("TIMO", "f", [[0.25]]), rows("GYRO", "s", [[1, 2, 3]] * 2))
    found, _ = streams(device("Hero9", body))
    assert sample_times(found["GYRO"]).tolist() == [-0.25, 0.25]


def turning(order: str, sign: int = 1) -> bytes:
    """A camera that turns about its downward axis at 0.5 rad/s, fields in `order`."""
    rate = {"x": 0.0, "y": 0.0, "z": -0.5}
    row = [(1 if axis.isupper() else -1) * rate[axis.lower()] * sign for axis in order]
    return device(
        "Hero9",
        stream(words("ORIN", order), rows("SCAL", "s", [[1000]]),
               rows("GYRO", "s", [[round(1000 * value) for value in row]] * 40)),
    )  # fmt: skip


@pytest.mark.parametrize("order", ["XYZ", "XzY", "yXZ", "ZXY"])
def test_gyro_is_turned_to_the_camera_axes(order: str) -> None:
    found, faults = streams(*[turning(order)] * 2)
    (gyro,) = sensors(found, None, clip(seconds=2), faults)
    assert gyro.kind == "gyro" and len(gyro.values) == 20
    # GoPro's Z is up and landfast's y is down: turning right is positive about y.
    assert gyro.values[3] == pytest.approx((0.0, 0.5, 0.0))


def test_turns_add_up_over_frames() -> None:
    packets, angle, rate = [], 0.0, 40
    for at in range(3):
        speeds = [math.sin((at * rate + k) / 7) for k in range(rate)]
        packets.append(device("Hero9", stream(
            words("ORIN", "XYZ"), rows("GYRO", "d", [[-speed, 0, 0] for speed in speeds])
        )))  # fmt: skip
    found, faults = streams(*packets)
    (gyro,) = sensors(found, None, clip(seconds=2, fps=7), faults)
    angle = sum(value[0] for value in gyro.values) / 7
    exact = 7 / rate * (1 - math.cos(2 * rate / 7))
    assert angle == pytest.approx(exact, abs=2e-3)


def test_unstated_axes_are_left_out_with_a_note() -> None:
    body = stream(words("STNM", "Gyroscope (z,x,y)"), rows("GYRO", "s", [[1, 2, 3]] * 4))
    found, faults = streams(device("Hero6 Black", body))
    assert sensors(found, None, clip(), faults) == ()
    assert list(faults) == ["stream GYRO does not say which axes it measures"]


def test_frames_without_samples_stay_unknown() -> None:
    found, faults = streams(turning("XYZ"))
    (gyro,) = sensors(found, None, clip(seconds=5), faults)
    assert gyro.values[5] is not None and set(gyro.values[12:]) == {None}


def test_gravity_and_orientation() -> None:
    """A quarter turn about the downward axis in a second: the orientation leads back."""
    angles = np.linspace(0, math.pi / 2, 11)[:-1]
    forward = [[math.cos(a / 2), 0, -math.sin(a / 2), 0] for a in angles]
    forward[5] = [-value for value in forward[5]]
    body = (
        stream(rows("SCAL", "s", [[32767]]), rows("GRAV", "s", [[0, 32767, 0]] * 10)),
        stream(rows("CORI", "d", forward)),
    )
    found, faults = streams(device("Hero9", *body))
    gravity, orientation = sensors(found, None, clip(seconds=1), faults)
    assert set(gravity.values) == {LEVEL}
    for angle, value in zip(angles, orientation.values, strict=True):
        wanted = (math.cos(angle / 2), 0, math.sin(angle / 2), 0)
        assert value == pytest.approx(wanted, abs=1e-5)


def test_exposures_are_told_where_they_change() -> None:
    body = (
        stream(rows("SHUT", "f", [[0.01]] * 5 + [[0.02]] * 5)),
        stream(rows("ISOE", "S", [[100]] * 5 + [[200]] * 5)),
    )
    found, _ = streams(device("Hero9", *body))
    told = exposures(settings(found, None), clip(seconds=1))
    assert [(float(each.time), each.iso, round(each.shutter_s or 0, 4)) for each in told] == [
        (0.0, 100, 0.01), (0.5, 200, 0.02)
    ]  # fmt: skip


def test_of_two_devices_the_first_is_read(karma: Path, karma_clip: Clip, tmp_path: Path) -> None:
    """The bundled packets once more, with the drone's name for itself changed in some."""
    data = karma.read_bytes().replace(b"GoPro Karma v1.0", b"GoPro Other v1.0", 4)
    file = tmp_path / "two.mp4"
    file.write_bytes(data)
    found = read_telemetry(file, karma_clip)
    assert found is not None and found.device == "GoPro Other v1.0"
    # Four packets of about four; the first may fall just before the first frame.
    assert 14 <= len(found.fixes) <= 15


def test_endless_track_is_not_read_to_its_end(
    karma: Path, karma_clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MAX_TRACK_BYTES", 20_000)
    found = read_telemetry(karma, karma_clip)
    assert found is not None and 7 <= len(found.fixes) <= 8
    assert found.notes == ("the rest of the track, too long to be telemetry, was not read",)


def test_no_telemetry_is_none() -> None:
    assert figures(None) is None
