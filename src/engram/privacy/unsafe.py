"""Unsafe or abusive content, by rules that a person can read (unsafe_rules.py) and hashes of slurs.

What is found is flagged: it is answered and written down, and neither indexed nor trained. Rules know English
and what is said outright; docs/privacy.md gives their recall and false flags. Not here: what a flag does
(store).
"""

from __future__ import annotations

import hashlib
import re

from engram.privacy.unsafe_rules import COMPILED

_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"})
_DISGUISED = re.compile(
    r"(?<![\w.])(?=[0134578@$]{0,19}[a-z])(?=[a-z]{0,19}[0134578@$])[a-z0134578@$]{3,20}(?![\w.])"
)
_WORD = re.compile(r"[a-z]{4,14}")
# The first 5 bytes of sha256 of each stem: nobody has to read them here.
SLURS = frozenset(
    [
        "08a841e996",
        "120f6e5b4e",
        "16ea09fc78",
        "22fc75e65a",
        "333f761809",
        "33740da8a8",
        "3b1e0d7c5d",
        "6d1833779e",
        "8f5083e3e5",
        "98b52c4b6b",
        "be00f1af52",
        "c3de533e9b",
        "cc02032349",
        "dc675e4481",
        "eef3bd0916",
    ]
)
LONGEST = 20_000
"""Characters that are looked at; what is unsafe says so early."""


def unsafe_kinds(text: str) -> tuple[str, ...]:
    """The kinds of unsafe content in a text, in alphabetical order; none is the rule."""
    plain = _plain(text[:LONGEST])
    found = {kind for kind, patterns in COMPILED.items() if any(one.search(plain) for one in patterns)}
    if any(stem_digest(word) in SLURS for word in set(_WORD.findall(plain))):
        found.add("hate")
    return tuple(sorted(found))


def stem_digest(word: str) -> str:
    """The digest under which a slur's singular is listed."""
    return hashlib.sha256(word.removesuffix("s").encode()).hexdigest()[:10]


def _plain(text: str) -> str:
    """Lower case, straight apostrophes, letters for the digits and signs that stand in for them."""
    low = " ".join(text.lower().replace("’", "'").split(" "))
    return _DISGUISED.sub(lambda word: word.group().translate(_LEET), low)
