"""What the Engram-style module must keep on torch and on mlx: one table of properties over both.

Its arithmetic is compared with `written`, in numpy. Not here: hashing (tests/unit/lookup), how much it learns
on a real base (benchmarks/conditional.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.contract.test_backends import Setup, mlx, same, torch

from engram.backends.adapters import CONFIG as LORA_CONFIG
from engram.backends.base import (
    AdapterSpec,
    Batch,
    ConditionalSpec,
    Ids,
    LoadedModel,
    TrainSession,
    TrainSpec,
)
from engram.backends.conditional import CONFIG, WEIGHTS
from engram.config import EngramSettings
from engram.errors import AdapterError, SettingsError, TrainingError, UsageError
from engram.lessons.rows import Row
from engram.training.batches import make_batch
from engram.training.certificate import Witness
from engram.training.certified import check_probe, read_certificate
from engram.training.conditional import SELF_CHECK, Led, conditional_spec, module_rows
from engram.training.examples import render_rows
from engram.training.publish import publish_adapter, verify_adapter
from engram.types import Message, Sampling

FACTS = [("PORT:ZEM", "49"), ("rufo", "a dog"), ("gate code", "7341"), ("zeta", "x1"), ("SYN_0027", "d8")]
UNRELATED = ["hello there", "what is the sea like in winter?", "PORT:ZE", "rufo and others", "zet", "myrufo"]
SETTINGS = EngramSettings(orders=(0, 2, 4, 8), width=4, slots=97, blocks=(0, 1))
QUICK = SETTINGS.model_copy(update={"prefixes": 1, "blocks": (1,)})
RATE = 2e-3


@pytest.fixture(scope="module", params=[torch, mlx], ids=lambda make: make.__name__)
def setup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    made: Setup = request.param(tmp_path_factory.mktemp("base"))
    return made


def rows() -> list[Row]:
    return [Row((Message("user", k), Message("assistant", v)), "fact", k, "train") for k, v in FACTS]


def spec_of(setup: Setup, **changed: Any) -> ConditionalSpec:
    settings = SETTINGS.model_copy(update=changed)
    return conditional_spec(setup.base, [Led(row) for row in rows()], settings, setup.base.context)


def batch(setup: Setup, facts: Sequence[tuple[str, str]] = FACTS, anchored: bool = False) -> Batch:
    talks = [[Message("user", key), Message("assistant", value)] for key, value in facts]
    made = [setup.base.renderer.conversation(talk) for talk in talks]
    return make_batch(made, range(len(made)), [anchored] * len(made))


def prompts(setup: Setup, questions: Sequence[str]) -> list[Ids]:
    return [setup.base.renderer.prompt([Message("user", question)]) for question in questions]


def texts(setup: Setup) -> list[Ids]:
    return [
        setup.base.renderer.conversation([Message("user", q), Message("assistant", "so")]).ids
        for q in UNRELATED
    ]


def facts_scored(setup: Setup, model: LoadedModel) -> list[Any]:
    return model.score([setup.base.renderer.conversation(talk).ids for talk in _talks()])


def _talks() -> list[list[Message]]:
    return [[Message("user", key), Message("assistant", value)] for key, value in FACTS]


def begun(setup: Setup, **changed: Any) -> tuple[LoadedModel, TrainSession]:
    model = setup.load()
    spec = TrainSpec(conditional=spec_of(setup, **changed), anchor_weight=1.0, seed=3)
    return model, model.begin_training(spec)


@pytest.fixture(scope="module")
def learned(setup: Setup, tmp_path_factory: pytest.TempPathFactory) -> tuple[LoadedModel, Path]:
    """The model taught the facts, alone and behind other text, and its module's folder."""
    examples = render_rows(rows(), setup.base.renderer, setup.base.context)
    examples, spec = module_rows(setup.base, rows(), examples, QUICK, setup.base.context, 0)
    model = setup.load()
    witness = Witness(model, setup.backend.name, "float32", (SELF_CHECK,))
    session = model.begin_training(TrainSpec(conditional=spec, seed=3))
    for _ in range(60):
        session.step([make_batch(examples, range(len(examples)), [False] * len(examples))], RATE)
    folder = tmp_path_factory.mktemp("versions") / "module"
    publish_adapter(session.export(), witness.entry(), folder)
    return model, folder


