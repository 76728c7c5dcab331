"""Each command does its job on the bundled clip and keeps its part of the contract."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from cli.command import Command
from landfast.cli.commands import COMMANDS, Root
from landfast.cli.frames import every
from landfast.media.probe import probe
from landfast.model.clip import Clip
from media.footage import render


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_a_working_example(landfast: Command, command: str) -> None:
    done = landfast(command, "--help")
    assert done.code == 0 and f"landfast {command}" in done.out.split("Example")[1]
    assert done.out.count(f"LANDFAST_{command.upper()}_") == 1
    assert "--help" in done.out and "<bool>" not in done.out + landfast("--help").out


def test_help_of_the_program_says_what_each_command_does(landfast: Command) -> None:
    shown = " ".join(landfast("--help").out.split())
    for name, command in Root(name="landfast").commands.items():
        assert f" {name} {str(command.help)[:30]}" in shown


def test_a_small_command_imports_no_other_and_garbage_is_looked_for_again() -> None:
    program = (
        "import gc, sys; sys.argv = ['landfast', '--help'];"
        "from landfast.cli.main import main; main();"
        "others = 'cv2' in sys.modules or 'landfast.cli.run' in sys.modules;"
        "sys.exit(others or not gc.isenabled())"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_probe(landfast: Command, karma: Path) -> None:
    found = landfast("probe", karma, "--json").json
    assert (found["width"], found["height"], found["frames"]) == (854, 480, 362)
    assert found["fps"] == pytest.approx(30000 / 1001, abs=1e-3)
    assert (found["vfr"], found["rotation"], found["codec"]) == (False, 0, "h264")
    assert found["duration_s"] == pytest.approx(12.0787, abs=1e-3)
    assert found["audio"] and found["header"] and found["scan"]


def test_frames_stand_at_exact_times(landfast: Command, karma: Path) -> None:
    done = landfast("frames", karma, "-o", "stills", "--at", "0,1.5,6", "--json")
    listing = json.loads(Path("stills/frames.json").read_text(encoding="utf-8"))
    assert done.json == listing
    clip = probe(karma)
    for entry, time in zip(listing["frames"], (0, 1.5, 6), strict=True):
        assert entry["source_index"] == max(
            k for k in range(clip.frames) if clip.time_of(k) <= time
        )
        assert (Path("stills") / entry["file"]).is_file()


def test_frames_a_second(landfast: Command, karma: Path) -> None:
    assert landfast("frames", karma, "-o", "stills", "--fps", "0.5", "--format", "jpg").code == 0
    assert len(list(Path("stills").glob("*.jpg"))) == 7


def test_no_more_stills_than_frames(landfast: Command, tmp_path: Path) -> None:
    clip = render(tmp_path / "clip.mp4", range(0, 120, 24), last=24)
    for rate, stills in (("1e12", 5), ("25", 5), ("12.5", 3), ("10", 2), ("1e-12", 1)):
        done = landfast("frames", clip, "-o", "stills", "--fps", rate, "--format", "jpg", "--json")
        assert len(done.json["frames"]) == stills, rate


def test_generators_are_listed(landfast: Command) -> None:
    listed = {entry["name"]: entry for entry in landfast("generators", "--json").json["generators"]}
    assert listed["geometry"]["usable"] and listed["geometry"]["deterministic"]
    priced = [entry for entry in listed.values() if entry["price"]]
    assert priced and all(entry["price"]["source"] for entry in priced)
    landfast.monkeypatch.setenv("COLUMNS", "80")
    shown = landfast("generators").out
    assert all(name in shown for name in ("geometry", "makes", "USD/s", "0.400"))


def test_doctor(landfast: Command) -> None:
    done = landfast("doctor", "--json")
    assert done.code == 0 and done.json["fit"]


def test_the_chain_by_hand(landfast: Command, flight: Path, anchors: tuple[Path, Path]) -> None:
    """generate, then verify: what the geometry generator makes of two real frames passes."""
    span = "0.6674-1.168"
    footage = ("--footage", flight, "--span", span)
    ends = ("--start", anchors[0], "--end", anchors[1])
    made = landfast(
        "generate", *ends, "--frames", "16", "--fps", "30000/1001", "-o", "take.mp4", *footage,
        "--json",
    )  # fmt: skip
    assert made.code == 0
    assert (made.json["frames"], made.json["cost_usd"]) == (16, 0)
    assert made.json["generator"] == "geometry" and made.json["took_s"] > 0
    judged = landfast("verify", "take.mp4", *ends, *footage, "-o", "evidence", "--json")
    assert judged.json["state"] == "pass", judged.json
    assert judged.code == 0
    assert len(judged.json["frames"]) == 16
    assert any(Path("evidence").iterdir())
    swapped = ("--start", anchors[1], "--end", anchors[0])
    wrong = landfast("verify", "take.mp4", *swapped, "--json")
    assert (wrong.code, wrong.json["state"]) == (1, "fail")


def test_run_writes_what_the_contract_says(landfast: Command, flight: Path) -> None:
    done = landfast("run", flight, "-o", "film", "--replace", "0.7-1.1", "--json")
    assert done.code == 0, done
    for name in ("final.mp4", "report.html", "final.otio", "plan.json", "ledger.sqlite"):
        assert (Path("film") / name).is_file(), name
    assert any(Path("film/takes").iterdir())
    assert probe(Path("film/final.mp4")).ticks == probe(flight).ticks
    with sqlite3.connect("film/ledger.sqlite") as ledger:
        rows = ledger.execute("SELECT request_key, state, cost_usd FROM takes").fetchall()
    ledger.close()
    assert rows and all(len(key) == 64 and cost == 0 for key, _, cost in rows)
    assert "accepted" in {state for _, state, _ in rows}
    again = landfast("resume", "film", "--json")
    assert again.code == 0
    assert again.json["transitions"] == done.json["transitions"]


def test_run_says_why_real_footage_stayed(landfast: Command, tmp_path: Path) -> None:
    clip = render(tmp_path / "clip.mp4", range(0, 720, 24), width=192, height=128)
    done = landfast("run", clip, "-o", "film", "--replace", "0-0.4", "--json")
    assert (done.code, done.json["transitions"]) == (1, "0 of 1 accepted")
    assert "refused: 0.000-0.400 begins with the clip" in done.err


def test_a_key_frame_that_follows_at_once_stands_for_the_frame_on_screen() -> None:
    ticks = tuple(range(0, 90 * 1001, 1001))
    clip = Clip.model_construct(ticks=ticks, end_tick=90 * 1001, time_base=Fraction(1, 30000))
    found = [time * 30000 / 1001 for time in every(clip, Fraction(1), (0, 30, 45))]
    assert found == [0, 30, 59, 89]
