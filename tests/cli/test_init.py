"""`init` writes files that every command accepts, and overwrites nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cli.command import Command
from landfast.cli.commands import COMMANDS, _imported
from landfast.cli.settings import defaults
from landfast.conduct.workflow import NAMES, open_workflow


@pytest.mark.parametrize("name", NAMES)
def test_the_files_can_be_used(
    name: str, landfast: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert landfast("init", tmp_path / "project", "--workflow", name).code == 0
    monkeypatch.chdir(tmp_path / "project")
    found = defaults({one: _imported(one) for one in COMMANDS}, "run")
    assert found["workflow"] == "./workflow.toml" and found["generator"] == "geometry"
    assert open_workflow("./workflow.toml") == open_workflow(name)


def test_what_is_commented_out_is_right_too(
    landfast: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landfast("init", tmp_path)
    path = tmp_path / "landfast.toml"
    lines = path.read_text().splitlines()
    opened = [line.removeprefix("# ") if " = " in line else line for line in lines]
    path.write_text("\n".join(opened))
    tomllib.loads(path.read_text())
    monkeypatch.chdir(tmp_path)
    commands = {one: _imported(one) for one in COMMANDS}
    assert defaults(commands, "study")["takes"] == "10"
    assert defaults(commands, "run")["budget"] == "5"


def test_nothing_is_overwritten(landfast: Command, tmp_path: Path) -> None:
    (tmp_path / "workflow.toml").write_text("mine")
    done = landfast("init", tmp_path)
    assert done.code == 2 and "exists already" in done.err
    assert (tmp_path / "workflow.toml").read_text() == "mine"
    assert not (tmp_path / "landfast.toml").exists()


def test_no_such_workflow(landfast: Command, tmp_path: Path) -> None:
    assert landfast("init", tmp_path, "--workflow", "nope").code == 2
