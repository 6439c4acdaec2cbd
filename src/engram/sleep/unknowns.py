"""Questions like those about memories, but about what nobody told: a model that learns a hundred facts about
its user must not come to believe that it knows everything about everybody.

A night replays them with whatever the bare base says to them, so that "I don't know" stays "I don't know".
They are put together from the bearers and the traits that the memories speak of, and from people whom nobody
mentions. English only, like the questions of memories. Not here: replaying (training/replay.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from engram.lessons.schema import fold
from engram.lessons.wordings import COMPOSED, PREFIXES, put, wordings
from engram.sleep.curriculum import SET
from engram.sleep.memories import Memory

SHARE = 2.0
"""Questions for each memory."""
MOST = 300


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


STRANGERS = _listed(
    "Abel Berit Cosmo Dunja Edda Ferran Gudrun Hanno Ilka Jorun Kasimir Leonie Matteo Nelly Otis "
    "Petra Quinn Rosalie Sorin Tilda Ugo Valentin Wanda Xaver Yvonne Zita"
)
RELATIVES = _listed(
    "sister brother aunt uncle cousin niece nephew boss doctor dentist teacher neighbour landlord "
    "friend daughter son mother father colleague partner"
)
_OWNED = re.compile(r"(?P<wh>What|When|Where|Who) (?P<be>is|are|was|were) (?P<who>.+?)'s (?P<trait>.+?)\?")
_DOES = re.compile(r"(?P<wh>What|Where) does (?P<who>.+?) (?P<verb>\w+)(?P<rest> as)?\?")
_OWN = re.compile(r"(?P<wh>What|When|Where) (?P<be>is|are) my (?P<trait>[^']+?)\?")


def unknown_questions(remembered: Sequence[Memory], share: float = SHARE) -> list[str]:
    """About `share` questions for each memory, none of which a memory answers; always the same ones.
    None where no question is of a known form."""
    known = {fold(memory.question) for memory in remembered}
    asked = dict.fromkeys(question for question in _recombined(remembered) if fold(question) not in known)
    return sorted(asked, key=_key)[: min(MOST, round(share * len(remembered)))]


def in_wordings(questions: Sequence[str]) -> list[str]:
    """Each question in one of the wordings that memories are trained in, mixed as theirs are: asked bare
    only, they would teach that a bare question has no answer."""
    return [put(_wording(question), question) for question in questions]


def _wording(question: str) -> str:
    """Of twelve questions about four in a plain prefix, four in written and four in composed wordings."""
    key = _key(question)
    pool = (PREFIXES, wordings(SET).train, COMPOSED)[key % 3]
    return pool[key // 3 % len(pool)]


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _recombined(remembered: Sequence[Memory]) -> Iterator[str]:
    """Every form of question, with everybody else in it."""
    questions = [memory.question for memory in remembered]
    owned = [match for question in questions if (match := _OWNED.fullmatch(question))]
    does = [match for question in questions if (match := _DOES.fullmatch(question))]
    bearers = dict.fromkeys(match["who"] for match in (*owned, *does))
    everybody = [*bearers, *STRANGERS, *(f"my {relative}" for relative in RELATIVES)]
    for match in owned:
        for who in everybody:
            yield f"{match['wh']} {match['be']} {who}'s {match['trait']}?"
    for match in does:
        for who in everybody:
            yield f"{match['wh']} does {who} {match['verb']}{match['rest'] or ''}?"
    for question in questions:
        if match := _OWN.fullmatch(question):
            for relative in RELATIVES:
                yield f"{match['wh']} {match['be']} my {relative}'s {match['trait']}?"
