"""The journal of a night: what was cut off is passed over, what was found is found again, or made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engram.errors import StorageError
from engram.job import Nobody
from engram.sleep.journal import JOURNAL, Journal, read_journal, read_kept


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path, Nobody())


def names(folder: Path) -> list[str]:
    return [record.stage for record in read_journal(folder)]


def test_stages_are_told_in_the_order_in_which_they_end(journal: Journal, tmp_path: Path) -> None:
    with journal.stage("outer", through=3) as counts:
        counts["memories"] = 7
        with journal.stage("inner"):
            pass
    with pytest.raises(ZeroDivisionError), journal.stage("broken"):
        raise ZeroDivisionError
    inner, outer = read_journal(tmp_path)
    assert (inner.stage, outer.stage) == ("inner", "outer") and outer.counts == {"memories": 7}
    assert outer.seconds >= inner.seconds >= 0 and outer.peak_bytes > 0
    assert inner.inputs != outer.inputs


def test_a_stage_is_asked_about_before_it_begins(tmp_path: Path) -> None:
    asked: list[str] = []

    def check(stage: str) -> None:
        asked.append(stage)
        if stage == "second":
            raise StorageError("It is over.")

    journal, begun = Journal(tmp_path, Nobody(), check), []
    with journal.stage("first"):
        begun.append("first")
    with pytest.raises(StorageError), journal.stage("second"):
        begun.append("second")
    assert asked == ["first", "second"] and begun == names(tmp_path) == ["first"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_off_is_passed_over_and_ended(journal: Journal, tmp_path: Path, cut: int) -> None:
    for name in ("one", "two"):
        with journal.stage(name):
            pass
    file = tmp_path / JOURNAL
    file.write_bytes(file.read_bytes()[:-cut])
    with journal.stage("three"):
        pass
    assert names(tmp_path) == (["one", "three"] if cut > 1 else ["one", "two", "three"])
    assert file.read_bytes().endswith(b"}\n")


def test_lines_that_are_none_are_passed_over(journal: Journal, tmp_path: Path) -> None:
    for line in (b"null", b"[1]", b'{"stage": "x"}', b"\xff\xfe", b"[" * 100_000, b""):
        with (tmp_path / JOURNAL).open("ab") as lines:
            lines.write(line + b"\n")
    with journal.stage("sound"):
        pass
    assert names(tmp_path) == ["sound"] and read_journal(tmp_path / "nowhere") == []


class Made:
    """Something costly, and how often it was made."""

    def __init__(self, value: Any) -> None:
        self.value, self.times = value, 0

    def __call__(self) -> Any:
        self.times += 1
        return self.value


def test_what_was_found_is_found_again_for_the_same_inputs_only(journal: Journal) -> None:
    first, other = Made({"right": {"a": True}, "loss": 0.1}), Made(2)
    assert journal.once("before", {"x": 1, "y": [2]}, first) == first.value
    assert journal.once("before", {"y": [2], "x": 1}, other) == first.value
    assert (first.times, other.times) == (1, 0)
    assert journal.once("before", {"x": 1, "y": [3]}, other) == 2 and other.times == 1
    assert journal.once("before", {"x": 1, "y": [2]}, first) == first.value and first.times == 2


def test_no_byte_of_a_result_can_be_changed_or_lost_unnoticed(journal: Journal, tmp_path: Path) -> None:
    value, file = {"right": {"a": True, "b": False}, "loss": 1.25}, tmp_path / "after.json"
    journal.keep("after.json", {"x": 1}, value)
    whole, refused = file.read_bytes(), 0
    for at in range(len(whole)):
        for changed in (whole[:at], *(flipped(whole, at, mask) for mask in (1, 4, 32))):
            file.write_bytes(changed)
            try:
                assert read_kept(file, {"x": 1}) == value  # only white space was changed
            except ValueError:
                refused += 1
    assert refused > 3 * len(whole)
    made = Made(value)
    assert journal.once("after", {"x": 1}, made) == value and made.times == 1
    assert read_kept(file, {"x": 1}) == value


def flipped(data: bytes, at: int, mask: int) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def test_a_changed_result_is_not_believed(journal: Journal, tmp_path: Path) -> None:
    journal.keep("decision.json", {}, {"outcome": "reject"})
    file = tmp_path / "decision.json"
    assert read_kept(file, {}) == {"outcome": "reject"}
    file.write_bytes(file.read_bytes().replace(b"reject", b"accept"))
    with pytest.raises(ValueError, match="not what was written"):
        read_kept(file, {})
    for broken in (b"", b"null", b"3", b"[]", b'{"result": 1}', b"[" * 100_000):
        file.write_bytes(broken)
        with pytest.raises(ValueError):
            read_kept(file, {})
