"""Whatever is given, the answer is one line that names it, exit 2, and nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from cli.command import Command, Done
from landfast.media.stills import save_image
from media.footage import render


def missing(path: Path, karma: Path) -> None:
    """Nothing there."""


def empty(path: Path, karma: Path) -> None:
    path.touch()


def truncated(path: Path, karma: Path) -> None:
    path.write_bytes(karma.read_bytes()[:200_000])


def text(path: Path, karma: Path) -> None:
    path.write_text("this is no video\n" * 100, encoding="utf-8")


def noise(path: Path, karma: Path) -> None:
    path.write_bytes(np.random.default_rng(3).bytes(50_000))


def folder(path: Path, karma: Path) -> None:
    path.mkdir()


def sound_alone(path: Path, karma: Path) -> None:
    with av.open(str(karma)) as source, av.open(str(path), "w") as target:
        track = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)


def no_frames(path: Path, karma: Path) -> None:
    """A header that promises video, and no packet behind it."""
    body = karma.read_bytes()
    path.write_bytes(body[: body.find(b"mdat")] + b"mdat")


def pipe(path: Path, karma: Path) -> None:
    """Would be waited for without end."""
    os.mkfifo(path)


def loop(path: Path, karma: Path) -> None:
    path.symlink_to(path)


def bare_stream(path: Path, karma: Path) -> None:
    """H.264 without a container: it has no times and cannot be sought."""
    with av.open(str(karma)) as source, av.open(str(path), "w", format="h264") as target:
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)


SPOILT = (
    missing,
    empty,
    truncated,
    text,
    noise,
    folder,
    sound_alone,
    no_frames,
    bare_stream,
    pipe,
    loop,
)
COMMANDS: dict[str, Callable[[Path], tuple[str | Path, ...]]] = {
    "probe": lambda clip: ("probe", clip),
    "frames": lambda clip: ("frames", clip, "-o", "out"),
    "analyze": lambda clip: ("analyze", clip, "-o", "out"),
    "plan": lambda clip: ("plan", clip, "-o", "out"),
    "run": lambda clip: ("run", clip, "-o", "out"),
}


def one_clear_line(done: Done, *named: str) -> None:
    """Exit 2, nothing on stdout, one line on stderr without a traceback, naming the culprit."""
    assert (done.code, done.out) == (2, ""), done
    lines = [line for line in done.err.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("error: "), done.err
    for name in named:
        assert name in lines[0], done.err


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_clip_that_is_none(
    landfast: Command, karma: Path, command: str, spoil: Callable[[Path, Path], None]
) -> None:
    clip = Path("flight.mp4").absolute()
    spoil(clip, karma)
    one_clear_line(landfast(*COMMANDS[command](clip)), "flight.mp4")
    assert not Path("out").exists()


@pytest.mark.parametrize("span", ["12-14", "11.9-12.5", "20-30", "100-200"])
@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_span_outside_the_clip(landfast: Command, karma: Path, command: str, span: str) -> None:
    done = landfast(command, karma, "-o", "out", "--replace", span)
    one_clear_line(done, "12.0")
    assert not Path("out").exists()


@pytest.mark.parametrize("span", ["5", "6-5", "5-5", "a-b", "-3-4", "5-6-7"])
def test_a_span_that_is_none(landfast: Command, karma: Path, span: str) -> None:
    done = landfast("plan", karma, "-o", "out", "--replace", span)
    one_clear_line(done)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("probe",), "missing argument 'CLIP'; see landfast probe --help"),
        (("run", "clip.mp4"), "missing option '-o' / '--out'; see landfast run --help"),
        (("probe", "clip.mp4", "--jsn"), "no such option: --jsn"),
        (("plan", "clip.mp4", "-o", "out", "--threads", "-1"), "invalid value for '--threads'"),
        (("generate", "--frames", "1"), "invalid value for '--frames'"),
        (("frames", "clip.mp4", "-o", "out", "--format", "bmp"), "'png', 'jpg', 'webp'"),
        (("film",), "no such command 'film'; see landfast --help"),
    ],
)
def test_a_command_line_that_is_none(
    landfast: Command, arguments: tuple[str, ...], named: str
) -> None:
    one_clear_line(landfast(*arguments), named)


@pytest.mark.parametrize(
    "name", ["-flight.mp4", "é 'ü\" %d.mp4", "http:flight.mp4", "a" * 251 + ".mp4"]
)
def test_any_name_will_do(landfast: Command, karma: Path, name: str) -> None:
    Path(name).symlink_to(karma)
    assert landfast("probe", "--json", "--", name).json["frames"] == 362


@pytest.mark.parametrize("command", ["frames", "analyze", "run"])
def test_a_folder_that_is_a_file(landfast: Command, karma: Path, command: str) -> None:
    Path("out").touch()
    one_clear_line(landfast(command, karma, "-o", "out"), "out", "is a file")
    one_clear_line(landfast(command, karma, "-o", "out/deep"), "out/deep")


def test_a_plan_that_could_not_be_written(
    landfast: Command, karma: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found before the minutes of work, not after them."""
    monkeypatch.setattr("landfast.cli.plan.plan", None)
    one_clear_line(landfast("plan", karma, "-o", "nowhere/plan.json"), "nowhere", "make")
    one_clear_line(landfast("plan", karma, "-o", "."), "is a folder")


