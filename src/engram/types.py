"""The vocabulary: small frozen values that the rooms hand to one another.

Not here: behaviour. A value knows its fields and nothing about files, models or tensors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A conversation as the model sees it.

    `ids` int32 [seq]; `mask` bool [seq], true where the token is supervised (assistant content and the
    stop token that ends it).
    """

    ids: npt.NDArray[np.int32]
    mask: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to pick the next token. Temperature 0 is greedy; `seed` makes sampling repeatable."""

    max_tokens: int = 64
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model produced: ids without the stop token, and why it ended."""

    token_ids: tuple[int, ...]
    finish_reason: FinishReason


class Tokenizer(Protocol):
    """Text to token ids and back. Special tokens in the text become their ids; none are added."""

    @property
    def vocabulary_size(self) -> int: ...

    @property
    def digest(self) -> str:
        """sha256 of the tokenizer's definition."""
        ...

    def encode(self, text: str) -> list[int]: ...

    def decode(self, ids: Sequence[int], keep_special: bool = False) -> str:
        """Special tokens are dropped from the text, or written out where `keep_special`."""
        ...


class Renderer(Protocol):
    """Messages to token ids and loss mask: the same object for training and for chat."""

    @property
    def stop_ids(self) -> frozenset[int]: ...

    @property
    def digest(self) -> str:
        """sha256 over template and tokenizer: equal digests mean equal tokens."""
        ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    def conversation(self, messages: Sequence[Message]) -> Rendered:
        """A conversation that ends with an assistant turn, with its loss mask."""
        ...

    def prompt(self, messages: Sequence[Message]) -> npt.NDArray[np.int32]:
        """The ids after which the model writes the next assistant turn: int32 [seq]."""
        ...

    def text(self, text: str) -> Rendered:
        """Plain text without a template: a stop token ends it, and all but the first token is supervised."""
        ...


class Embedder(Protocol):
    """Texts to vectors whose dot product tells how near two texts are."""

    @property
    def id(self) -> str:
        """Names everything that the vectors depend on: it changes when they would."""
        ...

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """float32 [n, d]; each row has length 1, or 0 where nothing is known of a text."""
        ...


@dataclass(frozen=True, slots=True)
class Guarded:
    """A text as it may be kept; None if it may not be kept at all.

    `found` counts by type what was masked (of a text that may not be kept, what forbids it), `kept` what the
    user's settings leave in. `unsafe` names kinds of unsafe content. `values` are what was masked, with its
    type; they are not shown, so that no log or traceback has them.
    """

    text: str | None
    found: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    unsafe: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class Guard(Protocol):
    """Looks at a text before anything is made of it."""

    def __call__(self, text: str, about: str = "", known: Mapping[str, str] | None = None) -> Guarded:
        """`about` is what the text is the value of; `known` are values to mask wherever they stand."""
        ...
