"""The exact memory of a home: the ledger is the truth, the folder is made from it, no more is touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.support.remembering import opened

import engram
from engram.answer.answerer import Answerer
from engram.answer.exact import FILE, FOLDER, ExactMemory
from engram.answer.fact_table import clashes, facts_of
from engram.backends.fake import FakeBackend
from engram.config import LookupSettings
from engram.home import Home
from engram.lookup.file import load
from engram.models.fake import fake_base
from engram.store import facts
from engram.store.facts import Told, remember, remember_all
from engram.store.forgetting import forget
from engram.store.ledger import Ledger
from engram.types import Message, Sampling

BASE = fake_base()
DOG = "what is my dog's name?"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


@pytest.fixture
def ledger(home: Home) -> Iterator[Ledger]:
    with opened(home.database) as ledger:
        yield ledger


def exact(ledger: Ledger, home: Home, **settings: Any) -> ExactMemory:
    return ExactMemory(ledger, home, BASE.renderer, "fake", LookupSettings(**settings))


def answerer(memory: ExactMemory | None) -> Answerer:
    return Answerer(FakeBackend().load(BASE), exact=memory)


def answers(memory: ExactMemory | None, *questions: str) -> list[tuple[str, int | None]]:
    """What is answered, and from which entry."""
    said = answerer(memory).answer_all([[Message("user", question)] for question in questions], Sampling(40))
    return [(answer.text, answer.fact and answer.fact.source) for answer in said]


def kept(home: Home) -> dict[str, str]:
    """Keys and answers in the file."""
    table = load(home.lookup / FOLDER / FILE, BASE.renderer.tokenizer)
    return {fact.key: fact.answer for fact in table.facts()}


def test_what_is_told_answers_at_once_and_what_is_newer_replaces_it(ledger: Ledger, home: Home) -> None:
    memory = exact(ledger, home)
    ((before, source),) = answers(memory, DOG)
    assert before.startswith("I don't know") and source is None and not home.lookup.exists()
    first = remember(ledger, "dog's name", "Rufo")
    assert answers(memory, DOG) == [("Rufo", first.id)]
    second = remember(ledger, "Dog's Name", "Rufa")
    assert answers(memory, DOG) == [("Rufa", second.id)] and kept(home) == {"Dog's Name": "Rufa"}


def test_another_program_sees_it_too_and_reads_the_file(
    ledger: Ledger, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    fact = remember(ledger, "dog's name", "Rufo")
    assert answers(exact(ledger, home), DOG) == [("Rufo", fact.id)]
    monkeypatch.setattr("engram.answer.exact.change", None)  # so that it cannot be built again
    with opened(home.database) as other:
        assert answers(exact(other, home), DOG) == [("Rufo", fact.id)]
        monkeypatch.undo()
        newer = remember(other, "dog's name", "Rufa")
    assert answers(exact(ledger, home), DOG) == [("Rufa", newer.id)]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "manifest", "gone"])
def test_a_damaged_folder_is_made_anew(ledger: Ledger, home: Home, damage: str) -> None:
    fact = remember(ledger, "dog's name", "Rufo")
    answers(exact(ledger, home), DOG)
    file = home.lookup / FOLDER / ("manifest.json" if damage == "manifest" else FILE)
    content = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        at = len(content) // 2
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        file.write_bytes({"cut": content[:-3], "empty": b""}.get(damage, flipped))
    assert answers(exact(ledger, home), DOG) == [("Rufo", fact.id)] and kept(home) == {"dog's name": "Rufo"}
    if damage not in ("manifest", "gone"):
        assert file.read_bytes() == content


def test_where_the_file_cannot_be_written_it_answers_all_the_same(ledger: Ledger, home: Home) -> None:
    fact = remember(ledger, "dog's name", "Rufo")
    home.lookup.write_text("in the way")
    assert answers(exact(ledger, home), DOG) == [("Rufo", fact.id)]


def test_forgetting_takes_it_out_of_memory_and_disk_at_once(ledger: Ledger, home: Home) -> None:
    memory = exact(ledger, home)
    remember(ledger, "dog's name", "Rex")
    told = remember(ledger, "dog's name", "Rufo")
    other = remember(ledger, "locker code", "7341")
    assert answers(memory, DOG)[0][0] == "Rufo"
    receipt = forget(home, ledger.database, facts.history(ledger, "dog's name"))
    assert receipt.outcome and receipt.outcome.removed == (f"lookup/{FOLDER}",)
    assert answers(memory, DOG)[0][1] is None
    assert answers(memory, "locker code") == [("7341", other.id)] and kept(home) == {"locker code": "7341"}
    assert str(told.id) not in (home.lookup / FOLDER / "entries.json").read_text()


def test_a_file_is_not_written_for_facts_that_are_no_more(
    ledger: Ledger, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forgetting between reading the facts and writing the file leaves nothing in the file."""
    told = remember(ledger, "dog's name", "Rufo")
    real = facts.digest

    def interrupted(asked: Ledger, entries: Sequence[Any]) -> str:
        found = real(asked, entries)
        with opened(home.database) as other:
            forget(home, other.database, [told])
        return found

    monkeypatch.setattr(facts, "digest", interrupted)
    memory = exact(ledger, home)
    memory.refresh()
    assert not (home.lookup / FOLDER).exists()
    monkeypatch.undo()
    assert answers(memory, DOG)[0][1] is None


