"""Whether a message asks for a key, or only mentions it: a pure rule, so that no answer comes by accident.

"What is my dog's name?" and "my dog's name?" ask; "who forgot my dog's name" and "do you like my dog's name?"
do not, though they end with the key. Whoever is not answered by the exact memory still has notes and the
model, so in doubt the rule says no. It knows English; a key by itself, whatever its language, always asks.
Not here: which key a message ends with (lookup).
"""

from __future__ import annotations

import re

from engram.config import LookupSettings
from engram.lookup.canonical import canonical, canonical_character, is_trailing

ASKING = frozenset({"what", "what's", "whats", "who", "who's", "whos", "which", "know", "remember", "recall"})
"""One of these has to be there if more is said than PLAIN words. Not where, when, how or why: those ask for
something about the thing that the key names, which is not its value."""
ASKED_FOR_ME = re.compile(r"\b(?:tell|give|show|remind) (?:me|us)\b")
"""Asks, too; "did you tell my boss" does not."""
PLAIN = frozenset(
    {"the", "a", "an", "my", "our", "and", "so", "please", "ok", "okay", "well", "hey", "hi", "hello"}
)
"""Before a key these change nothing. Not your, his, her or their: those are somebody else's."""
BETWEEN = frozenset(
    {
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "you",
        "can",
        "could",
        "would",
        "will",
        "of",
        "again",
        "now",
        "then",
    }
)
_ENDS = re.compile(r"[.!?:;\n\u2026\u061f\u3002\uff01\uff1a\uff1b\uff1f]")
_OPENING = " \t\"'`([{\u00ab\u201c\u201e\u2018\u2039"
_CODE = frozenset("_:=/\\<>#@|")
"""A key with one of these is written like code, and no sentence ends with it by accident."""


def asks_for(message: str, name: str, settings: LookupSettings) -> bool:
    """Whether `message`, which the lookup says to end with (or to hold) a key of this canonical `name`, is
    answered by its fact."""
    name = _bare(name)
    alone = _bare(canonical(message)) == name
    if len(name) < settings.shortest_key or alone:
        return alone
    if settings.when != "asked" or _CODE & set(name):
        return True
    start = _start_of(message, name)
    return start is not None and is_question_frame(message[:start])


def is_question_frame(before: str) -> bool:
    """Whether what stands before a key, up to the end of the sentence before, makes a question for its value
    or says nothing."""
    sentence = _ENDS.split(before.rstrip(_OPENING))[-1].casefold().replace("\u2019", "'")
    clause = sentence.rpartition(",")[2]
    return _asks(_words(sentence)) or ("," in sentence and _asks(_words(clause)) and not _is_plain(clause))


def _asks(words: list[str]) -> bool:
    if set(words) <= PLAIN:
        return True
    return bool(ASKING & set(words)) and set(words) <= ASKING | PLAIN | BETWEEN


def _is_plain(clause: str) -> bool:
    return set(_words(clause)) <= PLAIN


def _words(text: str) -> list[str]:
    """Words of a text; "tell me" and the like count as one that asks."""
    return re.findall(r"[\w']+", ASKED_FOR_ME.sub("what", text))


def _bare(name: str) -> str:
    """A canonical text without quotes and the like before it, and without what may follow a key."""
    name = name.lstrip(_OPENING)
    while name and is_trailing(name[-1]):
        name = name[:-1]
    return name


def _start_of(message: str, name: str) -> int | None:
    """Where in `message` the key begins that it ends with; None if it does not."""
    end, found = len(message), ""
    while end and all(map(is_trailing, canonical_character(message[end - 1]))):
        end -= 1
    for start in range(end - 1, -1, -1):
        found = canonical_character(message[start]) + found
        if found == name:
            return start
        if len(found) >= len(name):
            return None
    return None
