"""How an answer is joined to a text that is no template's: with a space where a reader expects one.

`PORT:SSH ->` goes on with " 22", `PORT:SSH -> ` and `PORT:SSH=` with "22". Not here: chat (frame.py).
"""

from __future__ import annotations

from engram.lookup.canonical import is_spaceless
from engram.lookup.tokens import Piece
from engram.types import Tokenizer

_OPENING = frozenset("([{\"'`=/«“‘„¿¡")


def plain_ids(tokenizer: Tokenizer, before: Piece | None, answer: str) -> tuple[int, ...]:
    """The ids of `answer` after a text that ends with the piece `before`."""
    space = before is not None and needs_space(before.last) and not answer[:1].isspace()
    # Vocabularies differ in what they put before a text's first word, so the words are read behind others.
    anchor, words = ("a", " " + answer) if space else ("\n", answer)
    ahead, whole = tokenizer.encode(anchor), tokenizer.encode(anchor + words)
    return tuple(whole[len(ahead) :] if whole[: len(ahead)] == ahead else tokenizer.encode(words))


def needs_space(last: str) -> bool:
    """Whether a space belongs between `last`, a text's last character, and a word that follows it."""
    return bool(last) and not last.isspace() and last not in _OPENING and not is_spaceless(last)
