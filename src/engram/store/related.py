"""Words with which one thing is asked and told: "born" answers "birthday", "Volvo" answers "what do I drive".

Everyday English, read from related_words.txt, where each line is a group: words of the same meaning, of which
each finds the others, or, parted by ">", words that ask and words with which that is told. So a question
finds statements that share no other word. Other languages, and other words, need an embedder that knows
meanings (extra embed). Not here: forms of a word that nobody listed (words.py, ranking.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from engram.store.words import singular

SAME = 0.8
"""What a word of the same meaning counts, as a share of the word itself."""

TOLD = 0.7
"""What a word counts with which it is only told, as that share."""

VERB = "~"
"""Behind a word of the file: its regular forms are meant too ("repair~": repaired, repairing)."""

_VOWELS = "aeiou"


def related(term: str) -> Mapping[str, float]:
    """Other words for what a term of words.py stands for, with the share that each counts; none for most."""
    return _found_by(term) if term in _groups() else {}


@cache  # of listed words only: what else a user asks for stays nowhere
def _found_by(term: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for words, share in _groups()[term]:
        for word in words - {term}:
            found[word] = max(share, found.get(word, 0.0))
    return found


@cache
def _groups() -> Mapping[str, list[tuple[frozenset[str], float]]]:
    """Each term with the groups of words that it finds and what they count."""
    found: dict[str, list[tuple[frozenset[str], float]]] = {}
    for asking, telling in read():
        words = telling or asking
        for term in asking:
            found.setdefault(term, []).append((words, TOLD if telling else SAME))
    return found


def read() -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """The groups of the file, as terms: those that ask and those that tell; none where all mean the same."""
    text = (resources.files("engram.store") / "related_words.txt").read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            asking, _, telling = line.partition(">")
            yield _terms(asking), _terms(telling)


def _terms(words: str) -> frozenset[str]:
    return frozenset(singular(form) for word in words.split() for form in forms(word))


def forms(word: str) -> Iterator[str]:
    """A word of the file with its plural where words.py leaves part of that, and a verb's past and -ing."""
    bare = word.removesuffix(VERB)
    yield bare
    if bare.endswith(("s", "sh", "ch", "x", "z")):
        yield f"{bare}es"
    if word.endswith(VERB):
        yield from _verb_forms(bare)


def _verb_forms(verb: str) -> Iterator[str]:
    if verb.endswith("e"):
        stem, past = verb[:-1] if not verb.endswith("ee") else verb, f"{verb}d"
    elif verb.endswith("y") and verb[-2] not in _VOWELS:
        stem, past = verb, f"{verb[:-1]}ied"
    else:
        stem = verb + (verb[-1] if _doubles(verb) else "")
        past = f"{stem}ed"
    yield past
    yield f"{stem}ing"


def _doubles(verb: str) -> bool:
    """Whether it doubles its last letter: one vowel between consonants ("stop"), and no vowel before it."""
    before, vowel, last = verb[:-2], verb[-2], verb[-1]
    single = vowel in _VOWELS and not any(letter in _VOWELS for letter in before)
    return single and bool(before) and last not in f"{_VOWELS}wxy"
