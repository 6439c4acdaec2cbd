"""A conversation: what is written down, when, with which tags; what the model sees.

Not here: what becomes of an exchange that breaks off, is edited or rated (test_exchange.py).
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.chatting import note
from tests.support.meeting import Meeting, say

from engram.errors import StorageError, UsageError


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


def test_asking_again_is_not_the_same_draw(meeting: Meeting) -> None:
    session = meeting.begin(seed=5, temperature=0.7, top_p=0.9, max_tokens=9)
    for _ in range(2):
        say(session, "again")
    assert [sampling.seed for sampling in meeting.model.samplings] == [5, 6]
    assert {(s.temperature, s.top_p, s.max_tokens) for s in meeting.model.samplings} == {(0.7, 0.9, 9)}


def test_a_search_that_fails_is_said_and_costs_no_answer(meeting: Meeting) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StorageError("The database is damaged.")

    meeting.recall.recalled = fail  # type: ignore[method-assign]
    session = meeting.begin()
    assert say(session, "hello") == "Noted."
    assert meeting.remarks == ["Answered without notes: The database is damaged."]
