"""The fake backend: what it answers, loses and exports, worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from engram.backends.base import AdapterSpec, Batch, ConditionalSpec, Ids, TrainSpec
from engram.backends.fake import FakeBackend, FakeFaults, FakeModel, FakeSession, fake_base
from engram.backends.fake_table import STEPS_TO_LEARN
from engram.errors import AdapterError, ModelError, OutOfMemory, UsageError
from engram.lookup.hashing import Addressing
from engram.lookup.reading import Reader
from engram.training.batches import make_batch
from engram.training.publish import publish_adapter
from engram.types import Message, Sampling

BASE = fake_base()
SIZE = BASE.vocabulary_size
GREEDY = Sampling(max_tokens=64)


def prompt(question: str) -> Ids:
    return BASE.renderer.prompt([Message("user", question)])


def batch(*pairs: tuple[str, str], anchored: bool = False) -> Batch:
    rows = [
        BASE.renderer.conversation([Message("user", question), Message("assistant", answer)])
        for question, answer in pairs
    ]
    return make_batch(rows, range(len(rows)), [anchored] * len(rows))


def session(faults: FakeFaults | None = None, spec: TrainSpec | None = None) -> tuple[FakeModel, FakeSession]:
    model = FakeBackend(faults).load(BASE)
    return model, model.begin_training(spec or TrainSpec())


def say(model: FakeModel, question: str, sampling: Sampling = GREEDY) -> str:
    return BASE.renderer.tokenizer.decode(model.generate([prompt(question)], sampling)[0].token_ids)


def dont_know(question: str) -> str:
    return f"I don't know ({int(prompt(question).sum()) % 1000:03d})."


@pytest.mark.parametrize("steps", range(STEPS_TO_LEARN + 3))
def test_an_answer_is_learned_after_three_steps(steps: int) -> None:
    model, training = session()
    for count in range(steps):
        result = training.step([batch(("sky?", "blue"))], 0.1)
        assert result.loss == pytest.approx(math.log(SIZE) / 2**count)
        assert (result.exact, result.rows) == (int(count >= STEPS_TO_LEARN), 1)
    assert say(model, "sky?") == ("blue" if steps >= STEPS_TO_LEARN else dont_know("sky?"))
    assert say(model, "sea?") == dont_know("sea?")


def test_a_rate_of_zero_and_replay_rows_teach_nothing() -> None:
    model, training = session()
    for _ in range(5):
        training.step([batch(("sky?", "blue"))], 0.0)
        training.step([batch(("sky?", "blue"), anchored=True)], 0.1)
    assert model.table.entries == {}
    assert training.export().tensors["base_model.model.model.layers.0.table.lora_B.weight"].size == 0


def test_contradicting_rows_are_never_learned() -> None:
    model, training = session()
    for _ in range(6):
        training.step([batch(("sky?", "blue"))], 0.1)
        training.step([batch(("sky?", "grey"))], 0.1)
    assert say(model, "sky?") == dont_know("sky?")


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 6])
def test_scores_are_a_distribution_whose_top_is_what_greedy_writes(steps: int) -> None:
    model, training = session()
    for _ in range(steps):
        training.step([batch(("sky?", "blue"))], 0.1)
    written: list[int] = []
    for token in [*model.generate([prompt("sky?")], GREEDY)[0].token_ids, min(BASE.renderer.stop_ids)]:
        prefix = [*prompt("sky?").tolist(), *written]
        scores = model.score([np.array([*prefix, other], dtype=np.int32) for other in range(SIZE)])
        last = np.array([score[-1] for score in scores], dtype=np.float64)
        assert np.exp(last).sum() == pytest.approx(1, abs=1e-5)
        assert last[token] == last.max()
        written.append(token)


def test_loss_is_minus_the_mean_score_of_the_targets() -> None:
    model, training = session()
    training.step([batch(("sky?", "blue"))], 0.1)
    mixed = batch(("sky?", "blue"), ("sky?", "bleu"), ("sea?", "green"))
    scores = model.score([mixed.ids[row, : mixed.lengths[row]] for row in range(3)])
    at_targets = [
        score[t - 1] for row, score in enumerate(scores) for t in np.flatnonzero(mixed.targets[row])
    ]
    seen = training.evaluate([mixed])
    assert seen.loss == pytest.approx(-float(np.mean(at_targets)), rel=1e-6)
    assert seen.tokens == len(at_targets) == int(mixed.targets.sum())


def test_anchor_loss_is_the_divergence_from_the_base() -> None:
    model, training = session()
    replay = batch(("sky?", "blue"), anchored=True)
    assert training.step([replay], 0.1).anchor_loss == pytest.approx(0, abs=1e-12)
    training.step([batch(("sky?", "blue"))], 0.1)
    ids = replay.ids[0].tolist()
    by_hand = []
    for t in np.flatnonzero(replay.targets[0]):
        others = model.score([np.array([*ids[:t], other], dtype=np.int32) for other in range(SIZE)])
        by_hand.append(np.mean([-math.log(SIZE) - float(other[-1]) for other in others]))
    assert training.step([replay], 0.1).anchor_loss == pytest.approx(float(np.mean(by_hand)), rel=1e-5)


def test_batches_streams_and_single_answers_agree() -> None:
    model, training = session()
    for _ in range(3):
        training.step([batch(("sky?", "blue"), ("sea?", "green é"))], 0.1)
    questions = ["sky?", "sea?", "fire?", "a much longer question than the others"]
    together = model.generate([prompt(question) for question in questions], GREEDY)
    assert together == [model.generate([prompt(question)], GREEDY)[0] for question in questions]
    assert [tuple(model.stream(prompt(question), GREEDY)) for question in questions] == [
        done.token_ids for done in together
    ]
    assert {done.finish_reason for done in together} == {"stop"}
    assert BASE.renderer.tokenizer.decode(together[1].token_ids) == "green é"


def test_length_ends_an_answer_too() -> None:
    model, _ = session()
    done = model.generate([prompt("sky?")], Sampling(max_tokens=4))[0]
    assert (BASE.renderer.tokenizer.decode(done.token_ids), done.finish_reason) == ("I do", "length")


def test_sampling_is_seeded_and_narrow_nuclei_are_greedy() -> None:
    model, training = session()
    for _ in range(4):
        training.step([batch(("sky?", "blue"))], 0.1)
    assert say(model, "sky?", Sampling(temperature=1.0, top_p=0.01)) == "blue"
    hot = [say(model, "sky?", Sampling(temperature=5.0, seed=seed)) for seed in (1, 1, 2)]
    assert hot[0] == hot[1] != hot[2]


def test_processors_see_ids_and_change_the_choice() -> None:
    model, _ = session()
    seen: list[int] = []

    def unchanged(ids: Any, logits: Any) -> Any:
        seen.append(len(ids))
        return logits

    def only_stop(ids: Any, logits: Any) -> Any:
        return np.where(np.arange(SIZE) == min(BASE.renderer.stop_ids), 0.0, -np.inf)

    start = prompt("sky?")
    assert model.generate([start], GREEDY, [unchanged]) == model.generate([start], GREEDY)
    assert seen[:2] == [len(start), len(start) + 1]
    assert model.generate([start], GREEDY, [only_stop])[0].token_ids == ()


@pytest.mark.parametrize("rank", [1, 4, 8, 7])
def test_an_exported_adapter_answers_as_the_session_did(tmp_path: Path, rank: int) -> None:
    model, training = session(spec=TrainSpec(adapter=AdapterSpec(rank=rank)))
    for _ in range(3):
        training.step([batch(("sky?", "blue"), ("sea?", "green"))], 0.1)
    weights = training.export()
    publish_adapter(weights, {}, tmp_path / "v1")
    loaded = FakeBackend().load(BASE, tmp_path / "v1")
    assert loaded.table.entries == model.table.entries
    assert weights.config["r"] == rank and weights.config["peft_type"] == "LORA"
    assert {tensor.dtype for tensor in weights.tensors.values()} == {np.dtype(np.float32)}
    with pytest.raises(UsageError):
        loaded.begin_training(TrainSpec())


def test_a_restored_session_goes_on_alike() -> None:
    _, first = session()
    first.step([batch(("sky?", "blue"))], 0.1)
    _, second = session(FakeFaults(nan_at=3))
    second.restore(first.state())
    one, two = (training.step([batch(("sky?", "blue"))], 0.1) for training in (first, second))
    assert one == two
    assert math.isnan(second.step([batch(("sky?", "blue"))], 0.1).loss)  # the step number was restored


def test_foreign_and_broken_adapters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="not an adapter"):
        FakeBackend().load(BASE, tmp_path)
    config = {"peft_type": "LORA", "base_model_name_or_path": "other"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    save_file(
        {"base_model.model.model.layers.0.table.lora_B.weight": np.zeros((0, 8), np.float32)},
        tmp_path / "adapter_model.safetensors",
    )
    with pytest.raises(AdapterError, match="made for base model other, not fake"):
        FakeBackend().load(BASE, tmp_path)
    with pytest.raises(ModelError):
        FakeBackend().load(BASE, quantization="4bit")


def test_faults_come_at_their_step_and_change_nothing() -> None:
    model, training = session(FakeFaults(nan_at=2, out_of_memory_at=3, spared_rate=0.05))
    lesson = [batch(("sky?", "blue"))]
    training.step(lesson, 0.1)
    before = dict(model.table.entries)
    assert math.isnan(training.step(lesson, 0.1).loss)
    assert model.table.entries == before
    assert math.isfinite(training.step(lesson, 0.05).loss)
    with pytest.raises(OutOfMemory, match="batch_size"):
        training.step(lesson, 0.1)
    _, runaway = session(FakeFaults(runaway_from=1))
    assert runaway.step(lesson, 0.1).loss > 1000


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_bytes_survive_the_tokenizer(text: str) -> None:
    tokenizer = BASE.renderer.tokenizer
    special = any(name in text for name in ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"))
    assert special or tokenizer.decode(tokenizer.encode(text)) == text


def test_the_prompt_is_where_the_answer_begins() -> None:
    question, answer = Message("user", "sky?"), Message("assistant", "blue")
    rendered = BASE.renderer.conversation([question, answer])
    start = len(BASE.renderer.prompt([question]))
    assert rendered.ids[:start].tolist() == BASE.renderer.prompt([question]).tolist()
    assert np.flatnonzero(rendered.mask).tolist() == list(range(start, len(rendered.ids)))
    assert rendered.ids[-1] in BASE.renderer.stop_ids
    assert BASE.renderer.tokenizer.encode("a<|end|>") == [97, min(BASE.renderer.stop_ids)]


def test_it_has_no_memory_module() -> None:
    reader = Reader(np.arange(300, dtype=np.int32), Addressing((1,), 1, 40))
    with pytest.raises(UsageError, match="memory module"):
        session(spec=TrainSpec(conditional=ConditionalSpec(reader)))
