"""Stand-ins for this folder's tests: a model whose answers are looked up, and measurements made of them.

Not the shipped fake backend: here every answer, length and score can be read off the table handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engram.answer.answerer import Answerer
from engram.config import MeasureSettings
from engram.measure.comparison import Comparison, compare
from engram.measure.measurement import Measurement, measure
from engram.measure.probes import Match, Probe, ProbeSplit
from engram.models.base import Base
from engram.types import Completion, Message, Rendered, Sampling


class Letters:
    """One token for each character."""

    vocabulary_size = 0x110000
    digest = "letters"

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(chr, ids))


@dataclass
class Plain:
    """The last message alone is the prompt; the answer ends with token 0."""

    digest: str = "plain"
    stop_ids: frozenset[int] = frozenset({0})
    tokenizer: Letters = field(default_factory=Letters)

    def prompt(self, messages: Sequence[Message]) -> Any:
        return np.array(self.tokenizer.encode(messages[-1].content), dtype=np.int32)

    def conversation(self, messages: Sequence[Message]) -> Rendered:
        asked = self.prompt(messages[:-1])
        said = np.array([*self.tokenizer.encode(messages[-1].content), 0], dtype=np.int32)
        mask = np.concatenate([np.zeros(len(asked), dtype=bool), np.ones(len(said), dtype=bool)])
        return Rendered(np.concatenate([asked, said]), mask)


@dataclass
class Table:
    """Answers by question; `score` gives every token the log-probability `level`, whatever it is."""

    answers: Callable[[str, Sampling], str]
    base: Base
    level: float = -1.0
    device: str = "cpu"
    dtype: str = "float32"
    calls: list[tuple[int, Sampling]] = field(default_factory=list)

    def generate(
        self, prompts: Sequence[Any], sampling: Sampling, processors: Sequence[Any] = ()
    ) -> list[Completion]:
        self.calls.append((len(prompts), sampling))
        return [self._complete(prompt, sampling) for prompt in prompts]

    def _complete(self, prompt: Any, sampling: Sampling) -> Completion:
        ids = Letters().encode(self.answers(Letters().decode([int(i) for i in prompt]), sampling))
        cut = len(ids) > sampling.max_tokens
        return Completion(tuple(ids[: sampling.max_tokens]), "length" if cut else "stop")

    def stream(self, prompt: Any, sampling: Sampling, processors: Sequence[Any] = ()) -> Iterator[int]:
        return iter(self._complete(prompt, sampling).token_ids)

    def score(self, sequences: Sequence[Any]) -> list[Any]:
        return [np.full(len(ids) - 1, self.level, dtype=np.float32) for ids in sequences]

    def begin_training(self, spec: Any) -> Any:
        raise NotImplementedError

    def peak_memory_bytes(self) -> int:
        return 64 * 2**20


def model(
    answers: Mapping[str, str] | Callable[[str, Sampling], str],
    *,
    digest: str = "plain",
    context: int = 512,
    level: float = -1.0,
    base: str = "toy",
) -> Answerer:
    """An Answerer over a table; a question that is not in it gets "I don't know."."""
    look = answers if callable(answers) else lambda asked, sampling: answers.get(asked, "I don't know.")
    folder = Path("nowhere")
    return Answerer(Table(look, Base(base, "1", folder, {}, Plain(digest), context), level))


def probe(
    name: str,
    expected: str,
    split: ProbeSplit = "recall",
    category: str = "facts",
    cluster: str = "",
    match: Match = "prefix",
) -> Probe:
    """A probe whose question is its own name."""
    return Probe(name, split, category, (Message("user", name),), expected, match, cluster or name)


QUICK = MeasureSettings(consistency_runs=2, consistency_probes=4)


def measured(answers: Any, probes: Sequence[Probe], texts: Sequence[str] = (), **options: Any) -> Measurement:
    return measure(model(answers, **options), probes, texts, QUICK)


def compared(
    before: Mapping[str, str], after: Mapping[str, str], probes: Sequence[Probe], **config: Any
) -> Comparison:
    return compare(measured(before, probes, ["abc"]), measured(after, probes, ["abc"]), config)
