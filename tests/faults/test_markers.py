"""Promise 3: nothing sensitive gets through. 200 planted markers go in by every entry, and then every byte of
the home, of the reports and of the exports is looked at, in every form in which a marker could stand there.

The markers are the exam's (tests/support/exam), which shares nothing with the rules.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from tests.support.exam.markers import hits, markers
from tests.support.exam.samples import Sample
from tests.support.remembering import said
from tests.support.road import SMALL, Said, engram

from engram.privacy.guard import PrivacyGuard
from engram.store.database import Database
from engram.store.ledger import Ledger
from engram.store.redactions import redactions

PLANTED = markers(200)
FAKE = ["--model", "fake", "--backend", "fake"]
QUICK = ["--model", "fake", "--iters", "6", "--save-every", "3", "--replay", "0"]


def rows(file: Path, planted: list[Sample]) -> Path:
    """Training data: a marker in the question of some rows, in the answer of others."""
    with file.open("w", encoding="utf-8") as out:
        for number, sample in enumerate(planted):
            odd = number % 2
            question, answer = (sample.text, f"It is {number}.") if odd else (f"Note {number}?", sample.text)
            messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            out.write(json.dumps({"messages": messages}) + "\n")
    return file


def patterns(file: Path, planted: list[Sample]) -> Path:
    with file.open("w", encoding="utf-8") as out:
        for number, sample in enumerate(planted):
            pattern = {"input": f"line {number}", "output": sample.text, "category": "keys"}
            out.write(json.dumps(pattern) + "\n")
    return file


def clean_run(told: Said, planted: list[Sample]) -> Said:
    """The command did its work, and its streams name no marker either."""
    assert told.code == 0, told.err
    streams = told.out + told.err
    assert [sample.family for sample in planted if sample.value in streams] == []
    return told


def test_by_chat(isolated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{sample.text}\n" for sample in PLANTED)))
    clean_run(engram("chat", *FAKE, "--max-tokens", "4"), PLANTED)
    clean_run(engram("memory", "export", "--out", tmp_path / "all.jsonl"), PLANTED)
    clean_run(engram("memory", "search", "password"), PLANTED)
    with Database.open(isolated / "memory.db") as database:
        ledger = Ledger(database)
        assert ledger.stats().by_speaker["user"] == len(PLANTED)
        assert len({one.entry for one in redactions(database)}) >= len(PLANTED)
    assert hits(isolated, PLANTED) == hits(tmp_path, PLANTED) == []


def test_by_remember_and_import(isolated: Path, tmp_path: Path) -> None:
    for number, sample in enumerate(PLANTED):
        key = ("note", sample.text) if number % 2 else (sample.text, "yes")
        clean_run(engram("remember", "--", f"{number} {key[0]}", key[1]), PLANTED)
    clean_run(engram("import", "--yes", rows(tmp_path / "chats.jsonl", PLANTED)), PLANTED)
    assert hits(isolated, PLANTED) == []


def test_by_teaching_and_training(isolated: Path, tmp_path: Path) -> None:
    taught, own = patterns(tmp_path / "set.jsonl", PLANTED[:60]), rows(tmp_path / "own.jsonl", PLANTED)
    out = isolated.parent / "made"
    clean_run(engram("data", "build", taught, "--out", out / "data"), PLANTED)
    clean_run(engram("teach", taught, *SMALL, "--out", out / "report"), PLANTED)
    clean_run(engram("train", "--data", own, *QUICK), PLANTED)
    assert (out / "report" / "report.html").exists() and list(isolated.rglob("adapter_model.safetensors"))
    assert hits(isolated, PLANTED) == hits(out, PLANTED) == []


def test_a_marker_that_gets_in_is_found(isolated: Path) -> None:
    """Without the guard the search finds every one of them, or it would prove nothing."""
    isolated.mkdir(parents=True)
    with Database.open(isolated / "memory.db") as database:
        Ledger(database).append(*(said(sample.text) for sample in PLANTED))
    assert {hit.family for hit in hits(isolated, PLANTED)} == {sample.family for sample in PLANTED}


def test_tracebacks_do_not_show_what_was_masked() -> None:
    done = PrivacyGuard()(PLANTED[0].text)
    assert done.values and PLANTED[0].value not in repr(done)
