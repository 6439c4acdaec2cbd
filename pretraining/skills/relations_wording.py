"""How people write a fact down: openings, tails, asides, corrections, idle notes, capitals and contractions.

Nothing here tells a fact that a relation asks for. Not here: the facts (relations.py).
"""

from __future__ import annotations

import re
from random import Random

from pretraining.skills import relations_words as lists
from pretraining.skills.base import capital
from pretraining.skills.relations_slots import pick
from pretraining.words import ADJECTIVES, ANIMALS, COLOURS, article

OPENINGS = (
    *(
        "by the way,",
        "just so you know,",
        "i forgot to say:",
        "oh,",
        "fyi,",
        "so,",
        "please remember:",
        "well,",
    ),
    *(
        "good news:",
        "for the record,",
        "note to self:",
        "one more thing:",
        "you should know that",
        "remember that",
    ),
    *("between us,", "as you may know,", "before i forget:", "i think i never told you that", "ok,", "hi,"),
    *("it turns out that", "i want you to know that", "today i can say that", "keep in mind that", "also,"),
    *("for later:", "little update:", "don't forget that", "guess what,", "to be clear,", "as it happens,"),
)
TAILS = (
    *(
        ", which is nice",
        ", at last",
        ", you know",
        ", by the way",
        ", i am glad to say",
        ", as always",
        ", of course",
    ),
    *(
        ", if i remember well",
        ", believe it or not",
        ", just so you know",
        ", and i like it that way",
        ", luckily",
    ),
    *(
        ", for the time being",
        ", in case you wonder",
        ", to my surprise",
        ", i should say",
        ", please note it",
    ),
    *(", as you can imagine", ", so please keep that in mind", ", which took me a while to find out"),
)
ASIDES = (
    *("the weather was awful today", "it has been a long week", "i slept well", "what a day", "time flies"),
    *(
        "i hope you are well",
        "the news was dull",
        "thanks for the help yesterday",
        "sorry for the late reply",
    ),
    *("my head is full", "there is so much to do", "it is raining again", "i am in a hurry", "life is good"),
    *("i just made some notes", "the trains were late again", "we had a quiet evening", "that was fun"),
    *("i keep forgetting things", "nothing else is new", "the garden looks lovely", "i had to laugh"),
)
MISTAKES = (
    *(
        "actually, {}",
        "actually {}",
        "correction: {}",
        "i was wrong before: {}",
        "i mixed it up, {}",
        "no, wait: {}",
    ),
    *(
        "sorry, that was wrong. {}",
        "let me correct myself: {}",
        "i looked it up: {}",
        "what i said was not right, {}",
    ),
    *(
        "i made a mistake: {}",
        "forget what i said, {}",
        "oops, {}",
        "to correct that, {}",
        "not quite: {}",
        "{} after all",
    ),
)
CHANGES = (
    *(
        "that changed: {}",
        "{} now",
        "{} now",
        "now {}",
        "since last week {}",
        "from now on {}",
        "update: {}",
        "new: {}",
    ),
    *(
        "things have changed and {}",
        "it is different now: {}",
        "as of today {}",
        "news: {}",
        "there was a change, {}",
    ),
    *(
        "change of plan: {}",
        "{} these days",
        "since yesterday {}",
        "not any more: {}",
        "meanwhile {}",
        "{} instead",
    ),
)
STRANGERS = ("tourist", "stranger", "child", "policeman", "lady", "student")
CONTRACTED = {
    "i am": "i'm",
    "it is": "it's",
    "i have been": "i've been",
    "do not": "don't",
    "did not": "didn't",
    "we are": "we're",
    "i will": "i'll",
    "i would": "i'd",
    "what is": "what's",
    "where is": "where's",
    "who is": "who's",
    "when is": "when's",
    "that is": "that's",
    "there is": "there's",
}
_CONTRACTIBLE = re.compile(rf"\b({'|'.join(CONTRACTED)})\b(?= \w)")


def aside(rng: Random) -> str:
    return rng.choice(ASIDES)


def wrapped(rng: Random, text: str, kind: str) -> str:
    """The telling, in about half of the cases with an opening, a tail or another sentence beside it."""
    form = rng.random()
    if form < 0.5:
        return text
    if form < 0.7:
        return f"{rng.choice(OPENINGS)} {text}"
    if form < 0.82 and kind != "reason":
        return f"{text}{rng.choice(TAILS)}"
    if form < 0.91:
        return f"{aside(rng)}. {text}"
    return f"{text}. {aside(rng)}"


def corrected(rng: Random, text: str, new: str, old: str, lasting: bool) -> str:
    """The telling as it replaces an older one; what is `lasting` was a mistake, anything else may have changed."""
    form = rng.random()
    if form < 0.12:
        return text
    if form < 0.24 and text.endswith(new):
        return f"{rng.choice(('', 'actually ', 'no, '))}{text}, {rng.choice(('not', 'and not'))} {old}"
    pattern = rng.choice(MISTAKES if lasting else (*MISTAKES, *CHANGES, *CHANGES))
    if pattern.startswith("{}") and not text.endswith(new):
        pattern = "actually, {}"
    return pattern.format(text)


def sentence(rng: Random, text: str) -> str:
    """An attribute's statement as `vary` has it, more often with a full stop."""
    said = capital(text) if rng.random() < 0.6 else text
    return f"{said}." if rng.random() < 0.5 else said


def spoken(rng: Random, text: str) -> str:
    """Mostly capitals and a full stop, sometimes neither; now and then contracted."""
    if rng.random() < 0.35:
        before, because, reason = text.partition("because")  # a reason is a value: it stays as it is
        text = _CONTRACTIBLE.sub(lambda found: CONTRACTED[found[0]], before) + because + reason
    form = rng.random()
    if form < 0.15:
        return text
    text = re.sub(r"\bi\b", "I", text)
    text = ". ".join(capital(part) for part in text.split(". "))
    return text if form < 0.3 or text[-1] in ".?!" else f"{text}."


def idle(rng: Random) -> str:
    """A note that answers nothing: small talk, a request, a question on something else."""
    noun, other = pick(rng, lists.THINGS), rng.choice(ANIMALS)
    asked = (
        f"how do i clean {article(noun)}?",
        f"can you write a poem about {article(other)}?",
        f"what is the word for {noun} in {rng.choice(lists.LANGUAGES)}?",
        f"give me three ideas for {rng.choice(lists.DISHES)}",
        f"is {pick(rng, lists.MATERIALS)} hard to clean?",
        f"what is {rng.randint(2, 60)} plus {rng.randint(2, 60)}?",
        f"how do you spell {noun}?",
        f"who invented the {noun}?",
        f"tell me a joke about {article(other)}",
        f"name three {rng.choice(COLOURS)} fruits",
        f"which is heavier, {article(noun)} or {article(other)}?",
        f"translate {rng.choice(ADJECTIVES)} {other} into {rng.choice(lists.LANGUAGES)}",
        f"there was {article(rng.choice(ADJECTIVES))} {other} on television",
        f"do {rng.choice(lists.ANIMALS)} like {rng.choice(lists.DISHES)}?",
        f"what rhymes with {noun}?",
        f"a {rng.choice(STRANGERS)} in the street asked me for the time",
        f"i saw {article(rng.choice(ADJECTIVES))} {other} in the park",
        f"why do {rng.choice(lists.ANIMALS)} sleep so much?",
        f"explain {rng.choice(lists.TOPICS)} in one sentence",
        "thanks, that was helpful",
    )
    return spoken(rng, rng.choice((*asked, aside(rng))))
