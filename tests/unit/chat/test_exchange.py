"""One exchange of a conversation: how it ends early or fails, and what is done to it afterwards.

Not here: what is written down and what the model sees (test_session.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.chatting import scripted
from tests.support.meeting import Meeting, say

from engram.errors import OutOfMemory, StorageError, UnknownName, UsageError
from engram.sleep.memories import memories
from engram.store.entries import PASTED, Entry
from engram.store.ledger import Ledger


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


def test_what_is_forgotten_is_no_longer_before_the_model(meeting: Meeting) -> None:
    session = meeting.begin()
    for text in ("my dog is Rufo", "the sky is blue"):
        say(session, text)
    session.forget([2])
    say(session, "what now?")
    assert "Rufo" not in meeting.model.prompts[-1] and "blue" in meeting.model.prompts[-1]
