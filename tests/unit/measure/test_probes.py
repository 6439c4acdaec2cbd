"""Where probes come from, and that a sample of them keeps its proportions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.measure.doubles import probe

from engram.errors import LessonError, UnknownName
from engram.lessons.rows import Row
from engram.measure import probes
from engram.types import Message


def row(split: str, asked: str = "q", expected: str = "a") -> Row:
    return Row((Message("user", asked), Message("assistant", expected)), "c", "facts:1", split)  # type: ignore[arg-type]


def line(**changes: object) -> str:
    base = {"id": "read-1", "skill": "read", "messages": [{"role": "user", "content": "q"}], "expected": "a"}
    return json.dumps({**base, "match": "exact", **changes}, ensure_ascii=False)


def test_only_test_rows_become_probes() -> None:
    rows = [row(split) for split in ("train", "recall", "valid", "rephrased", "unseen")]
    made = probes.probes_from_rows(rows)
    assert [item.split for item in made] == ["recall", "rephrased", "unseen"]
    assert len({item.id for item in made}) == 3
    assert made[0].messages == (Message("user", "q"),)
    assert (made[0].expected, made[0].match, made[0].cluster) == ("a", "prefix", "facts:1")


def test_a_suite_line_becomes_a_retention_probe() -> None:
    text = line() + "\n" + line(id="read-2", match="prefix", expected="line\u2028separator") + "\n\n"
    first, second = probes.parse_suite(text, "toy.jsonl")
    assert (first.split, first.category, first.cluster, first.match) == (
        "retention",
        "read",
        "read-1",
        "exact",
    )
    assert second.expected == "line\u2028separator"


def test_all_bad_lines_are_named_at_once() -> None:
    with pytest.raises(LessonError) as error:
        probes.parse_suite("\n".join(["{", '{"id": "x"}', "3", "[]"]), "toy.jsonl")
    places = [problem.split(": ")[0] for problem in error.value.problems]
    assert places == [f"toy.jsonl:{number}" for number in (1, 2, 3, 4)]


def test_ids_are_unique_and_matches_known() -> None:
    with pytest.raises(LessonError) as error:
        probes.parse_suite("\n".join([line(), line(), line(id="r", match="vague")]), "toy.jsonl")
    assert [problem[:12] for problem in error.value.problems] == ["toy.jsonl:2:", "toy.jsonl:3:"]


def test_an_unknown_suite_is_named() -> None:
    with pytest.raises(UnknownName, match="secrets"):
        probes.load_suite("../secrets")


def test_only_suites_are_offered_and_texts_are_none() -> None:
    assert probes.suite_names() == ["requests", "skills"]
    for name in ("nonsense", probes.TEXTS):
        with pytest.raises(UnknownName) as error:
            probes.load_suite(name)
        assert error.value.hint == "There are: requests, skills."


def test_the_shipped_suite_has_a_hundred_items_a_skill() -> None:
    sizes = Counter(item.category for item in probes.load_suite("skills"))
    assert sizes
    assert min(sizes.values()) >= 100
    assert len(probes.load_texts()) > 1


EXAM = [
    probe(f"{split}{category}{number}", "a", split, category)  # type: ignore[arg-type]
    for split, sizes in (("recall", (30, 10)), ("unseen", (20, 3)))
    for category, size in zip("xy", sizes, strict=True)
    for number in range(size)
]


@given(st.integers(0, 70), st.integers(0, 3))
def test_a_subset_keeps_proportions_and_order(n: int, seed: int) -> None:
    chosen = probes.subset(EXAM, n, seed)
    assert len(chosen) == min(n, len(EXAM))
    places = [EXAM.index(item) for item in chosen]
    assert places == sorted(set(places))
    whole = Counter((item.split, item.category) for item in EXAM)
    got = Counter((item.split, item.category) for item in chosen)
    for stratum, size in whole.items():
        assert abs(got[stratum] - size * len(chosen) / len(EXAM)) < 1


def test_a_subset_depends_on_its_seed_alone() -> None:
    assert probes.subset(EXAM, 20, 1) == probes.subset(EXAM, 20, 1)
    assert probes.subset(EXAM, 20, 1) != probes.subset(EXAM, 20, 2)


def test_the_digest_sees_every_field() -> None:
    base = probe("q", "a")
    others = [
        probe("q2", "a"),
        probe("q", "b"),
        probe("q", "a", "unseen"),
        probe("q", "a", category="other"),
        probe("q", "a", cluster="other"),
        probe("q", "a", match="exact"),
    ]
    digests = {probes.probe_digest([item]) for item in (base, *others)}
    assert len(digests) == 7
    assert probes.probe_digest([base]) == probes.probe_digest([probe("q", "a")])


def trained(messages: Iterable[Message]) -> Row:
    return Row((*messages, Message("assistant", "x")), "c", "s", "train")


def shipped_rows(name: str) -> list[Row]:
    """The questions of a file that is replayed while training."""
    text = (resources.files("engram.models") / name).read_text(encoding="utf-8")
    return [trained(Message(**turn) for turn in json.loads(line)["messages"]) for line in text.splitlines()]


@pytest.mark.parametrize("name", ["replay.jsonl", "general_prompts.jsonl"])
def test_nothing_that_is_replayed_is_asked_in_the_suite(name: str) -> None:
    suite = probes.load_suite("skills")
    rows = shipped_rows(name)
    assert len(rows) > 50
    assert probes.overlap(rows, suite) == ()
    assert suite[7] in probes.overlap([*rows, trained(suite[7].messages)], suite)


def test_overlap_is_of_whole_questions_but_for_case_and_space() -> None:
    asked = [probe("What is 3 + 4?", "7"), probe("Say hi", "hi"), probe("say  HI", "hi"), probe("Say", "x")]
    rows = [row("train", "SAY\thi "), row("train", "What is 3 - 4?"), row("train", "Please say hi")]
    assert probes.overlap(rows, asked) == (asked[1], asked[2])
    assert probes.overlap([], asked) == ()
