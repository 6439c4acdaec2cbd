"""What matches is what a reader of the text finds, however the text was cut into tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.support.facts import CutTokenizer, arbitrary_facts, near_misses

from engram.lookup.canonical import canonical, is_trailing, may_begin
from engram.lookup.facts import Fact
from engram.lookup.matching import Matcher
from engram.lookup.table import FactTable
from engram.lookup.tokens import TokenTexts
from engram.models.fake import ByteTokenizer

SIGNS = st.sampled_from(["a", "B", "1", "é", "e\u0301", "東", " ", "\n", ".", "-", ":", "#", "?", ")", "🙂"])
texts = st.lists(SIGNS, max_size=12).map("".join)
keys = st.lists(SIGNS, min_size=1, max_size=5).map("".join).filter(canonical)


def found_in(text: str, names: Iterable[str]) -> str | None:
    """The rule on the text itself: pass over as little as possible, then take the longest name."""
    known = set(map(canonical, names))
    for end in range(len(text), 0, -1):
        if not all(is_trailing(sign) for sign in canonical(text[end:])):
            return None
        for start in range(end):
            begins = not text[start].isspace() and may_begin(text[start - 1 : start], text[start])
            if begins and (name := canonical(text[start:end])) in known:
                return name
    return None


def matched(text: str, names: Iterable[str], seed: int, anchor: str = "") -> str | None:
    """What the matcher finds in a text that was cut at random."""
    tokenizer = CutTokenizer([text], seed)
    matcher = Matcher(FactTable(Fact(name, "x") for name in names), TokenTexts(tokenizer))
    ids = tokenizer.encode(anchor + text)
    found = matcher.ending_at(ids, len(ids), ("",))
    return found.name if found else None


@given(texts, st.lists(keys, max_size=4), st.integers(0, 99))
@example("é-é.", ["é"], 0)
@example("東é", ["é", "東é"], 1)
@example("C#", ["C"], 2)
def test_it_is_what_the_text_says(text: str, names: list[str], seed: int) -> None:
    assert matched(text, names, seed) == found_in(text, names)


@given(texts, st.lists(keys, min_size=1, max_size=4), st.integers(0, 99))
def test_a_key_after_other_text_is_found(text: str, names: list[str], seed: int) -> None:
    for name in names:
        found = matched(f"{text}\n{name} ", names, seed)
        assert found is not None and found == found_in(f"{text}\n{name} ", names)


@given(st.text(min_size=1, max_size=12), st.integers(0, 99))
def test_keys_of_any_writing(key: str, seed: int) -> None:
    assume(canonical(key) and not any("\ud800" <= sign <= "\udfff" for sign in key))
    for asked in (key, f"so: {key}", key.strip().replace(" ", "  "), key + "?", key + "\n"):
        assert matched(asked, [key], seed) == canonical(key)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.integers(0, 99))
def test_no_text_ends_with_a_key_that_is_not_there(text: str, seed: int) -> None:
    key = "zq" + canonical(text)
    assert matched(text, [key], seed) is None


@pytest.mark.parametrize(
    "text, names, found",
    [
        ("what is PORT:SSH?", ["PORT:SSH"], "port:ssh"),
        ("port : ssh", ["PORT:SSH"], "port:ssh"),
        ("EXPORT:SSH", ["PORT:SSH"], None),
        ("EX:PORT:SSH", ["PORT:SSH", "SSH"], None),
        ("PORT:SSH", ["SSH", "PORT:SSH"], "port:ssh"),
        ("on SSH", ["SSH", "PORT:SSH"], "ssh"),
        ("PORT:SSH2", ["PORT:SSH"], None),
        ("PORT:SS", ["PORT:SSH"], None),
        ("-22", ["22"], None),
        ("C++", ["C"], None),
        ("is it C++?", ["C", "C++"], "c++"),
        ('"KEY" ->', ["key"], "key"),
        ("**KEY**:", ["key"], "key"),
        ("what? ok", ["ok", "what?"], "ok"),
        ("what??", ["what?", "what"], "what?"),
        ("KEY and more", ["key"], None),
        ("私の犬", ["犬"], "犬"),
        ("my dog's name", ["dog's name", "name"], "dog'sname"),
        ("", ["key"], None),
        (" ?! ", ["key"], None),
    ],
)
def test_cases(text: str, names: list[str], found: str | None) -> None:
    assert matched(text, names, 0) == found
    assert found_in(text, names) == found


def test_near_misses_of_five_hundred_keys() -> None:
    facts = arbitrary_facts(500)
    tokenizer = ByteTokenizer()
    matcher = Matcher(FactTable(facts), TokenTexts(tokenizer))
    fired = [
        near
        for near in near_misses([fact.key for fact in facts], 3000)
        if matcher.ending_at(tokenizer.encode(near), len(near), ("",))
    ]
    assert fired == []


def test_broken_characters_are_no_part_of_a_key() -> None:
    matcher = Matcher(FactTable([Fact("key", "x")]), TokenTexts(ByteTokenizer()))
    whole = list("key é".encode())
    assert matcher.ending_at(whole[:-2], len(whole) - 2, ("",)) is not None
    assert matcher.ending_at(whole[:-1], len(whole) - 1, ("",)) is None  # half an é
    assert matcher.ending_at([0xFF, *b"key"], 4, ("",)) is not None


def test_no_key_reaches_across_a_control_token() -> None:
    ids = [*b"user", 259, *b"name", 259, 10]
    texts = TokenTexts(ByteTokenizer())
    assert Matcher(FactTable([Fact("user name", "x")]), texts).ending_at(ids, len(ids), ("",)) is None
    found = Matcher(FactTable([Fact("name", "x")]), texts).ending_at(ids, len(ids), ("",))
    assert found is not None and found.name == "name"


def test_inside_finds_the_longest_key_of_a_question() -> None:
    names = ["SSH", "PORT:SSH", "other key"]
    matcher = Matcher(FactTable(Fact(name, "x") for name in names), TokenTexts(ByteTokenizer()))

    def inside(text: str) -> str | None:
        found = matcher.inside(list(text.encode()), len(text.encode()), ("",))
        return found.name if found else None

    assert inside("tell me PORT:SSH please") == "port:ssh"
    assert inside("is SSH, I mean PORT:SSH, open?") == "port:ssh"
    assert inside("the other  key and SSH") == "otherkey"
    assert inside("PORT:SSHD or XSSH") is None


class StrippingTokenizer(ByteTokenizer):
    """Like vocabularies of SentencePiece: a decoded text loses the space it begins with."""

    def decode(self, ids: Sequence[int], keep_special: bool = False) -> str:
        return super().decode(ids, keep_special).removeprefix(" ")


def test_a_space_that_a_decoder_strips_still_parts_words() -> None:
    matcher = Matcher(FactTable([Fact("key", "x")]), TokenTexts(StrippingTokenizer()))
    assert matcher.ending_at(list(b"mon key"), 7, ("",)) is not None
    assert matcher.ending_at(list(b"monkey"), 6, ("",)) is None
