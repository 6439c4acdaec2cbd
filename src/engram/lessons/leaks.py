"""Does a row that measures also stand among the rows that train? Promise 16 of the design.

Compared are questions (all turns before the answer), verbatim and normalised: case, white space and
punctuation folded, but not signs that make another question, as in "3 + 2" and "3 - 2". The rules, by what a
row is for:

- *recall* is trained by definition and is exempt.
- Any other row leaks when its whole question equals a trained one.
- *unseen* leaks when its question occurs, as whole words, anywhere in a trained question. What lies wholly in
  the frame of a training wording does not count, or a held-out "this" would be found in "Finish this:".
- Any 13 words or 50 characters in common are a leak, except for what is shared by construction. For rows of a
  taught pattern (*valid*, *rephrased*) that is the pattern's own text: the longest run of words of the
  question that stands in every trained row of the same source. For *unseen*, and for rows no sibling of which
  is trained, it is text that several sources share, which is the frame of their family and not the member.

Not here: questions of a suite that are taught (measure/probes.py).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engram.errors import LeakFound
from engram.lessons.rows import Row
from engram.lessons.wordings import frame

Overlap = Literal["verbatim", "normalised", "held-out input", "13 words", "50 characters"]
WORDS = 13
CHARACTERS = 50
_SIGNS = frozenset("*&%#@^\\")  # besides mathematical and currency signs
# A number with the marks that belong to it, or a word; else a single mark.
_PIECES = re.compile(r"(?:(?<![^\W_])[-.](?=\d))?[^\W_]+(?:(?<=\d)[.,:](?=\d)[^\W_]+)*|[^\w\s]|_")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


@dataclass(frozen=True, slots=True)
class Leak:
    """An evaluation row and the trained row that gives it away. `text` is what they share."""

    kind: Overlap
    evaluation: Row
    train: Row
    text: str


_Hits = dict[tuple[int, int, Overlap], dict[str, Row]]
"""(start, end, kind) of what is shared, with the first trained row of each source, two at most."""


@dataclass(slots=True)
class _Asked:
    """An evaluation row while training rows pass by; `own` are the texts of those of its source."""

    row: Row
    raw: str
    text: str
    own: list[str] = field(default_factory=list)


def find_leaks(train: Iterable[Row], evaluation: Iterable[Row]) -> list[Leak]:
    """One leak for each evaluation row that has any, the plainest kind first. `train` is read once."""
    overlaps = Overlaps(evaluation)
    overlaps.add(train)
    return overlaps.leaks()


def check_leaks(train_rows: Sequence[Row], evaluation: Sequence[Row]) -> None:
    """Raises LeakFound if a row that measures is also trained."""
    leaks = find_leaks(train_rows, evaluation)
    if leaks:
        first = leaks[0]
        raise LeakFound(
            f"{len(leaks)} of the rows that measure also stand among those that train; the first "
            f"({first.kind}): {first.text[:80]!r} of {first.evaluation.source}.",
            "Take them out of one of the two, or the figures would flatter.",
        )


def question(row: Row) -> str:
    """All turns before the answer, as one text; of a row that is plain text, all of it."""
    return "\n".join(message.content for message in (row.messages if row.is_text else row.question))


def normalise(text: str) -> str:
    """Words and telling marks, with case, width and white space folded; of nothing else, the text itself.

    "Hello, world!" is "hello world". Kept are the marks inside numbers ("1.5", "10:30"), those between two
    digits or before the first ("3 - 2", "-5"), mathematical and other signs ("+", "$", "&"), and marks that
    stand alone between spaces, other than dashes.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_DASHES)
    chunks = folded.split()
    around = zip(["", *chunks], chunks, [*chunks[1:], ""], strict=False)
    pieces = [piece for before, chunk, after in around for piece in _pieces(before, chunk, after)]
    return " ".join(pieces or chunks)


def _pieces(before: str, chunk: str, after: str) -> Iterable[str]:
    """What counts of a chunk, which stands between two others."""
    if chunk.isalnum():
        return (chunk,)
    if any(map(str.isalnum, chunk)):
        return (piece[0] for piece in _PIECES.finditer(chunk) if _tells(piece))
    is_dash = not chunk.strip("-") and not (before[-1:].isdigit() and after[:1].isdigit())
    return () if is_dash else chunk


def _tells(piece: re.Match[str]) -> bool:
    """Is this piece a word, or a mark that belongs to what is asked?"""
    mark, chunk, (start, end) = piece[0], piece.string, piece.span()
    if mark[-1].isalnum() or mark in _SIGNS or unicodedata.category(mark) in ("Sm", "Sc"):
        return True
    return chunk[start - 1 : start].isdigit() and chunk[end : end + 1].isdigit()


