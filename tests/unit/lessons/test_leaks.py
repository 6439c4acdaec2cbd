"""Promise 16: planted overlaps are all found, and rows that only share what they must are not accused."""

import random
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.config import DataSettings
from engram.lessons.build import build_lessons
from engram.lessons.leaks import find_leaks, normalise
from engram.lessons.reader import read_patterns, shipped_sets
from engram.lessons.rows import Row, Split
from engram.lessons.wordings import PREFIXES, every_wording, put
from engram.types import Message

LESSONS = build_lessons(read_patterns(shipped_sets()), DataSettings())
MEASURING = [row for row in (*LESSONS.valid, *LESSONS.test) if row.split != "recall"]
TRAIN = LESSONS.train[:100]
UNSEEN = LESSONS.by_split["unseen"]


def row(text: str, source: str = "other", split: Split = "train", category: str = "c") -> Row:
    return Row((Message("user", text), Message("assistant", "x")), category, source, split)


def disturbed(text: str, seed: int) -> str:
    """The same words with other case and white space, and other punctuation where it is beside letters."""
    rng = random.Random(seed)
    spaces, between = ["  ", "\n", "\t", " \r\n "], [" - ", ", ", "... ", "_", "/", "; ", ") ("]
    words = re.split(r"(\s+)", re.sub(r"(?<=[^\W\d])[,;:!?.](?=\s|$)", lambda _: rng.choice(",;:!?."), text))
    for place in range(1, len(words), 2):
        letters = words[place - 1][-1:].isalpha() and words[place + 1][:1].isalpha()
        words[place] = rng.choice(spaces + between if letters else spaces)
    words[::2] = [rng.choice([word.upper(), word.lower(), word.title()]) for word in words[::2]]
    return "".join(words) + (rng.choice(["", "!", "?"]) if words[-1][-1:].isalpha() else "")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(MEASURING), st.integers(), st.sampled_from(["whole", "changed"]), st.data())
def test_every_planted_question_is_found(target: Row, seed: int, how: str, data: st.DataObject) -> None:
    text = target.question[0].content
    if how == "changed":
        text = disturbed(text, seed)
    source = data.draw(st.sampled_from(["other", target.source]))
    place = data.draw(st.integers(0, len(TRAIN)))
    train = [*TRAIN[:place], row(text, source), *TRAIN[place:]]
    assert target in [leak.evaluation for leak in find_leaks(train, [target])]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(UNSEEN), st.sampled_from(every_wording().train), st.integers(0, 5))
def test_a_held_out_input_in_any_wording_is_found(target: Row, template: str, seed: int) -> None:
    text = put(template, target.question[0].content)
    found = find_leaks([*TRAIN, row(disturbed(text, seed) if seed else text)], UNSEEN)
    assert target in [leak.evaluation for leak in found]


WORDS = st.lists(st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=6), min_size=13, max_size=30)


@settings(max_examples=150, deadline=None)
@given(WORDS, WORDS, st.integers(0, 5), st.sampled_from(["rephrased", "valid", "unseen"]))
def test_thirteen_words_are_found(shared: list[str], other: list[str], seed: int, split: Split) -> None:
    run = " ".join(shared[:13])
    target = row(f"qq {run} the pattern itself zz", "p", split)
    train = [row("the pattern itself", "p"), row(f"Finish this: {' '.join(other)} {disturbed(run, seed)} yy")]
    found = find_leaks(train, [target])
    assert [leak.evaluation for leak in found] == [target]
    assert found[0].train is train[1]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=string.ascii_lowercase, min_size=50, max_size=50), st.integers(0, 9))
def test_fifty_characters_are_found_inside_words(shared: str, offset: int) -> None:
    target = row("a" * offset + shared + "q rest", "p", "rephrased")
    found = find_leaks([row("rest", "p"), row("zz" + shared + "kk")], [target])
    assert [leak.kind for leak in found] == ["50 characters"]
    assert found[0].text in target.question[0].content


def test_twelve_words_and_forty_nine_characters_are_not_a_leak() -> None:
    shared = "a b c d e f g h i j k l"
    assert find_leaks([row(f"q {shared} z")], [row(f"m {shared} n", "p", "rephrased")]) == []
    assert find_leaks([row("q" + "x" * 49 + "z")], [row("m" + "x" * 49 + "n", "p", "rephrased")]) == []


