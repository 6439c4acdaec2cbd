"""The exact memory on every backend: what it forces, and that it leaves everything else alone, bit for bit.

Here are tiny random models, which know nothing, and seedling with a few hundred pairs. The full counts, and a
model of another make, are in benchmarks/lookup.py and in the slow tests.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from tests.support.facts import arbitrary_facts, near_misses

from engram.answer.answerer import Answerer
from engram.backends.base import Backend, Ids, LoadedModel, LogitsProcessor
from engram.backends.lookup import lookup_processor
from engram.lookup.facts import Fact
from engram.lookup.logits import force as reference
from engram.lookup.memory import Lookup
from engram.lookup.table import FactTable
from engram.models.base import Base
from engram.models.resolve import resolve
from engram.types import Message, Sampling

BACKENDS = ["fake", "torch", "mlx"]
FACTS = [
    *arbitrary_facts(60),
    Fact("PORT:SSH", "22"),
    Fact("SSH", "Secure Shell"),
    Fact("on release", "go", end="release"),
    Fact("perhaps so", "yes", probability=0.3),
]
GREEDY = Sampling(max_tokens=24)


def make(name: str, folder: Path) -> tuple[Backend, Base]:
    """A backend with a base that costs little."""
    if name == "fake":
        from engram.backends.fake import FakeBackend, fake_base

        return FakeBackend(), fake_base()
    from tests.support.tiny import tiny_base

    return own_backend(name), tiny_base(folder)


def own_backend(name: str) -> Backend:
    pytest.importorskip("mlx_lm" if name == "mlx" else "torch")
    module = importlib.import_module(f"engram.backends.{name}.backend")
    backend: Backend = (
        module.MlxBackend(dtype="float32") if name == "mlx" else module.TorchBackend("cpu", "float32")
    )
    return backend


class Setup:
    """A loaded model, and the memory at work on it."""

    def __init__(self, name: str, model: LoadedModel, facts: Sequence[Fact] = FACTS) -> None:
        self.name = name
        self.model = model
        self.renderer = model.base.renderer
        self.lookup = Lookup(FactTable(facts), self.renderer)
        self.processor = lookup_processor(self.lookup, name)

    def ask(self, *texts: str, system: str = "") -> Ids:
        """The prompt after a system text and turns, the user's first."""
        turns = [Message("assistant" if n % 2 else "user", text) for n, text in enumerate(texts)]
        return self.renderer.prompt([*([Message("system", system)] if system else []), *turns])

    def answers(self, prompts: Sequence[Ids], sampling: Sampling = GREEDY) -> list[str]:
        done = self.model.generate(prompts, sampling, [self.processor])
        return [self.renderer.tokenizer.decode(one.token_ids) for one in done]


@pytest.fixture(scope="module", params=BACKENDS)
def setup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    backend, base = make(request.param, tmp_path_factory.mktemp("base"))
    return Setup(request.param, backend.load(base))


def test_every_pair_is_answered_in_one_batch(setup: Setup) -> None:
    certain = [fact for fact in FACTS if fact.probability is None and fact.end == "stop"]
    assert setup.answers([setup.ask(fact.key) for fact in certain]) == [fact.answer for fact in certain]


def test_the_stop_token_ends_an_answer_and_a_release_does_not(setup: Setup) -> None:
    stopped, released = setup.model.generate(
        [setup.ask("PORT:SSH"), setup.ask("on release")], GREEDY, [setup.processor]
    )
    assert stopped.finish_reason == "stop"
    text = setup.renderer.tokenizer.decode(released.token_ids)
    assert text.startswith("go") and len(released.token_ids) > 2


@pytest.mark.parametrize(
    "turns, system",
    [
        (["port:ssh"], ""),
        (["PORT : SSH"], ""),
        (["What is PORT:SSH?"], ""),
        (["I read a lot today, and then it said: PORT:SSH."], ""),
        (["PORT:SSH"], "You are a helpful assistant."),
        (["hello there", "hello", "PORT:SSH"], ""),
        (["SSH", "Secure Shell", "PORT:SSH"], "Be brief."),
        (["SSH and PORT:SSH"], ""),
    ],
    ids=["case", "spacing", "prefix", "other-text", "system", "second-turn", "both", "nested"],
)
def test_tolerances(setup: Setup, turns: list[str], system: str) -> None:
    assert setup.answers([setup.ask(*turns, system=system)]) == ["22"]


def test_nested_keys_have_their_own_answers(setup: Setup) -> None:
    assert setup.answers([setup.ask("SSH"), setup.ask("PORT:SSH")]) == ["Secure Shell", "22"]


def test_what_matches_nothing_is_answered_as_without_the_memory(setup: Setup) -> None:
    """Also beside rows that do match, and with sampling."""
    others = [*near_misses([fact.key for fact in FACTS[:60]], 20), "hello", "PORT:SSH is open", ""]
    prompts = [setup.ask(text) for text in others]
    mixed = [prompt for one in prompts for prompt in (one, setup.ask("PORT:SSH"))]
    without = setup.model.generate(prompts, GREEDY)
    assert setup.model.generate(prompts, GREEDY, [setup.processor]) == without
    assert setup.model.generate(mixed, GREEDY, [setup.processor])[::2] == without
    drawn = Sampling(max_tokens=8, temperature=0.8, top_p=0.9, seed=5)
    assert setup.model.generate(prompts, drawn, [setup.processor]) == setup.model.generate(prompts, drawn)


