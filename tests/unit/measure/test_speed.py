"""Speed is the model's own: whatever it says, however long the prompts, and in bad moments of the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.support.tiny import random_prompts, tiny_base
from tests.unit.measure.doubles import Plain, Table

from engram.backends.base import LoadedModel, LogitsProcessor
from engram.backends.fake import FakeBackend, fake_base
from engram.backends.torch.backend import TorchBackend
from engram.measure.speed import NEW_TOKENS, REPEATS, DecodingSpeed, NeverStop, decoding_speeds
from engram.models.base import Base
from engram.types import Completion, Sampling

BASE = Base("toy", "1", Path("nowhere"), {}, Plain(), 512)
STOP, WORD = 0, 7


@dataclass
class Clock:
    """Time that passes only where it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Timed(Table):
    """Wants to stop after `wanted` tokens; reading a prompt token and writing one take known times.

    `delays` are added to its calls in turn: a machine that is busy now and then.
    """

    clock: Clock = field(default_factory=Clock)
    wanted: int = 3
    read: float = 0.25
    write: float = 0.125
    delays: list[float] = field(default_factory=list)

    def generate(
        self, prompts: Sequence[Any], sampling: Sampling, processors: Sequence[LogitsProcessor] = ()
    ) -> list[Completion]:
        self.calls.append((len(prompts), sampling))
        done = [self._write(prompt, sampling, processors) for prompt in prompts]
        self.clock.now += self.read * sum(map(len, prompts))
        self.clock.now += self.write * max(len(row.token_ids) for row in done)  # rows are written together
        self.clock.now += self.delays.pop(0) if self.delays else 0
        return done

    def _write(self, prompt: Any, sampling: Sampling, processors: Sequence[LogitsProcessor]) -> Completion:
        ids: list[int] = []
        for _ in range(min(sampling.max_tokens, self.base.context - len(prompt))):
            logits = np.zeros(8)
            logits[STOP if len(ids) >= self.wanted else WORD] = 1
            for processor in processors:
                logits = processor([*prompt, *ids], logits)
            token = int(logits.argmax())
            if token == STOP and logits[STOP] > -np.inf:
                return Completion(tuple(ids), "stop")
            ids.append(token)
        return Completion(tuple(ids), "length")


def timed(**options: Any) -> Timed:
    return Timed(lambda asked, sampling: "", BASE, **options)


def prompts(*lengths: int) -> list[Any]:
    return [np.full(length, 5, dtype=np.int32) for length in lengths]


@given(st.integers(0, 100), st.lists(st.integers(1, 60), min_size=1, max_size=5))
def test_speed_depends_neither_on_answers_nor_on_prompts(wanted: int, lengths: list[int]) -> None:
    clock = Clock()
    (speed,) = decoding_speeds([timed(clock=clock, wanted=wanted)], prompts(*lengths), clock)
    assert speed == DecodingSpeed(len(lengths) / 0.125, len(lengths), NEW_TOKENS * len(lengths), REPEATS)


def test_a_model_twice_as_slow_has_half_the_speed() -> None:
    clock = Clock()
    quick, slow = timed(clock=clock, wanted=90), timed(clock=clock, wanted=1, write=0.25)
    fast, half = decoding_speeds([quick, slow], prompts(3, 40), clock)
    assert fast.tokens_per_second == pytest.approx(2 * (half.tokens_per_second or 0))


def test_busy_moments_do_not_count_while_one_repeat_is_quiet() -> None:
    """Delays: the warm-up, then long and short runs in turn; one of each is quiet, not of the same repeat."""
    clock = Clock()
    (calm,) = decoding_speeds([timed(clock=clock)], prompts(9), clock)
    (busy,) = decoding_speeds([timed(clock=clock, delays=[9, 4, 0, 3, 8, 0, 1])], prompts(9), clock)
    assert busy == calm


def test_models_take_turns() -> None:
    clock, order = Clock(), []

    class Noted(Timed):
        def generate(self, *given: Any, **named: Any) -> list[Completion]:
            order.append(self)
            return super().generate(*given, **named)

    first, second = (Noted(lambda asked, sampling: "", BASE, clock=clock) for _ in range(2))
    decoding_speeds([first, second], prompts(4), clock)
    turns = order[2:]
    assert [model is first for model in turns] == [True, True, False, False] * REPEATS


def test_a_full_context_shortens_the_run_and_not_the_speed() -> None:
    """12 tokens of room: 11 are counted, the first one is taken off with the reading."""
    clock = Clock()
    model = timed(clock=clock)
    (speed,) = decoding_speeds([model], prompts(500), clock)
    assert (speed.tokens, speed.tokens_per_second) == (11, 8)
    model.base = replace(BASE, context=501)
    assert decoding_speeds([model], prompts(500), clock)[0].tokens_per_second is None


@pytest.mark.parametrize("make", [np.array, torch.tensor], ids=["numpy", "torch"])
def test_stop_tokens_become_impossible_and_nothing_else_changes(make: Any) -> None:
    logits = make([1.0, 5.0, -2.0, 4.0])
    changed = NeverStop(frozenset({3, 1}))([], logits)
    assert type(changed) is type(logits)
    assert changed.tolist() == [1.0, -np.inf, -2.0, -np.inf]
    assert logits.tolist() == [1.0, 5.0, -2.0, 4.0], "the backend's own array stays as it was"


@pytest.fixture(params=["fake", "torch"])
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> LoadedModel:
    if request.param == "fake":
        return FakeBackend().load(fake_base())
    return TorchBackend("cpu", "float32").load(tiny_base(tmp_path))


def test_every_backend_writes_exactly_as_many_tokens_as_asked(loaded: LoadedModel) -> None:
    (speed,) = decoding_speeds([loaded], random_prompts(3))
    assert speed.tokens == 3 * NEW_TOKENS
    assert speed.tokens_per_second is None or speed.tokens_per_second > 0
