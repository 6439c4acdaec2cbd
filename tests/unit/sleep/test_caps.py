"""Near-copies count once, and no source teaches more than its share."""

from __future__ import annotations

from dataclasses import replace

from engram.routing.learned import sample
from engram.sleep.caps import Caps, capped
from engram.sleep.memories import Memory
from engram.store.entries import Entry


def told(count: int, source: str = "chat", first: int = 1, session: int | None = None) -> list[Entry]:
    return [replace(sample("x", id=first + n), source=source, session=session) for n in range(count)]


def memory(number: int, question: str = "", answer: str = "", kind: str = "fact") -> Memory:
    return Memory(question or f"What is {number}?", answer or f"It is {number}.", kind, (number,), "")  # type: ignore[arg-type]


def test_what_is_within_all_caps_stays_as_it_is() -> None:
    found = [memory(n) for n in range(1, 31)]
    done = capped(found, told(30))
    assert done.kept == tuple(found) and done.left_out == {}


def test_copies_count_once_and_the_oldest_stays() -> None:
    found = [
        memory(1, "Where is the café?", "By the river."),
        memory(2, "where is the  cafe?", "by the river."),
        memory(3, "Where is the café?", "By the lake."),
    ]
    done = capped(found, told(3))
    assert done.kept == (found[0], found[2]) and done.left_out == {"said twice": 1}


def test_long_near_copies_count_once_unless_they_hold_other_numbers() -> None:
    long = " ".join(f"and then {a}{b} came" for a in "abcdefgh" for b in ("an", "or", "im", "us", "el"))
    found = [
        memory(1, "Tell me.", f"{long} at the end.", "habit"),
        memory(2, "Tell me.", f"{long} at an end.", "habit"),
        memory(3, "Tell me.", f"{long} at the end, 7341.", "habit"),
    ]
    assert capped(found, told(3)).kept == (found[0], found[2])


def test_the_newest_of_a_source_stay() -> None:
    entries = [*told(10), *told(10, "import:old", 11), *told(10, "pasted", 21)]
    found = [memory(n) for n in range(1, 31)]
    done = capped(found, entries, Caps(said=8, elsewhere=3))
    assert [one.entries[0] for one in done.kept] == [*range(3, 11), 18, 19, 20, 28, 29, 30]
    assert done.left_out == {"too many of one source": 16}


def test_one_conversation_teaches_no_more_than_its_cap() -> None:
    entries = [*told(6, session=1), *told(6, first=7, session=2), *told(2, first=13)]
    done = capped([memory(n) for n in range(1, 15)], entries, Caps(conversation=4))
    assert [one.entries[0] for one in done.kept] == [3, 4, 5, 6, 9, 10, 11, 12, 13, 14]


def test_what_a_full_source_loses_leaves_room_in_its_conversation() -> None:
    """A memory that is left out counts nowhere."""
    entries = [*told(2, session=1), *told(5, "pasted", 3, session=1)]
    done = capped([memory(n) for n in range(1, 8)], entries, Caps(elsewhere=1, conversation=3))
    assert [one.entries[0] for one in done.kept] == [1, 2, 7]