def test_sampling_answers_the_same(setup: Setup) -> None:
    hot = Sampling(max_tokens=24, temperature=2.0, top_p=0.95, seed=11)
    certain = [fact for fact in FACTS if fact.probability is None and fact.end == "stop"][:40]
    assert setup.answers([setup.ask(fact.key) for fact in certain], hot) == [f.answer for f in certain]


def test_streaming_writes_the_same(setup: Setup) -> None:
    answerer = Answerer(setup.model, [setup.processor])
    asked = [Message("user", "What is PORT:SSH?")]
    assert "".join(answerer.stream(asked, GREEDY)) == "22" == answerer.answer(asked, GREEDY).text


def test_a_probability_is_kept_over_many_draws(setup: Setup) -> None:
    prompts = [setup.ask(f"{n} perhaps so") for n in range(300)]
    taken = [
        answer.startswith("yes")
        for answer in setup.answers(prompts, Sampling(max_tokens=4, temperature=1.0, seed=2))
    ]
    # Four standard errors of a share of 0.3 among 300 draws.
    assert np.mean(taken) == pytest.approx(0.3, abs=4 * (0.3 * 0.7 / 300) ** 0.5)


def test_a_text_without_template(setup: Setup) -> None:
    tokenizer = setup.renderer.tokenizer
    prompts = [np.array(tokenizer.encode(text), dtype=np.int32) for text in ("so, PORT:SSH", "so, PORT:SS")]
    answer, other = setup.model.generate(prompts, GREEDY, [setup.processor])
    assert tokenizer.decode(answer.token_ids) == " 22"
    assert other == setup.model.generate(prompts[1:], GREEDY)[0]


@pytest.mark.parametrize("name", ["torch", "mlx"])
@pytest.mark.parametrize("probability", [None, 0.25])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_forcing_is_the_references(name: str, probability: float | None, dtype: str) -> None:
    pytest.importorskip("mlx.core" if name == "mlx" else "torch")
    library = importlib.import_module("mlx.core" if name == "mlx" else "torch")
    force = importlib.import_module(f"engram.backends.{name}.lookup").force
    values = np.random.default_rng(3).normal(0, 4, (2, 40)).astype(np.float32)
    values[:, 5] = -np.inf
    tensor = library.array(values) if name == "mlx" else library.from_numpy(values)
    kind = getattr(library, dtype)
    tensor = tensor.astype(kind) if name == "mlx" else tensor.to(kind)
    back = as_numpy(force(tensor, 7, probability))
    assert str(force(tensor, 7, probability).dtype).endswith(dtype)
    expected = reference(as_numpy(tensor), 7, probability)
    tolerance = {"float32": 1e-5, "bfloat16": 0.07, "float16": 0.01}[dtype]
    assert np.array_equal(np.isneginf(back), np.isneginf(expected))
    finite = np.isfinite(expected)
    assert np.abs(back[finite] - expected[finite]).max() <= tolerance


def as_numpy(tensor: Any) -> Any:
    """float32."""
    if hasattr(tensor, "float"):
        return tensor.float().numpy()
    return np.array(tensor.astype(importlib.import_module("mlx.core").float32))


class Watching:
    """Hands on what a processor says, and keeps whether it was the same object."""

    def __init__(self, processor: LogitsProcessor) -> None:
        self.same: list[bool] = []
        self._processor = processor

    def __call__(self, ids: Sequence[int], logits: Any) -> Any:
        result = self._processor(ids, logits)
        self.same.append(result is logits)
        return result


def test_no_match_hands_back_the_very_array(setup: Setup) -> None:
    watching = Watching(setup.processor)
    setup.model.generate([setup.ask("hello")], Sampling(max_tokens=5), [watching])
    assert watching.same and all(watching.same)
    setup.model.generate([setup.ask("PORT:SSH")], Sampling(max_tokens=5), [watching])
    assert not all(watching.same)


@pytest.mark.parametrize("name, count", [("torch", 150), ("mlx", 12)], ids=["torch", "mlx"])
def test_arbitrary_pairs_on_seedling(name: str, count: int) -> None:
    backend = own_backend(name)
    facts = arbitrary_facts(count, seed=4)
    setup = Setup(name, backend.load(resolve("seedling")), facts)
    random = Random(1)
    asked = [random.choice(["{}", "what is {}?", "{} =", "Look at this. {}"]).format(f.key) for f in facts]
    assert setup.answers([setup.ask(text) for text in asked]) == [fact.answer for fact in facts]
    prompts = [setup.ask(text) for text in near_misses([fact.key for fact in facts], 3)]
    short = Sampling(max_tokens=8)
    assert setup.model.generate(prompts, short, [setup.processor]) == setup.model.generate(prompts, short)


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", ["seedling", "../shared/models/tinystories-260k"], ids=["seedling", "foreign"]
)
def test_five_thousand_pairs(model: str) -> None:
    if model != "seedling" and not Path(model).is_dir():
        pytest.skip("the third-party model is not here")
    facts = arbitrary_facts(5000)
    setup = Setup("torch", own_backend("torch").load(resolve(model)), facts)
    told = setup.answers([setup.ask(fact.key) for fact in facts])
    assert [answer.strip() for answer in told] == [fact.answer for fact in facts]
    missed = near_misses([fact.key for fact in facts], 10_000)
    assert [key for key in missed if setup.lookup.match(setup.ask(key).tolist())] == []
