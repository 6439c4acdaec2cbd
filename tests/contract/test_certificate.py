"""Trained is served: a version's certificate holds on every backend, and each tampering is named.

Not here: the certificate as a value (tests/unit/training/test_certificate.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.contract.test_backends import BACKENDS, RATE, SPEC, Setup

from engram.backends.base import AdapterWeights
from engram.errors import AdapterError
from engram.models.base import Base
from engram.models.fake import STOP_ID, ByteRenderer
from engram.training.batches import make_batch
from engram.training.certificate import GOLDEN, Witness
from engram.training.certified import Replayed, load_certified, read_certificate
from engram.training.publish import publish_adapter
from engram.types import Message, Rendered

WEIGHTS = "adapter_model.safetensors"


@pytest.fixture(scope="module", params=BACKENDS, ids=lambda make: make.__name__)
def setup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    made: Setup = request.param(tmp_path_factory.mktemp("base"))
    return made


@pytest.fixture(scope="module")
def version(setup: Setup, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(setup, tmp_path_factory.mktemp("home") / "v1")


def trained(setup: Setup, folder: Path) -> Path:
    """A few steps on the conversation that is probed, without which the fake backend would see no change."""
    model = setup.load()
    witness = Witness(model, setup.backend.name, model.dtype)
    session = model.begin_training(SPEC)
    rows = [setup.base.renderer.conversation(messages) for messages in GOLDEN[:2]]
    for _ in range(6):
        session.step([make_batch(rows, [0, 1], [False, False])], RATE)
    publish_adapter(session.export(), witness.entry(), folder)
    return folder


def replay(setup: Setup, folder: Path, base: Base | None = None) -> Replayed | None:
    return load_certified(setup.backend, base or setup.base, folder, None)[1]


def refusal(setup: Setup, folder: Path, base: Base | None = None) -> str:
    with pytest.raises(AdapterError) as caught:
        replay(setup, folder, base)
    return caught.value.message


def copied(version: Path, folder: Path, change: Callable[[dict[str, Any]], None] | None = None) -> Path:
    """The same version, its certificate changed, published as if that were its own."""
    manifest = json.loads((version / "manifest.json").read_text("utf-8"))
    config = json.loads((version / "adapter_config.json").read_text("utf-8"))
    if change is not None:
        change(manifest["certificate"])
    publish_adapter(AdapterWeights(load_file(version / WEIGHTS), config), manifest, folder)
    return folder


def test_it_holds_where_it_was_taken(setup: Setup, version: Path) -> None:
    replayed = replay(setup, version)
    assert replayed and replayed.seen and replayed.conversations >= 4
    assert replayed.deviation < 1e-4 < 1e-1 < replayed.change


def test_the_recorded_change_is_the_one_that_scores_show(setup: Setup, version: Path) -> None:
    certificate = read_certificate(version)
    assert certificate
    for ids, part in zip(certificate.probed_ids(), certificate.probe, strict=True):
        for model, recorded in ((setup.load(), part.base), (setup.load(version), part.adapted)):
            np.testing.assert_allclose(model.score([ids])[0], recorded, atol=1e-4)


@pytest.mark.parametrize("there, here", [(1, 2), (2, 1)], ids=["torch to mlx", "mlx to torch"])
def test_one_backend_takes_it_and_the_other_replays_it(tmp_path: Path, there: int, here: int) -> None:
    taking, replaying = BACKENDS[there](tmp_path / "base"), BACKENDS[here](tmp_path / "base")
    replayed = replay(replaying, trained(taking, tmp_path / "v1"))
    assert replayed and replayed.deviation < 1e-4 and replayed.change > 0.1


def test_an_adapter_that_is_not_there_is_told_from_a_wrong_base(
    setup: Setup, version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a loader had dropped the tensors, as several tools do with keys that match nothing."""
    bare = setup.load()
    with monkeypatch.context() as patch:
        patch.setattr(setup.backend, "load", lambda *_: bare)
        assert "v1 changes nothing" in refusal(setup, version)

    def another_base(certificate: dict[str, Any]) -> None:
        for part in certificate["probe"]:
            for side in ("base", "adapted"):
                part[side] = " ".join(str(float(word) - 2) for word in part[side].split())

    said = refusal(setup, copied(version, tmp_path / "v2", another_base))
    assert "v2 does not compute what it did" in said and "weights" in said and "2 nats" in said


