"""Messages to token ids and loss mask: the only place that does it, for training and for chat alike.

A conversation is cut into pieces, prompt and answer in turn, by rendering it turn by turn and taking the
difference of the texts, which works with and without generation markers. Each piece is tokenised on its own,
so the ids of `prompt(messages[:-1])` are exactly the leading ids of `conversation(messages)`: what is trained
is what is served. Not here: running the template (template.py), loading tokenizers (models).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engram.errors import ModelError, UsageError
from engram.lessons.rows import Row
from engram.lessons.template import PLAIN_FRAME, ChatTemplate
from engram.types import Message, Rendered, Renderer, Tokenizer

_PROBE = "engram-probe"  # stands for a text whose place in a rendering is wanted


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text between two borders of turns; `answer` pieces are supervised through their first stop token."""

    text: str
    answer: bool


def render_row(row: Row, renderer: Renderer) -> Rendered:
    """A conversation in the model's template, or plain text in none. Raises UsageError, ModelError."""
    return renderer.text(row.expected) if row.is_text else renderer.conversation(row.messages)


class ChatRenderer:
    """The renderer of one model.

    `template` None means that the model has none: the plain question-and-answer frame is used, which needs
    `special["eos_token"]`. `bos_id` is put before every sequence that does not begin with it (pass it when
    the tokenizer has one and the template does not write it).
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        template: str | None,
        special: Mapping[str, str],
        stop_ids: frozenset[int],
        bos_id: int | None = None,
    ) -> None:
        if template is None and not special.get("eos_token"):
            raise ModelError(
                "The model has neither a chat template nor an eos token, so an answer could not end.",
                "Choose a model whose tokenizer_config.json names an eos_token.",
            )
        if not stop_ids:
            raise ModelError(
                "The model names no stop token.", "Its generation_config.json needs eos_token_id."
            )
        self._tokenizer = tokenizer
        self._source = PLAIN_FRAME if template is None else template
        self._special = dict(special)
        self._stop_ids = stop_ids
        self._bos_id = bos_id
        self._template = ChatTemplate(self._source, special)

    @property
    def stop_ids(self) -> frozenset[int]:
        return self._stop_ids

    @property
    def tokenizer(self) -> Tokenizer:
        return self._tokenizer

    @property
    def source(self) -> str:
        """The template, in Jinja."""
        return self._source

    @cached_property
    def digest(self) -> str:
        """sha256 over template, tokenizer, special tokens, stop tokens and the bos rule."""
        parts = [self._source, self._tokenizer.digest, self._special, sorted(self._stop_ids), self._bos_id]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def conversation(self, messages: Sequence[Message]) -> Rendered:
        """Ids int32 [seq] and mask bool [seq] of a conversation that ends with an assistant turn.

        Supervised are the answers with the stop token that ends each; only the last one where the template
        rewrites earlier turns. Raises ModelError when the template fails or no stop token ends the answer,
        UsageError when the last turn is not the assistant's or its text holds a stop token.
        """
        if not messages or messages[-1].role != "assistant":
            raise UsageError("A conversation to learn from must end with an assistant turn.")
        for message in messages:
            if message.role == "assistant":
                self._refuse_stop_token(message.content)
        folded = self._fold_system(messages)
        pieces = self._prompt_pieces(folded[:-1])
        prompt = "".join(piece.text for piece in pieces)
        pieces.append(_Piece(self._answer(folded, prompt), True))
        return self._tokenise(pieces)

    def prompt(self, messages: Sequence[Message]) -> npt.NDArray[np.int32]:
        """The ids after which the model writes the next assistant turn: int32 [seq]."""
        if not messages:
            raise UsageError("There is no message to answer.")
        return self._tokenise(self._prompt_pieces(self._fold_system(messages))).ids

    def text(self, text: str) -> Rendered:
        """Ids int32 [seq] and mask bool [seq] of plain text, in no template, with a stop token at its end.

        Supervised is everything but the first token, which follows nothing. Raises UsageError when the text
        is empty or holds a stop token.
        """
        if not text:
            raise UsageError("There is no text to learn from.")
        self._refuse_stop_token(text)
        ids = self._tokenizer.encode(text)
        start = [] if self._bos_id is None or ids[:1] == [self._bos_id] else [self._bos_id]
        whole = np.array([*start, *ids, self._end_of_text], dtype=np.int32)
        return Rendered(whole, np.arange(len(whole)) > 0)

    @cached_property
    def _end_of_text(self) -> int:
        """The model's own eos where that is a stop token, else the first of those."""
        eos = self._tokenizer.encode(self._special.get("eos_token", ""))
        return eos[0] if len(eos) == 1 and eos[0] in self._stop_ids else min(self._stop_ids)

    def _prompt_pieces(self, messages: Sequence[Message]) -> list[_Piece]:
        """The prompt in pieces; in a single one where the template rewrites earlier turns."""
        whole = self._template.render(messages, add_generation_prompt=True)
        pieces: list[_Piece] = []
        done = ""
        for index, message in enumerate(messages):
            if message.role != "assistant":
                continue
            asked = self._template.render(messages[:index], add_generation_prompt=True) if index else done
            answered = self._template.render(messages[: index + 1], add_generation_prompt=False)
            if not (asked.startswith(done) and answered.startswith(asked) and whole.startswith(answered)):
                return [_Piece(whole, False)]
            pieces += [_Piece(asked[len(done) :], False), _Piece(answered[len(asked) :], True)]
            done = answered
        return [*pieces, _Piece(whole[len(done) :], False)]

    def _answer(self, messages: Sequence[Message], prompt: str) -> str:
        """The text of the last turn: what the full rendering adds to the prompt."""
        full = self._template.render(messages, add_generation_prompt=False)
        if full.startswith(prompt):
            return full[len(prompt) :]
        # The generation prompt holds something that the finished turn does not (an opened thinking block, for
        # instance). Served is the prompt, so the answer begins at its own text: where a probe would stand.
        probe = [*messages[:-1], Message("assistant", _PROBE)]
        before, found, after = self._template.render(probe, add_generation_prompt=False).rpartition(_PROBE)
        if not (found and full.startswith(before) and full[len(before) :].endswith(after)):
            raise ModelError("The model's chat template does not show the assistant's text; it was not used.")
        return full[len(before) :]

    def _tokenise(self, pieces: Sequence[_Piece]) -> Rendered:
        ids: list[int] = []
        mask: list[bool] = []
        for piece in pieces:
            tokens = self._tokenizer.encode(piece.text) if piece.text else []
            supervised = self._through_stop(tokens) if piece.answer else 0
            ids += tokens
            mask += [place < supervised for place in range(len(tokens))]
        if self._bos_id is not None and ids[:1] != [self._bos_id]:
            ids, mask = [self._bos_id, *ids], [False, *mask]
        return Rendered(np.array(ids, dtype=np.int32), np.array(mask, dtype=np.bool_))

    def _through_stop(self, tokens: Sequence[int]) -> int:
        for place, token in enumerate(tokens):
            if token in self._stop_ids:
                return place + 1
        raise ModelError(
            f"The model's chat template ends an answer without a stop token ({self._stop_names()}).",
            "An answer learned so would never end. Choose another model, or mend eos_token in its files.",
        )

    def _refuse_stop_token(self, content: str) -> None:
        if not self._stop_ids.isdisjoint(self._tokenizer.encode(content)):
            raise UsageError(
                f"An answer contains the model's own stop token ({self._stop_names()}) in its text.",
                "The model would end there. Write it differently, or choose another model.",
            )

    def _stop_names(self) -> str:
        """The stop tokens as text where a special token is known to be one, else by number."""
        names = {}
        for text in self._special.values():
            tokens = self._tokenizer.encode(text)
            if len(tokens) == 1:
                names[tokens[0]] = text
        return ", ".join(names.get(token, f"id {token}") for token in sorted(self._stop_ids))

    def _fold_system(self, messages: Sequence[Message]) -> list[Message]:
        """Where the template knows no system turn, its text goes on top of the first user turn."""
        turns = list(messages)
        if turns[0].role != "system" or self._knows_system:
            return turns
        system, rest = turns[0], turns[1:]
        if not rest or rest[0].role != "user":
            return [Message("user", system.content), *rest]
        return [Message("user", f"{system.content}\n\n{rest[0].content}"), *rest[1:]]

    @cached_property
    def _knows_system(self) -> bool:
        turns = [Message("system", _PROBE), Message("user", "?")]
        try:
            return _PROBE in self._template.render(turns, add_generation_prompt=True)
        except ModelError:
            return False
