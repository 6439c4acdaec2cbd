"""The certificate of an adapter: what it was trained with, kept so that every load can replay it.

It holds golden conversations with the token ids and the loss mask that they had at training, and a probe: the
log-probabilities of the first tokens of some of them, by the bare base and with the adapter. They are shipped
and neutral conversations, so nothing of a user's stands in it. Not here: replaying it (certified.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engram.backends.base import Ids, LoadedModel
from engram.errors import AdapterError, ModelError, UsageError
from engram.models.base import Base
from engram.types import Message, Renderer

FORMAT = 1
KEY = "certificate"
"""Its name in manifest.json."""
PROBED = 1
"""Golden conversations that are scored: the first that the base can read."""
PROBE_TOKENS = 48
"""Of each at most, so that a probe costs about as much as reading one short question."""

_NOTES = (
    "Notes from earlier conversations. Answer from them if they help; "
    "if they disagree, the newest is right.\n"
    "[2026-03-02] user: the spare key hangs behind the clock\n"
    "[2026-03-05] user: the spare key is with the neighbour now"
)
GOLDEN: tuple[tuple[Message, ...], ...] = (
    (Message("user", "Name three fruits."), Message("assistant", "Apples, pears and plums.")),
    (Message("user", "What is 12 + 30?"), Message("assistant", "12 + 30 = 42")),
    (
        Message("system", "Answer in one short sentence."),
        Message("user", "Why is the sea salty?"),
        Message("assistant", "Rivers carry salt from the rocks into it."),
    ),
    (
        Message("system", _NOTES),
        Message("user", "Where is the spare key?"),
        Message("assistant", "The spare key is with the neighbour."),
    ),
    (
        Message("user", "Hello!"),
        Message("assistant", "Hello. What can I do for you?"),
        Message("user", "Write a function that doubles x."),
        Message("assistant", "def double(x):\n    return 2 * x"),
        Message("user", "Thank you."),
        Message("assistant", "You are welcome."),
    ),
    (
        Message("user", " Café at 7°C – “naïve”,\tor not? \n\n1. yes\n2. no "),
        Message("assistant", "2. no, 日本 ✓"),
    ),
)
"""Short questions, both frames of a system turn, several turns, code, and text that tokenizers trip over."""

_MOST = 64  # conversations that a file may hold, and thousands of tokens of each


@dataclass(frozen=True, slots=True)
class Golden:
    """A conversation as the renderer gave it at training."""

    messages: tuple[Message, ...]
    ids: tuple[int, ...]
    mask: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """Log-probabilities (nats) of the tokens 1 ... n of a golden conversation, each given those before it."""

    golden: int
    base: tuple[float, ...]
    adapted: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`template` is the base's chosen one, `renderer` a digest; `number_type` is what was computed in
    ("float32", ..., or "4bit")."""

    template: str
    renderer: str
    stop_ids: tuple[int, ...]
    golden: tuple[Golden, ...]
    probe: tuple[Probe, ...]
    backend: str
    number_type: str

    def probed_ids(self) -> list[Ids]:
        """What is to be scored again: int32 [n + 1] for each part of the probe."""
        return [np.array(self.golden[p.golden].ids[: len(p.base) + 1], dtype=np.int32) for p in self.probe]

    def to_json(self) -> dict[str, Any]:
        """JSON values; lists of numbers as one text each, which keeps a manifest readable."""
        return {
            "format": FORMAT,
            "template": self.template,
            "renderer": self.renderer,
            "stop_ids": list(self.stop_ids),
            "backend": self.backend,
            "number_type": self.number_type,
            "golden": [_golden_to_json(golden) for golden in self.golden],
            "probe": [
                {"golden": p.golden, "base": _numbers_to_text(p.base), "adapted": _numbers_to_text(p.adapted)}
                for p in self.probe
            ],
        }

    @classmethod
    def from_json(cls, value: Any, name: str) -> Certificate:
        """What `to_json` gave. Raises AdapterError about the adapter `name` for anything else."""
        try:
            if value["format"] != FORMAT:
                raise ValueError(f"format {value['format']!r:.20}")
            certificate = cls(
                template=_text(value["template"]),
                renderer=_text(value["renderer"]),
                stop_ids=tuple(_whole(n) for n in value["stop_ids"]),
                golden=tuple(_golden_from_json(row) for row in value["golden"][:_MOST]),
                probe=tuple(_probe_from_json(row) for row in value["probe"][:_MOST]),
                backend=_text(value["backend"]),
                number_type=_text(value["number_type"]),
            )
            if not certificate.golden:
                raise ValueError("it holds no conversation")
            for part in certificate.probe:
                if len(part.base) + 1 > len(certificate.golden[part.golden].ids):
                    raise ValueError("a probe is longer than its conversation")
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
            raise AdapterError(
                f"The certificate in {name}/manifest.json is broken ({error}).",
                "Restore the folder from a copy, or train it again.",
            ) from error
        return certificate