class Flipped(ByteRenderer):
    """One byte of the frame is another."""

    digest = "0" * 64

    def conversation(self, messages: Any) -> Rendered:
        whole = super().conversation(messages)
        ids = whole.ids.copy()
        ids[0] += 1
        return Rendered(ids, whole.mask)


class Endless(ByteRenderer):
    """The stop token is not learned."""

    def conversation(self, messages: Any) -> Rendered:
        whole = super().conversation(messages)
        return Rendered(whole.ids, whole.mask & (whole.ids != STOP_ID))


class Silent(ByteRenderer):
    """A byte that shows in none of the conversations."""

    digest = "1" * 64


class Stopless(ByteRenderer):
    stop_ids = frozenset({7})


@pytest.mark.parametrize(
    "renderer, words",
    [
        (Flipped(), ["template or tokenizer", "conversation 1 at token 0: token 257 then, 258 now"]),
        (Endless(), ["template or tokenizer", "conversation 1 at token", "loss mask 1 then, 0 now"]),
        (Silent(), ["template or tokenizer", "come out the same"]),
        (Stopless(), ["stop tokens 259; those of", "are 7"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_another_rendering_is_refused_before_anything_is_loaded(
    setup: Setup, version: Path, monkeypatch: pytest.MonkeyPatch, renderer: Any, words: list[str]
) -> None:
    def never(*_: object) -> Any:
        raise AssertionError("it was loaded")

    monkeypatch.setattr(setup.backend, "load", never)
    said = refusal(setup, version, replace(setup.base, renderer=renderer))
    assert all(word in said for word in ["v1", *words]), said


def test_another_template_is_asked_for_by_its_name(setup: Setup, version: Path) -> None:
    with pytest.raises(AdapterError, match="own template, and this is the template chatml") as caught:
        replay(setup, version, replace(setup.base, template="chatml"))
    assert "--template" in caught.value.hint


def test_weights_from_another_training_are_refused(setup: Setup, version: Path, tmp_path: Path) -> None:
    folder = copied(version, tmp_path / "v2")
    tensors: Mapping[str, Any] = load_file(folder / WEIGHTS)
    for name in tensors:
        if "lora_B" in name and setup.backend.name != "fake":
            tensors[name][:] = -tensors[name]
        elif "lora_B" in name:  # counts of exposures: one less of each
            table = tensors[name].reshape(-1)[: tensors[name].size // 6 * 6].reshape(-1, 6)
            table[:, 5] = np.maximum(table[:, 5] - 1, 0)
    save_file(dict(tensors), folder / WEIGHTS)
    assert "does not compute what it did" in refusal(setup, folder)


def test_a_version_without_a_certificate_loads_as_before(setup: Setup, version: Path, tmp_path: Path) -> None:
    config = json.loads((version / "adapter_config.json").read_text("utf-8"))
    publish_adapter(AdapterWeights(load_file(version / WEIGHTS), config), {"format": 1}, tmp_path / "v0")
    assert replay(setup, tmp_path / "v0") is None
    (tmp_path / "v0" / "manifest.json").unlink()
    model, replayed = load_certified(setup.backend, setup.base, tmp_path / "v0", None)
    ids = [setup.base.renderer.conversation([Message("user", "a"), Message("assistant", "b")]).ids]
    np.testing.assert_array_equal(model.score(ids)[0], setup.load(version).score(ids)[0])
    assert replayed is None
