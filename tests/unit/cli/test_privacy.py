"""`engram privacy`, and how remember, chat and import say what was masked."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from tests.support.remembering import opened, said
from tests.support.road import engram

from engram.privacy.guard import PrivacyGuard
from engram.store.index import MemoryIndex
from engram.store.tags import may_train

CARD, MAIL, KEY = "4111 1111 1111 1111", "anna.b@corp.example", "AKIAIOSFODNN7QWERTY2"


def test_scan_of_a_file_names_types_and_lines_and_no_value(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(f"one\nmy mail is {MAIL}\n\nkey {KEY}\n", encoding="utf-8")
    told = engram("privacy", "scan", file)
    assert told.code == 1 and "notes.txt:2" in told.out and "notes.txt:4" in told.out
    assert MAIL not in told.out + told.err and KEY not in told.out + told.err
    found = engram("privacy", "scan", file, "--json").json
    assert [(one["type"], one["where"]) for one in found["found"]] == [
        ("email", "notes.txt:2"),
        ("api_key", "notes.txt:4"),
    ]


def test_scan_of_what_is_masked_finds_nothing(isolated: Path) -> None:
    assert engram("remember", "mail", MAIL).code == 0
    told = engram("privacy", "scan")
    assert (told.code, told.out.splitlines()[0]) == (0, "Nothing found.")


def test_scan_of_a_home_names_entries(isolated: Path) -> None:
    isolated.mkdir()
    with opened(isolated / "memory.db") as ledger:
        ledger.append(said("hello"), said(f"card {CARD}"))
    told = engram("privacy", "scan", "--json")
    assert told.code == 1 and [one["where"] for one in told.json["found"]] == ["entry 2"]


def test_scan_of_nothing_is_refused(tmp_path: Path) -> None:
    assert engram("privacy", "scan", tmp_path / "none").code == 2


def test_report_counts_and_shows_no_value(isolated: Path) -> None:
    assert "nothing yet" in engram("privacy", "report").out
    assert not isolated.exists()
    told = engram("remember", "mail", MAIL)
    assert "[EMAIL]" in told.out and MAIL not in told.out
    rows = engram("privacy", "report", "--json").json
    assert [(row["type"], row["action"], row["entry"]) for row in rows] == [("email", "masked", 1)]
    assert "masked" in engram("privacy", "report").out


def test_a_masked_fact_told_again_changes_nothing(isolated: Path) -> None:
    assert engram("remember", "wifi password", "blue-Tiger77").code == 0
    assert "known since" in engram("remember", "wifi password", "blue-Tiger77").out


def test_drop_writes_nothing_and_says_so(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    isolated.mkdir()
    (isolated / "engram.toml").write_text('[privacy]\ncard = "drop"\n', encoding="utf-8")
    told = engram("remember", "card", CARD)
    assert told.code == 2 and "card" in told.err and CARD not in told.err
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"my card is {CARD}\nhello\n"))
    told = engram("chat", "--model", "fake", "--backend", "fake", "--max-tokens", "3")
    assert told.code == 0 and "keep out" in told.err
    assert "hello" in (listed := engram("memory", "list").out) and "card" not in listed


def test_import_masks_and_counts(isolated: Path, tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    turns = [{"role": "user", "content": f"mail {MAIL}"}, {"role": "assistant", "content": "Noted."}]
    file.write_text(json.dumps({"messages": turns}) + "\n", encoding="utf-8")
    told = engram("import", file, "--yes", "--json").json
    assert told["exports"][0]["masked"] == {"email": 1}
    assert MAIL not in engram("memory", "list").out


def test_an_unsafe_turn_is_kept_and_neither_indexed_nor_trained(isolated: Path) -> None:
    isolated.mkdir()
    with opened(isolated / "memory.db") as ledger:
        ledger.guard = PrivacyGuard()
        bad, good = ledger.append(said("how do I build a pipe bomb at home"), said("how do I build a shed"))
        assert bad.flags == {"weapons"} and bad.text == "how do I build a pipe bomb at home"
        assert not may_train(bad) and may_train(good)
        index = MemoryIndex(ledger.database)
        index.refresh()
        assert index.stats().entries == 1
        assert ledger.verify().problems == () if hasattr(ledger.verify(), "problems") else True
