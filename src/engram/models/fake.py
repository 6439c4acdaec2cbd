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

from engram.lessons.frames import OWN, choose_frame
from engram.lessons.render import ChatRenderer
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

    def decode(self, ids: Sequence[int], keep_special: bool = False) -> str:
        if keep_special:
            marked = [SPECIAL_TOKENS[i - 256].encode() if i >= 256 else bytes([i]) for i in ids]
            return b"".join(marked).decode("utf-8", errors="replace")
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

    def text(self, text: str) -> Rendered:
        ids = np.array([*self.tokenizer.encode(text), STOP_ID], dtype=np.int32)
        return Rendered(ids, np.arange(len(ids)) > 0)


def fake_base(folder: Path = Path("fake"), template: str = OWN) -> Base:
    """The base called "fake". Nothing is read from `folder`, and it need not exist. With a `template`, turns
    are laid out as that says, and <|end|> ends them."""
    config = {"architectures": ["FakeForCausalLM"], "vocab_size": ByteTokenizer.vocabulary_size}
    if template == OWN:
        return Base("fake", ByteRenderer.digest, folder, config, ByteRenderer(), CONTEXT)
    tokenizer, end = ByteTokenizer(), SPECIAL_TOKENS[-1]
    frame = choose_frame(template, tokenizer, end)
    renderer = ChatRenderer(tokenizer, frame.source, {"eos_token": end}, frozenset({STOP_ID}))
    return Base("fake", ByteRenderer.digest, folder, config, renderer, CONTEXT, frame.name, frame.notes)
