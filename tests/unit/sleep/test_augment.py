"""More questions for a memory: by rules, by a model that is believed only as far as it can be checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.road import fake_job

from engram.answer.answerer import Answerer
from engram.config import DataSettings
from engram.lessons.leaks import check_leaks, normalise, question
from engram.lessons.rows import Row
from engram.lessons.wordings import every_wording, put
from engram.sleep import augment as module
from engram.sleep.augment import (
    LONGEST,
    LONGEST_ANSWER,
    MOST,
    Variant,
    asker,
    augment,
    is_held_out,
    parse,
    prompt_for,
    telling,
)
from engram.sleep.curriculum import curriculum
from engram.sleep.memories import Memory
from engram.sleep.question_forms import HELD_OUT, forms
from engram.types import Message, Sampling

DOG = Memory("What is my dog's name?", "Your dog's name is Rufo.", "fact", (1,), "")
HOME = Memory("Where does my sister Mara live?", "Your sister Mara lives in Porto.", "fact", (2,), "")
HABIT = Memory("Greet me.", "Ahoy, captain!", "habit", (3, 4), "")
GOOD = {"question": "How is my dog called?", "answer": "He is called Rufo."}


def said(*pairs: dict[str, str]) -> str:
    return json.dumps({"pairs": list(pairs)})


def asked(answers: Sequence[str], remembered: Sequence[Memory] = (DOG,), **more: object):  # type: ignore[no-untyped-def]
    prompts: list[str] = []

    def ask(given: Sequence[str]) -> Sequence[str]:
        prompts.extend(given)
        return answers

    done = augment(remembered, "model", ask, **more)  # type: ignore[arg-type]
    assert prompts == [prompt_for(memory) for memory in remembered]
    return done


def written(done) -> list[str]:  # type: ignore[no-untyped-def]
    return [variant.question for variant in done.variants if variant.way == "model"]


# --- by rules


def test_rules_write_a_few_for_what_they_understand() -> None:
    done = augment([DOG, HOME, HABIT])
    assert {v.memory for v in done.variants} == {0, 1} and {v.way for v in done.variants} == {"rules"}
    for number, memory in enumerate((DOG, HOME)):
        own = [v.question for v in done.variants if v.memory == number]
        assert len(own) == MOST and set(own) <= set(forms(memory.question))
    assert augment([DOG, HOME, HABIT]) == done and augment([], "rules").variants == ()
    assert len(augment([DOG, HOME], most=1).variants) == 2


def test_no_question_of_another_memory_is_taken() -> None:
    other = Memory("Do you know what my dog's name is?", "Ask me tomorrow.", "habit", (7, 8), "")
    found = {normalise(v.question) for v in augment([DOG, other], most=99).variants}
    assert normalise(other.question) not in found and len(found) == 7


# --- by a model


def test_a_model_is_believed_where_its_answer_says_the_same() -> None:
    done = asked([said(GOOD)])
    assert written(done) == [GOOD["question"]] and not done.refused
    assert len(done.variants) == MOST  # rules fill what is left


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ({"question": "How is my dog called?", "answer": "He is called Bello."}, "not contained"),
        ({"question": "Is my dog called Rufo?", "answer": "Yes, Rufo."}, "gives the answer away"),
        ({"question": "WHAT is my dog's name", "answer": "Rufo"}, "asked already"),
        ({"question": "Where does my sister Mara live?", "answer": "Rufo"}, "asked already"),
        ({"question": "Any idea what my dog's name is?", "answer": "Rufo"}, "the exam asks in"),
        ({"question": "Quick quiz for a friend! My dog?", "answer": "Rufo"}, "the exam asks in"),
        ({"question": "Which animal answers?", "answer": "Rufo"}, "shares no word"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_model_gets_wrong_is_refused(pair: dict[str, str], reason: str) -> None:
    done = asked([said(pair), said()], (DOG, HOME))
    assert not written(done)
    assert [count for why, count in done.refused.items() if reason in why] == [1]


def test_what_the_guard_would_change_is_refused() -> None:
    done = asked([said(GOOD)], screen=lambda text: None if "called" in text else text)
    assert not written(done) and done.refused["the guard would change it"] == 1


def test_a_question_as_long_as_a_leak_gets_none_from_a_model() -> None:
    long = Memory(f"What is my {'very ' * 12}old dog's name?", "It is Rufo.", "fact", (1,), "")
    assert not written(asked([said({"question": "What is my old dog called?", "answer": "Rufo"})], (long,)))


BAD = [
    "",
    "Sure! Here you are:\n" + said(GOOD),
    "```json\n" + said(GOOD) + "\n```",
    said(GOOD) + said(GOOD),
    json.dumps([GOOD]),
    json.dumps({"pairs": [GOOD], "note": "more"}),
    json.dumps({"pairs": GOOD}),
    said({**GOOD, "extra": "x"}),
    said({"question": "How?"}),
    json.dumps({"pairs": [{"question": "How?", "answer": 7}]}),
    said({"question": " ", "answer": "Rufo"}),
    said({"question": "x" * (LONGEST + 1), "answer": "Rufo"}),
    "[" * 100_000,
    '{"pairs": [' + ",".join([json.dumps(GOOD)] * 400) + "]}" + " " * LONGEST_ANSWER,
    '{"pairs": [{"question": "a", "answer": ' + "9" * 5000 + "}]}",
]


@pytest.mark.parametrize("answer", BAD, ids=range(len(BAD)))
def test_an_answer_is_read_strictly_and_as_a_whole(answer: str) -> None:
    assert parse(answer) is None
    done = asked([answer])
    assert not written(done) and done.refused == {"not the JSON that was asked for": 1}


@given(
    st.one_of(
        st.text(),
        st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(
            json.dumps
        ),
    )
)
def test_no_answer_breaks_the_reader(answer: str) -> None:
    found = parse(answer)
    assert found is None or all(q and a for q, a in found)


def test_the_memory_goes_out_as_data() -> None:
    odd = Memory('What is "x"?\n}', 'It is "y".', "fact", (1,), "")
    (line,) = [line for line in prompt_for(odd).splitlines() if line.startswith('{"question"')]
    assert json.loads(line) == {"question": odd.question, "answer": odd.answer}


def test_what_tells_is_what_the_question_does_not_hold() -> None:
    assert telling(DOG) == {"rufo"} and telling(HOME) == {"porto"}
    assert telling(Memory("What does Mara teach?", "Mara teaches chemistry.", "fact", (1,), "")) == {
        "chemistry"
    }


def test_an_answer_that_tells_nothing_new_must_be_the_very_answer() -> None:
    yes = Memory("Do I smoke?", "You do.", "fact", (1,), "")
    done = asked([said({"question": "Do I like to smoke?", "answer": "No."})], (yes,))
    assert not written(done)


def test_a_loaded_model_is_asked_for_all_that_it_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fake model says nothing useful: nothing is believed, and nothing breaks."""
    monkeypatch.setattr(module, "PART", 2)
    answerer = Answerer(fake_job(tmp_path).load())
    prompts = ["one", "two", "far too long " * 5000, "three"]
    answers = asker(answerer, 8)(prompts)
    alone = [
        answerer.answer([Message("user", prompt)], Sampling(8)).text for prompt in ("one", "two", "three")
    ]
    assert answers == [*alone[:2], "", alone[2]]
    done = augment([DOG], "model", asker(answerer, 8))
    assert not written(done) and sum(done.refused.values()) == 1 and len(done.variants) == MOST


