"""An answer that is written piece by piece is the answer that is generated at once."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.chatting import scripted

from engram.answer.answerer import Answerer
from engram.backends.fake import FakeBackend
from engram.errors import UsageError
from engram.models.fake import CONTEXT, fake_base
from engram.types import Message, Sampling

QUESTION = [Message("user", "what is it?")]


def fake() -> Answerer:
    return Answerer(FakeBackend().load(fake_base()))


@pytest.mark.parametrize("limit", [1, 18, 19, 20, 64])
def test_written_and_generated_agree(limit: int) -> None:
    """Around the 19 tokens of the fake's phrase, so that some are cut and some are not."""
    answerer, sampling = fake(), Sampling(limit)
    whole = answerer.answer(QUESTION, sampling)
    writing = answerer.write(answerer.prompt(QUESTION), sampling)
    assert "".join(writing) == whole.text
    told = writing.answer
    assert (told.text, told.tokens, told.finish_reason) == (whole.text, whole.tokens, whole.finish_reason)
    assert not told.stopped and told.first_token_seconds and told.first_token_seconds <= told.seconds
    assert "".join(answerer.stream(QUESTION, sampling)) == whole.text


@given(st.text(max_size=20))
def test_pieces_join_to_the_text_and_split_no_character(text: str) -> None:
    said = text.encode("utf-8", "ignore").decode()
    answerer, _ = scripted(said)
    pieces = list(answerer.write(answerer.prompt(QUESTION), Sampling(1000)))
    assert "".join(pieces) == said
    assert all("\ufffd" not in piece or "\ufffd" in said for piece in pieces)


def test_half_a_character_at_the_end_is_told_as_such() -> None:
    answerer, _ = scripted("a€")
    writing = answerer.write(answerer.prompt(QUESTION), Sampling(3))
    assert "".join(writing) == "a\ufffd" == writing.answer.text
    assert writing.answer.finish_reason == "length"


def test_an_answer_that_is_broken_off() -> None:
    writing = fake().write(fake().prompt(QUESTION), Sampling(64))
    assert writing.answer.text == "" and writing.answer.first_token_seconds is None
    begun = list(islice(writing, 3))
    told = writing.answer
    assert (told.text, told.tokens, told.stopped) == ("".join(begun), 3, True)


def test_a_prompt_that_fills_the_context_is_refused_before_anything_is_computed() -> None:
    answerer, model = scripted()
    room = CONTEXT - len(answerer.prompt([Message("user", "")]))
    fits = [Message("user", "x" * (room - 1))]
    assert len("".join(answerer.write(answerer.prompt(fits), Sampling(64)))) == len("Noted.")
    for ask in (answerer.answer, lambda m, s: answerer.write(answerer.prompt(m), s)):
        with pytest.raises(UsageError, match=rf"{CONTEXT} tokens"):
            ask([Message("user", "x" * room)], Sampling(64))
    assert len(model.prompts) == 1


def test_the_adapter_is_known_by_name(tmp_path: Path) -> None:
    assert fake().adapter == "" and scripted(adapter="v7")[0].adapter == "v7"
