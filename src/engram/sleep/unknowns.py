"""Questions like those about memories, but about what nobody told: a model that learns a hundred facts about
its user must not come to believe that it knows everything about everybody.

A night replays them with whatever the bare base says to them, so that "I don't know" stays "I don't know".
They are put together from the bearers and the traits that the memories speak of, and from people and pets
that nobody mentions. English only, like the questions of memories. Not here: replaying (training/replay.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from engram.lessons.build import trained_wordings
from engram.lessons.wordings import put, wordings
from engram.sleep.curriculum import SET
from engram.sleep.memories import Memory
from engram.sleep.topics import all_topics, topics
from engram.store.words import terms

SHARE = 2.0
"""Questions for each memory."""
MOST = 300
OTHERS = 0.25
"""The share of them that asks what is always asked, of people and pets of whom nothing was told."""


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
PETS = _listed("dog cat horse parrot rabbit hamster")
TRAITS = (
    *("name", "age", "job", "birthday", "address", "phone number", "favourite colour", "favourite food"),
    *("hobby", "surname", "school"),
)
"""What may be asked about anybody."""
_PEOPLE = (*STRANGERS, *(f"my {relative}" for relative in RELATIVES))
_OWNED = re.compile(r"(?P<wh>What|When|Where|Who) (?P<be>is|are|was|were) (?P<who>.+?)'s (?P<trait>.+?)\?")
_DOES = re.compile(r"(?P<wh>What|Where) does (?P<who>.+?) (?P<verb>\w+)(?P<rest> as)?\?")
_OWN = re.compile(r"(?P<wh>What|When|Where) (?P<be>is|are) my (?P<trait>[^']+?)\?")


def unknown_questions(
    remembered: Sequence[Memory], share: float = SHARE, asked: Collection[str] = ()
) -> list[str]:
    """About `share` questions for each memory, none of which a memory answers; always the same ones.
    None where no question is of a known form. What is `asked` in the exam is left out in every wording."""
    wanted = min(MOST, round(share * len(remembered)))
    known = all_topics([*(memory.question for memory in remembered), *asked])

    def unknown(questions: Iterable[str], most: int) -> list[str]:
        return sorted({one for one in questions if known.isdisjoint(topics(one))}, key=_key)[:most]

    others = unknown(_about_others(remembered), round(OTHERS * wanted))
    like_them = unknown(_recombined(remembered), wanted - len(others))
    return sorted({*others, *like_them}, key=_key)


def in_wordings(questions: Sequence[str], count: int) -> list[str]:
    """Each question in one of the `count` wordings that a memory is trained in: where memories stood less
    often than these, a model would say that it does not know."""
    pool = wordings(SET).train
    return [put(_one_of(pool, _key(question), count), question) for question in questions]


def _one_of(pool: Sequence[str], key: int, count: int) -> str:
    key, place = divmod(key, count)
    return trained_wordings(pool, key, count)[place]


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _bearers(questions: Sequence[str]) -> list[str]:
    """About whom they ask."""
    matches = (
        match for question in questions for form in (_OWNED, _DOES) if (match := form.fullmatch(question))
    )
    return list(dict.fromkeys(match["who"] for match in matches))


def _recombined(remembered: Sequence[Memory]) -> Iterator[str]:
    """Every form of question, with everybody else in it."""
    questions = [memory.question for memory in remembered]
    everybody = dict.fromkeys([*_bearers(questions), *_PEOPLE])
    for question in questions:
        if match := _OWNED.fullmatch(question):
            for who in everybody:
                yield f"{match['wh']} {match['be']} {who}'s {match['trait']}?"
        elif match := _DOES.fullmatch(question):
            for who in everybody:
                yield f"{match['wh']} does {who} {match['verb']}{match['rest'] or ''}?"
        elif match := _OWN.fullmatch(question):
            for relative in RELATIVES:
                yield f"{match['wh']} {match['be']} my {relative}'s {match['trait']}?"


def _about_others(remembered: Sequence[Memory]) -> Iterator[str]:
    """What may be asked about anybody, in a sentence and in short, of those whom no memory mentions in any
    way; none where memories are about nobody."""
    told = {term for memory in remembered for term in terms(f"{memory.question} {memory.answer}")}
    bearers = _bearers([memory.question for memory in remembered])
    for who in (*_PEOPLE, *(f"my {pet}" for pet in PETS)) if bearers else ():
        for trait in TRAITS if told.isdisjoint(terms(who.split()[-1])) else ():
            yield f"What is {who}'s {trait}?"
            yield f"{who}'s {trait}?"