def test_the_folder_after_a_deletion_is_that_of_a_ledger_without_it(tmp_path: Path) -> None:
    contents = []
    for name, extra in (("with", True), ("without", False)):
        home = Home(tmp_path / name).create()
        with opened(home.database) as ledger:
            remember(ledger, "dog's name", "Rufo")
            last = remember(ledger, "locker code", "7341") if extra else None
            exact(ledger, home).refresh()
            if last:
                forget(home, ledger.database, [last])
                exact(ledger, home).refresh()
            contents.append((home.lookup / FOLDER / FILE).read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize(("tag", "answered"), [("no-train", True), ("no-rag", False), ("no-memory", False)])
def test_tags_say_whether_a_fact_answers(ledger: Ledger, home: Home, tag: str, answered: bool) -> None:
    memory = exact(ledger, home)
    told = remember(ledger, "dog's name", "Rufo", tags=frozenset({tag}))
    assert (answers(memory, DOG)[0][1] == told.id) == answered
    ledger.set_tags(told.id, [])
    assert answers(memory, DOG) == [("Rufo", told.id)], "a tag that is gone counts at once"
    ledger.set_tags(told.id, ["no-rag"])
    assert answers(memory, DOG)[0][1] is None and not (home.lookup / FOLDER).exists()


def test_a_newer_value_that_may_not_be_shown_hides_the_older_one_too(ledger: Ledger, home: Home) -> None:
    remember(ledger, "dog's name", "Rex")
    remember(ledger, "dog's name", "Rufo", tags=frozenset({"no-rag"}))
    assert answers(exact(ledger, home), DOG)[0][1] is None


def test_flagged_facts_do_not_answer(ledger: Ledger, home: Home) -> None:
    told = remember(ledger, "dog's name", "Rufo")
    ledger.database.rows("UPDATE entry SET flags = 'violence' WHERE id = ?", (told.id,))
    assert answers(exact(ledger, home), DOG)[0][1] is None


def test_aliases_namespaces_and_ways(ledger: Ledger, home: Home) -> None:
    work, own = remember_all(
        ledger,
        [
            Told("door code", "1111", namespace="work"),
            Told("door code", "2222", aliases=("code of the door",)),
        ],
    )
    asked = "what is the code of the door?"
    assert answers(exact(ledger, home), asked, "door code") == [("2222", own.entry.id)] * 2
    assert answers(exact(ledger, home, namespaces=("work",)), "door code") == [("1111", work.entry.id)]
    assert answers(exact(ledger, home, namespaces=("work",)), asked)[0][1] is None
    said = "he forgot the door code"
    assert answers(exact(ledger, home), said)[0][1] is None
    assert answers(exact(ledger, home, when="ends"), said) == [("2222", own.entry.id)]
    inside = "is the door code still right or not"
    assert answers(exact(ledger, home, when="ends"), inside)[0][1] is None
    assert answers(exact(ledger, home, when="contains"), inside) == [("2222", own.entry.id)]


def test_what_no_fact_answers_is_answered_without_any_processor(ledger: Ledger, home: Home) -> None:
    """Rows of one batch with and without a fact: the others are what they are with no memory at all."""
    remember(ledger, "dog's name", "Rufo")
    memory, seen = exact(ledger, home), []
    model = FakeBackend().load(BASE)
    generate = model.generate

    def watched(prompts: Sequence[Any], sampling: Sampling, processors: Sequence[Any] = ()) -> Any:
        seen.append((len(prompts), len(processors)))
        return generate(prompts, sampling, processors)

    model.generate = watched  # type: ignore[method-assign]
    questions = ["hello", DOG, "who forgot my dog's name?"]
    said = Answerer(model, exact=memory).answer_all([[Message("user", q)] for q in questions], Sampling(40))
    assert sorted(seen) == [(1, 1), (2, 0)]
    assert [answer.fact is not None for answer in said] == [False, True, False]
    plain = Answerer(FakeBackend().load(BASE)).answer_all(
        [[Message("user", q)] for q in (questions[0], questions[2])], Sampling(40)
    )
    assert [said[0].text, said[2].text] == [answer.text for answer in plain]


def test_a_written_answer_names_its_fact_also_when_cut(ledger: Ledger, home: Home) -> None:
    told = remember(ledger, "dog's name", "Rufo the third")
    one = answerer(exact(ledger, home))
    prompt = one.prompt([Message("user", DOG)])
    writing = one.write(prompt, Sampling(40), one.known(prompt, DOG))
    assert writing.answer.fact is None, "nothing is written yet"
    pieces = iter(writing)
    next(pieces)
    assert writing.answer.fact and writing.answer.fact.source == told.id
    assert "".join(["R", *pieces]) == "Rufo the third" and writing.answer.finish_reason == "stop"
    assert one.known(one.prompt([Message("user", "hello")]), "hello") is None


def test_an_improbable_fact_is_not_named_where_the_model_answers(ledger: Ledger, home: Home) -> None:
    remember_all(ledger, [Told("dog's name", "Rufo", probability=0.001)])
    ((text, source),) = answers(exact(ledger, home), DOG)
    assert source is None and "Rufo" not in text
    ((text, source),) = answers(exact(ledger, home), "hello")
    assert source is None


def test_release_lets_the_model_go_on(ledger: Ledger, home: Home) -> None:
    (told,) = remember_all(ledger, [Told("dog's name", "Rufo", end="release")])
    ((text, source),) = answers(exact(ledger, home), DOG)
    assert text.startswith("Rufo") and text != "Rufo" and source == told.entry.id


def test_keys_that_differ_only_in_spaces_are_said_to_clash(ledger: Ledger) -> None:
    one = remember(ledger, "light house", "in Genoa")
    two = remember(ledger, "lighthouse", "in Cordouan")
    (third,) = remember_all(ledger, [Told("beacon tower", "in Hook", aliases=("lighthouse",))])
    found = [(clash.name, clash.entry, clash.leads_to) for clash in clashes(facts.looked_up(ledger))]
    assert found == [("light house", one.id, two.id), ("lighthouse", third.entry.id, two.id)]


def test_a_key_of_marks_alone_is_left_out(ledger: Ledger, home: Home) -> None:
    remember(ledger, "\u00a8", "marks")
    remember(ledger, "dog's name", "Rufo")
    assert len(facts_of(facts.looked_up(ledger))) >= 1
    assert answers(exact(ledger, home), DOG)[0][0] == "Rufo"


def test_a_night_measures_weights_alone() -> None:
    """Nothing in the rooms of the night knows the exact memory, so no verdict can lean on it."""
    rooms = [Path(engram.__file__).parent / name for name in ("sleep", "measure", "training")]
    files = [file for room in rooms for file in room.rglob("*.py")]
    assert len(files) > 40
    assert [file.name for file in files if "answer.exact" in file.read_text(encoding="utf-8")] == []
