"""Answers are followed token by token, as a pure function of the ids, in the byte template of `fake`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.errors import UsageError
from engram.lookup.cursor import Match
from engram.lookup.facts import Fact
from engram.lookup.logits import force
from engram.lookup.memory import Lookup
from engram.lookup.rows import RowProcessor
from engram.lookup.table import FactTable
from engram.models.fake import STOP_ID, ByteRenderer
from engram.types import Message

RENDERER = ByteRenderer()
FACTS = [
    Fact("PORT:SSH", "22"),
    Fact("loop", "pool loop", end="release"),
    Fact("pool", "loop", end="release"),
    Fact("maybe", "yes", probability=0.3),
    Fact("user key", "never"),
]
TABLE = FactTable(FACTS)


def prompt(*texts: str, system: str = "") -> list[int]:
    """The prompt after these turns, the user's first."""
    roles = ("user", "assistant")
    turns = [Message(roles[n % 2], text) for n, text in enumerate(texts)]  # type: ignore[arg-type]
    head = [Message("system", system)] if system else []
    return RENDERER.prompt([*head, *turns]).tolist()


def said(match: Match | None) -> str | None:
    return None if match is None else bytes(match.answer_ids).decode()


@pytest.mark.parametrize(
    "ids",
    [
        prompt("PORT:SSH"),
        prompt("and what is port : ssh?"),
        prompt("PORT:SSH", system="Be brief."),
        prompt("hello", "hi", "PORT:SSH"),
        prompt("pool", "loop", "PORT:SSH"),
        [0, 0, *prompt("PORT:SSH")],
    ],
    ids=["bare", "frame", "system", "second-turn", "after-another-fact", "padded"],
)
def test_a_question_in_the_template_is_answered(ids: list[int]) -> None:
    match = Lookup(TABLE, RENDERER).match(ids)
    assert match is not None and said(match) == "22"
    assert (match.position, match.followed, match.next_id) == (len(ids), 0, ord("2"))


@pytest.mark.parametrize(
    "ids",
    [
        prompt("PORT:SSH", "22", "hello"),
        prompt("PORT:SSH is what?"),
        prompt("key"),  # "user" is the template's word, or the turn's before it
        prompt("the user", "well", "key"),
        prompt("hello", system="PORT:SSH"),
        prompt(""),
    ],
    ids=["earlier-turn", "not-at-the-end", "across-the-header", "across-turns", "system", "empty"],
)
def test_other_questions_are_not(ids: list[int]) -> None:
    assert Lookup(TABLE, RENDERER).match(ids) is None


def test_an_answer_is_followed_to_its_stop() -> None:
    lookup, ids = Lookup(TABLE, RENDERER), prompt("PORT:SSH")
    for token in [*b"22", STOP_ID]:
        match = lookup.match(ids)
        assert match is not None and match.next_id == token
        ids.append(token)
    assert lookup.match(ids) is None


def test_a_release_forces_nothing_after_the_answer() -> None:
    lookup, ids = Lookup(TABLE, RENDERER), prompt("pool")
    for token in b"loop":
        match = lookup.match(ids)
        assert match is not None and match.next_id == token
        ids.append(token)
    assert lookup.match(ids) is None


def test_leaving_the_answer_drops_it() -> None:
    lookup = Lookup(TABLE, RENDERER)
    assert lookup.match([*prompt("PORT:SSH"), ord("3")]) is None
    assert lookup.match([*prompt("PORT:SSH"), ord("3"), *b"22"]) is None


def test_a_text_without_template_ends_where_its_prompt_does() -> None:
    lookup, ids = Lookup(TABLE, RENDERER), list(b"open PORT:SSH")
    match = lookup.match(ids)
    assert match is not None and said(match) == " 22" and match.stop_id == STOP_ID
    assert lookup.match([*ids, *b" 2"], len(ids)) == dataclasses.replace(match, followed=2)
    assert lookup.match([*ids, *b" then"], len(ids)) is None


def test_anywhere_fires_in_the_middle_and_not_on_its_own_answers() -> None:
    lookup = Lookup(TABLE, RENDERER, anywhere=True)
    text = b"I go to the pool"
    assert said(lookup.match(text)) == " loop"
    released = [*text, *b" loop"]  # "loop" is a key too, but it is the answer's word
    assert lookup.match(released) is None
    assert lookup.match([*released, *b". "]) is None
    assert said(lookup.match([*released, *b". My loop"])) == " pool loop"
    assert said(lookup.match([*text, *b" and the loop"])) == " pool loop"


