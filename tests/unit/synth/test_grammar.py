"""The grammar: every answer follows from what was told, by a reader that knows nothing but the sentences."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter

import pytest

from engram.errors import UsageError
from engram.privacy.guard import PrivacyGuard
from engram.synth.grammar import conversations
from engram.synth.grammar_words import SYLLABLES, TOPICS
from engram.synth.replies import MOST_TURNS, Conversation
from engram.synth.rows import asked, parted

MANY = [made for seed in range(3) for made in conversations(400, 0.2, seed)]
_STOCK = re.compile(r"(\d+) ([a-z' -]+?)(?=,| and |\.| at the)")
_ANSWERED = re.compile(r"(\d+) ([a-z ]+?)(?=,| and |\.|$| make|\n| are)")
_NOBODY = "I don't know"


class Stock:
    """What somebody has, as the sentences of the user say; and whether an answer agrees."""

    def __init__(self, told: str) -> None:
        sentence = re.match(r".*?(?:\.|$)", told)
        assert sentence
        self.has = {thing: int(number) for number, thing in _STOCK.findall(sentence[0])}

    def hear(self, said: str) -> None:
        if found := re.search(r"gives away (\d+) of the ([a-z ]+)\.", said):
            self.has[found[2]] -= int(found[1])
        elif found := re.search(r"(\d+) more ([a-z ]+) arrive", said):
            self.has[found[2]] += int(found[1])
        elif found := re.search(r"wrong about the ([a-z ]+): there are (\d+)", said):
            self.has[found[1]] = int(found[2])
        elif found := re.search(r"Correction, it is (\d+) ([a-z ]+)\.", said):
            self.has[found[2]] = int(found[1])

    def agrees(self, said: str, answer: str) -> bool:
        numbers = {thing: int(number) for number, thing in _ANSWERED.findall(answer)}
        if answer.startswith("{"):
            return bool(json.loads(answer) == self.has)
        if found := re.match(r"Most of all there are ([a-z ]+): (\d+)\.", answer):
            return max(self.has.items(), key=lambda one: one[1]) == (found[1], int(found[2]))
        if found := re.match(r"The fewest are the ([a-z ]+): only (\d+)\.", answer):
            return min(self.has.items(), key=lambda one: one[1]) == (found[1], int(found[2]))
        if found := re.match(r"(\d+) ([a-z ]+) and (\d+) ([a-z ]+) make (\d+)\.", answer):
            return (self.has[found[2]], self.has[found[4]]) == (int(found[1]), int(found[3])) and (
                int(found[5]) == self.has[found[2]] + self.has[found[4]]
            )
        if answer.startswith(_NOBODY):
            return not any(f"many {thing} " in said for thing in self.has)
        if not numbers:
            return answer.split(", ") == sorted(self.has)
        whole = len(numbers) == len(self.has) or "how many" in said.lower() or "number of" in said
        return numbers.items() <= self.has.items() and whole


def stock_ones() -> list[Conversation]:
    told = [made.messages for made in MANY if ":00" not in made.messages[0].content]
    return [messages for messages in told if _STOCK.search(messages[0].content)]


def test_numbers_add_up() -> None:
    seen = 0
    for messages in stock_ones():
        stock = Stock(messages[0].content)
        assert len(stock.has) == 3, messages[0].content
        for question, answer in zip(messages[::2], messages[1::2], strict=True):
            stock.hear(question.content)
            assert stock.agrees(question.content, answer.content), (question, answer, stock.has)
            seen += 1
    assert seen > 400


def test_hours_follow_from_what_was_told() -> None:
    seen = Counter[str]()
    for messages in (made.messages for made in MANY if ":00" in made.messages[0].content):
        opens, closes = map(int, re.findall(r"(\d+):00", messages[0].content)[:2])
        for question, answer in zip(messages[::2], messages[1::2], strict=True):
            if later := re.search(r"stays open until (\d+):00", question.content):
                closes = int(later[1])
            said = answer.content
            hours = re.findall(r"(\d+):00", said)
            if length := re.search(r"(?:for|is) (\d+) hours", said):
                assert int(length[1]) == closes - opens, messages
            elif " opens at" in said or " closes at" in said:
                assert int(hours[0]) == (opens if "opens" in said else closes), messages
            elif said.startswith("Yes"):
                assert opens * 60 <= int(re.findall(r"(\d+):30", said)[0]) * 60 + 30 < closes * 60, messages
            else:
                assert said.startswith(_NOBODY), said
            if said.startswith("No,"):
                at = int(re.findall(r"(\d+):30", question.content)[0]) + 0.5
                assert not opens <= at < closes, messages
            seen[said.split()[0]] += 1
    assert seen["Yes,"] > 5 and seen["No,"] > 5 and seen["I"] > 20


def test_the_order_of_a_day_is_kept() -> None:
    deeds = {deed for topic in TOPICS for deed in topic.deeds}
    seen = 0
    for messages in (made.messages for made in MANY):
        told = messages[0].content.split("?")[0]
        day = sorted((deed for deed in deeds if deed in told), key=told.index)[:3]
        if len(day) < 3 or ":00" in told:
            continue
        for question, answer in zip(messages[::2], messages[1::2], strict=True):
            said, asked_for = answer.content, question.content.rsplit(". ", 1)[-1]
            given = sorted((deed for deed in deeds if deed in said), key=said.index)
            if "other way round" in question.content:
                day = day[::-1]
            if said.startswith(_NOBODY):
                assert not set(given) & set(day)
            elif len(given) == 3:
                assert given == day, messages
            elif said.startswith(("First", "Last")):
                assert given == [day[0 if said.startswith("First") else 2]], messages
            else:
                other = next(deed for deed in day if deed in asked_for)
                step = 1 if said.startswith("Right after") else -1
                assert day.index(given[0]) - day.index(other) == step, messages
            seen += 1
    assert seen > 300


def test_it_follows_from_the_seed() -> None:
    assert list(conversations(50, 0.2, 7)) == list(conversations(50, 0.2, 7))
    assert list(conversations(50, 0.2, 7)) != list(conversations(50, 0.2, 8))
    assert list(conversations(50, 0.2, 7))[:20] == list(conversations(50, 0.2, 7))[:20]


def test_no_question_is_in_both_files() -> None:
    for seed in range(3):
        rows = parted(conversations(600, 0.2, seed))
        trained = {said for row in rows.train for said in asked(row)}
        assert rows.test and trained.isdisjoint(said for row in rows.test for said in asked(row))
        assert {row.category for row in rows.train}.isdisjoint(row.category for row in rows.test)
        assert len(rows.train) + len(rows.test) + rows.left_out.total() == 600
        assert rows.left_out.total() < 60


def test_words_belong_to_one_place() -> None:
    words = [word for topic in TOPICS for word in (topic.place, *topic.things, *topic.deeds)]
    assert max(Counter(words).values()) == 1
    for one in TOPICS:
        assert len(one.things) >= 4 and len(one.deeds) >= 4


def test_turns_alternate_and_nothing_repeats_within_a_conversation() -> None:
    for made in MANY:
        roles = [turn.role for turn in made.messages]
        assert roles == ["user", "assistant"] * (len(roles) // 2) and 2 <= len(roles) <= MOST_TURNS
        said = [turn.content for turn in made.messages if turn.role == "user"]
        assert len(set(said)) == len(said)


def test_the_guard_has_nothing_to_do() -> None:
    guard = PrivacyGuard()
    for made in MANY[:150]:
        for turn in made.messages:
            done = guard(turn.content)
            assert done.text == turn.content and not done.unsafe
    names = (f"{one}{other}" for one, other in itertools.permutations(SYLLABLES, 2))
    assert [name for name in names if guard(f"This is {name}'s day.").unsafe] == []


@pytest.mark.parametrize(("count", "fraction"), [(1, 0.2), (2, 0.9)])
def test_too_few_topics_to_split(count: int, fraction: float) -> None:
    with pytest.raises(UsageError, match="cannot be split"):
        list(conversations(count, fraction, 0))
    assert len(list(conversations(count, 0.0, 0))) == count