class Witness:
    """Scores the probe with the bare base when made, and with the adapter when asked for a certificate.

    `first` goes before the golden conversations, and so is what is scored.
    """

    def __init__(
        self,
        model: LoadedModel,
        backend: str,
        number_type: str,
        first: tuple[tuple[Message, ...], ...] = (),
    ) -> None:
        self._model = model
        self._backend, self._number_type = backend, number_type
        self._golden = render_golden(model.base, (*first, *GOLDEN))
        self._ids = [np.array(g.ids[:PROBE_TOKENS], dtype=np.int32) for g in self._golden[:PROBED]]
        self._before = model.score(self._ids)

    def entry(self) -> dict[str, Any]:
        """The certificate as manifest.json holds it, or nothing."""
        certificate = self.certificate()
        return {KEY: certificate.to_json()} if certificate else {}

    def certificate(self) -> Certificate | None:
        """None where the base can read none of the conversations, or gives no finite numbers."""
        after = self._model.score(self._ids)
        if not self._golden or not all(np.isfinite(scores).all() for scores in (*self._before, *after)):
            return None
        base, renderer = self._model.base, self._model.base.renderer
        pairs = enumerate(zip(self._before, after, strict=True))
        return Certificate(
            template=base.template,
            renderer=renderer.digest,
            stop_ids=tuple(sorted(renderer.stop_ids)),
            golden=self._golden,
            probe=tuple(Probe(at, tuple(bare.tolist()), tuple(on.tolist())) for at, (bare, on) in pairs),
            backend=self._backend,
            number_type=self._number_type,
        )


def render_golden(base: Base, conversations: tuple[tuple[Message, ...], ...] = GOLDEN) -> tuple[Golden, ...]:
    """Those of the golden conversations that this base's template and context take."""
    found = []
    for messages in conversations:
        try:
            golden = render(base.renderer, messages)
        except (ModelError, UsageError):  # no system turn, a stop token in the text, ...
            continue
        if len(golden.ids) <= base.context and max(golden.ids) < base.vocabulary_size:
            found.append(golden)
    return tuple(found)


def render(renderer: Renderer, messages: tuple[Message, ...]) -> Golden:
    """A conversation as this renderer gives it. Raises ModelError, UsageError."""
    rendered = renderer.conversation(messages)
    return Golden(messages, tuple(rendered.ids.tolist()), tuple(rendered.mask.tolist()))


def _golden_to_json(golden: Golden) -> dict[str, Any]:
    return {
        "messages": [{"role": m.role, "content": m.content} for m in golden.messages],
        "ids": " ".join(map(str, golden.ids)),
        "mask": "".join("1" if supervised else "0" for supervised in golden.mask),
    }


def _golden_from_json(row: Mapping[str, Any]) -> Golden:
    messages = tuple(Message(_role(m["role"]), _text(m["content"])) for m in row["messages"][:_MOST])
    ids = tuple(int(word) for word in _text(row["ids"]).split()[: 1000 * _MOST])
    mask = tuple(("0", "1").index(mark) == 1 for mark in _text(row["mask"]))
    if len(ids) != len(mask) or not ids or min(ids) < 0 or max(ids) >= 2**31:
        raise ValueError("ids and mask of a conversation disagree")
    return Golden(messages, ids, mask)


def _probe_from_json(row: Mapping[str, Any]) -> Probe:
    base, adapted = (tuple(float(word) for word in _text(row[side]).split()) for side in ("base", "adapted"))
    if len(base) != len(adapted) or not all(map(math.isfinite, (*base, *adapted))):
        raise ValueError("the two sides of a probe disagree")
    return Probe(_whole(row["golden"]), base, adapted)


def _numbers_to_text(numbers: tuple[float, ...]) -> str:
    """Six digits: a tenth of what rounding in float32 moves."""
    return " ".join(f"{number:.6g}" for number in numbers)


def _role(value: Any) -> Any:
    if value not in ("system", "user", "assistant"):
        raise ValueError(f"the role {value!r:.20}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.20} in the place of a text")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r:.20} in the place of a number")
    return value
