"""Promise 11: forgotten means gone: not a byte of it, in any spelling, in any file below the home.

A home is filled with a person's memories and with everything that is derived from memories; some of it has a
marker in it, and exactly that is forgotten, in each of the five ways. Then every byte is looked at.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.remembering import Clock, said

from engram.answer.embedders import HashedNgrams
from engram.answer.exact import ExactMemory
from engram.config import LookupSettings
from engram.disk import to_json
from engram.errors import StorageError
from engram.home import Home
from engram.models.fake import fake_base
from engram.store import derived, facts, provenance
from engram.store.adapters import AdapterVersion, AdapterVersions
from engram.store.database import Database
from engram.store.entries import Entry, NewEntry
from engram.store.facts import Told
from engram.store.forgetting import choose, finish, forget
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger

MARKERS = [f"Quillfeather{letter}{number:02d}" for letter in "XYZ" for number in range(20)]
SESSION, DAY = 2, "2026-11-18T00:00:00+00:00"

WAYS: dict[str, Callable[[Ledger, list[Entry]], list[Entry]]] = {
    "ids": lambda ledger, marked: choose(ledger, ids=[entry.id for entry in marked]),
    "query": lambda ledger, marked: choose(ledger, query="quillFEATHER"),
    "session": lambda ledger, marked: choose(ledger, session=SESSION),
    "before": lambda ledger, marked: choose(ledger, before=DAY),
    "source": lambda ledger, marked: choose(ledger, source="import:old"),
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def marked_entries(way: str) -> list[NewEntry]:
    """One for each marker: short and long, plain and odd; in a session, early or imported for those ways."""
    session = SESSION if way == "session" else None
    source = "import:old" if way == "source" else "chat"
    when = "2026-11-17T08:00:00+00:00" if way == "before" else "2026-11-18T12:00:00+00:00"
    made = []
    for number, marker in enumerate(MARKERS):
        text = (
            f"{marker} is shy",
            f"I met {marker} at the " + "harbour " * 700,
            f"«{marker}» & 'co' \n\t{marker}é",
        )
        kind, key = ("fact", f"friend {marker}") if number % 7 == 0 else ("turn", "")
        made.append(NewEntry(kind, "user", source, text[number % 3], key, session, said_at=when))  # type: ignore[arg-type]
    return made


def fill(home: Home, ledger: Ledger, way: str) -> list[Entry]:
    """Ordinary memories around the marked ones, and all that is made from them. Returns the marked ones."""
    ledger.begin_session(), ledger.begin_session()
    kept = [said(f"ordinary thing number {number} " * (number % 40 + 1), 1) for number in range(60)]
    ledger.append(*kept[:30])
    marked = ledger.append(*marked_entries(way))
    ledger.append(*kept[30:])
    for entry in marked[::4]:
        ledger.set_tags(entry.id, ["no-train"])  # rows move about in the file when they change
        ledger.rate(entry.id, 1)
    MemoryIndex(ledger.database, HashedNgrams()).refresh()
    derive(home, ledger.database, marked)
    ExactMemory(ledger, home, fake_base().renderer, "fake", LookupSettings()).refresh()
    return marked


def derive(home: Home, database: Database, marked: list[Entry]) -> None:
    """Runs, a training set, a lookup file and a cache, with and without the marked ones; three adapters."""
    for folder, entries in (("runs/night", marked[:3]), ("cache/set", marked), ("lookup/facts", marked[3:4])):
        place = home.root / folder
        place.mkdir(parents=True)
        derived.name_entries(place, [entry.id for entry in entries])
        (place / "train.jsonl").write_bytes(b"".join(to_json({"text": entry.text}) for entry in entries))
        (place / "deep").mkdir()
        (place / "deep" / "coded.txt").write_bytes(
            b"".join(base64.b64encode(e.text.encode()) for e in entries)
        )
    unnamed = home.cache / "notes.json"  # says nothing about entries, and holds one nevertheless
    unnamed.write_bytes(to_json({"seen": marked[5].text}))
    (home.root / "runs" / "other").mkdir()
    derived.name_entries(home.root / "runs" / "other", [1, 2])
    (home.cache / "plain.txt").write_text("nothing of it", encoding="utf-8")
    for name, entries in (("v1", [1, 2]), ("v2", [1, marked[0].id]), ("v3", [e.id for e in marked])):
        AdapterVersions(database).register(AdapterVersion(name, "seedling", "r", "t", "d", "m"))
        provenance.record_entries(database, name, entries)


def spellings(text: str) -> Iterator[bytes]:
    """The ways in which bytes of it could lie around."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield text.encode(encoding)
    raw = text.encode()
    for shift in range(3):  # base64 looks different at each place in a group of three
        coded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        yield coded[(0, 2, 3)[shift] : len(coded) - 1 if (shift + len(raw)) % 3 else None]
    yield raw.hex().encode()
    yield "".join(f"%{byte:02X}" for byte in raw).encode()
    yield urllib.parse.quote(text).encode()


