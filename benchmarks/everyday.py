"""Keys of everyday life, as people would ask them to be remembered: written without looking at the code.

They end in common words on purpose, so that how often they fire by accident is told, not hoped. Not here:
arbitrary keys (tests/support/facts.py).
"""

from __future__ import annotations

from random import Random


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


OWNERS = (
    "",
    *_listed("""
my, my mother's, my father's, my sister's, my brother's, my wife's, my husband's, my son's,
my daughter's, my boss's, my doctor's, my dentist's, my landlord's, my neighbour's, my dog's,
my cat's, my parrot's, my car's, my bike's, my school's, my teacher's, my friend's, my aunt's,
my uncle's, my cousin's, my grandmother's, my grandfather's, the office, the kitchen, the garage,
the garden, the cellar, the attic, the bathroom, the hotel, the gym, the library, the bakery,
the garden centre's, Anna's, Ben's, Clara's, David's, Emma's, Felix's, Greta's, Hugo's, Ida's,
Jonas's, the club's, the band's, the team's, the company's, the bank's, the vet's
"""),
)
THINGS = _listed("""
name, birthday, phone number, address, email, favourite colour, favourite food, shoe size, password,
code, key, room, door code, wifi password, wifi name, alarm code, locker number, parking space,
licence plate, insurance number, account number, opening hours, street, city, country, job,
nickname, middle name, age, weight, height, blood type, allergy, medicine, favourite book,
favourite song, favourite film, favourite team, hobby, school, teacher, class, desk, computer,
printer, router, light switch, heating, thermostat, window, lock, spare key, bin day, rent, budget,
salary, train, bus line, flight, seat, ticket, hotel, meeting, appointment, deadline, gift, wish,
ring size, shirt size, hat size, glasses, brand, model, colour, size, price, number, date, time,
place, plan, list, order, recipe, doctor, bank, card, pin, plant, tree, lamp, table, chair, bed,
oven, fridge, boiler, meter
""")
FRAMES = (
    *("{}", "{}?", "{}!", "what is {}", "What is {}?", "what's {}", "Can you tell me {}?", "I forgot {}."),
    *("do you remember {}?", "Please remind me: {}", "Hi! One question: {}?", "So {}...", '"{}"', "**{}**"),
    *("{} =", "{} ->"),
)
"""Questions that end with a key."""
WRITING_ON = (
    *("and {} is", "tell me {} please", "{} is what?", "what was {} again?", "{}, do you know it?"),
    "is {} known to you",
)
"""Questions that go on after the key: there the exact memory says nothing unless it looks inside."""


def everyday_keys(count: int, seed: int = 0) -> list[str]:
    """The first of all combinations, in an order drawn once: more keys hold the fewer ones."""
    keys = [f"{owner} {thing}".strip() for owner in OWNERS for thing in THINGS]
    Random(seed).shuffle(keys)
    if count > len(keys):
        raise ValueError(f"there are {len(keys)} keys")
    return keys[:count]
