"""What is replayed while new things are taught, so that old skills stay.

The embedded base has its own set of skill tasks with their answers. Any other base answers a small shipped
set of everyday prompts itself, once, before training. Both also read short passages of plain English and
code. On these rows the adapter is held to what the frozen base would say (KL divergence), so the answers
need not be good, only the base's own. Not here: mixing them in (plan.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from typing import Any

import numpy as np

from engram.backends.base import LoadedModel
from engram.models.base import Base
from engram.models.catalogue import DEFAULT
from engram.types import Message, Rendered, Renderer, Sampling, Tokenizer

ANSWER_TOKENS = 32
MORE = 4
"""At most so many times questions stand among the rows beside the fixed tasks, and fewer times where they
would outnumber those: of 180 memories' 390 questions, four times each, the embedded model lost 2.1 points of
its skills, twice each 0.8 (docs/lab.md)."""
TEXTS_BESIDE = 6
"""Diluted by other rows it keeps less: on a night of 90 memories the loss of held-out text rose 1.3 to 2.0%
with it twice beside questions, 1.4 to 1.9% three times, 1.3 and 1.4% four times; of 172, among as many
questions as tasks, 2.0% four times and 1.6% six times. Without questions twice kept no more of the skills
than once (docs/lab.md)."""
TEXT_STRIDE = 4
"""Every so many tokens of a passage are targets, so that passages do not outweigh the shorter answers."""


def replay_examples(
    base: Base, load: Callable[[], LoadedModel], questions: Sequence[Sequence[Message]] = ()
) -> list[Rendered]:
    """Replay rows for this base; the embedded one's are fixed, others are answered greedily by the bare
    model, which is loaded only then. So are `questions`, whatever the base; each stands several times among
    the rows, so that a few of them count beside the many others, and plain text more often then, so that its
    share does not sink for them."""
    if base.id == DEFAULT:
        tasks = [base.renderer.conversation((*asked, answer)) for asked, answer in _skill_tasks()]
    else:
        tasks = _own_answers(base.renderer, load, list(_everyday_prompts()))
    more = _own_answers(base.renderer, load, questions)
    texts = _passages(base.renderer.tokenizer) * (TEXTS_BESIDE if more else 1)
    return [*tasks, *texts, *(_copies(len(more), len(tasks)) * more)]


def _copies(questions: int, tasks: int) -> int:
    """How many times each question stands among the rows."""
    return max(1, min(MORE, round(tasks / max(1, questions))))


def plain_texts() -> list[str]:
    """The shipped passages of plain English and code."""
    return [row["text"] for row in _lines("replay_text.jsonl")]


def _passages(tokenizer: Tokenizer) -> list[Rendered]:
    """Plain texts as rows, every TEXT_STRIDE-th token a target."""
    texts = [np.array(tokenizer.encode(text), np.int32) for text in plain_texts()]
    return [Rendered(ids, np.arange(len(ids)) % TEXT_STRIDE == TEXT_STRIDE - 1) for ids in texts]


def _own_answers(
    renderer: Renderer, load: Callable[[], LoadedModel], asked: Sequence[Sequence[Message]]
) -> list[Rendered]:
    """Prompts with the bare model's greedy answers."""
    if not asked:
        return []
    prompts = [renderer.prompt(messages) for messages in asked]
    stop = min(renderer.stop_ids)
    rows = []
    for prompt, done in zip(prompts, load().generate(prompts, Sampling(ANSWER_TOKENS)), strict=True):
        ending = [stop] if done.finish_reason == "stop" else []
        answer = np.array([*done.token_ids, *ending], dtype=np.int32)
        if len(answer):
            mask = np.arange(len(prompt) + len(answer)) >= len(prompt)
            rows.append(Rendered(np.concatenate([prompt, answer]), mask))
    return rows


def _skill_tasks() -> Iterator[tuple[tuple[Message, ...], Message]]:
    for row in _lines("replay.jsonl"):
        yield _messages(row), Message("assistant", row["expected"])


def _everyday_prompts() -> Iterator[tuple[Message, ...]]:
    return (_messages(row) for row in _lines("general_prompts.jsonl"))


def _lines(name: str) -> Iterator[dict[str, Any]]:
    text = (resources.files("engram.models") / name).read_text(encoding="utf-8")
    return (json.loads(line) for line in text.splitlines())


def _messages(row: dict[str, Any]) -> tuple[Message, ...]:
    return tuple(Message(m["role"], m["content"]) for m in row["messages"])
