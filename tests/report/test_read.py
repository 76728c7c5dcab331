"""From a real ledger to the page."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from landfast.errors import InputError, LedgerCorrupt
from landfast.ledger.ledger import Ledger
from landfast.report.page import render, write_report
from landfast.report.read import read
from landfast.report.view import Image, RunView
from report import run_views as views
from report.markup import parse


def small_view() -> RunView:
    """A run with two takes whose pictures carry the hash of their bytes."""
    view = views.full_view()
    images = []
    for image in view.images:
        blob = hashlib.sha256(image.data).hexdigest()
        images.append(Image(image.about.model_copy(update={"blob": blob}), image.data))
    return replace(view, images=tuple(images))


def write(folder: Path, view: RunView) -> None:
    """A ledger that holds what the view shows."""
    records = {"run": view.run, "clip": view.clip, "analysis": view.analysis, "plan": view.plan}
    records |= {"profile": view.profile, "film": view.film}
    kept = {name: record for name, record in records.items() if record is not None}
    with Ledger.create(folder, kept) as ledger:
        for attempt, take in enumerate(view.takes, 1):
            ledger.intend(take.request, attempt=attempt, price=take.cost_usd)
            assert take.take and take.verdict
            path = folder / take.take.file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"take")
            ledger.finish(take.take)
            ledger.judge(
                take.key, take.verdict, "accepted" if take.state == "accepted" else "rejected"
            )
        for timing in view.timings:
            ledger.add_timing(timing)
        for repeat in view.repeats:
            ledger.add_repeat(repeat)
        for one in view.series:
            ledger.add_series(one)
        for image in view.images:
            ledger.add_picture(image.about, image.data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    path = tmp_path_factory.mktemp("run")
    write(path, small_view())
    return path


def test_the_ledger_holds_all_that_the_page_shows(folder: Path) -> None:
    found = read(folder)
    want = small_view()
    assert sorted(found.images, key=str) == sorted(want.images, key=str)
    aside = {"images": (), "timings": (), "repeats": (), "takes": ()}
    assert replace(found, **aside) == replace(want, **aside)
    own = {"attempt": 1, "created": "", "took_s": None}
    assert [replace(one, **own) for one in found.takes] == [
        replace(one, **own) for one in want.takes
    ]
    assert set(found.timings) == set(want.timings) and set(found.repeats) == set(want.repeats)


def test_write_report_gives_the_same_bytes_again(folder: Path) -> None:
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first
    assert first.decode() == render(read(folder))
    assert [p.name for p in folder.iterdir() if "report" in p.name] == ["report.html"]


def test_reading_leaves_the_ledger_as_it_is(folder: Path) -> None:
    before = (folder / "ledger.sqlite").read_bytes()
    write_report(folder)
    assert (folder / "ledger.sqlite").read_bytes() == before


def test_a_picture_that_is_gone_does_not_take_the_page_with_it(tmp_path: Path) -> None:
    view = small_view()
    write(tmp_path, replace(view, images=view.images[:3], takes=()))
    blobs = sorted((tmp_path / "blobs").rglob("*.jpg"))
    blobs[0].unlink()
    blobs[1].write_bytes(b"other")
    page = parse(write_report(tmp_path).read_text(encoding="utf-8"))
    assert len(page.all("img")) == 1
    assert "2 pictures missing or damaged" in page.text.replace("\u00a0", " ")


def test_a_run_that_has_only_begun(tmp_path: Path) -> None:
    run = views.RUN.model_copy(update={"state": "running"})
    with Ledger.create(tmp_path, {"run": run}):
        text = parse(write_report(tmp_path).read_text(encoding="utf-8")).text
    assert "Interrupted: there was no plan yet; no film was made." in text


def test_no_ledger_and_no_good_ledger(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no ledger"):
        write_report(tmp_path)
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database" * 200)
    with pytest.raises(LedgerCorrupt):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()
