"""What every backend must keep: one table of properties over all of them.

A backend joins by adding a line to BACKENDS. Not here: how one backend does it (tests/unit/backends).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engram.backends.base import AdapterSpec, Backend, Batch, Ids, LoadedModel, TrainSession, TrainSpec
from engram.errors import AdapterError, UsageError
from engram.models.base import Base
from engram.training.batches import make_batch
from engram.training.publish import publish_adapter
from engram.types import Message, Sampling

PAIRS = [
    ("the sky?", "blue"),
    ("a longer question about the colour of grass?", "green, mostly"),
    ("2+2", "4"),
    ("who are you?", "a test"),
    ("and the sea in winter, far from land?", "grey"),
    ("x", "y"),
    ("capital of France", "Paris"),
    ("say nothing much", "nothing much at all"),
]
SPEC = TrainSpec(adapter=AdapterSpec(rank=8, alpha=16.0), anchor_weight=1.0, seed=3)
RATE = 2e-2


@dataclass(frozen=True)
class Setup:
    """One backend with one small base."""

    backend: Backend
    base: Base

    def load(self, adapter: Path | None = None) -> LoadedModel:
        return self.backend.load(self.base, adapter)

    def prompts(self) -> list[Ids]:
        return [self.base.renderer.prompt([Message("user", question)]) for question, _ in PAIRS]

    def batch(self, pairs: Sequence[tuple[str, str]] = PAIRS, anchored: bool = False) -> Batch:
        rows = [
            self.base.renderer.conversation([Message("user", question), Message("assistant", answer)])
            for question, answer in pairs
        ]
        return make_batch(rows, [PAIRS.index(pair) for pair in pairs], [anchored] * len(rows))

    def sequences(self) -> list[Ids]:
        return [
            self.base.renderer.conversation([Message("user", q), Message("assistant", a)]).ids
            for q, a in PAIRS
        ]


def fake(folder: Path) -> Setup:
    from engram.backends.fake import FakeBackend, fake_base

    return Setup(FakeBackend(), fake_base())


def torch(folder: Path) -> Setup:
    pytest.importorskip("torch")
    from tests.support.tiny import tiny_base

    from engram.backends.torch.backend import TorchBackend

    return Setup(TorchBackend(device="cpu", dtype="float32"), tiny_base(folder))


def mlx(folder: Path) -> Setup:
    pytest.importorskip("mlx_lm")
    from tests.support.tiny import tiny_base

    from engram.backends.mlx.backend import MlxBackend

    return Setup(MlxBackend(dtype="float32"), tiny_base(folder))


BACKENDS: list[Callable[[Path], Setup]] = [fake, torch, mlx]


@pytest.fixture(scope="module", params=BACKENDS, ids=lambda make: make.__name__)
def setup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    made: Setup = request.param(tmp_path_factory.mktemp("base"))
    return made


def taught(setup: Setup, steps: int = 6) -> tuple[LoadedModel, TrainSession]:
    model = setup.load()
    session = model.begin_training(SPEC)
    for _ in range(steps):
        session.step([setup.batch()], RATE)
    return model, session


def published(session: TrainSession, folder: Path) -> Path:
    publish_adapter(session.export(), {}, folder)
    return folder


def same(left: Sequence[Any], right: Sequence[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def test_greedy_answers_are_those_of_one_at_a_time(setup: Setup) -> None:
    model, _ = taught(setup, 4)
    sampling = Sampling(max_tokens=24)
    single = [model.generate([prompt], sampling)[0] for prompt in setup.prompts()]
    assert model.generate(setup.prompts(), sampling) == single
    assert model.generate(setup.prompts()[::-1], sampling) == single[::-1]
    assert model.generate([], sampling) == []


def test_a_stream_is_the_answer_in_pieces(setup: Setup) -> None:
    model, _ = taught(setup)
    for prompt in setup.prompts():
        done = model.generate([prompt], Sampling(max_tokens=12))[0]
        assert tuple(model.stream(prompt, Sampling(max_tokens=12))) == done.token_ids


def test_an_answer_ends_at_the_limit_or_before_the_stop_token(setup: Setup) -> None:
    model, _ = taught(setup, 60)
    stops = setup.base.renderer.stop_ids
    reasons = set()
    for limit in (1, 3, 24):
        for done in model.generate(setup.prompts(), Sampling(max_tokens=limit)):
            assert not stops & set(done.token_ids)
            assert len(done.token_ids) <= limit
            assert done.finish_reason == "stop" or len(done.token_ids) == limit
            reasons.add(done.finish_reason)
    assert reasons == {"stop", "length"}


def test_an_answer_ends_where_the_context_ends(setup: Setup) -> None:
    room = 3
    prompt = np.full(setup.base.context - room, ord("a"), dtype=np.int32)
    done = setup.load().generate([prompt], Sampling(max_tokens=room + 20))[0]
    assert len(done.token_ids) <= room


def test_a_processor_that_returns_its_logits_changes_nothing(setup: Setup) -> None:
    seen: list[int] = []

    def watch(ids: Sequence[int], logits: Any) -> Any:
        seen.append(len(ids))
        return logits

    model = setup.load()
    for sampling in (Sampling(max_tokens=8), Sampling(max_tokens=8, temperature=0.9, top_p=0.8, seed=5)):
        assert model.generate(setup.prompts(), sampling, [watch]) == model.generate(setup.prompts(), sampling)
    assert min(seen) == min(len(prompt) for prompt in setup.prompts())


def test_a_processor_decides(setup: Setup) -> None:
    def only_z(ids: Sequence[int], logits: Any) -> Any:
        changed = logits * 0
        changed[ord("z")] = 9.0
        return changed

    done = setup.load().generate(setup.prompts(), Sampling(max_tokens=3), [only_z])
    assert [d.token_ids for d in done] == [(ord("z"),) * 3] * len(PAIRS)


def test_sampling_repeats_with_its_seed(setup: Setup) -> None:
    model = setup.load()
    hot = Sampling(max_tokens=12, temperature=1.5, seed=1)
    first = model.generate(setup.prompts(), hot)
    assert model.generate(setup.prompts(), hot) == first
    assert model.generate(setup.prompts(), Sampling(max_tokens=12, temperature=1.5, seed=2)) != first


def test_scores_are_log_probabilities_of_what_follows(setup: Setup) -> None:
    model = setup.load()
    scores = model.score(setup.sequences())
    for ids, row in zip(setup.sequences(), scores, strict=True):
        assert row.dtype == np.float32 and row.shape == (len(ids) - 1,)
        assert (row <= 0).all() and np.isfinite(row).all()
    prefix = setup.sequences()[0][:5]
    every = [np.append(prefix, token).astype(np.int32) for token in range(setup.base.vocabulary_size)]
    total = sum(math.exp(row[-1]) for row in model.score(every))
    assert total == pytest.approx(1.0, abs=1e-4)


def test_a_fresh_adapter_changes_nothing(setup: Setup) -> None:
    bare = setup.load()
    model = setup.load()
    session = model.begin_training(SPEC)
    assert same(bare.score(setup.sequences()), model.score(setup.sequences()))
    assert session.step([setup.batch(anchored=True)], 0.0).anchor_loss == pytest.approx(0.0, abs=1e-6)


def test_one_model_takes_one_adapter(setup: Setup, tmp_path: Path) -> None:
    model, session = taught(setup)
    with pytest.raises(UsageError):
        model.begin_training(SPEC)
    with pytest.raises(UsageError):
        setup.load(published(session, tmp_path / "v1")).begin_training(SPEC)


def test_teaching_lowers_the_loss_and_makes_rows_exact(setup: Setup) -> None:
    session = setup.load().begin_training(SPEC)
    before = session.evaluate([setup.batch()])
    results = [session.step([setup.batch()], RATE) for _ in range(60)]
    after = session.evaluate([setup.batch()])
    assert results[0].loss == pytest.approx(before.loss, rel=1e-5)
    assert before.exact == 0 and after.exact == after.rows == len(PAIRS) == results[-1].rows
    assert after.loss < before.loss / 10
    assert after.tokens == int(setup.batch().targets.sum())
    assert results[0].tokens == int(setup.batch().lengths.sum())


def test_evaluating_changes_nothing(setup: Setup) -> None:
    _, session = taught(setup, 2)
    before = session.state()
    session.evaluate([setup.batch()])
    after = session.state()
    assert before.keys() == after.keys() and same(list(before.values()), list(after.values()))


def test_eight_times_one_is_one_times_eight(setup: Setup) -> None:
    together = setup.load().begin_training(SPEC)
    apart = setup.load().begin_training(SPEC)
    singles = [setup.batch([pair]) for pair in PAIRS]
    for _ in range(5):
        whole, parts = together.step([setup.batch()], RATE), apart.step(singles, RATE)
        assert (whole.tokens, whole.exact, whole.rows) == (parts.tokens, parts.exact, parts.rows)
        assert whole.loss == pytest.approx(parts.loss, rel=2e-4)
        assert whole.grad_norm == pytest.approx(parts.grad_norm, rel=2e-3)


def test_a_restored_session_takes_the_same_steps(setup: Setup) -> None:
    spec = TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0, dropout=0.2), anchor_weight=1.0, seed=3)
    mixed = [setup.batch(PAIRS[:5]), setup.batch(PAIRS[5:], anchored=True)]
    unbroken = setup.load().begin_training(spec)
    for _ in range(3):
        unbroken.step(mixed, RATE)
    kept = {name: value.copy() for name, value in unbroken.state().items()}
    resumed = setup.load().begin_training(spec)
    resumed.restore(kept)
    for _ in range(3):
        assert unbroken.step(mixed, RATE) == resumed.step(mixed, RATE)
    left, right = unbroken.state(), resumed.state()
    assert left.keys() == right.keys() and same(list(left.values()), list(right.values()))


def test_a_published_adapter_answers_as_the_session_did(setup: Setup, tmp_path: Path) -> None:
    model, session = taught(setup, 40)
    loaded = setup.load(published(session, tmp_path / "v1"))
    for ours, theirs in zip(model.score(setup.sequences()), loaded.score(setup.sequences()), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
    sampling = Sampling(max_tokens=24)
    assert loaded.generate(setup.prompts(), sampling) == model.generate(setup.prompts(), sampling)


def test_an_adapter_that_changes_nothing_is_refused(setup: Setup, tmp_path: Path) -> None:
    session = setup.load().begin_training(SPEC)
    with pytest.raises(AdapterError):
        setup.load(published(session, tmp_path / "empty"))


def test_an_adapter_of_another_base_is_refused(setup: Setup, tmp_path: Path) -> None:
    _, session = taught(setup)
    weights = session.export()
    config = {**weights.config, "base_model_name_or_path": "another"}
    publish_adapter(type(weights)(weights.tensors, config), {}, tmp_path / "foreign")
    with pytest.raises(AdapterError, match="another"):
        setup.load(tmp_path / "foreign")
