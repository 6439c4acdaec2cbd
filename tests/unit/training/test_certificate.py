"""The certificate as a value, and what is tolerated: figures that can be worked out by hand.

Not here: real models (tests/contract/test_certificate.py).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engram.disk import to_json
from engram.errors import AdapterError, ModelError
from engram.models.base import Base
from engram.models.fake import ByteRenderer, fake_base
from engram.models.resolve import resolve
from engram.training.certificate import GOLDEN, PROBE_TOKENS, Certificate, Witness, render_golden
from engram.training.certified import TOLERANCE, check_probe, check_rendering, number_type
from engram.types import Rendered

BASE = fake_base()


@dataclass
class Scorer:
    """A LoadedModel that gives every token the same log-probability, but for the first of a sequence."""

    level: float = -3.0
    first: float = -3.0
    dtype: str = "float32"
    device: str = "cpu"
    base: Base = BASE

    def score(self, sequences: Sequence[Any]) -> list[npt.NDArray[np.float32]]:
        rows = [np.full(len(ids) - 1, self.level, np.float32) for ids in sequences]
        for row in rows:
            row[0] = self.first
        return rows


def taken(before: float = -3.0, after: float = -1.0, kind: str = "float32", base: Base = BASE) -> Certificate:
    """The certificate of a training that moved every log-probability from `before` to `after`."""
    model: Any = Scorer(before, before, base=base)
    witness = Witness(model, "torch", kind)
    model.level = model.first = after
    certificate = witness.certificate()
    assert certificate
    return certificate


def as_json(certificate: Certificate) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(to_json(certificate.to_json()))
    return value


def test_it_survives_its_manifest() -> None:
    certificate = taken()
    assert Certificate.from_json(as_json(certificate), "v1") == certificate
    assert len(to_json(certificate.to_json())) < 12_000, "a byte is a token here; other tokenizers need half"


def test_the_conversations_are_those_that_the_issue_asks_for() -> None:
    """Both frames of system turns, several turns; every answer ends with its stop token, supervised."""
    base = resolve("seedling")
    golden = render_golden(base)
    assert [one.messages for one in golden] == list(GOLDEN)
    for one in golden:
        ends = [at for at, token in enumerate(one.ids) if token in base.renderer.stop_ids and one.mask[at]]
        assert len(ends) == sum(message.role == "assistant" for message in one.messages)
    assert sum(len(one.messages) >= 6 for one in golden) == 1
    notes = [one for one in golden if one.messages[0].content.startswith("Notes from earlier conversations.")]
    assert len(notes) == 1


def test_what_a_base_cannot_read_is_left_out() -> None:
    class NoSystem(ByteRenderer):
        def conversation(self, messages: Any) -> Rendered:
            if messages[0].role == "system":
                raise ModelError("no system turn")
            return super().conversation(messages)

    some = render_golden(replace(BASE, renderer=NoSystem()))
    assert 0 < len(some) < len(render_golden(BASE)) == len(GOLDEN)
    short = min(len(one.ids) for one in some)
    assert len(render_golden(replace(BASE, context=short))) == 1
    assert len(render_golden(replace(BASE, config={"vocab_size": 200}))) == 0
    nothing: Any = Scorer(base=replace(BASE, context=3))
    assert Witness(nothing, "torch", "float32").entry() == {}


def test_numbers_that_are_none_are_not_certified() -> None:
    model: Any = Scorer()
    witness = Witness(model, "torch", "float16")
    model.level = float("nan")
    assert witness.certificate() is None


@pytest.mark.parametrize("kind", TOLERANCE)
def test_the_tolerance_is_that_of_the_coarser_number_type(kind: str) -> None:
    limit, change = TOLERANCE[kind], 6.0
    certificate = taken(-1.0 - change, -1.0)
    for off, fine in ((0.9 * limit, True), (1.1 * limit, False)):
        model: Any = Scorer(-1.0 - off, -1.0 - off)
        for then, now in ((kind, "float32"), ("float32", kind)):
            if fine:
                replayed = check_probe(replace(certificate, number_type=then), model, now, "v1")
                assert (replayed.tolerance, replayed.number_type) == (limit, kind)
                assert replayed.deviation == pytest.approx(off, rel=1e-3)
                assert replayed.change == pytest.approx(change) and replayed.seen
            else:
                with pytest.raises(AdapterError, match="does not compute"):
                    check_probe(replace(certificate, number_type=then), model, now, "v1")


def test_the_deviation_is_a_root_of_the_mean_square_over_the_tokens() -> None:
    certificate = taken()
    tokens = len(certificate.probe[0].base)
    assert 10 < tokens < PROBE_TOKENS
    model: Any = Scorer(level=-1.0, first=-1.0 - 0.006)  # one token is off, by more than all of them may be
    replayed = check_probe(certificate, model, "float32", "v1")
    assert replayed.largest == pytest.approx(0.006, rel=1e-3)
    assert replayed.deviation == pytest.approx(0.006 / tokens**0.5, rel=1e-3)


def test_nothing_changed_is_told_from_something_else() -> None:
    certificate = taken(-3.0, -1.0)
    bare: Any = Scorer(-3.0, -3.0)
    with pytest.raises(AdapterError, match=r"v1 changes nothing.* 2 nats away"):
        check_probe(certificate, bare, "float32", "v1")
    for other in (Scorer(-2.0, -2.0), Scorer(float("nan")), Scorer(float("-inf"))):
        model: Any = other
        with pytest.raises(AdapterError, match="does not compute what it did"):
            check_probe(certificate, model, "float32", "v1")


def test_a_change_within_the_tolerance_is_said_to_be_unseen() -> None:
    small = taken(-1.2, -1.0)
    model: Any = Scorer(-1.2, -1.2)
    assert not check_probe(small, model, "bfloat16", "v1").seen
    with pytest.raises(AdapterError, match="changes nothing"):
        check_probe(small, model, "float32", "v1")


@pytest.mark.parametrize(
    "dtype, device, quantization, expected",
    [
        ("float32", "cpu", None, "float32"),
        ("float32", "cuda", None, "float16"),  # TF32 has as many bits
        ("bfloat16", "gpu", None, "bfloat16"),
        ("bfloat16", "cuda", "4bit", "4bit"),
    ],
)
def test_what_counts_is_how_it_was_multiplied(
    dtype: str, device: str, quantization: Any, expected: str
) -> None:
    model: Any = Scorer(dtype=dtype, device=device)
    assert number_type(model, quantization) == expected in TOLERANCE


def test_a_conversation_that_cannot_be_rendered_any_more_is_named() -> None:
    class Refusing(ByteRenderer):
        def conversation(self, messages: Any) -> Rendered:
            if len(messages) > 2:
                raise ModelError("The template ends an answer without a stop token.")
            return super().conversation(messages)

    with pytest.raises(AdapterError, match=r"v1 was trained with: conversation 3: .*without a stop token"):
        check_rendering(taken(), replace(BASE, renderer=Refusing()), "v1")
    check_rendering(taken(), BASE, "v1")


BREAKS: dict[str, Any] = {
    "no format": lambda c: c.pop("format"),
    "a later format": lambda c: c.update(format=2),
    "no renderer": lambda c: c.pop("renderer"),
    "a renderer that is a number": lambda c: c.update(renderer=1),
    "stop tokens that are texts": lambda c: c.update(stop_ids=["259"]),
    "no conversation": lambda c: c.update(golden=[]),
    "conversations that are a number": lambda c: c.update(golden=3),
    "a role": lambda c: c["golden"][0]["messages"][0].update(role="tool"),
    "a text that is none": lambda c: c["golden"][0]["messages"][0].update(content=None),
    "ids that are words": lambda c: c["golden"][0].update(ids="one two"),
    "a negative id": lambda c: c["golden"][0].update(ids=c["golden"][0]["ids"].replace("257", "-1")),
    "an id without end": lambda c: c["golden"][0].update(ids="9" * 5_000),
    "a mask that is too short": lambda c: c["golden"][0].update(mask="1"),
    "a mask of other marks": lambda c: c["golden"][0].update(mask="2" * len(c["golden"][0]["mask"])),
    "a probe of no conversation": lambda c: c["probe"][0].update(golden=99),
    "a probe of a negative one": lambda c: c["probe"][0].update(golden=-1),
    "a probe with one side": lambda c: c["probe"][0].update(base=""),
    "a probe that is not finite": lambda c: c["probe"][0].update(base="nan", adapted="nan"),
    "a probe longer than its conversation": lambda c: c["probe"][0].update(
        base="1 " * 999, adapted="1 " * 999
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_certificate_is_refused_by_name(name: str) -> None:
    value = copy.deepcopy(as_json(taken()))
    BREAKS[name](value)
    with pytest.raises(AdapterError, match=r"The certificate in v1/manifest\.json is broken"):
        Certificate.from_json(value, "v1")


@pytest.mark.parametrize("value", [None, 3, "text", [], {}, [1], {"format": 1}])
def test_what_is_no_certificate_is_refused(value: Any) -> None:
    with pytest.raises(AdapterError, match="broken"):
        Certificate.from_json(value, "v1")
