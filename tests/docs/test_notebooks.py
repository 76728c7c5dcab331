"""The example notebooks run from top to bottom, and their records show themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))
BUNDLED = 'str(files("landfast") / "data" / "karma.mp4")'


def test_notebooks_are_kept_without_output() -> None:
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        assert not any(cell.get("outputs") for cell in cells)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, flight: Path) -> None:
    book: Any = nbformat.read(path, as_version=4)
    assert BUNDLED in book.cells[1].source
    book.cells[1].source = book.cells[1].source.replace(BUNDLED, repr(str(flight)))
    NotebookClient(book, timeout=400, kernel_name="python3").execute()
    shown = [
        output["data"]["text/html"]
        for cell in book.cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert [
        words
        for words in ("Plan for", "Take", "PASS", "takes accepted")
        if any(words in html for html in shown)
    ] == ["Plan for", "Take", "PASS", "takes accepted"]
