"""The canonical form is the design's formula, and a word's beginning is where a reader sees one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.lookup.canonical import canonical, is_trailing, may_begin


def formula(text: str) -> str:
    """lookup.md: per code point NFKD(casefold(NFKD(c))), white space dropped; here also plain quotes."""
    folded = "".join(unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", c).casefold()) for c in text)
    for quote, plain in ("‘'", "’'", "ʼ'", '“"', '”"', "‐-"):
        folded = folded.replace(quote, plain)
    return "".join(c for c in folded if not c.isspace())


@given(st.text())
def test_the_formula(text: str) -> None:
    assert canonical(text) == formula(text)


@given(st.text(), st.text())
def test_joining_texts_joins_their_forms(left: str, right: str) -> None:
    assert canonical(left + right) == canonical(left) + canonical(right)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_letters_take_the_same_form_as_others(text: str) -> None:
    assert canonical(text) == canonical(text + "é").removesuffix(canonical("é"))


@pytest.mark.parametrize(
    "text", ["ﬁn", "STRASSE", "e\u0301cole", "ｆｕｌｌ ｗｉｄｔｈ", "Κόσμος", "a\u00a0b\tc"]
)
def test_it_is_its_own_form(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@pytest.mark.parametrize(
    "one, other",
    [
        ("GPU", "g p u"),
        ("straße", "STRASSE"),
        ("école", "E\u0301COLE"),
        ("ﬁn", "FIN"),
        ("２２", "22"),
        ("ς", "Σ"),
        ("dog’s", "dog's"),
    ],
    ids=["spacing", "sharp-s", "accent", "ligature", "width", "sigma", "quote"],
)
def test_spellings_of_one_key(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize("one, other", [("école", "ecole"), ("CO", "C0"), ("C", "C#"), ("x.y", "xy")])
def test_different_keys(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "before", ["", " ", "\n", "\u3000", '"', "(", "?", ",", "*", "—", "東", "ー", "«", "。"]
)
def test_a_key_may_begin_after(before: str) -> None:
    assert may_begin(before, "k")


@pytest.mark.parametrize("before", ["a", "7", "é", "_", "-", ".", ":", "/", "#", "$", "'", "\u0301", "한"])
def test_a_key_may_not_begin_after(before: str) -> None:
    assert not may_begin(before, "k")


def test_an_accent_begins_nothing() -> None:
    assert not may_begin("e", "\u0301")
    assert may_begin("t", "東")


@pytest.mark.parametrize("sign", ".?!,;:)]}>\"'=-*。？»”—→")
def test_what_may_follow_a_key(sign: str) -> None:
    assert all(map(is_trailing, canonical(sign)))


@pytest.mark.parametrize("sign", ["a", "0", "+", "#", "%", "/", "_", "&", "$", "@", "é", "東", "\u0301", "€"])
def test_what_makes_it_another_key(sign: str) -> None:
    assert not is_trailing(canonical(sign)[-1])
