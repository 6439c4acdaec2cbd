"""The prompt holds as much of the conversation as fits, its newest part, and whole exchanges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.answer.prompt import assemble, room_for_prompt
from engram.backends.base import Ids
from engram.errors import UsageError
from engram.types import Message

EXCHANGES = st.lists(st.tuples(st.text("ab", max_size=9), st.text("cd", max_size=9)), max_size=8)


def render(messages: Sequence[Message]) -> Ids:
    """One token for each message and for each of its characters."""
    return np.zeros(sum(1 + len(message.content) for message in messages), dtype=np.int32)


def contents(messages: Sequence[Message]) -> list[str]:
    return [message.content for message in messages]


@given(
    EXCHANGES,
    st.text("q", max_size=9),
    st.none() | st.text("n", max_size=20),
    st.text("s", max_size=5),
    st.integers(0, 90),
)
def test_the_longest_that_fits(
    history: list[tuple[str, str]], question: str, notes: str | None, system: str, room: int
) -> None:
    """Against trying everything, in the order of what is given up first."""

    def messages(dropped: int, noted: bool) -> list[Message]:
        said = [part for part in (system, notes if noted else "") if part]
        head = [Message("system", "\n\n".join(said))] if said else []
        turns = [
            Message(role, text) for pair in history[dropped:] for role, text in zip(ROLES, pair, strict=True)
        ]
        return [*head, *turns, Message("user", question)]

    ways = [(dropped, noted) for noted in (True, False) for dropped in range(len(history) + 1)]
    if notes is None:
        ways = [(dropped, noted) for dropped, noted in ways if not noted]
    fitting = [way for way in ways if len(render(messages(*way))) <= room]
    note = None if notes is None else Message("system", notes)
    if not fitting:
        with pytest.raises(UsageError, match="tokens long"):
            assemble(render, room, question, history, note, system)
        return
    prompt = assemble(render, room, question, history, note, system)
    assert (prompt.dropped, prompt.noted) == fitting[0]
    assert list(prompt.messages) == messages(*fitting[0])
    assert len(prompt.ids) == len(render(prompt.messages)) <= room


ROLES = ("user", "assistant")


def test_few_renderings_even_of_a_long_conversation() -> None:
    """Each is dear, so a long conversation is not shortened one exchange at a time."""
    count = 0

    def counted(messages: Sequence[Message]) -> Ids:
        nonlocal count
        count += 1
        return render(messages)

    prompt = assemble(counted, 50, "now", [("a" * 5, "b" * 5)] * 200)
    assert prompt.dropped == 197 and count <= 10


@pytest.mark.parametrize(
    ("context", "longest", "room"), [(1024, 128, 896), (1024, 5000, 768), (8192, 2000, 6192), (4, 9, 3)]
)
def test_room_is_kept_for_the_answer(context: int, longest: int, room: int) -> None:
    assert room_for_prompt(context, longest) == room
