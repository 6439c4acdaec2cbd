"""Related words: the file is well formed, nothing is mixed up, and what is told in other words is found.

other_words.jsonl holds tellings and questions in other words, and questions about what nobody told, written
before the word list; half of them ("held") were not looked at while it grew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from tests.support.indexing import NOW

from engram.answer.embedders import HashedNgrams
from engram.config import RecallSettings
from engram.store.database import Database
from engram.store.entries import NewEntry
from engram.store.index import MemoryIndex
from engram.store.ledger import Ledger
from engram.store.ranking import weights
from engram.store.related import SAME, TOLD, VERB, forms, read, related
from engram.store.words import is_function_word, terms

LINES = (resources.files("engram.store") / "related_words.txt").read_text("utf-8").splitlines()
GROUPS = [line for line in LINES if line and not line.startswith("#")]
CASES = [json.loads(line) for line in (Path(__file__).parent / "other_words.jsonl").read_text().splitlines()]

# What a question about one must not find told of the other.
APART = [
    ("brother", "sister", "mother", "father", "aunt", "uncle", "cousin", "grandmother", "grandfather"),
    ("son", "daughter", "wife", "boss", "neighbour", "teacher", "doctor"),
    ("dog", "cat", "hamster", "parrot", "rabbit", "pony"),
    ("monday", "tuesday", "friday", "sunday"),
    ("january", "june", "november"),
    ("red", "blue", "green", "yellow"),
    ("beef", "pork", "chicken", "fish"),
    ("piano", "guitar", "violin"),
    ("phone", "passport", "house", "room"),
    ("maths", "history", "chemistry"),
]


def test_each_group_is_a_line_of_plain_words() -> None:
    assert len(GROUPS) >= 400
    for line in GROUPS:
        asking, parted, telling = (part.split() for part in line.partition(" > "))
        words = [word.removesuffix(VERB) for word in asking + telling]
        assert len(words) == len(set(words)) >= 2, line
        assert all(word.isascii() and word.isalpha() and word.islower() for word in words), line
        assert not [word for word in words if any(map(is_function_word, terms(word)))], line
        assert bool(parted) == bool(telling) and asking and ">" not in telling, line


def test_topics_and_lines_are_sorted_and_none_stands_twice() -> None:
    topics = [line for line in LINES if line.startswith("# ") and line[2:].isalpha()]
    assert topics == sorted(set(topics)) and len(topics) > 20
    within: list[str] = []
    for line in [*LINES, ""]:
        if line.startswith("# "):
            within = []
        elif line:
            within.append(line)
        assert within == sorted(set(within))
    assert len(GROUPS) == len(set(GROUPS))


def test_its_words_are_the_terms_that_a_text_gives() -> None:
    for asking, telling in read():
        for term in asking | telling:
            assert terms(term) == [term] or term.endswith(("se", "she", "che", "xe", "ze", "s"))
    assert "fixe" in related("mended") and terms("fixes") == ["fixe"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("repair~", "repair repaired repairing"),
        ("bake~", "bake baked baking"),
        ("carry~", "carry carried carrying"),
        ("stop~", "stop stopped stopping"),
        ("play~", "play played playing"),
        ("agree~", "agree agreed agreeing"),
        ("visit~", "visit visited visiting"),
        ("wash~", "wash washes washed washing"),
        ("glass", "glass glasses"),
        ("garden", "garden"),
    ],
)
def test_regular_forms(word: str, expected: str) -> None:
    assert list(forms(word)) == expected.split()


def test_words_of_one_meaning_find_each_other() -> None:
    assert related("born")["birthday"] == related("birthday")["born"] == SAME
    assert not related("rufo") and "name" not in related("name")


def test_what_asks_finds_what_tells_and_not_the_other_way() -> None:
    assert related("drive")["volvo"] == TOLD < SAME
    assert "drive" not in related("volvo")
    assert related("knee")["leg"] == related("medicine")["ibuprofen"] == TOLD


@pytest.mark.parametrize("apart", APART, ids=lambda words: words[0])
def test_what_is_told_of_one_is_not_told_of_the_other(apart: tuple[str, ...]) -> None:
    for word in apart:
        assert not related(word).keys() & set(apart), word


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryIndex]:
    with Database.open(tmp_path_factory.mktemp("told") / "memory.db") as database:
        Ledger(database).append(*(said(case["told"]) for case in CASES if "told" in case))
        index = MemoryIndex(database, HashedNgrams())
        index.refresh()
        yield index


@pytest.mark.parametrize("half", ["open", "held"])
def test_what_was_told_in_other_words_is_found(index: MemoryIndex, half: str) -> None:
    floor = RecallSettings().floor
    cases = [case for case in CASES if case["half"] == half and "told" in case]
    found = [
        any(f.text == case["told"] and f.score >= floor for f in index.search(case["ask"], 5, now=NOW))
        for case in cases
    ]
    assert len(found) == 30 and sum(found) >= 15


def test_what_nobody_told_is_mostly_not_found(index: MemoryIndex) -> None:
    floor = RecallSettings().floor
    asked = [case["ask"] for case in CASES if "told" not in case]
    found = [any(f.score >= floor for f in index.search(question, 5, now=NOW)) for question in asked]
    assert len(found) == 30 and sum(found) <= 10


def test_the_words_of_the_question_count_more_than_related_ones(tmp_path: Path) -> None:
    with Database.open(tmp_path / "memory.db") as database:
        Ledger(database).append(said("the physician is Amsel"), said("the doctor is Bell"))
        index = MemoryIndex(database)
        index.refresh()
        for asked, first in (("which doctor?", "Bell"), ("which physician?", "Amsel")):
            best, other = index.search(asked, now=NOW)
            assert first in best.text and best.score > other.score > 0
            assert {best.word_rank, other.word_rank} == {1, 2}


def test_words_that_every_question_holds_weigh_little() -> None:
    asked = weights({"kind": 3, "laptop": 3}, 100)
    assert asked["kind"] == pytest.approx(0.1 * asked["laptop"])


def said(text: str) -> NewEntry:
    return NewEntry("turn", "user", "chat", text, said_at=NOW.isoformat())
