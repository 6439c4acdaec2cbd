"""Which key a text ends with: the longest stored one that ends at a place and begins where a word does.

What follows a key without being a part of it is passed over: white space, sentence marks, control tokens.
The token ids are read backwards, and no further than the longest key reaches, so that neither a long text nor
many facts cost more. Not here: at which places a question ends (cursor.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engram.lookup.canonical import is_trailing, may_begin
from engram.lookup.facts import Fact
from engram.lookup.table import FactTable
from engram.lookup.tokens import Piece, TokenTexts


@dataclass(frozen=True, slots=True)
class Found:
    """A fact and the canonical name that led to it."""

    fact: Fact
    name: str


@dataclass(slots=True)
class _Tail:
    """The end of a text in canonical form. `begins` are places where a key may begin, counted in characters
    from the end, nearest first; the first `passed` characters from the end may follow a key."""

    text: str = ""
    begins: list[int] = field(default_factory=list)
    passed: int = 0
    pending: str = ""  # the first character as written, while what precedes it is unknown
    closed: bool = False  # whether a character was met that cannot follow a key

    def add(self, piece: Piece) -> None:
        """Put a piece before the text."""
        if not piece.canonical:
            return
        if not self.closed:
            kept = len(piece.canonical)
            while kept and is_trailing(piece.canonical[kept - 1]):
                kept -= 1
            self.passed += len(piece.canonical) - kept
            self.closed = kept > 0
        self.text = piece.canonical + self.text
        self.begins += [len(self.text) - place for place in reversed(piece.begins)]
        self.pending = piece.first

    def tell(self, before: str) -> None:
        """Say what precedes the text as it is so far: a character, "" for nothing that counts."""
        if self.pending and may_begin(before, self.pending):
            self.begins.append(len(self.text))
        self.pending = ""


class Matcher:
    """Looks at ids of one tokenizer. `header`: ids of a template that no key reaches across."""

    def __init__(self, table: FactTable, texts: TokenTexts, header: tuple[int, ...] = ()) -> None:
        self._table = table
        self._texts = texts
        self._header = header

    def ending_at(
        self, ids: Sequence[int], end: int, namespaces: Sequence[str], start: int = 0
    ) -> Found | None:
        """The longest name at the end of ids[start:end], after passing over as few characters as possible."""
        tail = self._read_back(ids, end, start)
        lengths, endings = self._table.lengths, self._table.endings
        for passed in range(min(tail.passed + 1, len(tail.text))):
            if tail.text[-1 - passed] not in endings:
                continue
            for begin in reversed(tail.begins):
                if begin - passed in lengths:
                    name = tail.text[len(tail.text) - begin : len(tail.text) - passed]
                    if (fact := self._table.find(name, namespaces)) is not None:
                        return Found(fact, name)
        return None

    def inside(self, ids: Sequence[int], end: int, namespaces: Sequence[str], start: int = 0) -> Found | None:
        """The longest name at the end of any word back to the header, the last one of equally long ones."""
        best, after, at = None, "", end
        read = False
        while at > start and not self._is_header(ids, at):
            piece, count = self._texts.before(ids, at)
            if piece.special and read:
                break
            if not after or after.isspace():
                found = self.ending_at(ids, at, namespaces, start)
                if found is not None and (best is None or len(found.name) > len(best.name)):
                    best = found
            read = read or bool(piece.canonical)
            after = piece.text[:1]
            at -= count
        return best

    def _read_back(self, ids: Sequence[int], end: int, start: int) -> _Tail:
        tail, at = _Tail(), end
        longest = self._table.longest
        while at > 0 and not self._is_header(ids, at):
            piece, count = self._texts.before(ids, at)
            if piece.special or piece.text:
                tail.tell(piece.last)
            if at <= start or (tail.closed and (piece.special or self._is_settled(tail, longest))):
                return tail
            tail.add(piece)
            at -= count
        tail.tell("")
        return tail

    def _is_settled(self, tail: _Tail, longest: int) -> bool:
        """Whether reading on cannot find a name."""
        if len(tail.text) - tail.passed >= longest:
            return True
        ends = tail.text[len(tail.text) - tail.passed - 1 :]
        return not any(character in self._table.endings for character in ends)

    def _is_header(self, ids: Sequence[int], at: int) -> bool:
        header = self._header
        if not header or ids[at - 1] != header[-1]:
            return False
        return tuple(ids[max(0, at - len(header)) : at]) == header
