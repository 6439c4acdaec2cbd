"""Plans: a pure function of seed and counts, split by topic; their cost is an upper bound."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.teacher import good, teaching

from engram.config import TeacherSettings
from engram.errors import UsageError
from engram.synth.asks import LONGEST_TOPIC, LONGEST_WHY, Ask, Size, check_topics, plan
from engram.synth.client import Client
from engram.synth.cost import most
from engram.synth.presets import Endpoint
from engram.synth.replies import schema
from engram.synth.topics import KINDS, TOPICS


@given(
    st.integers(1, 500), st.integers(1, 20), st.floats(0.01, 0.5), st.integers(), st.integers(2, len(TOPICS))
)
def test_a_plan(count: int, per_request: int, fraction: float, seed: int, topics: int) -> None:
    size = Size(count, per_request, fraction, seed)
    try:
        asks = plan(TOPICS[:topics], size)
    except UsageError:
        assert count <= per_request, "one topic only"
        return
    assert asks == plan(TOPICS[:topics], size)
    assert sum(ask.count for ask in asks) == count and max(ask.count for ask in asks) <= per_request
    assert [ask.number for ask in asks] == list(range(1, len(asks) + 1))
    parts = {part: {ask.topic for ask in asks if ask.part == part} for part in ("train", "test")}
    assert parts["train"] and parts["test"] and parts["train"].isdisjoint(parts["test"])
    assert len({ask.topic for ask in asks}) == min(topics, len(asks))
    once = [ask for ask in asks if ask.count == per_request][: topics * len(KINDS)]
    assert len({ask.prompt for ask in once}) == len(once), "none is asked twice as long as that can be"


def test_no_share_for_evaluation() -> None:
    assert {ask.part for ask in plan(["tea"], Size(9, 2, 0.0, 0))} == {"train"}
    with pytest.raises(UsageError, match="1 topic cannot be split"):
        plan(["tea"], Size(9, 2, 0.1, 0))


def test_another_seed_another_plan() -> None:
    assert plan(TOPICS, Size(50, 5, 0.2, 1)) != plan(TOPICS, Size(50, 5, 0.2, 2))


def test_a_prompt_holds_its_topic_and_otherwise_only_our_words() -> None:
    one, other = (Ask(1, topic, KINDS[0], 4, "train").prompt for topic in ("TOPIC-A", "TOPIC-B"))
    assert one.count("TOPIC-A") == 1 and one.replace("TOPIC-A", "TOPIC-B") == other
    assert "exactly 4 conversations" in one
    ask = Ask(1, "tea", KINDS[0], 4, "train")
    (again,) = ask.messages("It is not JSON." + "x" * 500)
    assert again["content"].startswith(ask.prompt) and "It is not JSON." in again["content"]
    assert len(again["content"]) < len(ask.prompt) + LONGEST_WHY + 60


def test_topics_in_one_line_once() -> None:
    assert check_topics([" keeping   bees\n", "tea", "keeping bees"]) == ("keeping bees", "tea")
    assert check_topics(TOPICS) == TOPICS
    for wrong in ("", " ", "x" * (LONGEST_TOPIC + 1), "a\x1b[2Jb"):
        with pytest.raises(UsageError, match="A topic is a line"):
            check_topics([wrong])


def test_the_cost_is_an_upper_bound() -> None:
    """Measured on what goes over the wire, in bytes, with every request refused as often as it can be."""
    asks = plan(["größe der Wälder", *TOPICS[:5]], Size(23, 4, 0.2, 3))
    settings = TeacherSettings(retries=2, max_tokens=50, price_in=1.0, price_out=10.0)
    cost = most(asks, settings)
    with teaching(good) as teacher:
        client = Client(Endpoint(teacher.url, "m"), timeout=5, max_tokens=50)
        for ask in asks:
            for refused in ("", "x" * LONGEST_WHY, "x" * 500):
                client.chat(ask.messages(refused), schema(ask.count))
    sent = sum(
        len(asked.prompt.encode()) + len(json.dumps(asked.body["response_format"]["json_schema"]["schema"]))
        for asked in teacher.asked
    )
    assert (cost.requests, cost.most_requests) == (len(asks), len(teacher.asked)) == (6, 18)
    assert sent <= cost.tokens_in < 1.2 * sent and cost.tokens_out == 18 * 50
    assert cost.money == pytest.approx(cost.tokens_in / 1e6 + cost.tokens_out / 1e5)
    assert most(asks, TeacherSettings()).money is None
    assert most([], settings).money == 0
