"""A conversation: what is written down, when, with which tags; what the model sees; what breaks off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.support.chatting import NOON, ListedRecall, ScriptedModel, note, scripted

from engram.answer.answerer import Answerer
from engram.chat.session import ChatSession
from engram.config import ChatSettings
from engram.errors import OutOfMemory, StorageError, UnknownName, UsageError
from engram.sleep.memories import memories
from engram.store.database import Database
from engram.store.entries import PASTED, Entry
from engram.store.ledger import Ledger


@dataclass
class Meeting:
    """A conversation on a fresh ledger, with its model and what it remarked."""

    ledger: Ledger
    answerer: Answerer
    model: ScriptedModel
    recall: ListedRecall = field(default_factory=ListedRecall)
    remarks: list[str] = field(default_factory=list)

    def begin(self, seed: int = 0, ledger: Any = "own", **settings: Any) -> ChatSession:
        kept = self.ledger if ledger == "own" else ledger
        chosen = ChatSettings(**settings)
        return ChatSession(
            self.answerer, kept, self.recall, chosen, seed=seed, note=self.remarks.append, clock=lambda: NOON
        )  # type: ignore[arg-type]

    def entries(self) -> list[Entry]:
        return self.ledger.entries()

    def texts(self) -> list[str]:
        return [entry.text for entry in self.entries()]


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Meeting]:
    with Database.open(tmp_path / "memory.db") as database:
        yield Meeting(Ledger(database, clock=lambda: NOON), *scripted("Noted.", adapter="v3"))


def say(session: ChatSession, text: str, **how: Any) -> str:
    return "".join(session.ask(text, **how))


def test_a_turn_is_durable_before_it_is_answered_and_the_answer_after(meeting: Meeting) -> None:
    session = meeting.begin()
    pieces = session.ask("my dog is Rufo")
    (question,) = meeting.entries()
    assert meeting.model.prompts == [], "it was written down before the model was asked"
    assert (question.kind, question.speaker, question.source) == ("turn", "user", "chat")
    assert (question.text, question.session, question.model) == ("my dog is Rufo", session.number, "")
    assert "".join(pieces) == "Noted."
    _, answer = meeting.entries()
    assert (answer.speaker, answer.source, answer.text) == ("assistant", "chat", "Noted.")
    assert (answer.model, answer.adapter, answer.session) == ("fake", "v3", question.session)
    last = session.last
    assert last and last.entries == (question.id, answer.id)
    assert last.first_token_seconds and 0 < last.first_token_seconds <= last.seconds


def test_one_conversation_is_one_session_and_the_next_another(meeting: Meeting) -> None:
    first, second = meeting.begin(), meeting.begin()
    assert first.number is None and meeting.ledger.sessions() == [], "nothing said, nothing written"
    for text in ("a", "b"):
        say(first, text)
    say(second, "c")
    assert [entry.session for entry in meeting.entries()] == [1, 1, 1, 1, 2, 2]
    assert (first.number, second.number) == (1, 2)


def test_what_was_said_is_before_the_model_with_its_answers(meeting: Meeting) -> None:
    session = meeting.begin(system="Be brief.")
    say(session, "one")
    say(session, "two")
    assert meeting.model.prompts[-1] == (
        "<|system|>Be brief.<|end|>"
        "<|user|>one<|end|><|assistant|>Noted.<|end|>"
        "<|user|>two<|end|><|assistant|>"
    )
    assert session.last and session.last.seen == 1


@pytest.mark.parametrize("tags", ["no-train", "no-rag", "no-memory", "no-train no-rag"])
def test_an_answer_has_the_tags_of_its_question(meeting: Meeting, tags: str) -> None:
    session = meeting.begin()
    say(session, "the code is 7341 " + " ".join(f"#{tag}" for tag in tags.split()))
    assert [entry.tags for entry in meeting.entries()] == [frozenset(tags.split())] * 2
    assert meeting.entries()[0].text == "the code is 7341"
    assert "#" not in meeting.model.prompts[0]


def test_private_is_not_written_and_only_seen_by_what_is_not_written_either(meeting: Meeting) -> None:
    session = meeting.begin()
    say(session, "hello")
    assert say(session, "my pin is 5512 #private") == "Noted."
    assert meeting.texts() == ["hello", "Noted."]
    assert session.last and not session.last.written and session.last.entries == ()
    say(session, "what is my pin? #private")
    assert "5512" in meeting.model.prompts[-1]
    say(session, "what is my pin?")
    assert "5512" not in meeting.model.prompts[-1] and "hello" in meeting.model.prompts[-1]
    assert meeting.texts()[2:] == ["what is my pin?", "Noted."]


def test_incognito_writes_nothing_and_ends_without_a_trace(meeting: Meeting) -> None:
    meeting.recall.notes = [note(900, "old note")]
    session = meeting.begin(incognito=True)
    say(session, "my pin is 5512")
    say(session, "and now?")
    assert "5512" in meeting.model.prompts[-1] and "old note" in meeting.model.prompts[-1]
    assert meeting.entries() == [] and meeting.ledger.sessions() == []
    session.incognito = False
    say(session, "hello")
    assert "5512" not in meeting.model.prompts[-1]
    session.incognito = True
    say(session, "again")
    assert "5512" in meeting.model.prompts[-1] and "hello" in meeting.model.prompts[-1]
    assert meeting.texts() == ["hello", "Noted."]


def test_without_a_ledger_nothing_is_written_and_talking_goes_on(meeting: Meeting) -> None:
    session = meeting.begin(ledger=None)
    assert say(session, "hello") == "Noted." and session.last and session.last.entries == ()
    for act in (lambda: session.rate(1), lambda: session.tag(["no-train"])):
        with pytest.raises(UsageError):
            act()


def test_notes_stand_before_the_conversation_and_never_become_memory(meeting: Meeting) -> None:
    meeting.recall.notes = [note(900, "the dog is Rufo")]
    session = meeting.begin(system="Be brief.")
    say(session, "what is the dog?")
    assert meeting.model.prompts[0].startswith("<|system|>Be brief.\n\nNOTES\nthe dog is Rufo<|end|><|user|>")
    assert meeting.texts() == ["what is the dog?", "Noted."]
    assert session.last and [one.entry_id for one in session.last.answer.sources] == [900]


def test_notes_that_do_not_fit_are_no_sources(meeting: Meeting) -> None:
    meeting.recall.notes = [note(900, "n" * 1000)]
    session = meeting.begin()
    assert say(session, "hello") == "Noted." and "nnn" not in meeting.model.prompts[0]
    assert session.last and session.last.answer.sources == ()


def test_what_the_model_sees_anyway_is_not_recalled_and_what_it_no_longer_sees_is(meeting: Meeting) -> None:
    session = meeting.begin(history=2)
    for text in "abcd":
        say(session, text)
    assert [excluded for _, excluded in meeting.recall.asked] == [
        frozenset({1}),
        frozenset({1, 2, 3}),
        frozenset({1, 2, 3, 4, 5}),
        frozenset({3, 4, 5, 6, 7}),
    ]


def test_turns_that_fall_out_of_the_context_are_said_aloud(meeting: Meeting) -> None:
    session = meeting.begin(history=50)
    long = "x" * 200
    for _ in range(7):
        say(session, long)
    prompt = meeting.model.prompts[-1]
    assert session.last and session.last.dropped + session.last.seen == 6 and session.last.dropped > 1
    assert prompt.count("<|assistant|>") == session.last.seen + 1 == prompt.count("<|user|>")
    (remark,) = meeting.remarks
    assert f"only the latest {session.last.seen} exchanges of this conversation" in remark
    assert len(meeting.entries()) == 14, "what the model does not see is written down all the same"
    dropped = {number for one in range(session.last.dropped) for number in (2 * one + 1, 2 * one + 2)}
    assert not dropped & meeting.recall.asked[-1][1], "and can be recalled"
    searched = len(meeting.recall.asked)
    "".join(session.edit(long))
    assert len(meeting.recall.asked) <= searched + 2, "searching again is dear"
    assert len(meeting.remarks) == 1, "the model sees as many, so nothing is said"
    say(session, 3 * long)
    assert session.last.seen == 1 and "only the latest exchange of this" in meeting.remarks[1]
    say(session, "x" * 850)
    assert session.last.seen == 0 and "nothing that was said before" in meeting.remarks[2]
    say(session, "x")
    assert len(meeting.remarks) == 3


def test_something_too_long_to_be_answered_is_kept_and_said(meeting: Meeting) -> None:
    session = meeting.begin()
    with pytest.raises(UsageError, match=r"written down as 1\."):
        session.ask("x" * 2000)
    assert meeting.texts() == ["x" * 2000] and session.last is None
    assert say(session, "short") == "Noted."


def test_nothing_is_nothing(meeting: Meeting) -> None:
    session = meeting.begin()
    for text in ("", "   \n", "#no-train", "#private  "):
        with pytest.raises(UsageError, match="nothing to answer"):
            session.ask(text)
    assert meeting.entries() == []


def test_stopping_keeps_what_was_said_so_far(meeting: Meeting) -> None:
    session, heard = meeting.begin(), []
    for piece in session.ask("tell me", stop=lambda: len(heard) == 3):
        heard.append(piece)
    assert meeting.texts() == ["tell me", "Not"] and session.last and session.last.answer.stopped
    say(session, "go on")
    assert "<|assistant|>Not<|end|>" in meeting.model.prompts[-1]


def broken(error: BaseException) -> Iterator[bytes]:
    yield b"Not"
    raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OutOfMemory("The device is full."), ValueError("x")])
def test_whatever_ends_an_answer_what_was_said_is_kept(meeting: Meeting, error: BaseException) -> None:
    meeting.answerer, _ = scripted(lambda _: broken(error))
    session = meeting.begin()
    with pytest.raises(type(error)):
        say(session, "tell me")
    assert meeting.texts() == ["tell me", "Not"] and session.last and session.last.answer.stopped


def test_a_reader_that_goes_away_ends_an_answer_too(meeting: Meeting) -> None:
    pieces = meeting.begin().ask("tell me")
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert meeting.texts() == ["tell me", "N"]


def test_an_answer_without_a_word_is_no_entry_and_no_part_of_the_conversation(meeting: Meeting) -> None:
    meeting.answerer, model = scripted("")
    session = meeting.begin()
    assert say(session, "hello") == ""
    assert session.last and session.last.answer_id is None and meeting.texts() == ["hello"]
    say(session, "again")
    assert "hello" not in model.prompts[-1]


def test_an_edit_supersedes_and_asks_again(meeting: Meeting) -> None:
    session = meeting.begin()
    say(session, "first")
    say(session, "my dog is Rufo #no-train", source=PASTED)
    assert "".join(session.edit("my dog is Rufa")) == "Noted."
    assert "Rufo" not in meeting.model.prompts[-1] and "first" in meeting.model.prompts[-1]
    question, answer = meeting.entries()[-2:]
    assert (question.text, question.replaces, answer.replaces) == ("my dog is Rufa", 3, 4)
    assert question.tags == answer.tags == {"no-train"}
    assert question.source == PASTED, "as before: it may still be somebody else's words"
    assert "my dog is Rufo" in meeting.texts(), "the ledger loses nothing"
    assert meeting.ledger.superseded() == {3, 4}
    say(session, "next")
    assert "Rufo" not in meeting.model.prompts[-1]
    "".join(session.edit("pasted over", source=PASTED))
    assert meeting.entries()[-2].source == PASTED


def test_an_edit_of_something_private_stays_private(meeting: Meeting) -> None:
    session = meeting.begin()
    say(session, "my pin is 1234 #private")
    "".join(session.edit("my pin is 5512"))
    assert meeting.entries() == []
    with pytest.raises(UsageError, match="nothing to edit"):
        meeting.begin().edit("x")


def test_rating_and_tagging_the_last_exchange(meeting: Meeting) -> None:
    session = meeting.begin()
    for act in (lambda: session.rate(1), lambda: session.tag([])):
        with pytest.raises(UsageError):
            act()
    say(session, "one")
    say(session, "two")
    assert session.rate(1) == 4 and [entry.rating for entry in meeting.entries()] == [0, 0, 0, 1]
    assert session.rate(-1) == 4 and meeting.entries()[3].rating == -1
    assert session.tag(["no-rag"]) == (3, 4) and session.last and session.last.tags == {"no-rag"}
    assert [sorted(entry.tags) for entry in meeting.entries()] == [[], [], ["no-rag"], ["no-rag"]]
    "".join(session.edit("three"))
    assert meeting.entries()[-1].tags == {"no-rag"}


def test_a_better_answer_stands_in_place_of_the_given_one_and_may_be_learned(meeting: Meeting) -> None:
    session = meeting.begin()
    with pytest.raises(UsageError, match="no written answer"):
        session.better("Rain.")
    say(session, "weather?")
    with pytest.raises(UsageError, match="How should"):
        session.better("  ")
    assert session.better("Rain, as ever. ") == 3
    better = meeting.entries()[2]
    assert (better.text, better.speaker, better.rating, better.replaces) == (
        "Rain, as ever.",
        "assistant",
        1,
        2,
    )
    (memory,) = memories(meeting.entries())
    assert (memory.question, memory.answer, memory.kind) == ("weather?", "Rain, as ever.", "habit")
    say(session, "and now?")
    assert "Rain, as ever." in meeting.model.prompts[-1] and "Noted." not in meeting.model.prompts[-1]
    assert meeting.begin(ledger=None).last is None


def test_what_is_forgotten_is_no_longer_before_the_model(meeting: Meeting) -> None:
    session = meeting.begin()
    for text in ("my dog is Rufo", "the sky is blue"):
        say(session, text)
    session.forget([2])
    say(session, "what now?")
    assert "Rufo" not in meeting.model.prompts[-1] and "blue" in meeting.model.prompts[-1]


def test_asking_again_is_not_the_same_draw(meeting: Meeting) -> None:
    session = meeting.begin(seed=5, temperature=0.7, top_p=0.9, max_tokens=9)
    for _ in range(2):
        say(session, "again")
    assert [sampling.seed for sampling in meeting.model.samplings] == [5, 6]
    assert {(s.temperature, s.top_p, s.max_tokens) for s in meeting.model.samplings} == {(0.7, 0.9, 9)}


class Failing:
    """A ledger whose appends fail from the given one on."""

    def __init__(self, ledger: Ledger, at: int) -> None:
        self._ledger, self._left = ledger, at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def append(self, *new: Any) -> list[Entry]:
        self._left -= 1
        if self._left <= 0:
            raise StorageError("The disk is full.", "Free some space.")
        return self._ledger.append(*new)


def test_what_cannot_be_written_is_not_answered(meeting: Meeting) -> None:
    session = meeting.begin(ledger=Failing(meeting.ledger, 1))
    with pytest.raises(StorageError, match="disk is full"):
        session.ask("my dog is Rufo")
    assert meeting.model.prompts == [] and session.last is None and meeting.entries() == []


def test_an_answer_that_cannot_be_written_is_shown_and_said_not_to_be_kept(meeting: Meeting) -> None:
    session = meeting.begin(ledger=Failing(meeting.ledger, 2))
    assert say(session, "my dog is Rufo") == "Noted."
    assert meeting.remarks == ["This answer was not written down. The disk is full. Free some space."]
    assert session.last and session.last.entries == (1,) and meeting.texts() == ["my dog is Rufo"]
    with pytest.raises(UsageError, match="no written answer"):
        session.rate(1)


def test_a_search_that_fails_is_said_and_costs_no_answer(meeting: Meeting) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StorageError("The database is damaged.")

    meeting.recall.recalled = fail  # type: ignore[method-assign]
    session = meeting.begin()
    assert say(session, "hello") == "Noted."
    assert meeting.remarks == ["Answered without notes: The database is damaged."]


def test_an_entry_that_is_gone_cannot_be_edited(meeting: Meeting) -> None:
    """Somebody else forgot it: another program, for instance."""
    session = meeting.begin()
    say(session, "my dog is Rufo")

    def gone(*_: Any) -> Any:
        raise UnknownName("Entry 1 was forgotten.")

    meeting.ledger.append = gone  # type: ignore[method-assign]
    with pytest.raises(UnknownName):
        session.edit("my dog is Rufa")
    assert session.last and session.last.question == "my dog is Rufo"
