from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from landfast.cli.settings import defaults, name_environment
from landfast.errors import InputError


def option(long: str, *, name: str = "", multiple: bool = False) -> SimpleNamespace:
    """A stand-in for a click option."""
    return SimpleNamespace(
        name=name or long,
        opts=["-x", f"--{long}"],
        multiple=multiple,
        param_type_name="option",
        envvar=None,
        is_flag=False,
        metavar=None,
    )


def command(*options: SimpleNamespace) -> SimpleNamespace:
    """A stand-in for a click command with these options and one argument."""
    argument = SimpleNamespace(name="clip", param_type_name="argument")
    return SimpleNamespace(params=[argument, *options])


COMMANDS = {
    "run": command(
        option("generator"),
        option("budget"),
        option("replace", multiple=True),
        option("json", name="as_json"),
    ),
    "plan": command(option("generator")),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str) -> None:
    Path("landfast.toml").write_text(text, encoding="utf-8")


def test_no_file_and_no_environment_leave_the_defaults() -> None:
    assert (defaults(COMMANDS, "run"), defaults(COMMANDS, "plan")) == ({}, {})


def test_a_top_entry_speaks_to_every_command_that_has_the_option() -> None:
    write('generator = "fake"\nbudget = 2.5\n')
    assert defaults(COMMANDS, "run") == {"generator": "fake", "budget": "2.5"}
    assert defaults(COMMANDS, "plan") == {"generator": "fake"}


def test_a_table_speaks_to_its_command_and_wins_over_the_top() -> None:
    write('generator = "fake"\n[run]\ngenerator = "geometry"\nreplace = ["1-2", "3-4"]\n')
    assert defaults(COMMANDS, "run") == {"generator": "geometry", "replace": ["1-2", "3-4"]}
    assert defaults(COMMANDS, "plan") == {"generator": "fake"}


def test_the_environment_wins_over_the_top_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('generator = "fake"\n')
    monkeypatch.setenv("LANDFAST_GENERATOR", "geometry")
    assert defaults(COMMANDS, "plan") == {"generator": "geometry"}


def test_the_environment_wins_over_the_commands_own_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write('[run]\ngenerator = "fake"\n')
    monkeypatch.setenv("LANDFAST_GENERATOR", "geometry")
    assert defaults(COMMANDS, "run") == {"generator": "geometry"}


def test_an_option_is_called_as_the_user_writes_it() -> None:
    write("[run]\njson = true\n")
    assert defaults(COMMANDS, "run") == {"as_json": True}
    name_environment("run", COMMANDS["run"])
    names = [getattr(parameter, "envvar", None) for parameter in COMMANDS["run"].params]
    assert names == [
        None,
        "LANDFAST_RUN_GENERATOR",
        "LANDFAST_RUN_BUDGET",
        "LANDFAST_RUN_REPLACE",
        "LANDFAST_RUN_JSON",
    ]


def test_a_repeatable_option_takes_several_values(monkeypatch: pytest.MonkeyPatch) -> None:
    write('replace = "1-2"\n')
    assert defaults(COMMANDS, "run") == {"replace": ["1-2"]}
    monkeypatch.setenv("LANDFAST_REPLACE", "1-2 3-4")
    assert defaults(COMMANDS, "run") == {"replace": ["1-2", "3-4"]}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1\n", "colour"),
        ("[film]\nbudget = 1\n", "[film]"),
        ("[plan]\nbudget = 1\n", "budget"),
        ("generator = \n", "landfast.toml"),
        ('generator = ["a", "b"]\n', "generator more than one value"),
        ("[run.budget]\nusd = 1\n", "budget more than one value"),
    ],
)
def test_what_the_file_gets_wrong_is_named(text: str, named: str) -> None:
    write(text)
    with pytest.raises(InputError, match=named.replace("[", r"\[")):
        defaults(COMMANDS, "run")
