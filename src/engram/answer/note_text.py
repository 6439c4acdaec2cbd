"""What of a memory is shown: the part that has to do with the question, in the user's own words.

Not here: which memories are shown, and the frame around them (recall.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile

from engram.store.ranking import coverage
from engram.store.sentences import is_question, sentences
from engram.store.words import is_function_word, terms
from engram.types import Tokenizer

KEPT = 0.95
"""Share of a text's coverage of the question that a part of it must have to stand for the whole."""

_CLAUSE = re.compile(r"(?:,|:|;|\s-|\s\u2013|\u2014)\s+")
_TELLING = re.compile(r"\d|(?<=\w )[A-Z]\w")


def part(text: str, asked: Mapping[str, float]) -> str:
    """The sentences of `text` that tell something about what is `asked` (term to weight), in their order."""
    spans = [text[a:b] for a, b in sentences(text)]
    told = [sentence for sentence in spans if not is_question(sentence)] or spans
    whole = coverage(asked, terms(" ".join(told)))
    shares = [coverage(asked, terms(sentence)) for sentence in told]
    best = max(shares, default=0.0)
    if best >= KEPT * whole:
        told = [sentence for sentence, share in zip(told, shares, strict=True) if share >= KEPT * best]
    return " ".join(" ".join(without_preface(sentence, asked) for sentence in told).split())


def without_preface(sentence: str, asked: Mapping[str, float]) -> str:
    """A sentence without the clauses before the one that the question is about: "I had it wrong, the code is
    7341" becomes "the code is 7341". A clause with a number or a name in it stays."""
    whole = coverage(asked, terms(sentence))
    while cut := _CLAUSE.search(sentence):
        preface, rest = sentence[: cut.start()], sentence[cut.end() :]
        if _TELLING.search(preface) or coverage(asked, terms(rest)) < KEPT * whole or not whole:
            break
        sentence = rest
    return sentence


def supersedes(newer: str, older: str, asked: Mapping[str, float]) -> bool:
    """Whether two texts give values of the same thing, so that the older one can only mislead.

    They do if they begin with the same words, and those hold at least two of the topics that are `asked` and
    all that the older text covers of the question: "the locker code is 7341", "the locker code is 2285".
    """
    begins = [
        a
        for a, b in takewhile(
            lambda pair: pair[0] == pair[1], zip(_words(newer), _words(older), strict=False)
        )
    ]
    shared = terms(" ".join(begins))
    topics = sum(coverage({term: 1.0}, shared) > 0 for term in asked if not is_function_word(term))
    return topics > 1 and coverage(asked, shared) >= KEPT * coverage(asked, terms(older))


def harmless(text: str, tokenizer: Tokenizer) -> str:
    """One line of text in which the tokenizer finds no special token, so that no memory can end the notes or
    speak as somebody else. Special tokens are taken out."""
    flat = " ".join(text.split())
    for _ in range(len(flat)):
        ids = tokenizer.encode(flat)
        plain = tokenizer.decode(ids)
        if plain == tokenizer.decode(ids, keep_special=True):
            break
        flat = " ".join(plain.split())  # what is left may make another one: look again
    return flat


def _words(text: str) -> list[str]:
    return text.casefold().split()
