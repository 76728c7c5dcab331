from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from landfast.cli.settings import defaults
from landfast.errors import InputError


def command(*options: str) -> SimpleNamespace:
    """A stand-in for a click command with these options and one argument."""
    params = [SimpleNamespace(name=name, param_type_name="option") for name in options]
    return SimpleNamespace(
        params=[SimpleNamespace(name="clip", param_type_name="argument"), *params]
    )


ROOT = SimpleNamespace(
    commands={"run": command("generator", "budget", "replace"), "plan": command("generator")}
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str) -> None:
    Path("landfast.toml").write_text(text, encoding="utf-8")


def test_no_file_and_no_environment_leave_the_defaults() -> None:
    assert defaults(ROOT) == {"run": {}, "plan": {}}


def test_a_top_entry_speaks_to_every_command_that_has_the_option() -> None:
    write('generator = "fake"\nbudget = 2.5\n')
    assert defaults(ROOT) == {
        "run": {"generator": "fake", "budget": "2.5"},
        "plan": {"generator": "fake"},
    }


def test_a_table_speaks_to_its_command_and_wins_over_the_top() -> None:
    write('generator = "fake"\n[run]\ngenerator = "geometry"\nreplace = ["1-2", "3-4"]\n')
    found = defaults(ROOT)
    assert found["run"] == {"generator": "geometry", "replace": ["1-2", "3-4"]}
    assert found["plan"] == {"generator": "fake"}


def test_the_environment_wins_over_the_top_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('generator = "fake"\n')
    monkeypatch.setenv("LANDFAST_GENERATOR", "geometry")
    assert defaults(ROOT)["plan"] == {"generator": "geometry"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1\n", "colour"),
        ("[film]\nbudget = 1\n", "[film]"),
        ("[plan]\nbudget = 1\n", "budget"),
        ("generator = \n", "landfast.toml"),
    ],
)
def test_what_the_file_gets_wrong_is_named(text: str, named: str) -> None:
    write(text)
    with pytest.raises(InputError, match=named.replace("[", r"\[")):
        defaults(ROOT)
