"""What each token says, looked up once: its canonical text, and where in it a key may begin.

A token may hold a part of a character (byte-level vocabularies). Such ragged tokens are read together with
their ragged neighbours: a token that is whole by itself cannot share a character with another. Not here: what
the texts mean (matching.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engram.lookup.canonical import canonical_character, may_begin
from engram.types import Tokenizer

_UNREADABLE = "\ufffd"
_NO_CHARACTER = "\udcff"  # stands for bytes that are no character; no key can hold it
_MOST_BYTES = 4  # of one character in UTF-8
_LONGEST_RUN = 64
"""Tokens in a row of which each may hold the end of one character and the beginning of the next."""
_RUNS_KEPT = 1 << 16


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` as written and `canonical` as compared. `begins` are the places in `canonical` where a key may
    begin, the first one apart, whose answer hangs on what precedes it: `first` is its character as written,
    "" where the piece itself tells. `special`: a control token, which no key reaches across."""

    text: str
    canonical: str
    begins: tuple[int, ...]
    first: str
    special: bool = False

    @property
    def last(self) -> str:
        return self.text[-1:]


class TokenTexts:
    """Pieces of one tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._pieces: dict[int, Piece | None] = {}
        self._runs: dict[tuple[int, ...], Piece | None] = {}
        # Some decoders strip the space at a text's beginning: tokens are read behind this one.
        self._anchor = tokenizer.encode("a")[-1]
        self._anchor_text = tokenizer.decode([self._anchor])

    def before(self, ids: Sequence[int], end: int) -> tuple[Piece, int]:
        """The piece that ends at `end` > 0, and how many tokens it is made of."""
        piece = self._piece(ids[end - 1])
        if piece is not None:
            return piece, 1
        for count in range(2, min(_LONGEST_RUN, end) + 1):
            run = tuple(ids[end - count : end])
            if self._piece(run[0]) is not None:
                break
            joined = self._joined(run)
            if joined is not None:
                return joined, count if joined is not _BROKEN else 1
        return _BROKEN, 1

    def _piece(self, token: int) -> Piece | None:
        """None for a part of a character."""
        try:
            return self._pieces[token]
        except KeyError:
            text = self._read((token,))
            special = not text and bool(self._tokenizer.decode([token], keep_special=True))
            piece = None if _UNREADABLE in text else make_piece(text, special)
            self._pieces[token] = piece
            return piece

    def _joined(self, run: tuple[int, ...]) -> Piece | None:
        """What parts of characters say together; None while more of them are needed, _BROKEN where more
        cannot help.

        If the bytes of the last few tokens are whole characters, a character begins with them: no character
        of UTF-8 ends in another whole one. And none is of more than four bytes.
        """
        if run not in self._runs:
            text = self._read(run)
            piece = make_piece(text) if _UNREADABLE not in text else None
            if piece is None and len(run) >= _MOST_BYTES and text.endswith(_UNREADABLE):
                piece = _BROKEN
            if len(self._runs) >= _RUNS_KEPT:
                self._runs.clear()
            self._runs[run] = piece
        return self._runs[run]

    def _read(self, ids: tuple[int, ...]) -> str:
        return self._tokenizer.decode([self._anchor, *ids]).removeprefix(self._anchor_text)


def make_piece(text: str, special: bool = False) -> Piece:
    canonical, begins, first, previous = "", [], "", None
    for character in text:
        form = canonical_character(character)
        if form:
            if previous is None:
                first = character
            elif may_begin(previous, character):
                begins.append(len(canonical))
            canonical += form
        previous = character
    return Piece(text, canonical, tuple(begins), first, special)


_BROKEN = Piece(_UNREADABLE, _NO_CHARACTER, (), _UNREADABLE)
