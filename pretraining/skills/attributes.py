"""The closed vocabulary of things a user tells about: owner, attribute, kind of value, and their wordings.

About 130 fixed attributes ("my dog's name", "the locker code") and those of invented people
("Tola's birthday").
Not here: the notes frame and the questions' answers as conversations; see notes.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pretraining.skills.base import capital
from pretraining.words import Split, article, listed, name

PETS = ["dog", "cat", "horse", "parrot", "rabbit", "hamster", "goldfish", "pony"]
PEOPLE = listed("sister brother mother father aunt uncle cousin neighbour boss teacher friend daughter son")
TRAITS = {
    "name": "name",
    "birthday": "date",
    "city": "city",
    "favourite colour": "colour",
    "favourite food": "food",
    "age": "number",
    "job": "job",
    "phone number": "code",
}
OWN = {
    "favourite colour": "colour",
    "favourite food": "food",
    "birthday": "date",
    "job": "job",
    "city": "city",
    "shoe size": "number",
    "middle name": "name",
    "nickname": "name",
    "phone number": "code",
    "passport number": "code",
    "seat number": "code",
    "library card number": "code",
    "car plate": "code",
    "customer number": "code",
    "boat's name": "name",
    "car's name": "name",
    "street": "name",
    "dentist's name": "name",
    "doctor's name": "name",
    "piano lesson": "day",
    "day off": "day",
    "gym day": "day",
    "alarm": "time",
    "lucky number": "number",
    "house number": "number",
}
SHARED = {
    "locker code": "code",
    "gate code": "code",
    "door code": "code",
    "alarm code": "code",
    "bike lock code": "code",
    "safe code": "code",
    "wifi password": "code",
    "wifi name": "name",
    "flight number": "code",
    "train number": "code",
    "order number": "code",
    "ticket number": "code",
    "invoice number": "code",
    "room number": "number",
    "bus line": "number",
    "desk number": "number",
    "meeting day": "day",
    "market day": "day",
    "delivery date": "date",
    "exam date": "date",
    "party date": "date",
    "meeting time": "time",
    "train time": "time",
    "dinner time": "time",
    "hotel's name": "name",
    "project's name": "name",
    "server's name": "name",
    "printer's name": "name",
    "restaurant's name": "name",
    "river's name": "name",
    "kitchen colour": "colour",
    "door colour": "colour",
}


@dataclass(frozen=True)
class Attribute:
    """`owner` is "my", "the" or "Tola's"; `noun` is what follows, such as "dog's name"."""

    owner: str
    noun: str
    kind: str

    @property
    def asked(self) -> str:
        """As the user says it: "my dog's name"."""
        return f"{self.owner} {self.noun}"

    @property
    def told(self) -> str:
        """As the assistant says it: "your dog's name"."""
        return f"{'your' if self.owner == 'my' else self.owner} {self.noun}"

    @property
    def parts(self) -> frozenset[str]:
        """The words that make two attributes near to each other: the bearer and the trait."""
        bearer, _, trait = self.noun.rpartition("'s ")
        owner = self.owner if self.owner not in ("my", "the") else ""
        return frozenset({bearer, trait, trait.rpartition(" ")[2], owner} - {""})

    def answer(self, value: str) -> str:
        return f"{capital(self.told)} is {value}."


FIXED: tuple[Attribute, ...] = (
    *(Attribute("my", f"{pet}'s name", "name") for pet in PETS),
    *(Attribute("my", f"{pet}'s {trait}", kind) for pet in PETS[:3] for trait, kind in (("age", "number"),)),
    *(Attribute("my", f"{who}'s {trait}", kind) for who in PEOPLE for trait, kind in TRAITS.items()),
    *(Attribute("my", noun, kind) for noun, kind in OWN.items()),
    *(Attribute("the", noun, kind) for noun, kind in SHARED.items()),
)


def of_person(rng: Random, person: str) -> Attribute:
    """An attribute of a person with an invented name."""
    trait = rng.choice([t for t in TRAITS if t != "name"])
    return Attribute(f"{person}'s", trait, TRAITS[trait])


def any_attribute(rng: Random, split: Split) -> Attribute:
    """A third are traits of relatives, an eighth of invented people, the rest codes, pets and one's own."""
    if rng.random() < 0.12:
        return of_person(rng, name(rng, split))
    pool = [
        a for a in FIXED if ("'s " in a.noun and a.noun.split("'s ")[0] in PEOPLE) == (rng.random() < 0.35)
    ]
    return rng.choice(pool)


def statements(attribute: Attribute, value: str) -> list[str]:
    """Ways in which a user tells the value. The first is the plain one."""
    asked, noun = attribute.asked, attribute.noun
    ways = [
        f"{asked} is {value}",
        f"remember: {asked} is {value}",
        f"{asked}: {value}",
        f"note that {asked} is {value}",
    ]
    bearer, _, trait = f"{asked}".rpartition("'s ")
    if trait in ("name", "nickname") and bearer:
        ways += [f"{bearer} is called {value}", f"{bearer} is named {value}"]
    if trait == "birthday" and bearer:
        ways += [f"{bearer} was born on {value}", f"{bearer} has a birthday on {value}"]
    if trait == "city" and bearer:
        ways += [f"{bearer} lives in {value}", f"{bearer} moved to {value}"]
    if trait == "age" and bearer:
        ways += [f"{bearer} is {value} years old"]
    if trait == "job" and bearer:
        ways += [f"{bearer} works as {article(value)}"]
    if noun.startswith("favourite"):
        ways += [f"of all, {asked} is {value}"]
    return ways


def corrections(attribute: Attribute, value: str) -> list[str]:
    """Ways in which a user replaces an older value."""
    asked = attribute.asked
    return [
        f"{asked} is now {value}",
        f"{asked} changed to {value}",
        f"correction: {asked} is {value}",
        f"i was wrong, {asked} is {value}",
        f"new: {asked} is {value}",
        *statements(attribute, value)[:2],
    ]


def questions(attribute: Attribute) -> list[str]:
    """Ways to ask for the value."""
    asked = attribute.asked
    ways = [
        f"what is {asked}?",
        f"what is {asked}?",
        f"what's {asked}?",
        f"tell me {asked}",
        f"do you remember {asked}?",
        f"what was {asked} again?",
        f"{asked}?",
    ]
    bearer, _, trait = asked.rpartition("'s ")
    if bearer and trait in ("name", "nickname"):
        ways += [f"what is {bearer} called?", f"what did i say {bearer} is called?"]
    if bearer and trait == "birthday":
        ways += [f"when is {asked}?", f"when was {bearer} born?"]
    if bearer and trait == "city":
        ways += [f"where does {bearer} live?", f"which city does {bearer} live in?"]
    if bearer and trait == "age":
        ways += [f"how old is {bearer}?"]
    return ways