def hits(home: Home, texts: list[str]) -> list[str]:
    """Which of these texts is in which file. In another process: opening a database's file in this one would
    take away its locks."""
    needles = {spelling.lower() for text in texts for spelling in spellings(text)}
    script = (
        "import sys, pathlib\nneedles = [bytes.fromhex(line) for line in sys.stdin.read().split()]\n"
        "for file in pathlib.Path(sys.argv[1]).rglob('*'):\n"
        "    content = file.read_bytes().lower() if file.is_file() else b''\n"
        "    found = sum(needle in content or needle in str(file).lower().encode() for needle in needles)\n"
        "    print(f'{file.name}: {found}' if found else '', end='\\n' if found else '')\n"
    )
    given = "\n".join(needle.hex() for needle in needles)
    done = subprocess.run(
        [sys.executable, "-c", script, str(home.root)],
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("way", WAYS)
def test_not_a_byte_is_left(home: Home, way: str) -> None:
    with Database.open(home.database) as database:
        ledger = Ledger(database, Clock())
        marked = fill(home, ledger, way)
        going = [entry.id for entry in marked]
        others = [entry for entry in ledger.entries() if entry.id not in going]
        assert len(hits(home, MARKERS)) >= 6, "nothing to be found before, so nothing would be shown after"
        receipt = forget(home, database, WAYS[way](ledger, marked), how=way)
        while_open = hits(home, MARKERS)
        assert receipt.entries == tuple(going)
        assert ledger.entries() == others and ledger.verify().ok
        assert database.rows("SELECT count(*) FROM session WHERE id = 2") == [(int(way != "session"),)]
        check_index(database)
    assert while_open == hits(home, MARKERS) == []
    assert (home.root / "runs" / "other" / "entries.json").exists() and (home.cache / "plain.txt").exists()
    assert receipt.outcome and receipt.outcome.left == () and receipt.outcome.echoes == ()
    gone = {"runs/night", "cache/set", "cache/notes.json", "lookup/facts", "lookup/exact"}
    assert set(receipt.outcome.removed) == gone
    assert receipt.adapters == ("v2", "v3") and receipt.counts == {"fact": 9, "turn": 51}


def check_index(database: Database) -> None:
    """It finds nothing of it and is what a new one would be."""
    index = MemoryIndex(database, HashedNgrams())
    clock = Clock()
    assert not any("Quill" in found.text for m in MARKERS[:6] for found in index.search(m, now=clock()))
    before = index.stats()
    index.rebuild()
    assert index.stats() == before and index.search("ordinary thing", now=clock())


def test_nothing_is_left_of_a_fact_that_was_looked_up(home: Home) -> None:
    """Words too short to be searched for, in key, alias, namespace and every value that it had."""
    words = ["Qzxummelig", "Vrumpelton", "Mmftaxtaal", "Wibblyquok", "Ploofernog", "spaceqzxum"]
    told = [Told(words[0], words[1], (words[2],), namespace=words[5]), Told("other thing", "kept")]
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        memory = ExactMemory(ledger, home, fake_base().renderer, "fake", LookupSettings())
        index = MemoryIndex(database, HashedNgrams())
        for value in (words[1], words[3]):
            facts.remember_all(ledger, [replace(told[0], value=value), told[1]])
            memory.refresh()
            index.refresh()
        facts.remember_all(ledger, [replace(told[0], value=words[4])])  # the file is older than this
        index.refresh()
        assert "facts.safetensors: " in str(hits(home, words)) and index.search(words[2], now=Clock()())
        forget(home, database, facts.history(ledger, words[0], words[5]))
        assert hits(home, words) == [] and not (home.lookup / "exact").exists()
        assert index.search(words[2], now=Clock()()) == [] and index.stats().chunks == 1
        memory.refresh()
        assert hits(home, words) == [] and (home.lookup / "exact").exists() and ledger.verify().ok


def test_vectors_go_as_well(home: Home) -> None:
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        marked = fill(home, ledger, "ids")
        embedder = HashedNgrams()
        vectors = [row.astype("<f2").tobytes() for row in embedder.embed([e.text for e in marked[::3]])]
        there = {blob for (blob,) in database.rows("SELECT vector FROM chunk_vector")}
        assert len(there & set(vectors)) > 10
        forget(home, database, marked)
    content = home.database.read_bytes()
    assert not any(vector in content for vector in vectors) and np.any(embedder.embed(["ordinary"]))


def test_flagged_adapters_are_known_by_how_much(home: Home) -> None:
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        marked = fill(home, ledger, "ids")
        assert provenance.forgotten_in(database) == {}
        forget(home, database, marked[:2])
        assert provenance.forgotten_in(database) == {"v2": 1, "v3": 2}
        forget(home, database, marked[2:3])
        assert provenance.forgotten_in(database) == {"v2": 1, "v3": 3}


def test_an_adapters_report_is_named_and_not_deleted(home: Home) -> None:
    report = home.adapters / "v1" / "report.html"
    report.parent.mkdir()
    report.write_text("<p>my sister&#x27;s name is Quillfeather &amp; so on", encoding="utf-8")
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        entries = ledger.append(said("my sister's name is Quillfeather & so on"))
        receipt = forget(home, database, entries)
        assert receipt.outcome and receipt.outcome.left == ("adapters/v1/report.html",)
    assert report.exists()


def test_a_repetition_that_was_not_chosen_is_named(home: Home) -> None:
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        ledger.append(
            said("my locker code is 7341"), said("You said: my locker code is 7341", speaker="assistant")
        )
        receipt = forget(home, database, [ledger.get(1)])
        assert receipt.outcome and (receipt.outcome.echoes, receipt.outcome.left) == ((2,), ())


@pytest.mark.parametrize("stage", ["compact", "content"])
def test_what_was_interrupted_is_finished_later(
    home: Home, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        marked = fill(home, ledger, "ids")
        with monkeypatch.context() as patch:
            patch.setattr(Database, stage, _interrupt)
            with pytest.raises(StorageError, match=r"are forgotten, but .* engram memory verify"):
                forget(home, database, marked)
        assert not choose(ledger, query="quill") and ledger.verify().ok
        assert hits(home, MARKERS) != []
        assert finish(home, database) == 1 and finish(home, database) == 0
        assert [line for line in hits(home, MARKERS) if "notes.json" not in line] == []


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_locks_of_the_database_are_kept(home: Home) -> None:
    """A process that opens and closes beside one that has forgotten must not take itself for the last one: it
    would delete the log under the other's feet."""
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        forget(home, database, ledger.append(said("something to forget")))
        ledger.append(said("kept in the log"))
        log = Path(f"{home.database}-wal")
        size = log.stat().st_size
        script = (
            "import sys, pathlib\nfrom engram.store.database import Database\n"
            "Database.open(pathlib.Path(sys.argv[1])).close()"
        )
        subprocess.run([sys.executable, "-c", script, str(home.database)], check=True)
        assert log.exists() and log.stat().st_size == size > 0


def test_a_newer_fact_gone_the_older_one_counts_again(home: Home) -> None:
    with Database.open(home.database) as database:
        ledger = Ledger(database)
        first, second = facts.remember(ledger, "dog", "Rex"), facts.remember(ledger, "dog", "Rufo")
        forget(home, database, [second])
        assert facts.current(ledger, "dog") == first and ledger.superseded() == frozenset()
        forget(home, database, [first])
        assert facts.current(ledger, "dog") is None
