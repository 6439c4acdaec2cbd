"""Generation: what a row says does not depend on its batch, not even where logits nearly tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.support.tiny import CONTEXT, random_prompts, tiny_base
from transformers import AutoModelForCausalLM

from engram.backends.batching import Generator
from engram.backends.pick import Picker, rounding_of
from engram.backends.torch.backend import TorchBackend
from engram.backends.torch.cache import RoomyCache
from engram.backends.torch.engine import TorchEngine
from engram.errors import UsageError
from engram.models.base import Base
from engram.types import Sampling

GREEDY = Sampling(max_tokens=20)
HOT = Sampling(max_tokens=12, temperature=1.0, top_p=0.9, seed=4)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("near_ties", [False, True])
@pytest.mark.parametrize("sampling", [GREEDY, HOT], ids=["greedy", "sampled"])
def test_batched_is_one_at_a_time(tmp_path: Path, dtype: str, near_ties: bool, sampling: Sampling) -> None:
    sampling = replace(sampling, max_tokens=6)
    model = TorchBackend("cpu", dtype).load(tiny_base(tmp_path, seed=1, near_ties=near_ties))
    prompts = random_prompts(66)
    together = model.generate(prompts, sampling)
    for start in range(0, 66, 11):
        alone = prompts[start]
        assert model.generate([alone], sampling) == [together[start]]
        assert model.generate(prompts[start : start + 5], sampling) == together[start : start + 5]


def test_greedy_follows_the_argmax_of_transformers_own_logits(base: Base, backend: TorchBackend) -> None:
    reference = AutoModelForCausalLM.from_pretrained(base.folder).eval()
    stops = base.renderer.stop_ids
    for prompt, done in zip(
        random_prompts(6), backend.load(base).generate(random_prompts(6), GREEDY), strict=True
    ):
        ids = prompt.tolist()
        for token in done.token_ids:
            with torch.no_grad():
                assert int(reference(torch.tensor([ids])).logits[0, -1].argmax()) == token
            ids.append(token)
        with torch.no_grad():
            following = int(reference(torch.tensor([ids])).logits[0, -1].argmax())
        assert (done.finish_reason == "stop") == (
            following in stops and len(done.token_ids) < GREEDY.max_tokens
        )
        assert done.finish_reason == "stop" or len(done.token_ids) == GREEDY.max_tokens


@pytest.mark.parametrize("rows", [1, 3, 8, 64])
@pytest.mark.parametrize("sampling", [GREEDY, HOT], ids=["greedy", "sampled"])
def test_answers_are_what_they_would_be_alone_while_rows_leave_and_others_join(
    base: Base, backend: TorchBackend, rows: int, sampling: Sampling
) -> None:
    """Answers of many lengths, so that waiting prompts join rows that are half through theirs."""

    def stop_at_its_own_length(ids: Sequence[int], logits: Any) -> Any:
        changed = logits + 0
        changed[sorted(base.renderer.stop_ids)] = 1e9 if len(ids) % 7 == 0 else -1e9
        return changed

    model, prompts, stop = backend.load(base), random_prompts(30), [stop_at_its_own_length]
    generator = Generator(TorchEngine(model._module, torch.device("cpu")), base, rows)
    together = generator.generate(prompts, sampling, stop)
    assert len({len(done.token_ids) for done in together}) > 4
    alone = [model.generate([prompt], sampling, stop)[0] for prompt in prompts]
    assert together == alone


def test_rows_that_stop_early_leave_the_others_alone(base: Base, backend: TorchBackend) -> None:
    def stop_even(ids: Sequence[int], logits: Any) -> Any:
        if ids[0] % 2 or len(ids) < 8:
            return logits
        forced = torch.zeros_like(logits)
        forced[next(iter(base.renderer.stop_ids))] = 1.0
        return forced

    model = backend.load(base)
    prompts = random_prompts(40)
    free = model.generate(prompts, GREEDY)
    for prompt, ours, theirs in zip(prompts, model.generate(prompts, GREEDY, [stop_even]), free, strict=True):
        if prompt[0] % 2:
            assert ours == theirs
        else:
            assert ours.finish_reason == "stop"
            assert ours.token_ids == theirs.token_ids[: max(0, 8 - len(prompt))]


def test_sampling_follows_the_distribution() -> None:
    logits = np.array([2.0, 1.0, 0.0, -1.0], np.float32)
    counts = np.zeros(4)
    for seed in range(4000):
        picker = Picker(np.array([1], np.int32), Sampling(temperature=0.5, seed=seed))
        counts[picker.canonical(logits, picker.draw_noise(4))] += 1
    expected = np.exp(logits / 0.5) / np.exp(logits / 0.5).sum() * 4000
    assert (((counts - expected) ** 2) / expected).sum() < 16.3  # chi-square, 3 degrees, p = 0.001


def test_top_p_leaves_only_the_nucleus() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    seen = set()
    for seed in range(300):
        picker = Picker(np.array([1], np.int32), Sampling(temperature=1.0, top_p=0.7, seed=seed))
        seen.add(picker.canonical(logits, picker.draw_noise(4)))
    assert seen == {0, 1}


def test_what_rounding_could_decide_is_unclear() -> None:
    picker = Picker(np.array([1], np.int32), Sampling())
    for logits, winner in (([1.0, 3.0, 2.9], 1), ([1.0, 3.0, 3.0 - 1e-6], None), ([-np.inf, 3.0, 1.0], 1)):
        values = np.array(logits, np.float32)
        assert picker.clear(values, rounding_of(values, "float32"), None) == winner
    assert picker.canonical(np.array([1.0, 3.0, 3.0], np.float32), None) == 1


@pytest.mark.parametrize("length", [0, CONTEXT, CONTEXT + 1])
def test_a_prompt_without_room_is_refused(base: Base, backend: TorchBackend, length: int) -> None:
    with pytest.raises(UsageError, match=f"{length} tokens"):
        backend.load(base).generate([np.full(length, 65, np.int32)], GREEDY)


def test_prompts_of_all_lengths_up_to_the_context(base: Base, backend: TorchBackend) -> None:
    prompts = [np.full(length, 65, np.int32) for length in (1, CONTEXT - 1, CONTEXT - 5, 17)]
    done = backend.load(base).generate(prompts, GREEDY)
    assert [len(d.token_ids) for d in done][1:3] == [1, 5]
    assert [backend.load(base).generate([p], GREEDY)[0] for p in prompts] == done


def test_no_token_wanted_is_no_token(base: Base, backend: TorchBackend) -> None:
    done = backend.load(base).generate(random_prompts(2), Sampling(max_tokens=0))
    assert [(d.token_ids, d.finish_reason) for d in done] == [((), "length")] * 2


def test_a_row_that_joins_finds_zeros_before_it_and_none_of_the_others() -> None:
    """Attention gives padding the weight zero, and zero times whatever memory held may be NaN."""
    cache, other = RoomyCache(1), RoomyCache(1)
    first, second = torch.rand(2, 1, 5, 4), torch.rand(1, 1, 2, 4)
    cache.update(first, first + 1, 0)
    other.update(second, second + 1, 0)
    cache.join(other)
    keys, values = cache.update(torch.full((3, 1, 1, 4), 7.0), torch.full((3, 1, 1, 4), 8.0), 0)
    assert torch.equal(keys[:2, :, :5], first) and torch.equal(values[:2, :, :5], first + 1)
    assert torch.equal(keys[2, :, 3:5], second[0]) and torch.equal(values[2, :, 3:5], second[0] + 1)
    assert not keys[2, :, :3].any() and not values[2, :, :3].any()
    assert (keys[:, :, 5] == 7).all() and (values[:, :, 5] == 8).all()
    cache.keep(torch.tensor([2]), 3)
    assert cache.get_seq_length() == 3
    assert torch.equal(cache.layers[0].keys[0, :, :2], second[0])
