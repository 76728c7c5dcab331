"""What the documents name is there: options, files and folders, benchmarks, links."""

from __future__ import annotations

import pkgutil
import re
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in chain(
        ROOT.glob("src/**/*.py"), ROOT.glob("benchmarks/**/*.py"), [ROOT / "Makefile"]
    )
)
OTHERS = {"--strict"}
"""Options of other programs: mypy's."""
SPAN = re.compile(r"`([^`\n]+)`")
documents = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


@documents
def test_options_exist(path: Path) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", path.read_text(encoding="utf-8")))
    assert not {one for one in named - OTHERS if not re.search(rf"{one}(?![\w-])", CODE)}


@documents
def test_files_and_folders_exist(path: Path) -> None:
    spans = SPAN.findall(path.read_text(encoding="utf-8"))
    named = {one for one in spans if re.fullmatch(r"(src|tests|docs|benchmarks)/[\w./-]+", one)}
    assert not {one for one in named if not (ROOT / one).exists()}


@documents
def test_what_is_imported_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"`(landfast(?:\.\w+)+)", text)) - {"landfast.toml"}
    named |= set(re.findall(r"^from (landfast(?:\.\w+)+) import", text, re.MULTILINE))
    for one in named:
        pkgutil.resolve_name(one)


@documents
def test_benchmarks_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"python -m benchmarks[ .]([a-z]\w*)", text))
    held = {one.stem for one in (ROOT / "benchmarks").iterdir()}
    assert named <= held


@documents
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    inward = {one for one in links if not one.startswith(("http", "mailto"))}
    assert not {one for one in inward if not (path.parent / one).exists()}


def test_the_folders_of_the_architecture_are_those_of_the_package() -> None:
    rows = re.findall(
        r"^\| `(\w+)/` \|", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE
    )
    package = ROOT / "src" / "landfast"
    assert set(rows) == {one.parent.name for one in package.glob("*/__init__.py")} - {"data", "cli"}