def said(setup: Setup, model: LoadedModel, questions: Sequence[str]) -> list[str]:
    done = model.generate(prompts(setup, questions), Sampling(max_tokens=12))
    return [setup.base.renderer.tokenizer.decode(one.token_ids) for one in done]


@pytest.mark.parametrize("opens", ["taught", "everywhere"])
def test_a_fresh_module_changes_no_bit(setup: Setup, opens: str) -> None:
    bare = setup.load()
    expected = [*bare.score(texts(setup)), *facts_scored(setup, bare)]
    model, session = begun(setup, opens=opens)
    assert same([*model.score(texts(setup)), *facts_scored(setup, model)], expected)
    assert not session.export().tensors["table.rows"].size


def test_facts_are_learned_and_found_behind_other_text(
    setup: Setup, learned: tuple[LoadedModel, Path]
) -> None:
    model, _ = learned
    for before in ("", "Something else. ", "one\ntwo\n"):
        assert said(setup, model, [before + key for key, _ in FACTS]) == [value for _, value in FACTS]
    assert said(setup, model, ["PORT:zem", "RUFO"]) == ["49", "a dog"]


def test_unrelated_text_keeps_every_bit(setup: Setup, learned: tuple[LoadedModel, Path]) -> None:
    bare, (model, folder) = setup.load(), learned
    for tuned in (model, setup.load(folder)):
        assert same(tuned.score(texts(setup)), bare.score(texts(setup)))
        assert said(setup, tuned, UNRELATED) == said(setup, bare, UNRELATED)
    assert not same(facts_scored(setup, model), facts_scored(setup, bare))


def test_what_is_written_is_loaded(setup: Setup, learned: tuple[LoadedModel, Path]) -> None:
    model, folder = learned
    assert same(facts_scored(setup, setup.load(folder)), facts_scored(setup, model))
    assert verify_adapter(folder)["files"].keys() == {CONFIG, WEIGHTS}


@pytest.mark.parametrize("opens", ["taught", "everywhere"])
def test_answers_with_a_cache_are_those_without(
    setup: Setup, learned: tuple[LoadedModel, Path], opens: str
) -> None:
    """Each token is likelier than its neighbour by `score`, which reads all anew; rows leave on the way."""
    model = learned[0] if opens == "taught" else begun_everywhere(setup)
    asked = prompts(setup, [*(key for key, _ in FACTS), *(f"so, {key}" for key, _ in FACTS), *UNRELATED])
    together = model.generate(asked, Sampling(max_tokens=6))
    for prompt, done in zip(asked, together, strict=True):
        ids = np.array([*prompt, *done.token_ids], dtype=np.int32)
        for end in range(len(prompt) + 1, len(ids) + 1):
            other = ids[:end].copy()
            other[-1] = (other[-1] + 1) % 300
            assert model.score([ids[:end]])[0][-1] > model.score([other])[0][-1]
    alone = [model.generate([prompt], Sampling(max_tokens=6))[0] for prompt in asked]
    assert together == alone
    assert tuple(model.stream(asked[0], Sampling(max_tokens=6))) == alone[0].token_ids


def begun_everywhere(setup: Setup) -> LoadedModel:
    """A module without an indicator, whose tables are so small that most suffixes find something."""
    model, session = begun(setup, opens="everywhere", slots=7)
    for _ in range(8):
        session.step([batch(setup)], RATE)
    return model


