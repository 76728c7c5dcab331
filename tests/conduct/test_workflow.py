from __future__ import annotations

from pathlib import Path

import pytest

from landfast.conduct.workflow import NAMES, open_workflow
from landfast.errors import InputError


@pytest.mark.parametrize("name", NAMES)
def test_a_packaged_workflow_opens(name: str) -> None:
    workflow = open_workflow(name)
    assert workflow.attempts >= 1 and "pass" in workflow.accept


def test_only_the_hobby_lets_the_unverified_in() -> None:
    assert [name for name in NAMES if "unknown" in open_workflow(name).accept] == ["hobby"]


def test_ones_own_file(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('about = "x"\nattempts = 7\naccept = ["pass"]\nmake = "all"\n')
    assert open_workflow(str(mine)).attempts == 7


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('about = "x"\nattempts = 0\naccept = ["pass"]\nmake = "all"\n', "attempts"),
        ('about = "x"\nattempts = 1\naccept = ["fail"]\nmake = "all"\n', "accept"),
        ('about = "x"\nattempts = 1\naccept = ["pass"]\nmake = "all"\nfast = true\n', "fast"),
        ("attempts = \n", "TOML"),
    ],
)
def test_what_a_file_gets_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(text)
    with pytest.raises(InputError, match=named):
        open_workflow(str(mine))


def test_a_name_that_is_none() -> None:
    with pytest.raises(InputError, match="professional"):
        open_workflow("expert")
