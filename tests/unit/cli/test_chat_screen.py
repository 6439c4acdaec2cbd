"""What stands under an answer and in lists, without a terminal: nothing that a terminal would obey."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.support.chatting import note

from engram.answer.answerer import Answer
from engram.chat.exchange import Exchange
from engram.cli import chat_screen as screen
from engram.errors import StorageError


def exchange(text: str = "Your dog is Rufo.", adapter: str = "", seen: int = 0, **answer: Any) -> Exchange:
    told = replace(Answer(text, "stop", 9, 0.1, 0.05), **answer)
    return Exchange(
        question="who is my dog?",
        tags=frozenset(),
        source="chat",
        question_id=3,
        answer=told,
        answer_id=4,
        model="seedling",
        adapter=adapter,
        seen=seen,
        dropped=0,
        seconds=0.2,
        first_token_seconds=0.05,
    )


RUFO, CODE = note(1, "my dog is Rufo"), note(2, "the code is 7341", "2026-11-19")


@pytest.mark.parametrize(
    ("said", "under"),
    [
        (exchange(), ""),
        (exchange(sources=(RUFO, CODE)), "  from what you said on 2026-11-18"),
        (exchange("I don't know.", sources=(RUFO,)), ""),
        (exchange(stopped=True), "  (stopped)"),
        (exchange("", stopped=True), "  (stopped before its first word)"),
        (exchange(finish_reason="length"), "  (cut after so many tokens: --max-tokens allows more)"),
        (None, ""),
    ],
)
def test_under_an_answer(said: Exchange | None, under: str, capsys: pytest.CaptureFixture[str]) -> None:
    screen.show_end(said)
    assert capsys.readouterr().out == "\n" + (under + "\n" if under else "")


def test_why(capsys: pytest.CaptureFixture[str]) -> None:
    screen.show_why(exchange())
    alone = capsys.readouterr().out
    assert " ".join(alone.split()) == "seedling was shown no memories: it answered from the model alone."
    screen.show_why(exchange(adapter="v3", seen=2))
    talked = capsys.readouterr().out
    assert "seedling with adapter v3" in talked and "from 2 earlier exchanges" in " ".join(talked.split())
    screen.show_why(exchange(sources=(RUFO, CODE), seen=1))
    first, *rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert " ".join(first).startswith("seedling was shown 2 memories and 1 earlier exchange")
    lines = [" ".join(row) for row in rows]
    assert "1 2026-11-18 you my dog is Rufo 0.50 in the answer" in lines
    assert "2 2026-11-19 you the code is 7341 0.50" in lines


@pytest.mark.parametrize("sign", ["\x1b[2J", "\x07", "\x9b31m", "\r", "\x7f", "\u202e", "\u2066"])
def test_nothing_is_obeyed(sign: str, capsys: pytest.CaptureFixture[str]) -> None:
    screen.show_piece(f"a{sign}b")
    screen.tell(f"a{sign}b")
    screen.whisper(f"a{sign}b")
    screen.show_error(StorageError(f"a{sign}b"))
    shown = capsys.readouterr().out
    assert sign[0] not in shown and shown.count("a\\") == shown.count("b\n") + 1 == 4


@pytest.mark.parametrize("text", ["two\nlines\tand a tab", "日本語", "👩‍👩‍👧 é e\u0301", "ها", "[bold]x[/]"])
def test_everything_else_is_shown_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    screen.show_piece(text)
    assert capsys.readouterr().out == text
    assert screen.harmless(text) == text


@pytest.mark.parametrize(
    ("memories", "incognito", "words"),
    [
        (None, True, ("nothing is written down yet", "not written down (incognito)")),
        (1, False, ("1 entry written down so far", "written down, on this machine")),
        (12000, False, ("12,000 entries", "/help")),
    ],
)
def test_the_head_says_who_answers_and_that_it_writes(
    memories: int | None, incognito: bool, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    screen.show_head("seedling", "v3", memories, incognito)
    head = capsys.readouterr().out
    assert "seedling, adapter v3" in head and all(word in head for word in words)
    assert max(map(len, head.splitlines())) <= 80