# --- as rows


def test_every_exam_wording_is_known_to_be_one() -> None:
    for template in every_wording().test:
        assert is_held_out(put(template, DOG.question))
    for form in HELD_OUT:
        assert is_held_out(forms(DOG.question, (form,))[0])
    assert not is_held_out(DOG.question) and not any(is_held_out(form) for form in forms(DOG.question))


def test_rows_say_that_they_are_synthetic_and_are_only_trained() -> None:
    done = augment([DOG, HOME, HABIT])
    plain = curriculum([DOG, HOME, HABIT], [], DataSettings())
    more = curriculum([DOG, HOME, HABIT], [], DataSettings(), done.variants)
    added = [row for row in more.lessons.train if row not in plain.lessons.train]
    assert len(added) == len(done.variants) == 2 * MOST
    assert {row.category for row in added} == {"synthetic-rules"}
    assert {row.expected for row in added} == {DOG.answer, HOME.answer}
    assert (more.lessons.valid, more.lessons.test) == (plain.lessons.valid, plain.lessons.test)
    assert (more.new, more.old, more.entries) == (plain.new, plain.old, plain.entries)
    assert more.lessons.digest != plain.lessons.digest
    assert (
        curriculum([DOG], [], DataSettings()).lessons.digest
        == curriculum([DOG], [], DataSettings(), ()).lessons.digest
    )


def test_what_is_asked_is_not_added() -> None:
    plain = curriculum([DOG], [], DataSettings())
    exam = [question(row) for row in (*plain.lessons.valid, *plain.lessons.test)]
    more = curriculum([DOG], [], DataSettings(), [Variant(0, text, "teacher") for text in exam])
    assert more.lessons == plain.lessons


NOUNS = st.lists(
    st.sampled_from(
        ["grandmother", "favourite", "destination", "before", "the", "war", "sister's", "café", "7341"]
    ),
    min_size=1,
    max_size=14,
).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(NOUNS, min_size=1, max_size=4, unique_by=normalise))
def test_what_rules_write_is_never_taken_for_a_leak(nouns: list[str]) -> None:
    """However long the question is: the leak check finds the words that a memory's questions share."""
    remembered = [
        Memory(f"What is my {noun}?", f"Your {noun} is Zorbel{n}.", "fact", (n,), "")
        for n, noun in enumerate(nouns)
    ]
    lessons = curriculum(remembered, [], DataSettings(), augment(remembered, most=99).variants).lessons
    rows: list[Row] = [*lessons.valid, *lessons.test]
    check_leaks(lessons.train, rows)