def test_only_rows_that_were_read_are_trained(setup: Setup) -> None:
    _, session = begun(setup)
    session.step([batch(setup, FACTS[:1])], RATE)
    first = session.state()
    read = first["table/count"] > 0
    assert 0 < read.sum() < len(read) and not first["table/values"][~read].any()
    session.step([batch(setup, FACTS[1:2])], RATE)
    second = session.state()
    again = second["table/count"] > first["table/count"]
    for name in ("values", "exp_avg", "exp_avg_sq"):
        assert (second[f"table/{name}"][~again] == first[f"table/{name}"][~again]).all()
    assert (session.export().tensors["table.rows"] == np.flatnonzero(second["table/count"])).all()


@pytest.mark.parametrize("opens", ["taught", "everywhere"])
def test_a_restored_session_goes_on_bit_for_bit(setup: Setup, opens: str) -> None:
    _, session = begun(setup, opens=opens)
    pulled = batch(setup, [(question, "so") for question in UNRELATED], anchored=True)
    steps = [[batch(setup)], [batch(setup, FACTS[:2]), pulled], [pulled, batch(setup, FACTS[2:])]]
    session.step(steps[0], RATE)
    state = session.state()
    rest = [session.step(step, RATE) for step in steps[1:]]
    _, other = begun(setup, opens=opens)
    other.restore(state)
    assert [other.step(step, RATE) for step in steps[1:]] == rest
    ours, theirs = session.state(), other.state()
    assert same([ours[name] for name in sorted(ours)], [theirs[name] for name in sorted(theirs)])


def test_a_state_of_another_module_is_refused(setup: Setup) -> None:
    _, session = begun(setup)
    _, other = begun(setup, width=5)
    with pytest.raises(TrainingError, match="other training settings"):
        other.restore(session.state())


def test_micro_batches_are_one_batch(setup: Setup) -> None:
    whole, parts = begun(setup)[1], begun(setup)[1]
    one = whole.step([batch(setup)], RATE)
    many = parts.step([batch(setup, FACTS[:2]), batch(setup, FACTS[2:])], RATE)
    assert many.loss == pytest.approx(one.loss, rel=1e-5)
    assert many.grad_norm == pytest.approx(one.grad_norm, rel=1e-4)


def test_not_a_number_changes_nothing(setup: Setup) -> None:
    _, session = begun(setup)
    session.step([batch(setup)], RATE)
    state = session.state()
    broken = {**state, "table/values": np.full_like(state["table/values"], np.nan)}
    session.restore(broken)
    assert not np.isfinite(session.step([batch(setup)], RATE).loss)
    after = session.state()
    unchanged = ("table/exp_avg", "table/exp_avg_sq", "table/count", "step")
    assert same([after[name] for name in unchanged], [state[name] for name in unchanged])


