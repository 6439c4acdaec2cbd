"""Terms: the same for a memory and for a question, whatever the script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.store.words import LONGEST, anchors, terms

TEXTS = st.text(st.characters(exclude_categories=()), max_size=80)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("My dog's name", "DOG NAMES"),
        ("two ponies", "pony"),
        ("Café Zoë", "cafe zoe"),
        ("the boxes", "boxe"),  # the S stemmer takes one letter only
        ("Straße", "STRASSE"),
        ("key KD-204!", "kd 204"),
        ("I’m sure it's", "im sure it"),
        ("ｗｉｆｉ", "wifi"),
    ],
)
def test_forms_of_one_word_meet(said: str, asked: str) -> None:
    assert set(terms(asked, question=True)) <= set(terms(said))


@pytest.mark.parametrize(
    ("one", "other"), [("7341", "7342"), ("bus", "bu"), ("glass", "glas"), ("pepes", "pep")]
)
def test_other_words_do_not_meet(one: str, other: str) -> None:
    assert terms(one) != terms(other)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("我的狗叫小白。", "狗叫什么?"),
        ("สวัสดีครับ", "สวัสดี"),
        ("東京に住んでいます", "東京"),
        ("내 개의 이름은 초코", "초코"),
    ],
)
def test_scripts_without_spaces_meet_in_pairs(said: str, asked: str) -> None:
    wanted = terms(asked, question=True)
    assert set(wanted) & set(terms(said)) and all(len(term) <= 2 for term in wanted)


def test_a_single_character_can_be_asked_for() -> None:
    assert terms("狗", question=True) == ["狗"] and "狗" in terms("我的狗叫小白")


def test_vowel_signs_stay_in_their_words() -> None:
    assert terms("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]


@given(TEXTS)
def test_any_text_gives_terms_that_a_space_can_part(text: str) -> None:
    for question in (False, True):
        found = terms(text, question)
        assert " ".join(found).split() == found
        assert not any(c in '"\x00' for term in found for c in term)
        assert all(len(term) <= 2 * LONGEST for term in found)


@given(st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x17F), min_size=1, max_size=12))
def test_composed_and_decomposed_letters_are_one(word: str) -> None:
    assert terms(unicodedata.normalize("NFC", word)) == terms(unicodedata.normalize("NFD", word))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is my sister's job?", {"sister"}),
        ("Where does Zoé live?", {"zoe"}),
        ("what is in room 12B?", {"12b"}),
        ("What do I like?", set()),
        ("where is the spare key?", set()),
    ],
)
def test_anchors_say_of_whom_a_question_is(question: str, expected: set[str]) -> None:
    assert anchors(question) == expected
