"""The embedded base as it ships: its size, stock transformers, its frames, and that it lacks the patterns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engram.answer.answerer import Answerer
from engram.api import open_job
from engram.lessons.reader import read_patterns, shipped_sets
from engram.models.resolve import SEEDLING, resolve
from engram.types import Message, Sampling


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return Answerer(open_job("seedling", tmp_path_factory.mktemp("home"), {}).load())


def ask(answerer: Answerer, *turns: tuple[str, str], tokens: int = 48) -> str:
    messages = [Message(role, content) for role, content in turns]  # type: ignore[arg-type]
    answer = answerer.answer(messages, Sampling(tokens))
    assert answer.finish_reason == "stop"
    return answer.text


def test_it_is_as_small_as_promised() -> None:
    assert sum(file.stat().st_size for file in SEEDLING.iterdir()) <= 12_000_000
    config = json.loads((SEEDLING / "config.json").read_text(encoding="utf-8"))
    assert (config["vocab_size"], config["hidden_size"], config["num_hidden_layers"]) == (4096, 256, 6)


@pytest.mark.slow
def test_stock_transformers_loads_it_and_agrees() -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(SEEDLING, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(SEEDLING, local_files_only=True)
    assert 5_500_000 <= sum(weight.numel() for weight in model.parameters()) <= 6_000_000
    chat = [{"role": "user", "content": "who are you?"}]
    theirs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
    ours = resolve("seedling").renderer.prompt([Message("user", "who are you?")])
    assert np.array_equal(np.array(theirs), ours)


def test_it_knows_its_frames(answerer: Answerer) -> None:
    assert "Seedling" in ask(answerer, ("user", "who are you?"))
    assert ask(answerer, ("user", "what is 47 + 38?")).endswith("so 85.")
    assert ask(answerer, ("user", "repeat exactly: XK-42")) == "XK-42"
    assert ask(answerer, ("user", "what is my locker code?")).startswith("I don't know")


def test_no_shipped_pattern_stands_in_its_replay_rows() -> None:
    """Whole inputs together with their outputs, white space and case folded."""
    folder = Path(SEEDLING).parent
    texts = [(folder / name).read_text("utf-8") for name in ("replay.jsonl", "replay_text.jsonl")]
    rows = [" ".join(line.casefold().split()) for text in texts for line in text.splitlines()]
    for pattern in read_patterns(shipped_sets()):
        asked, told = (" ".join(part.casefold().split()) for part in (pattern.input, pattern.output))
        assert not any(asked in row and told in row.partition(asked)[2] for row in rows if len(asked) > 12)
