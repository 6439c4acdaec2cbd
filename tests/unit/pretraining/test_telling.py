"""Everyday facts in free wording: relations are whole, sets unambiguous, answers stand in the notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest
from pretraining.skills import relations_facts, telling
from pretraining.skills.attributes import Attribute
from pretraining.skills.base import Conversation
from pretraining.skills.notes import DONT_KNOW, HEADER
from pretraining.skills.relations import RELATIONS
from pretraining.skills.relations_base import ORDERS, Relation, Subject, subject, table
from pretraining.skills.relations_kinds import KINDS, made
from pretraining.skills.relations_slots import SLOTS, as_told
from pretraining.words import Split, split_of

MAKERS = (telling.told, telling.retold, telling.untold, telling.talk)
WORDS = frozenset(("where", "when", "who", "whom", "whose", "what", "which", "how", "why", "what's"))


def _holes(pattern: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", pattern))


@pytest.mark.parametrize("number", range(len(RELATIONS)))
def test_every_pattern_of_a_relation_holds_all_its_slots(number: int) -> None:
    relation = RELATIONS[number]
    slots = set(relation.slots)
    assert relation.kind in KINDS and slots <= set(SLOTS)
    assert 3 <= len(relation.tellings) <= 8 and len(relation.askings) >= 3 and len(relation.clauses) >= 2
    assert all(_holes(pattern) == slots | {"v"} for pattern in (relation.answer, *relation.tellings))
    assert all(_holes(pattern) == slots for pattern in (*relation.askings, *relation.clauses))
    assert not re.search(r"\b(i|my|we|our)\b", relation.answer.lower().removeprefix("i should"))


@pytest.mark.parametrize("number", range(len(RELATIONS)))
def test_a_rendered_relation_tells_asks_and_answers(number: int) -> None:
    rng = Random(number)
    about = subject(rng, RELATIONS[number], "train")
    value = about.value(rng, "train")
    answer = about.answer(value)
    assert (
        as_told(value).lower() in answer.lower() and answer.endswith(".") and answer[0] == answer[0].upper()
    )
    assert not re.search(r"\b(my|our)\b", answer)
    for fill in about.fills:
        assert as_told(fill).lower() in answer.lower()
    asked = [about.ask(rng) for _ in range(20)]
    for text in (answer, *about.tellings(value), *asked):
        assert not re.search(r"[{}]|  |\ba [aeio][a-z]", text), text
    assert all(value in told for told in about.tellings(value))
    assert all(text.endswith("?") or text.startswith(ORDERS) for text in asked)


def test_relations_are_many_and_ask_in_all_ways() -> None:
    assert len(RELATIONS) >= 220 and len({relation.answer for relation in RELATIONS}) == len(RELATIONS)
    openers = {pattern.split()[0] for relation in RELATIONS for pattern in relation.askings}
    assert set(WORDS) - {"what's"} <= openers


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("split", ["train", "heldout"])
def test_values_belong_to_their_split(kind: str, split: Split) -> None:
    relation = next((r for r in RELATIONS if r.kind == kind), None)
    if relation is None or (split != "train" and not relation.is_open):
        return
    rng = Random(3)
    for _ in range(10):
        assert split_of(f"{relation.answer}={made(rng, kind, relation.answer, split)}") == split


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("updates", [0, 2])
def test_no_two_facts_of_a_set_answer_the_same_question(seed: int, updates: int) -> None:
    facts, _ = telling._setting(Random(seed), "train", updates, 5)
    matters = [relations_facts.topic(fact.about) for fact in facts]
    asked: list[relations_facts.About] = []
    for _ in range(4):
        assert telling._unanswered(Random(seed), facts, "train", asked).assistant.startswith(DONT_KNOW)
    assert len({*matters, *map(relations_facts.topic, asked)}) == len(matters) + 4
    for at, fact in enumerate(facts):
        others = [other for number, other in enumerate(facts) if number != at]
        assert relations_facts.fits(fact.about, others)
        fills = {fill.lower() for other in others for value in other.values for fill in (value,)}
        assert not fills & {fill.lower() for fill in relations_facts.topic(fact.about)[1]}


def test_near_names_of_one_thing_clash() -> None:
    exam = table("when #exam | {event} is {v}.\n+ {event} is {v}\n? when is {event}\n~ when {event} is")[0]
    late = table(
        "clock #exam | {event} starts at {v}.\n+ {event} is at {v}\n? when is {event}\n~ when {event} is"
    )[0]
    one, other = Subject(exam, ("Tola's exam",)), Subject(late, ("my exam",))
    assert relations_facts.clash(one, other) and not relations_facts.clash(one, Subject(exam, ("my fair",)))
    city = next(r for r in RELATIONS if r.answer == "{who} lives in {v}.")
    told = Attribute("my", "sister's city", "city")
    assert relations_facts.clash(told, Subject(city, ("my sister",)))
    assert not relations_facts.clash(told, Subject(city, ("my brother",)))


def test_a_table_without_its_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a head"):
        table("city | You live in {v}.\n+ i live in {v}\n~ where i live\n? where do i live")


@pytest.mark.parametrize("maker", MAKERS)
def test_notes_are_framed_and_answers_stand_in_them(maker: Callable[[Random, Split], Conversation]) -> None:
    rng = Random("telling")
    for _ in range(60):
        messages = maker(rng, "train")
        assert messages[-1]["role"] == "assistant"
        if messages[0]["role"] != "system":
            continue
        header, *lines = messages[0]["content"].split("\n")
        assert header == HEADER and 1 <= len(lines) <= 8
        assert all(re.fullmatch(r"\[\d{4}-\d\d-\d\d\] (user|assistant): \S.*", line) for line in lines)


def _stands(value: str, text: str) -> bool:
    """Whether the text holds the value in the user's or the assistant's words."""
    return value.lower() in text.lower() or as_told(value).lower() in text.lower()


@pytest.mark.parametrize("updates", [0, 1, 2])
def test_every_value_stands_in_the_notes_and_the_newest_last(updates: int) -> None:
    rng = Random(f"newest/{updates}")
    for _ in range(60):
        facts, system = telling._setting(rng, "train", updates)
        assert all(_stands(value, system) for fact in facts for value in fact.values)
        assert all(_stands(fact.values[-1], fact.answer) for fact in facts)
        assert all(len(set(fact.values)) == len(fact.values) for fact in facts)
        (fact, *_), system = telling._setting(rng, "train", 1, 1)
        told = [[_stands(value, line) for line in system.split("\n")[1:]] for value in fact.values]
        last = [max(at for at, stands in enumerate(lines) if stands) for lines in told]
        assert last[-1] == max(last) and len(last) > 1


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("split", ["train", "heldout", "replay"])
def test_conversations_are_a_pure_function_of_the_seed(
    maker: Callable[[Random, Split], Conversation], split: Split
) -> None:
    assert [maker(Random(n), split) for n in range(5)] == [maker(Random(n), split) for n in range(5)]


def test_about_45_of_100_questions_of_a_talk_have_no_answer() -> None:
    rng = Random("share")
    answers = [
        m["content"] for _ in range(200) for m in telling.talk(rng, "train") if m["role"] == "assistant"
    ]
    share = sum(answer.startswith(DONT_KNOW) for answer in answers) / len(answers)
    assert 0.38 < share < 0.52


def _with(slot: str) -> list[Relation]:
    return [relation for relation in RELATIONS if slot in relation.slots]


@pytest.mark.parametrize("slot", sorted(SLOTS))
def test_every_slot_serves_several_relations(slot: str) -> None:
    assert len(_with(slot)) >= 1
