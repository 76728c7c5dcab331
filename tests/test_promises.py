"""Small promises that would otherwise rot: light imports, complete checks, documents that run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from landfast.cli.commands import COMMANDS
from landfast.generators.registry import profiles
from landfast.model.constraint import Constraint, ConstraintKind
from landfast.verify.judge import CHECK_OF

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def blocks(language: str) -> list[str]:
    """Fenced blocks of the README in one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S
    )


@pytest.mark.parametrize("heavy", ["cv2", "av", "numpy", "arro3", "opentimelineio", "rich"])
def test_importing_the_package_is_light(heavy: str) -> None:
    program = f"import landfast, sys; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_model_needs_no_pixels() -> None:
    program = (
        "import sys, landfast.model.plan, landfast.model.verdict, landfast.planning.cost;"
        "sys.exit('cv2' in sys.modules or 'av' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_every_constraint_has_a_check() -> None:
    kinds = {member.model_fields["kind"].default for member in get_args(get_args(Constraint)[0])}
    assert kinds == set(get_args(ConstraintKind))
    assert all(CHECK_OF.get(kind) for kind in kinds)


def test_every_profile_says_how_it_meets_each_constraint() -> None:
    for profile in profiles():
        assert set(profile.support) == set(get_args(ConstraintKind)), profile.name


def test_every_command_stands_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    for command in COMMANDS:
        assert re.search(rf"`{command}\b", text), command


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) < 150


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_the_python_of_the_readme_runs(number: int, karma: Path, tmp_path: Path) -> None:
    shutil.copy(karma, tmp_path / "flight.mp4")
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[number]],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "travel" in done.stdout


def test_the_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake (\w+)", "\n".join(blocks("sh"))):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_nothing_names_a_machine() -> None:
    """No absolute path of a machine stands in what is shipped."""
    named = re.compile(r"(?<![\w.])/(?:home|root|Users)/\w")
    files = [path for suffix in ("py", "md", "toml") for path in ROOT.glob(f"src/**/*.{suffix}")]
    for path in [*files, *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        assert not named.search(path.read_text(encoding="utf-8")), path