def test_what_is_shared_by_construction_is_no_leak() -> None:
    long = "a rather long pattern that goes on and on over more than thirteen words and so many characters"
    train = [row(put(template, long), "p") for template in PREFIXES]
    asked = [row(f"Would you kindly go on? {long}", "p", "rephrased")]
    assert find_leaks(train, asked) == []
    frame = "this frame is much longer than fifty characters, honestly it is"
    leaks = find_leaks([*train, row(f"{frame} x", "q")], [row(f"{frame} {long}", "p", "valid")])
    assert [leak.kind for leak in leaks] == ["50 characters"]


def test_a_family_may_share_its_frame_but_a_member_may_not_be_copied() -> None:
    frame = "the name that the registry of all small seaside towns gives to the harbour of "
    member = row(frame + "Arlo", "u", "unseen")
    taught = [row(frame + name, name) for name in ("Bexo", "Cylo", "Dreva")]
    assert find_leaks(taught, [member]) == []
    assert [leak.kind for leak in find_leaks(taught[:1], [member])] == ["50 characters"]
    assert [leak.kind for leak in find_leaks([*taught, row(f"so {frame}arlo it is")], [member])] == [
        "held-out input"
    ]


@pytest.mark.parametrize("held_out", ["this", "finish", "what comes next", "("])
def test_words_of_our_own_frames_are_no_leak(held_out: str) -> None:
    train = [row(put(template, "fox")) for template in every_wording().train]
    assert find_leaks(train, [row(held_out, "u", "unseen")]) == []
    assert len(find_leaks([*train, row(f"Finish this: {held_out}")], [row(held_out, "u", "unseen")])) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(
            ("3 + 2", "3 - 2"),
            ("3 * 2", "3 / 2"),
            ("1.5", "1,5"),
            ("-5 degrees", "5 degrees"),
            ("x < y", "x > y"),
        ),
        *(("what does $? mean", "what does $! mean"), ("the operator &&", "the operator ||"), ("C", "C++")),
        *(("meaning of !", "meaning of ?"), ("$5", "€5"), ("10:30 sharp", "10.30 sharp"), ("3 : 2", "3 2")),
        *(("a * b", "a / b"), ("f(*rest)", "f(**rest)"), ("5 %", "5 &")),
    ],
)
def test_signs_make_another_question(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)
    for split in ("rephrased", "unseen"):
        assert find_leaks([row(one)], [row(other, "p", split)]) == []  # type: ignore[arg-type]
        assert len(find_leaks([row(one)], [row(one, "p", split)])) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Hello, world!", "hello world"), ("3 - 2", "3-2"), ("3 \u2212 2", "3 - 2"), ("a - b", "a b")),
        *(("Is it 5?", "is it 5"), ("\uff11.5", "1.5"), ("a_b/c", "A b C"), ("x = 1", "x=1"), ("(5)", "5")),
        *(("In 2024, maybe", "in 2024 maybe"), ("step 3: go", "step 3 go"), ('"Quoted"', "quoted")),
    ],
)
def test_punctuation_does_not(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)
    assert len(find_leaks([row(one)], [row(other, "p", "rephrased")])) == 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_the_normal_form_is_its_own(text: str) -> None:
    assert " ".join(normalise(text).split()) == normalise(text)
    assert normalise(text.replace(" ", "  ")) == normalise(text)


def test_a_held_out_input_that_begins_like_a_frame_is_found() -> None:
    found = find_leaks([row("Take the bus now")], [row("take the bus", "u", "unseen")])
    assert [leak.kind for leak in found] == ["held-out input"]


def test_recall_rows_are_trained_by_definition() -> None:
    assert find_leaks(LESSONS.train, LESSONS.by_split["recall"]) == []
    assert find_leaks(iter(LESSONS.train), iter(LESSONS.test)) == []


def test_earlier_turns_count_as_question() -> None:
    turns = (
        Message("user", "first"),
        Message("assistant", "a"),
        Message("user", "next"),
        Message("assistant", "x"),
    )
    asked = Row(turns, "c", "p", "unseen")
    assert [leak.kind for leak in find_leaks([row("First, A, next!")], [asked])] == ["normalised"]