def test_a_still_after_the_end(landfast: Command, karma: Path) -> None:
    one_clear_line(landfast("frames", karma, "-o", "out", "--at", "3,99"), "99")
    assert not Path("out").exists()


def test_a_way_to_keep_frames_that_does_not_exist(landfast: Command, karma: Path) -> None:
    done = landfast("run", karma, "-o", "out", "--keep", "raw")
    one_clear_line(done, "raw", "intermediate")


def test_a_generator_that_does_not_exist(landfast: Command, karma: Path) -> None:
    done = landfast("plan", karma, "-o", "out", "--generator", "dreamer")
    one_clear_line(done, "dreamer", "geometry")


def generate(landfast: Command, start: Path, end: Path, *more: str) -> Done:
    return landfast(
        "generate", "--start", start, "--end", end, "--frames", "9", "--fps", "25", "-o",
        "take.mp4", *more,
    )  # fmt: skip


def test_anchors_of_different_sizes(landfast: Command, anchors: tuple[Path, Path]) -> None:
    small = Path("small.png").absolute()
    save_image(small, np.zeros((120, 160, 3), np.uint8))
    one_clear_line(generate(landfast, anchors[0], small), "480x270", "160x120")
    assert not Path("take.mp4").exists()


def test_an_anchor_that_is_no_picture(landfast: Command, anchors: tuple[Path, Path]) -> None:
    words = Path("words.png").absolute()
    words.write_text("no picture", encoding="utf-8")
    one_clear_line(generate(landfast, words, anchors[1]), "words.png")


def test_anchors_without_a_thing_in_common(landfast: Command, anchors: tuple[Path, Path]) -> None:
    other = Path("other.png").absolute()
    noise_image = np.random.default_rng(5).integers(0, 255, (270, 480, 3), dtype=np.uint8)
    save_image(other, noise_image)
    done = generate(landfast, anchors[0], other)
    assert done.code == 3 and done.err.startswith("error: ") and "Traceback" not in done.err
    assert not Path("take.mp4").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--fps", "0"), ("--fps", "fast"), ("--span", "1-2")]
)
def test_options_that_make_no_sense(
    landfast: Command, anchors: tuple[Path, Path], option: str, value: str
) -> None:
    one_clear_line(generate(landfast, *anchors, option, value), option.lstrip("-"))


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_take_that_is_none(
    landfast: Command,
    karma: Path,
    anchors: tuple[Path, Path],
    spoil: Callable[[Path, Path], None],
) -> None:
    take = Path("take.mp4").absolute()
    spoil(take, karma)
    done = landfast("verify", take, "--start", anchors[0], "--end", anchors[1], "-o", "evidence")
    one_clear_line(done, "take.mp4")
    assert not Path("evidence").exists()


def test_a_take_of_another_shape_has_its_evidence(
    landfast: Command, anchors: tuple[Path, Path], tmp_path: Path
) -> None:
    take = render(tmp_path / "take.mp4", range(0, 200, 24))
    ends = ("--start", anchors[0], "--end", anchors[1])
    done = landfast("verify", take, *ends, "-o", "evidence", "--json")
    assert (done.code, done.json["state"]) == (1, "fail")
    assert "another shape" in done.json["findings"][0]["reason"]
    assert Path("evidence/verdict.html").is_file() and Path("evidence/heatmap.mp4").is_file()


