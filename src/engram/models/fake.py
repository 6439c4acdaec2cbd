"""A base model without files, for tests and for `--model fake`: its bytes are its tokens.

It has a tokenizer and a chat template simple enough to write out by hand, and no weights; what it "knows"
is decided by `backends/fake.py`. Not here: a model that can learn anything general.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engram.models.base import Base
from engram.types import Message, Rendered

SPECIAL_TOKENS = ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>")
_IDS = {text: 256 + number for number, text in enumerate(SPECIAL_TOKENS)}
_SPLIT = re.compile("(" + "|".join(re.escape(text) for text in SPECIAL_TOKENS) + ")")
STOP_ID = _IDS["<|end|>"]
CONTEXT = 1024


class ByteTokenizer:
    """Token id = byte value of the UTF-8 text; four special tokens follow, ids 256 to 259."""

    vocabulary_size = 256 + len(SPECIAL_TOKENS)
    digest = hashlib.sha256(b"engram bytes 1" + "".join(SPECIAL_TOKENS).encode()).hexdigest()

    def encode(self, text: str) -> list[int]:
        ids: list[int] = []
        for piece in _SPLIT.split(text):
            ids.extend([_IDS[piece]] if piece in _IDS else piece.encode("utf-8"))
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        return bytes(i for i in ids if i < 256).decode("utf-8", errors="replace")


class ByteRenderer:
    """`<|role|>` content `<|end|>` for each message; the assistant's content and its end are supervised."""

    stop_ids = frozenset({STOP_ID})
    digest = hashlib.sha256(b"engram byte chat 1" + ByteTokenizer.digest.encode()).hexdigest()

    def __init__(self) -> None:
        self.tokenizer = ByteTokenizer()

    def conversation(self, messages: Sequence[Message]) -> Rendered:
        ids: list[int] = []
        mask: list[bool] = []
        for message in messages:
            content = [*self.tokenizer.encode(message.content), STOP_ID]
            ids += [_IDS[f"<|{message.role}|>"], *content]
            mask += [False] + [message.role == "assistant"] * len(content)
        return Rendered(np.array(ids, dtype=np.int32), np.array(mask, dtype=np.bool_))

    def prompt(self, messages: Sequence[Message]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        ids = [*self.conversation(messages).ids.tolist(), _IDS["<|assistant|>"]]
        return np.array(ids, dtype=np.int32)


def fake_base(folder: Path = Path("fake")) -> Base:
    """The base called "fake". Nothing is read from `folder`, and it need not exist."""
    config = {"architectures": ["FakeForCausalLM"], "vocab_size": ByteTokenizer.vocabulary_size}
    return Base("fake", ByteRenderer.digest, folder, config, ByteRenderer(), CONTEXT)
