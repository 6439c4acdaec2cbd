"""A file in place of another: the old one or the new one, whatever fails; and digests."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest
from tests.faults.disks import FaultyFiles, refuse

from engram.disk import disk_errors, replace_files, sha256, sha256_of_file, storage_error, write_file
from engram.errors import StorageError

CALLS = ["write", "sync", "rename", "sync"]


def test_it_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    file, files = tmp_path / "a.json", FaultyFiles(None, refuse(errno.EIO))
    for content in (b"old", b"new and longer"):
        write_file(file, content, files)
        assert file.read_bytes() == content and list(tmp_path.iterdir()) == [file]
    assert files.calls == CALLS * 2


@pytest.mark.parametrize("at", range(len(CALLS)))
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_refusal_leaves_the_old_or_the_new(tmp_path: Path, at: int, code: int) -> None:
    file = tmp_path / "a.json"
    write_file(file, b"old")
    with pytest.raises(StorageError) as caught:
        write_file(file, b"new and longer", FaultyFiles(at, refuse(code)))
    assert caught.value.hint and "a.json" in caught.value.message
    assert file.read_bytes() == (b"new and longer" if at > CALLS.index("rename") else b"old")
    assert list(tmp_path.iterdir()) == [file]


def test_digests_are_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert sha256(b"abc" * 100_000) == sha256_of_file(tmp_path / "a")
    assert sha256(b"") == hashlib.sha256().hexdigest()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "disk is full (text)"),
        (errno.EACCES, "cannot be written (text)"),
        (errno.ENOTDIR, "something else is in the way (text)"),
        (errno.EIO, "could not be written: text"),
    ],
)
def test_a_refusal_is_a_sentence_with_a_way_out(code: int, said: str) -> None:
    error = storage_error(OSError(code, "text"), Path("some") / "file")
    assert said in error.message and "file" in error.message and error.hint
    assert storage_error(OSError(code, "text"), Path("some") / "file", "Do this.").hint == "Do this."


def test_several_files_are_replaced_in_their_order_once_all_lie_aside(tmp_path: Path) -> None:
    files = FaultyFiles(None, refuse(errno.EIO))
    replace_files(tmp_path, {"b": b"1", "a": b"2"}, files)
    assert files.calls == ["write", "sync"] * 2 + ["rename"] * 2 + ["sync"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b": b"1", "a": b"2"}
    with pytest.raises(OSError, match="No space"):
        replace_files(tmp_path, {"b": b"3", "a": b"4"}, FaultyFiles(5, refuse(errno.ENOSPC)))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b": b"3", "a": b"2"}


def test_only_what_the_disk_refuses_is_reworded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mine"), disk_errors(tmp_path):
        raise ValueError("mine")