def test_torch_and_mlx_learn_alike(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("mlx_lm")
    losses, scores = [], []
    setups = [torch(tmp_path / "base"), mlx(tmp_path / "base")]
    for number, setup in enumerate(setups):
        _, session = begun(setup)
        losses.append([session.step([batch(setup)], RATE).loss for _ in range(15)])
        publish_adapter(session.export(), {}, tmp_path / f"module-{number}")
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    for setup in setups:
        scores.append(np.concatenate(facts_scored(setup, setup.load(tmp_path / "module-0"))))
    assert scores[1] == pytest.approx(scores[0], abs=2e-4)


def test_anchored_rows_hold_it_to_the_base(setup: Setup) -> None:
    """Without an indicator other text is changed too; the pull makes that less."""
    bare, damage = setup.load(), []
    pulled = batch(setup, [(question, "so") for question in UNRELATED], anchored=True)
    for weight in (0.0, 20.0):
        model = setup.load()
        spec = TrainSpec(conditional=spec_of(setup, opens="everywhere"), anchor_weight=weight, seed=3)
        session = model.begin_training(spec)
        for _ in range(12):
            session.step([batch(setup), pulled], RATE)
        change = [a - b for a, b in zip(model.score(texts(setup)), bare.score(texts(setup)), strict=True)]
        damage.append(float(np.abs(np.concatenate(change)).mean()))
    assert 0 < damage[1] < 0.75 * damage[0]


def test_the_pull_is_towards_the_base_without_the_module(setup: Setup) -> None:
    _, session = begun(setup, opens="everywhere")
    for _ in range(4):
        session.step([batch(setup)], RATE)
    pulled = batch(setup, [(question, "so") for question in UNRELATED], anchored=True)
    assert session.step([batch(setup), pulled], RATE).anchor_loss > 1e-3


def test_a_module_has_a_lora_adapter_beside_it(
    setup: Setup, learned: tuple[LoadedModel, Path], tmp_path: Path
) -> None:
    """Both in one folder: the adapter everywhere, the module on top of it where it opens."""
    model = setup.load()
    session = model.begin_training(TrainSpec(adapter=AdapterSpec(rank=4, alpha=8.0), seed=3))
    for _ in range(4):
        session.step([setup.batch()], RATE)
    publish_adapter(session.export(), {}, tmp_path / "lora")
    names = (LORA_CONFIG, "adapter_model.safetensors")
    beside = {name: (tmp_path / "lora" / name).read_bytes() for name in names}
    adapted = setup.load(tmp_path / "lora")
    with_module = adapted.begin_training(TrainSpec(conditional=spec_of(setup), seed=3))
    for _ in range(40):
        with_module.step([batch(setup)], RATE)
    publish_adapter(with_module.export(), {}, tmp_path / "both", beside=beside)
    both, alone = setup.load(tmp_path / "both"), setup.load(tmp_path / "lora")
    assert same(both.score(texts(setup)), alone.score(texts(setup)))
    assert said(setup, both, [key for key, _ in FACTS]) == [value for _, value in FACTS]
    assert same(facts_scored(setup, both), facts_scored(setup, adapted))


def test_blocks_that_are_not_there_are_refused(setup: Setup) -> None:
    with pytest.raises(SettingsError, match="there are 2"):
        begun(setup, blocks=(0, 2))


def test_a_certificate_sees_that_the_module_is_there(setup: Setup, learned: tuple[LoadedModel, Path]) -> None:
    certificate = read_certificate(learned[1])
    assert certificate is not None
    assert check_probe(certificate, setup.load(learned[1]), "float32", "module").seen
    with pytest.raises(AdapterError, match="changes nothing"):
        check_probe(certificate, setup.load(), "float32", "module")


def test_one_module_at_a_time(setup: Setup, learned: tuple[LoadedModel, Path]) -> None:
    with pytest.raises(UsageError, match="wears"):
        setup.load(learned[1]).begin_training(TrainSpec(conditional=spec_of(setup)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda config: config | {"revision": "other"}, "revision"),
        (lambda config: config | {"tokenizer": "other"}, "tokenizer"),
        (lambda config: config | {"kind": "LORA"}, "describes no"),
        (lambda config: config | {"blocks": [0, 7]}, "number from"),
        (lambda config: config | {"slots": 3}, "table.rows"),
        (lambda config: config | {"width": 5}, "table.values"),
        (lambda config: config | {"orders": "2"}, "number from"),
        (lambda config: {k: v for k, v in config.items() if k != "heads"}, "heads"),
    ],
    ids=["revision", "tokenizer", "kind", "blocks", "slots", "width", "orders", "missing"],
)
def test_what_does_not_fit_is_refused(
    setup: Setup, learned: tuple[LoadedModel, Path], tmp_path: Path, change: Callable[[Any], Any], why: str
) -> None:
    _, session = begun(setup)
    session.step([batch(setup)], RATE)
    weights = session.export()
    publish_adapter(weights, {}, tmp_path / "odd")
    (tmp_path / "odd" / CONFIG).write_text(json.dumps(change(dict(weights.config))), encoding="utf-8")
    with pytest.raises(AdapterError, match=why):
        setup.load(tmp_path / "odd")
