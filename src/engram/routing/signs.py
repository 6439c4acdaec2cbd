"""Signs by which a turn shows where it belongs, each with the words in which a person is told of it.

A sign is there or not. Together with the words themselves (features.py) signs are what the router
learns from; a few of them make the plain rules that it is measured against (rules.py). Not here: any
decision.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engram.routing import words
from engram.routing.statements import LONGEST_VALUE, asked
from engram.routing.words import any_of
from engram.store.sentences import is_question, sentences

_ASKED = r"(?:please |can you |could you |would you |now |then |ok |just )*"
_CODE = (
    r"```",
    r"[;{}]\s*$",
    r"\w\([^)\n]*\)\s*[:{;=]",
    r"=>|==|!=|\w=\w",
    r"\w+\.\w+\(",
    r"^\s*(?:def|class|import|from|function|const|let|var|public|#include|SELECT|INSERT|UPDATE|Traceback)\b",
    r"</\w+>",
    r"(?:^|\s)--?[a-z]+[ =]",
    r"\b\w+Error\b",
)
_CODE_WORD = (
    r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w#]{4,}\b",
    r"\b[A-Z]{2,}-?\d+\b",
    r"\b\d{4,}\b",
    r"\b(?:\d ){3}\d",
    r"\d#",
)
_MONTH = any_of(words.MONTHS)
_DATE = (
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}",
    rf"{_MONTH} \d{{1,2}}\b",
    r"\d{4}-\d\d-\d\d",
    r"\bthe \d{1,2}(?:st|nd|rd|th)\b",
    r"\b(?:19|20)\d\d\b",
)
_CLOCK = r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?(?:am|pm|o'clock)\b|\bo'clock\b|\bhalf past\b|\bnoon\b"
_PATH = r"(?:^|[\s\"'])(?:[A-Za-z]:\\|~?/)[\w.\\/-]+|\b\w+\.(?:py|md|txt|csv|xlsx|pdf|js|sh)\b"
_QUESTION_WORDS = """
what, when, where, who, whose, which, why, how, do, does, did, is, are, was, can, could, would, will, should,
have, has
"""
_BAN = r"(?:don't|dont|do not|never|no more|stop|avoid|skip|less|no)"
_STATE = rf"\b(?:i'm|im|i am|i feel|we are|we're) (?:\w+ ){{0,2}}?{any_of(words.STATES)}"
_WANT = (
    r"\bi (?:need|want|would like) (?:a|an|some|help|to know|this|that|no|you|my|the|two|three|four|five)\b"
)
_KINDS = (
    rf"^\W*{_ASKED}{any_of(words.ORDERS, words.MANNERS)}(?: me)? "
    r"(?:(?!(?:this|his)\b)[a-z]+ ){0,2}[a-z]{3,}s"
    r" (?:in|with|as|for|of|at|by|like|when|that|should|below|from|and|first|on)\b"
)
_TEXT = (
    rf"\b(?:the|this|that|these|your)(?: (?:first|second|third|next|last|other|whole))? {any_of(words.TEXTS)}"
)
_LIKING = (
    r"\bi(?:'d)? (?:would |really |always |do not |don't )?"
    r"(?:prefer|like|want|hate|need|find|expect|love|read)\b"
    rf"[^.?!]{{0,80}}{any_of(words.ANSWERING)}|\bi want you to\b|\bplease always\b"
)
_ONE = r"(?:(?:a|an|the|this|that|these|it|my|one|two|three|five)\b|[\"'])"


Sign = tuple[str, Callable[[str], object]]
"""A name, and what says whether a text shows it."""


def _sign(name: str, *patterns: str, flags: int = re.IGNORECASE) -> Sign:
    return name, re.compile("|".join(patterns), flags).search


def _states(text: str) -> bool:
    """Whether a sentence at its beginning says something that can be asked for (memories.py)."""
    told = (text[start:end] for start, end in sentences(text[:LONGEST_VALUE]))
    return any(_VERB.search(each) and not is_question(each) and asked(each) for each in told)


_VERB = re.compile(
    r"\b(?:is|are|was|were|'m|am|lives?|works?|drives?|plays?|teach|teaches|study|speak|collects?)\b",
    re.IGNORECASE,
)


SIGNS: tuple[Sign, ...] = (
    _sign("it holds an address of the web", r"https?://|\bwww\.|\b[\w-]+\.(?:org|com|net|io)\b"),
    _sign("it holds JSON", r'[{\[]\s*"[^"]*"\s*[:,]|"\w+"\s*:'),
    _sign("it holds code", *_CODE, flags=re.MULTILINE),
    _sign("it holds a path", _PATH, flags=0),
    _sign("it holds a code", *_CODE_WORD, flags=0),
    _sign("it holds a number", r"\d"),
    _sign("it holds several numbers", r"(?:\d[\d.,:/-]*\D+){2,4}\d"),
    _sign("it names a time of day", _CLOCK),
    _sign("it names a date", *_DATE),
    _sign("it names a day", any_of(words.DAYS)),
    _sign("it tells of a moment", any_of(words.MOMENTS)),
    _sign("it holds an amount", rf"[$€£%]|\b\d[\d.,]* ?{any_of(words.UNITS)}"),
    _sign("it names a thing that is kept as a number", any_of(words.NUMBERED)),
    _sign("it has several lines", r"\n"),
    _sign("it is a list", r",[^,\n]+,[^,\n]+,", r"(?:^\s*[-*\d][.)]? .*\n){2,}", flags=re.MULTILINE),
    _sign("it is introduced by a colon", r"^[^.?!\n]{2,60}:\s+\S"),
    _sign("it quotes something", r"[\"“][^\"”]{12,}[\"”]"),
    _sign("it asks", r"\?"),
    _sign("it ends by asking", r"\?\s*\Z"),
    _sign("it begins as a question", rf"^\W*(?:and |but |so |ok |hey |hi )?{any_of(_QUESTION_WORDS)}"),
    _sign("it begins with an order", rf"^\W*{_ASKED}{any_of(words.ORDERS)}"),
    _sign("it begins with a ban", rf"^\W*(?:please |and |but |remember: )*{_BAN}\b"),
    _sign("it orders one thing", rf"^\W*{_ASKED}{any_of(words.ORDERS)}(?: me| us)? {_ONE}"),
    _sign("it orders things of a kind", _KINDS),
    _sign("it is meant to last", any_of(words.LASTING)),
    _sign(
        "it says what follows from a case",
        r"\b(?:when|whenever|if|every time) i (?:ask|say|write|paste|send)\b",
    ),
    _sign("it says how things should be", any_of(words.SHOULD)),
    _sign("it is about the way of answering", any_of(words.ANSWERING)),
    _sign("it says how to be called", any_of(words.CALLED)),
    _sign("it speaks to the assistant", r"\b(?:you|your|you're|yours)\b"),
    _sign("it speaks of the user", r"\b(?:i|i'm|i've|i'd|me|my|mine|we|our|us)\b"),
    _sign("it says what is the user's", r"\b(?:my|our) (?:\w+(?:'s)? ){1,4}(?:is|are|was|'s)\b"),
    _sign("it says what the user is or has", any_of(words.IS_OR_HAS)),
    _sign("it says what the user likes or not", any_of(words.TASTES)),
    _sign("it names somebody near to the user", any_of(words.KIN)),
    _sign("it says a name", any_of("called, named, name is, name's, name was")),
    _sign("it holds a name", r"(?<=[a-z,] )[A-Z][a-z]+", flags=0),
    _sign("it tells what happened", any_of(words.HAPPENED)),
    _sign("it tells of a passing state", _STATE, _WANT, any_of(words.PASSING)),
    _sign("it is about a text at hand", _TEXT),
    _sign("it says which answers the user likes", _LIKING),
    ("it says something that can be asked for", _states),
    _sign("it is small talk", any_of(words.SMALL_TALK)),
    _sign("it is about the thing at hand", any_of(words.AT_HAND)),
    _sign("it is to be remembered", any_of(words.TO_KEEP)),
    _sign("it is one or two words", r"^\W*\w+(?:\W+\w+)?\W*\Z"),
    _sign("it is a few words", r"^\W*(?:\w+\W+){2,4}\w+\W*\Z"),
    _sign("it is a paragraph", r"\A(?:\S+\s+){25}"),
    _sign("it is long", r"\A(?:\S+\s+){60}"),
)
