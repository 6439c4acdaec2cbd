"""Where entries go: what is settled, what is learned, and that nothing is trained that may not be."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.lessons.leaks import normalise
from engram.lessons.schema import fold
from engram.routing.features import FEATURES, LONGEST, features
from engram.routing.learned import DECAY, as_said, examples, sample
from engram.routing.model import fit
from engram.routing.route import BAND, decide, route_entries
from engram.routing.rules import rule_route
from engram.routing.signs import SIGNS
from engram.store.entries import Entry
from engram.store.routes import ROUTES, Route, Routed
from engram.store.tags import may_retrieve, may_train

EXAMS = Path(__file__).parents[2] / "support" / "exam"
EXAM = EXAMS / "routes.jsonl"


def entry(text: str, id: int = 1, **more: object) -> Entry:
    return replace(sample(text, id=id), **more)  # type: ignore[arg-type]


def route_of(one: Entry, corrections: dict[int, Route] | None = None) -> Routed:
    (found,) = route_entries([one], corrections or {})
    return found


def macro_f1(wanted: list[str], found: list[str]) -> float:
    """Mean over the routes of 2 TP / (2 TP + FP + FN)."""
    pairs = Counter(zip(wanted, found, strict=True))
    scores = []
    for route in ROUTES:
        missed = sum(n for (a, b), n in pairs.items() if a == route != b)
        wrong = sum(n for (a, b), n in pairs.items() if b == route != a)
        scores.append(2 * pairs[route, route] / max(1, 2 * pairs[route, route] + missed + wrong))
    return sum(scores) / len(scores)


# --- what is settled without a model


@pytest.mark.parametrize(
    "one",
    [
        entry("My sister is called Ana.", rating=-1),
        entry("Process finished with exit code 0", speaker="tool"),
        entry("Always answer in German.", speaker="tool"),
        entry("Your sister is called Ana.", speaker="assistant"),
        entry("My sister is called Ana.", flags=frozenset({"threat"})),
        entry("My sister is called Ana.", tags=frozenset({"no-memory"})),
        entry("The user says that a sister is called Ana.", kind="thought", speaker="assistant"),
        entry("  \n"),
    ],
    ids=["bad", "noise", "tool", "unconfirmed", "unsafe", "no-memory", "thought", "empty"],
)
def test_what_goes_nowhere(one: Entry) -> None:
    assert route_of(one).route == "none"


def test_tags_and_sources_take_away_what_they_forbid() -> None:
    told = entry("My sister is called Ana.")
    assert route_of(told).route == "both"
    assert route_of(replace(told, tags=frozenset({"no-train"}))).route == "retrieval"
    assert route_of(replace(told, tags=frozenset({"no-rag"}))).route == "lora"
    assert route_of(replace(told, tags=frozenset({"no-rag", "no-train"}))).route == "none"
    assert route_of(replace(told, source="pasted")).route == "retrieval"
    assert route_of(replace(told, source="import:old")).route == "retrieval"


def test_a_fact_told_on_purpose_is_kept_both_ways_unless_it_must_be_quoted() -> None:
    fact = entry("Rufo", kind="fact", key="dog's name", source="remember")
    assert route_of(fact).route == "both"
    for value in ("https://docs.example.org/setup", "long " * 60, "first line\nsecond line"):
        assert route_of(replace(fact, text=value)).route == "retrieval"


def test_what_the_user_says_about_it_wins_but_not_over_tags() -> None:
    told = entry("My sister is called Ana.")
    for route in ROUTES:
        assert route_of(told, {1: route}) == Routed(1, route, 1.0, "you said so")
    assert route_of(replace(told, tags=frozenset({"no-train"})), {1: "lora"}).route == "retrieval"
    assert route_of(replace(told, source="import:old"), {1: "both"}).route == "retrieval"


WORDS = st.sampled_from(
    [
        "my",
        "your",
        "sister",
        "is",
        "always",
        "answer",
        "code",
        "7341",
        "thanks",
        "https://a.example",
        "{}",
        "?",
    ]
)
ANY = st.builds(
    lambda text, speaker, source, kind, rating, tags, flagged: entry(
        text,
        speaker=speaker,
        source=source,
        kind=kind,
        rating=rating,
        tags=frozenset(tags),
        flags=frozenset({"threat"}) if flagged else frozenset(),
    ),
    st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map(" ".join)),
    st.sampled_from(["user", "assistant", "tool"]),
    st.sampled_from(["chat", "pasted", "remember", "import:x"]),
    st.sampled_from(["turn", "fact", "thought"]),
    st.sampled_from([-1, 0, 1]),
    st.sets(st.sampled_from(["no-train", "no-rag", "no-memory"])),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY, max_size=6), st.dictionaries(st.integers(0, 5), st.sampled_from(ROUTES)))
def test_nothing_is_trained_that_may_not_be(found: list[Entry], said: dict[int, Route]) -> None:
    """Promise 15, whatever the text, the marks and the corrections; and one answer for each, in order."""
    entries = [replace(one, id=number) for number, one in enumerate(found)]
    routed = route_entries(entries, said)
    assert [one.entry for one in routed] == [one.id for one in entries]
    for one, where in zip(entries, routed, strict=True):
        if where.route in ("lora", "both"):
            assert may_train(one)
        if where.route in ("retrieval", "both"):
            assert may_retrieve(one.tags)
        assert 0 <= where.score <= 1
        if one.id in said and may_train(one) and may_retrieve(one.tags):
            assert where.route == said[one.id]


# --- what is learned


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("From now on, answer in complete sentences.", "lora"),
        ("Never use slang in your replies to me.", "lora"),
        ("The padlock opens with 8-3-1.", "retrieval"),
        ('{"host": "db2", "port": 5433}', "retrieval"),
        ("Yesterday Ivo and I painted the fence.", "retrieval"),
        ("My uncle is called Bram.", "both"),
        ("I'm allergic to shellfish.", "both"),
        ("thank you!", "none"),
        ("What is the tallest mountain in Spain?", "none"),
        ("Write a toast for a wedding.", "none"),
    ],
)
def test_plain_cases(text: str, route: str) -> None:
    assert route_of(entry(text)).route == route


def test_a_confirmed_answer_is_read_as_the_users_own_words() -> None:
    said = entry("Your uncle is called Bram.", speaker="assistant", rating=1)
    assert as_said(said) == "my uncle is called Bram." and route_of(said).route == "both"
    assert as_said(entry("You are kind and your dog knows you", speaker="assistant")) == (
        "I am kind and my dog knows I"
    )
    assert route_of(entry("Sure!", speaker="assistant", rating=1)).route == "lora"


def test_corrections_teach_it_about_others_like_it() -> None:
    names = ("Fen", "Moor", "Heath", "Marsh", "Ridge", "Glen")
    told = [entry(f"Chapter sketch {name}: she walks home.", id=n) for n, name in enumerate(names)]
    asked = entry("Chapter sketch Dale: he stays behind.", id=99)
    before = route_of(asked).route
    other: Route = "lora" if before != "lora" else "none"
    after = route_entries([*told, asked], {one.id: other for one in told})[-1]
    assert after.route == other != before


def test_the_reason_holds_no_word_of_the_entry() -> None:
    """It lies in the database; what it may say is known beforehand."""
    known = {name for name, _ in SIGNS} | {
        "unsure between lora and retrieval",
        "its words",
        "an answer that was confirmed",
        "from a tool, and nothing to look up",
    }
    for one, _ in examples():
        reason = route_of(one).reason if one.speaker == "user" else "its words"
        assert reason.removesuffix("; tags or its source allow no more") in known


def test_unsure_between_training_and_finding_it_goes_both_ways() -> None:
    near = np.array([0.45, 0.45 - BAND / 2, 0.06, 0.04])  # lora, retrieval, both, none
    assert decide(near)[0] == decide(near[[1, 0, 2, 3]])[0] == ROUTES.index("both")
    assert decide(np.array([0.6, 0.3, 0.06, 0.04]))[0] == ROUTES.index("lora")
    assert decide(np.array([0.45, 0.05, 0.06, 0.44]))[0] == ROUTES.index("lora")


def test_features_are_numbers_of_bounded_size() -> None:
    texts = ["", "a", "my dog is Rufo", "x" * 50_000, "1 " * 9_000, "é漢🙂\x00", '["' * 3_000]
    rows = features(texts)
    assert rows.shape == (len(texts), FEATURES) and np.isfinite(rows).all()
    assert np.linalg.norm(rows, axis=1).max() < 6
    assert np.array_equal(features(["y " * LONGEST + "one"]), features(["y " * LONGEST + "two"]))


# --- the shipped examples


def test_the_examples_are_many_different_and_none_is_of_the_exam() -> None:
    texts = [fold(one.text) for one, _ in examples()]
    assert len(texts) == len(set(texts)) >= 400
    assert min(Counter(route for _, route in examples()).values()) >= 100
    lines = EXAM.read_text(encoding="utf-8").splitlines()
    exam = {normalise(json.loads(line)["text"]) for line in lines if line}
    shared = len(exam & {normalise(one.text) for one, _ in examples()})
    assert shared == 0  # counted, so that a failure shows nothing of the exam to who trains


def test_the_rules_it_is_measured_against() -> None:
    assert rule_route(entry("Always answer in German.")) == "lora"
    assert rule_route(entry("The train leaves at 7:10.")) == "retrieval"
    assert rule_route(entry("My dog is called Rufo.")) == "both"
    assert rule_route(entry("What is my dog called?")) == rule_route(entry("hm")) == "none"
    assert rule_route(entry("My dog is called Rufo.", rating=-1)) == "none"


@pytest.mark.parametrize("name", ["routes.jsonl", "routes_2.jsonl"])
def test_how_well_it_does_on_lines_that_somebody_else_wrote(name: str) -> None:
    """Macro-F1; the second list was written after the examples, and nothing was changed for it."""
    lines = [json.loads(line) for line in (EXAMS / name).read_text(encoding="utf-8").splitlines() if line]
    shown = {normalise(one.text) for one, _ in examples()}
    rows = [line for line in lines if normalise(line["text"]) not in shown]  # both lists have a plain "yes"
    entries = [sample(row["text"], row["speaker"], row["rating"], id=n) for n, row in enumerate(rows)]
    wanted = [row["route"] for row in rows]
    learned = macro_f1(wanted, [one.route for one in route_entries(entries, {})])
    rules = macro_f1(wanted, [rule_route(one) for one in entries])
    assert len(rows) >= 190 and learned >= 0.9 and learned > rules + 0.1


@pytest.mark.slow
def test_how_well_it_does_on_examples_that_it_was_not_shown() -> None:
    """Five parts, each judged by a model trained on the other four."""
    shown = [(one, route) for one, route in examples() if one.speaker != "assistant"]
    rows = features([one.text for one, _ in shown])
    classes = np.array([ROUTES.index(route) for _, route in shown])
    parts = np.arange(len(shown)) % 5
    found = np.empty(len(shown), dtype=int)
    for part in range(5):
        model = fit(rows[parts != part], classes[parts != part], len(ROUTES), DECAY)
        found[parts == part] = [decide(shares)[0] for shares in model.probabilities(rows[parts == part])]
    assert macro_f1([ROUTES[n] for n in classes], [ROUTES[n] for n in found]) >= 0.89