class Overlaps:
    """Everything that is asked, ready to meet one trained row after another."""

    def __init__(self, evaluation: Iterable[Row]) -> None:
        asked = [
            _Asked(row, question(row), normalise(question(row)))
            for row in evaluation
            if row.split != "recall"
        ]
        self._asked = asked
        self._found: dict[int, Leak] = {}
        self._raw: dict[str, list[int]] = {}
        self._whole: dict[str, list[int]] = {}
        self._unseen: dict[str, list[int]] = {}
        self._of_source: dict[str, list[int]] = {}
        # Every shingle that is asked, with the first trained row of each source that has it, two at most: so
        # a frame that all rows share costs no more than any other text.
        self._shared: dict[tuple[str, Overlap], dict[str, Row]] = {}
        for place, item in enumerate(asked):
            self._raw.setdefault(item.raw, []).append(place)
            self._whole.setdefault(item.text, []).append(place)
            if item.row.split == "unseen":
                self._unseen.setdefault(item.text, []).append(place)
            self._of_source.setdefault(item.row.source, []).append(place)
            for shingle, _, kind in shingles(item.text):
                self._shared.setdefault((shingle, kind), {})
        self._lengths = sorted({len(text.split()) for text in self._unseen})

    def add(self, train: Iterable[Row]) -> None:
        """Compare with more trained rows."""
        for row in train:
            for place, leak in self._compare(row):
                self._found.setdefault(place, leak)

    def leaks(self) -> list[Leak]:
        """As `find_leaks`, for all rows that were added."""
        late = {
            place: leak
            for place, item in enumerate(self._asked)
            if place not in self._found and (leak := _shared_text(item, self._hits(item)))
        }
        return [leak for _, leak in sorted({**self._found, **late}.items(), key=lambda pair: pair[0])]

    def _compare(self, row: Row) -> Iterator[tuple[int, Leak]]:
        """(place, leak) for whole questions and held-out inputs; shorter overlaps are kept for later."""
        raw = question(row)
        text = normalise(raw)
        for place in self._raw.get(raw, ()):
            yield place, Leak("verbatim", self._asked[place].row, row, raw)
        for place in self._whole.get(text, ()):
            yield place, Leak("normalised", self._asked[place].row, row, text)
        for start, run in self._runs(text):
            for place in self._unseen.get(run, ()):
                if not _in_frame(raw, text, start, run):
                    yield place, Leak("held-out input", self._asked[place].row, row, run)
        for place in self._of_source.get(row.source, ()):
            self._asked[place].own.append(text)
        for shingle, _, kind in shingles(text):
            sources = self._shared.get((shingle, kind))
            if sources is not None and len(sources) < 2:
                sources.setdefault(row.source, row)

    def _hits(self, item: _Asked) -> _Hits:
        """What trained rows share with this one, once all of them have passed by."""
        found: _Hits = {}
        for shingle, start, kind in shingles(item.text):
            if sources := self._shared[shingle, kind]:
                found[start, start + len(shingle), kind] = sources
        return found

    def _runs(self, text: str) -> Iterator[tuple[int, str]]:
        """Every run of words as long as a held-out input, with the number of words before it."""
        words = text.split()
        for length in self._lengths:
            for start in range(len(words) - length + 1):
                yield start, " ".join(words[start : start + length])


def _in_frame(raw: str, text: str, start: int, run: str) -> bool:
    """Does a run of words lie wholly in the frame of a known training wording?"""
    before, after = (len(normalise(part).split()) for part in frame(raw))
    end = start + len(run.split())
    return end <= before or start >= len(text.split()) - after


def shingles(text: str) -> Iterator[tuple[str, int, Overlap]]:
    """Every run of 13 words and of 50 characters of a normalised text, with where it begins."""
    for start in range(len(text) - CHARACTERS + 1):
        yield text[start : start + CHARACTERS], start, "50 characters"
    words = text.split()
    start = 0
    for place in range(len(words) - WORDS + 1):
        yield " ".join(words[place : place + WORDS]), start, "13 words"
        start += len(words[place]) + 1


def _shared_text(item: _Asked, hits: _Hits) -> Leak | None:
    """The first overlap that is not shared by construction."""
    spans = _own_spans(item) if hits else []
    for (start, end, kind), sources in sorted(hits.items()):
        if any(begin < end and start < stop for begin, stop in spans):
            continue
        if (item.row.split == "unseen" or not item.own) and len(sources) > 1:
            continue
        return Leak(kind, item.row, next(iter(sources.values())), item.text[start:end])
    return None


def _own_spans(item: _Asked) -> list[tuple[int, int]]:
    """Where the pattern's own text stands in the question, as (start, end)."""
    if not item.own:
        return []
    own = min(item.own, key=len)
    for other in (item.text, *item.own):
        own = _common_run(own, other)
    if not own:
        return []
    starts = (match.start() for match in re.finditer(f"(?= {re.escape(own)} )", f" {item.text} "))
    return [(start, start + len(own)) for start in starts]


def _common_run(left: str, right: str) -> str:
    """The longest run of whole words that both have."""
    if f" {left} " in f" {right} ":
        return left
    a, b = left.split(), right.split()
    match = difflib.SequenceMatcher(None, a, b, autojunk=False).find_longest_match()
    return " ".join(a[match.a : match.a + match.size])
