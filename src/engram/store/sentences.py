"""Where sentences end, and which of them ask.

Rules, not a model: full stops, question and exclamation marks of many scripts, line ends; and the words with
which English questions begin when their mark is left out. Not here: chunks (chunks.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A full stop ends a sentence before a space and what is not lower case: "e.g. this" and "3.5" go on.
_END = re.compile(
    r"(?:[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s+[^\sa-z]|\s*$)|[\u3002\uff01\uff1f\u061f\u06d4\u0964]+|\n+)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|Nr|vs|e\.g|i\.e|a\.m|p\.m)\.$", re.IGNORECASE
)
_MARKS = "?\uff1f\u061f\u037e"
_CLOSING = "\"'\u201d\u2019)] \t\n.!\u2026"
_ASKS = re.compile(
    r"(?:(?:and|but|so|ok|okay|hi|hey|hello|please|then|also|now|sorry|well)[\s,]+)*"
    r"(?:what(?:'s|s|\u2019s)?|when(?:'s|\u2019s)?|where(?:'s|\u2019s)?|who(?:'s|\u2019s)?|whose|whom|which|why|how(?:'s|\u2019s)?"
    r"|(?:do|did|does|can|could|would|will|should|have|has) (?:you|we|i|it|he|she|they|my|the)"
    r"|(?:is|are|was|were|am) (?:it|there|he|she|they|we|you|i|my|the|this|that)"
    r"|(?:tell|remind|show|give|explain to) me|remember what|any idea)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence in `text`, in characters, without the space around it."""
    return list(_spans(text))


def is_question(sentence: str) -> bool:
    """Whether a sentence asks for something instead of telling it."""
    bare = sentence.strip()
    if bare.rstrip(_CLOSING).endswith(tuple(_MARKS)):
        return True
    return bool(_ASKS.match(bare)) and ":" not in bare


def told(text: str) -> str:
    """What a text tells: its sentences without those that ask; "" when all of them do."""
    spans = sentences(text)
    kept = [text[start:end] for start, end in spans if not is_question(text[start:end])]
    return text.strip() if len(kept) == len(spans) else " ".join(kept)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _END.finditer(text):
        if end.group()[0] == "." and _ABBREVIATION.search(text[start : end.start() + 1]):
            continue
        yield from _stripped(text, start, end.end())
        start = end.end()
    yield from _stripped(text, start, len(text))


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if bare := piece.strip():
        first = start + piece.index(bare[0])
        yield first, first + len(bare)
