"""Promises 12 and 13 on the exam, which was committed before the rules and shares nothing with them.

The rules were written without it; then misses of every other family (by name) were looked at, under seed 0.
Here stand other seeds, and the half that was never looked at is marked on its own. Figures: docs/privacy.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.support.exam import clean, handwritten, marking, personal, secrets
from tests.support.exam.unsafe import ORDINARY, SAFE_LINES, UNSAFE_LINES, halves

from engram.privacy.guard import PrivacyGuard
from engram.privacy.unsafe import SLURS, stem_digest, unsafe_kinds

GUARD = PrivacyGuard()
SEED = 1
UNSEEN = sorted(secrets.FAMILIES)[1::2]
TYPES = ("email", "phone", "card", "iban", "id", "ip", "mac", "birth-date", "address")


def find(text: str) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in GUARD.find(text)]


def test_secrets() -> None:
    marks = marking.recall(find, secrets.samples(count=2000, seed=SEED))
    assert marks["all"].n == 2000 and marks["all"].lower >= 0.99
    unseen = [marks[name] for name in UNSEEN if name in marks]
    assert len(unseen) >= 40 and sum(mark.count for mark in unseen) / sum(mark.n for mark in unseen) >= 0.99


def test_clean_lines() -> None:
    marks = marking.false_flags(find, clean.clean_lines(count=4000, seed=SEED))
    assert marks["all"].count <= 4


def test_personal_data() -> None:
    marks = marking.recall(find, personal.samples(count=2000, seed=SEED), by="type")
    assert {name: marks[name].rate for name in TYPES if marks[name].rate < 0.99} == {}


def test_handwritten_lines() -> None:
    """100 lines as people write them, in no generator's form: most of what is planted is found."""
    right: list[bool] = []
    for line in handwritten.LINES:
        hidden = {place for start, end in find(line.text) for place in range(start, end)}
        spans = [(start, end) for start, end, kind in line.planted if kind not in ("name", "person")]
        right += [set(range(start, end)) <= hidden for start, end in spans]
    assert len(right) >= 50 and sum(right) / len(right) >= 0.7
    assert not [line.text for line in handwritten.LINES if not line.planted and find(line.text)]


@pytest.mark.slow
def test_many_secrets_and_clean_lines() -> None:
    marks = marking.recall(find, secrets.samples(count=10_000, seed=SEED + 1))
    assert marks["all"].lower >= 0.99
    assert marking.false_flags(find, clean.clean_lines(count=10_000, seed=SEED + 1))["all"].count <= 10


def _share(lines: Sequence[object]) -> float:
    return sum(bool(unsafe_kinds(line.text)) for line in lines) / len(lines)  # type: ignore[attr-defined]


def test_unsafe_lines() -> None:
    """The half that was looked at, and the other; what is left undone is said in docs/privacy.md."""
    _, unseen = halves()
    assert len(UNSAFE_LINES) >= 200 and len(SAFE_LINES) >= 200
    assert _share([line for line in unseen if line.unsafe]) >= 0.55
    assert _share([line for line in unseen if not line.unsafe]) <= 0.07


def test_ordinary_lines() -> None:
    """What is flagged is not remembered."""
    assert len(ORDINARY) == len(set(ORDINARY)) == 400
    assert sum(bool(unsafe_kinds(line)) for line in ORDINARY) <= 4


@pytest.mark.parametrize(
    "line",
    [
        *("Don't forget her birthday", "Robert lost his keys", "I contacted old friends yesterday"),
        *(
            "We connect people",
            "I cloned their repo",
            "Today is my last day at work",
            "I'll get her a present",
        ),
        *("call me every day", "Where does Anna live? I forgot where she lives", "I track my calories"),
        *("I want to break up with my boyfriend", "how to cut my son's hair", "I'll cut the cake"),
        *("I want to beat my brother at chess", "how to beat the final boss"),
        *("I hate black coffee", "I can't stand Indian food", "get rid of these websites"),
        *("beat the egg whites until stiff", "go back to where we left off", "hate trans fats"),
        *("he takes out the trash", "your garbage collector", "I feel lonely on Sundays"),
        *("make bath bombs for my sister", "print cell C4", "I put milk in her coffee"),
        *("how long does it take to get through airport security", "easiest way to go home"),
        *("I never wake up before nine", "my batteries just die", "strip the child nodes"),
        *("explicit child process", "is chocolate poisonous to my dog?", "traffic was bad, people were late"),
        *("there is a hole in my pants", "plants shoot up in May"),
        *("I need to kill time before my mother arrives", "Will it hurt my dog if he eats grapes?"),
    ],
)
def test_what_was_once_flagged_by_mistake(line: str) -> None:
    assert unsafe_kinds(line) == ()


def test_slurs_are_known_by_their_digest() -> None:
    assert all(len(digest) == 10 for digest in SLURS) and stem_digest("walls") == stem_digest("wall")
    assert not {stem_digest(word) for word in ("niger", "spice", "chinks", "country", "paki stan")} & SLURS
