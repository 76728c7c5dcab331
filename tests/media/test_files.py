"""Files are written whole or not at all, and errors are one clear line."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from landfast.errors import InputError
from landfast.media.files import (
    atomic_path,
    check_folder,
    check_target,
    make_folder,
    read_bytes,
    read_document,
    sha256_file,
    write_bytes,
    write_text,
)
from landfast.model.clip import Clip


def test_writes_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "one\n")
    write_text(target, "zwei ü\n")
    assert target.read_bytes() == "zwei ü\n".encode()
    assert list(tmp_path.iterdir()) == [target]


def test_error_in_the_block_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    write_bytes(target, b"old")
    with pytest.raises(ZeroDivisionError), atomic_path(target) as draft:
        assert draft.suffix == ".bin" and draft.parent.parent == tmp_path
        draft.write_bytes(b"half")
        raise ZeroDivisionError
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"a\.bin: .*disk is full; free some space"):
        write_bytes(tmp_path / "a.bin", b"data")
    assert not list(tmp_path.iterdir())


def test_missing_folder_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no/a\.txt: does not exist"):
        write_text(tmp_path / "no" / "a.txt", "x")


def test_where_nothing_can_be_made_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_in_proc(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(os, "mkdir", as_in_proc)
    with pytest.raises(InputError, match=r"new: cannot be made: .*; give another folder"):
        make_folder(tmp_path / "new")
    with pytest.raises(InputError, match=r"a\.txt: cannot be made: .*; give another folder"):
        write_text(tmp_path / "a.txt", "x")


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(InputError, match=r"a\.txt: is a folder"):
        write_text(tmp_path / "a.txt", "x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_reading_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="does not exist; check the path"):
        sha256_file(tmp_path / "none")
    with pytest.raises(InputError, match="is a folder"):
        read_bytes(tmp_path)

    def closed(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "a").touch()
    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(InputError, match="may not be accessed"):
        sha256_file(tmp_path / "a")


def test_make_folder_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match="out: is a file"):
        make_folder(tmp_path / "out")
    with pytest.raises(InputError, match="under something that is not a folder"):
        make_folder(tmp_path / "out" / "deeper")
    assert make_folder(tmp_path / "new" / "deep").is_dir()


def test_sha256(tmp_path: Path) -> None:
    data = os.urandom(3 << 20)
    write_bytes(tmp_path / "a", data)
    assert sha256_file(tmp_path / "a") == hashlib.sha256(data).hexdigest()


def test_document_of_another_kind(tmp_path: Path, karma_clip: Clip) -> None:
    write_text(tmp_path / "clip.json", karma_clip.to_json())
    assert read_document(tmp_path / "clip.json", Clip) == karma_clip
    write_text(tmp_path / "clip.json", "{}")
    with pytest.raises(InputError, match=r"clip\.json: does not hold a clip"):
        read_document(tmp_path / "clip.json", Clip)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("read", [read_bytes, sha256_file])
def test_what_may_never_end_is_not_read(read: Callable[[Path], object], tmp_path: Path) -> None:
    pipe = tmp_path / "clip.mp4"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match=r"clip\.mp4: is a pipe or a device; give a file"):
        read(pipe)


def test_a_target_is_checked_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for good in (tmp_path / "new", tmp_path / "file", Path("new")):
        check_target(good)
    with pytest.raises(InputError, match="is a folder; give the name of a file"):
        check_target(tmp_path)
    with pytest.raises(InputError, match=r"would lie in .*no, which does not exist; make that"):
        check_target(tmp_path / "no" / "new")
    with pytest.raises(InputError, match="under something that is not a folder"):
        check_target(tmp_path / "file" / "new")


def test_a_folder_is_checked_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for good in (tmp_path, tmp_path / "new" / "newer", Path("new")):
        check_folder(good)
    assert not (tmp_path / "new").exists()
    with pytest.raises(InputError, match="is a file; give a folder"):
        check_folder(tmp_path / "file")
    with pytest.raises(InputError, match="under something that is not a folder"):
        check_folder(tmp_path / "file" / "new")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="new: may not be accessed; change its permissions"):
        check_folder(tmp_path / "new")


@pytest.mark.parametrize("check", [check_target, check_folder])
def test_a_closed_folder_above_is_one_line(
    check: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "exists", closed)
    with pytest.raises(InputError, match="new: may not be accessed"):
        check(tmp_path / "new")
