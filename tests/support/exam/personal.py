"""The exam on personal data: valid values in many formats, in sentences, forms, JSON, tables and letters.

    from tests.support.exam.personal import STRUCTURED, samples
    for sample in samples(count=1000, seed=1): ...

`Sample.type` is the broad type (email, phone, card, iban, ip, mac, id, address, birth-date, name); names are
in scope only for an optional recogniser, so `STRUCTURED` leaves them out.

Not here: what looks like personal data and is none (near.py).
"""

from __future__ import annotations

import json
import random

from tests.support.exam.personal_contact import CONTACTS, Text
from tests.support.exam.personal_numbers import ACCOUNTS, CARDS, IDENTITIES
from tests.support.exam.personal_places import ADDRESSES, BIRTHDAYS, PEOPLE
from tests.support.exam.samples import Sample, draws

STRUCTURED: dict[str, Text] = {**CONTACTS, **CARDS, **ACCOUNTS, **IDENTITIES, **ADDRESSES, **BIRTHDAYS}
FAMILIES: dict[str, Text] = {**STRUCTURED, **PEOPLE}
WRAPPERS = ("sentence", "form", "json", "table", "letter")


def type_of(family: str) -> str:
    """The type that a user's settings would name, of a family such as "phone-de"."""
    if family in ("ipv4", "ipv6"):
        return "ip"
    return "birth-date" if family.startswith("birth-date") else family.split("-")[0]


# How each identity number is called; without its name a number of nine digits could be anything.
IDENTITY_NAMES = {
    "id-us": "SSN", "id-uk": "National Insurance number", "id-de": "Steuer-ID",
        "id-fr": "numéro de sécurité sociale",
    "id-es": "DNI", "id-es-nie": "NIE", "id-it": "codice fiscale", "id-nl": "BSN", "id-pl": "PESEL",
    "id-se": "personnummer", "id-br": "CPF", "id-in": "Aadhaar number", "id-ca": "Social Insurance Number",
}  # fmt: skip
LABELS = {
    "email": ("email", "E-Mail", "correo", "mail"),
    "phone": ("phone", "Tel.", "mobile", "Telefon", "teléfono", "tél."),
    "card": ("card number", "credit card", "Kreditkarte", "carte"),
    "iban": ("IBAN", "account", "Konto", "bank account (IBAN)"),
    "ip": ("ip", "client address", "IP address", "remote host"),
    "mac": ("MAC", "hardware address", "wifi mac"),
    "address": ("address", "Adresse", "shipping address", "dirección", "home address"),
    "name": ("name", "customer", "contact person", "Ansprechpartner"),
}
BIRTH_LABELS = {
    "en": ("date of birth", "DOB", "born", "birthday"),
    "de": ("Geburtsdatum", "geboren am", "geb."),
    "fr": ("date de naissance", "né le", "née le"),
    "es": ("fecha de nacimiento", "nacida el", "nacido el"),
}
SENTENCES = {
    "email": ("write to me at {value} please", "is {value} the right address?", "cc {value} on that",
        "{value} bounced again"),
    "phone": ("call me on {value} after six", "my number is {value}", "ruf mich an: {value}",
        "text me at {value}!", "appelle-moi au {value}"),
    "card": ("pay with my card {value}", "the card {value} was declined",
        "I was charged twice on {value}, why?"),
    "iban": ("please transfer it to {value}", "meine IBAN ist {value}",
        "the refund should go to {value}, thanks"),
    "ip": ("someone logged in from {value} last night", "I can't reach {value} since noon",
        "block {value} for me"),
    "mac": ("the printer has the mac {value}", "allow {value} on the wifi",
        "device {value} joined the network"),
    "id": ("my {label} is {value}", "they asked for my {label}, it's {value}",
        "{label} {value}, can you fill in the form?"),
    "address": ("I live at {value}", "send the parcel to {value}, please", "we moved to {value} in May",
        "ich wohne: {value}"),
    "birth-date": ("my {label}: {value}", "she gave {value} as {label}",
        "{label} {value}, what sign is that?"),
    "name": ("I am {value} and I have a question", "could you tell {value} that I'm late?",
        "my teacher {value} said so"),
}  # fmt: skip
FORMS = ("{label}: {value}", "* {label} = {value}", "{label}:\t{value}", "**{label}**: {value}")
JSONS = ('{{"{label}": "{value}", "active": true}}', '{{"order": 77, "buyer": {{"{label}": "{value}"}}}}')
TABLES = ("| {label} | {value} |", "no;{label};status\n1;{value};open", "{label}\t{value}\topen")
LETTERS = (
    "Hello,\n\nhere are my details.\n{label}: {value}\n\nKind regards",
    "> On Monday somebody wrote:\n> {label} {value}\n\nThat is mine.",
    "notes from the call\n- wants a refund\n- {label} {value}\n- call back on Friday",
)


def label_of(rng: random.Random, family: str) -> str:
    kind = type_of(family)
    if kind == "id":
        return IDENTITY_NAMES[family]
    return rng.choice(BIRTH_LABELS[family[-2:]] if kind == "birth-date" else LABELS[kind])


def wordings(wrapper: str, kind: str, value: str) -> tuple[str, ...]:
    """The templates of that surrounding; a value of two lines does not fit into a table."""
    if wrapper == "table" and "\n" in value:
        return LETTERS
    return {"sentence": SENTENCES[kind], "form": FORMS, "json": JSONS, "table": TABLES, "letter": LETTERS}[
        wrapper
    ]


def one(family: str, wrapper: str, number: int = 0, seed: int = 0) -> Sample:
    """A single sample; the same arguments give the same text for ever."""
    rng = draws(seed, family, wrapper, number)
    value = FAMILIES[family](rng)
    kind = type_of(family)
    template = rng.choice(wordings(wrapper, kind, value))
    before, after = (side.format(label=label_of(rng, family)) for side in template.split("{value}"))
    if wrapper == "json":
        value = json.dumps(value, ensure_ascii=False)[1:-1]
    return Sample(family, before + value + after, len(before), len(before) + len(value), kind, wrapper)


def samples(family: str | None = None, count: int = 1000, seed: int = 0, names: bool = False) -> list[Sample]:
    """`count` samples, families and surroundings in turn; all of one family if it is named.

    Names of people come in only with `names`. The first samples of a seed do not depend on `count`.
    """
    chosen = [family] if family else list(FAMILIES if names else STRUCTURED)
    made = []
    for number in range(count):
        turn, place = divmod(number, len(chosen))
        made.append(one(chosen[place], WRAPPERS[(turn + place) % len(WRAPPERS)], turn, seed))
    return made
