"""Questions in other forms: grammatical, about the same, and none where the form is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.lessons.leaks import normalise
from engram.lessons.wordings import BARE, every_wording
from engram.sleep.question_forms import HELD_OUT, TRAINED, forms, parts

CLAUSES = [
    ("What is my dog's name?", "what my dog's name is", "my dog's name"),
    ("Where are the keys?", "where the keys are", ""),
    ("What is my cat called?", "what my cat is called", ""),
    ("What were our twins named?", "what our twins were named", ""),
    ("When was I born?", "when I was born", ""),
    ("What am I allergic to?", "what I am allergic to", ""),
    ("Where does my sister Mara live?", "where my sister Mara lives", ""),
    ("What does Tom work as?", "what Tom works as", ""),
    ("What do I study?", "what I study", ""),
    ("What does Ana study?", "what Ana studies", ""),
    ("What does Mara teach?", "what Mara teaches", ""),
    ("What is Tom's phone number?", "what Tom's phone number is", "Tom's phone number"),
    ("What is the locker code?", "what the locker code is", "the locker code"),
]


@pytest.mark.parametrize(("question", "clause", "short"), CLAUSES, ids=[q for q, _, _ in CLAUSES])
def test_a_question_is_taken_apart(question: str, clause: str, short: str) -> None:
    found = parts(question)
    assert found and (found.clause, found.short) == (clause, short)
    said = forms(question)
    assert f"Do you know {clause}?" in said and len(said) == len(set(said)) == (8 if short else 6)
    assert all(text[0].isupper() and text[-1] in ".?" for text in said)


@pytest.mark.parametrize(
    "question",
    ["", "What?", "Greet me.", "How do I greet people?", "What does Mara forbid?", f"What is {'x' * 300}?"],
)
def test_an_unknown_form_has_no_others(question: str) -> None:
    assert parts(question) is None and forms(question) == []


@given(st.text(max_size=60))
def test_whatever_it_is_about(text: str) -> None:
    for said in forms(f"What is my {text}?"):
        assert "{clause}" not in said.replace(text, "") and "{short}" not in said.replace(text, "")


def test_what_is_held_out_is_nowhere_trained() -> None:
    trained = {normalise(template.replace(BARE, " ")) for template in every_wording().train}
    trained |= {normalise(form.replace("{clause}", " ").replace("{short}", " ")) for form in TRAINED}
    assert not trained & {normalise(form.replace("{clause}", " ")) for form in HELD_OUT}
    for form in HELD_OUT:
        (said,) = forms("Where does Mara live?", (form,))
        assert said not in forms("Where does Mara live?") and "where Mara lives" in said
