"""Words with which one thing is asked and told: "born" answers "birthday", "lives" answers "city".

A short English list of the traits and kin that people tell an assistant about, so that questions find
statements that share no other word. Other languages, and other words, need an embedder that knows meanings
(extra embed). Not here: forms of one word (words.py, ranking.py).
"""

from __future__ import annotations

from functools import cache

SHARE = 0.8
"""What a related word counts, as a share of the word itself."""

_GROUPS = (
    "name named call called nickname naming",
    "live lived living city town move moved reside resident home address",
    "birthday born birth birthdate",
    "age old aged year",
    "job work worked working profession occupation employed career",
    "mother mum mom mama",
    "father dad papa",
    "grandmother grandma granny",
    "grandfather grandpa grandad",
    "wife husband spouse partner married",
    "child kid son daughter baby",
    "dog puppy",
    "cat kitten",
    "favourite favorite prefer preferred love loved best enjoy",
    "doctor physician",
    "colour color",
    "telephone phone mobile",
    "password passcode passphrase code combination pin",
    "holiday vacation trip",
    "film movie",
    "flat apartment",
    "appointment meeting",
    "begin start began started",
    "buy bought purchase purchased",
    "cost price paid pay",
    "drive drove car vehicle",
    "bike bicycle",
    "sick ill illness disease",
    "study studied student university college",
    "speak language spoken",
)


@cache
def _neighbours() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for group in (frozenset(line.split()) for line in _GROUPS):
        for word in group:
            found[word] = found.get(word, frozenset()) | group - {word}
    return found


def related(term: str) -> frozenset[str]:
    """Other words for what a term of words.py stands for; empty for most terms."""
    return _neighbours().get(term, frozenset())