def test_a_picture_without_an_end_is_not_read(
    landfast: Command, karma: Path, anchors: tuple[Path, Path]
) -> None:
    one_clear_line(landfast("verify", karma, "--start", "/dev/zero", "--end", anchors[1]), "zero")


def test_an_interruption_says_how_to_go_on(
    landfast: Command, karma: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("landfast.cli.run.run", interrupted)
    done = landfast("run", karma, "-o", "film")
    assert (done.code, done.out) == (130, "") and "landfast resume" in done.err


def test_a_command_that_is_ended_leaves_no_draft(
    anchors: tuple[Path, Path], tmp_path: Path
) -> None:
    """SIGTERM, as from a queue or a container, in the middle of a long take."""
    options = ["--start", anchors[0], "--end", anchors[1], "--frames", "100000", "--fps", "25"]
    command = [sys.executable, "-m", "landfast", "generate", *map(str, options), "-o", "take.mp4"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(600):
            if any(tmp_path.iterdir()):
                break
            time.sleep(0.1)
        assert any(tmp_path.iterdir())
        process.terminate()
        _, told = process.communicate(timeout=60)
    assert process.returncode == 143 and "landfast resume" in told
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_result_that_cannot_be_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "landfast", "generators"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    one_clear_line(Done(done.returncode, "", done.stderr), "standard output", "disk is full")


def test_a_resume_of_nothing(landfast: Command) -> None:
    one_clear_line(landfast("resume", "nowhere"), "nowhere")


def test_a_ledger_that_is_none(landfast: Command) -> None:
    Path("film").mkdir()
    Path("film/ledger.sqlite").write_text("no database", encoding="utf-8")
    done = landfast("resume", "film")
    assert done.code == 6 and "ledger.sqlite" in done.err and "Traceback" not in done.err


def test_a_folder_that_is_taken(landfast: Command, karma: Path) -> None:
    Path("film").mkdir()
    Path("film/holiday.txt").write_text("keep me", encoding="utf-8")
    one_clear_line(landfast("run", karma, "-o", "film", "--replace", "5-6"), "film")
    assert Path("film/holiday.txt").read_text(encoding="utf-8") == "keep me"
    assert len(list(Path("film").iterdir())) == 1


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="needs prlimit from util-linux")
@pytest.mark.parametrize("command", ["frames", "analyze", "run"])
def test_a_disk_that_is_full(flight: Path, tmp_path: Path, command: str) -> None:
    """A limit on the size of files stands in for a full disk: the write itself fails."""
    # Python would leave its own compiled files cut short as well, for all later tests.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    limit = "--fsize=20000"
    arguments = [
        command,
        str(flight),
        "-o",
        "out",
        *(["--replace", "0.7-1"] if command == "run" else []),
    ]
    done = subprocess.run(
        ["prlimit", limit, sys.executable, "-m", "landfast", *arguments],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    one_clear_line(Done(done.returncode, done.stdout, done.stderr))
    assert not [left for left in tmp_path.rglob("*") if left.suffix in (".png", ".parquet", ".mp4")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "clip.mp4", "-o", "clip.mp4"),
        ("lock", "clip.mp4", "--on", "clip.mp4", "-o", "other.mp4", "--composite", "clip.mp4"),
        ("lock", "--baked", "clip.mp4", "--on", "clip.mp4", "-o", "./clip.mp4"),
        ("lock", "logo_%04d.png", "--on", "clip.mp4", "-o", "."),
        (
            *("generate", "--start", "a.png", "--end", "b.png", "--frames", "8", "--fps", "25"),
            *("--footage", "clip.mp4", "--span", "5-6", "-o", "linked.mp4"),
        ),
    ],
)
def test_nothing_that_is_read_is_written_over(
    landfast: Command,
    karma: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(karma, "clip.mp4")
    Path("linked.mp4").symlink_to("clip.mp4")
    done = landfast(*arguments)
    assert done.code == 2 and "is read here, and would be written over" in done.err
    assert Path("clip.mp4").read_bytes() == karma.read_bytes()