def test_the_first_token_alone_has_a_probability() -> None:
    lookup, ids = Lookup(TABLE, RENDERER), prompt("maybe")
    first, second = lookup.match(ids), lookup.match([*ids, ord("y")])
    assert first is not None and first.probability == 0.3
    assert second is not None and second.probability is None


def test_namespaces_and_contains() -> None:
    table = FactTable([Fact("the boss", "Ann", namespace="work"), Fact("the boss", "Bo", namespace="game")])
    assert said(Lookup(table, RENDERER).match(prompt("the boss"))) == "Bo"  # sorted by name
    assert said(Lookup(table, RENDERER, namespaces=["work"]).match(prompt("the boss"))) == "Ann"
    assert Lookup(table, RENDERER, namespaces=[]).match(prompt("the boss")) is None
    asked = prompt("is the boss in today?")
    assert Lookup(table, RENDERER).match(asked) is None
    assert said(Lookup(table, RENDERER, contains=True).match(asked)) == "Bo"
    with pytest.raises(UsageError):
        Lookup(table, RENDERER, contains=True, anywhere=True)


def test_facts_that_come_and_go_count_at_once() -> None:
    table = FactTable()
    lookup = Lookup(table, RENDERER)
    assert lookup.match(prompt("new key")) is None
    table.put(Fact("new key", "one"))
    assert said(lookup.match(prompt("new key"))) == "one"
    table.put(Fact("NEW KEY", "two"))
    assert said(lookup.match(prompt("new key"))) == "two"
    table.delete("new key")
    assert lookup.match(prompt("new key")) is None


def test_an_answer_with_a_stop_token_is_not_begun() -> None:
    fact = Fact("bad key", "a<|end|>b")
    lookup = Lookup(FactTable([fact]), RENDERER)
    with pytest.raises(UsageError):
        lookup.answer_ids(fact)
    assert lookup.match(prompt("bad key")) is None


pieces = st.sampled_from(
    ["PORT:SSH", "pool", "loop", "22", " ", ". ", "x", " loop", "<|end|>", "<|assistant|>"]
)


@given(st.lists(pieces, max_size=8), st.booleans(), st.data())
def test_a_session_is_a_function_of_its_ids(parts: list[str], anywhere: bool, data: st.DataObject) -> None:
    ids = RENDERER.tokenizer.encode("".join(parts))
    lookup = Lookup(TABLE, RENDERER, anywhere=anywhere)
    length = data.draw(st.integers(0, len(ids)))
    whole, stepped = lookup.session(length), lookup.session(length)
    whole.extend(ids)
    cut = data.draw(st.integers(0, len(ids)))
    stepped.extend(ids[:cut])
    twin = stepped.copy()
    stepped.extend([7, 8, 9])  # a twin goes its own way
    for token in ids[cut:]:
        twin.extend([token])
    assert twin.match == whole.match == lookup.match(ids, length)


@given(st.lists(pieces, max_size=6))
def test_a_match_can_be_followed_to_its_end(parts: list[str]) -> None:
    ids = RENDERER.tokenizer.encode("".join(parts))
    session = Lookup(TABLE, RENDERER, anywhere=True).session()
    session.extend(ids)
    match = session.match
    for _ in range(40):
        if session.match is None:
            break
        assert match is not None and session.match.fact == match.fact
        assert session.match.next_id is not None
        session.extend([session.match.next_id])
    assert session.match is None


def test_rows_of_a_batch_keep_apart() -> None:
    """Two rows with the same beginning, asked in turn, and lists that only grow."""
    processor = RowProcessor(Lookup(TABLE, RENDERER), lambda logits, token, probability: token)
    rows: Sequence[list[int]] = [prompt("PORT:SSH"), prompt("PORT:SS"), list(b"x pool"), list(b"x poo")]
    unchanged = object()
    written: list[list[int]] = [[], [], [], []]
    for _ in range(4):
        for row, ids in enumerate(rows):
            for _again in range(2):  # the second reading of an unclear choice
                token = processor(ids, unchanged)
            ids.append(ord("?") if token is unchanged else token)
            written[row].append(ids[-1])
    assert bytes(written[0][:2]) == b"22" and written[0][2] == STOP_ID and written[0][3] == ord("?")
    assert bytes(written[1]) == b"????"
    assert bytes(written[2]) == b" loo"
    assert bytes(written[3]) == b"????"


def test_no_match_hands_back_the_very_logits() -> None:
    processor = RowProcessor(Lookup(TABLE, RENDERER), force)
    logits = object()
    assert processor(prompt("nothing of this"), logits) is logits
