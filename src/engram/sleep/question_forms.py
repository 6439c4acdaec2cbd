"""Other forms of a question, by grammar: "Where does Mara live?" is also "Do you know where Mara lives?".

Only questions of the forms that memories.py makes are understood; for any other there are none. The held-out
forms are never trained, so that they can be asked to see whether a form that was never met is understood.
English only. Not here: the frames around a whole question (lessons/wordings.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TRAINED = (
    "Tell me {clause}.",
    "Do you know {clause}?",
    "Can you tell me {clause}?",
    "I would like to know {clause}.",
    "Do you remember {clause}?",
    "Say {clause}.",
    "{short}?",
    "{short}, please.",
)
HELD_OUT = (
    "Any idea {clause}?",
    "Would you happen to have in mind {clause}?",
    "Can I ask you {clause}?",
)
_BE = re.compile(
    r"(?P<wh>What|When|Where|Who) (?P<be>is|are|was|were|am) (?P<subject>.+?)"
    r"(?P<rest> called| named| born| allergic to)?\?"
)
_DO = re.compile(r"(?P<wh>What|Where|When) (?P<do>do|does) (?P<subject>.+?) (?P<verb>\w+)(?P<rest> as)?\?")
_OWNED = re.compile(r"(?:my|our|the) |.+?'s ", re.IGNORECASE)
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Parts:
    """A question taken apart: `clause` is the indirect question, `short` what is asked for as a bare noun
    phrase, or "" where that would be unclear."""

    clause: str
    short: str


def parts(question: str) -> Parts | None:
    """None where the question is of no known form."""
    if len(question) > _LONGEST:
        return None
    if found := _BE.fullmatch(question):
        wh, be, subject, rest = (found[name] or "" for name in ("wh", "be", "subject", "rest"))
        short = subject if wh == "What" and not rest and _OWNED.match(subject) else ""
        return Parts(f"{wh.lower()} {subject} {be}{rest}", short)
    if (found := _DO.fullmatch(question)) and found["verb"] in _VERBS:
        verb = _VERBS[found["verb"]] if found["do"] == "does" else found["verb"]
        return Parts(f"{found['wh'].lower()} {found['subject']} {verb}{found['rest'] or ''}", "")
    return None


def forms(question: str, templates: tuple[str, ...] = TRAINED) -> list[str]:
    """The question in each of these forms that fits it."""
    known = parts(question)
    if known is None:
        return []
    fitting = [each for each in templates if known.short or "{short}" not in each]
    return [_capital(_put(each, known)) for each in fitting]


def _put(template: str, known: Parts) -> str:
    """Without format(): a question may hold braces."""
    name, text = ("{short}", known.short) if "{short}" in template else ("{clause}", known.clause)
    before, after = template.split(name)
    return before + text + after


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_VERBS = {
    "live": "lives",
    "work": "works",
    "drive": "drives",
    "play": "plays",
    "study": "studies",
    "speak": "speaks",
    "collect": "collects",
    "teach": "teaches",
}
