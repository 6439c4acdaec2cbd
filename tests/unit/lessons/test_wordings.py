"""The promises about wordings: never trained for any pattern, and really different."""

import re

import pytest

from engram.lessons.wordings import BARE, PREFIXES, every_wording, put, without_frame, wordings

ALL = every_wording()


def words(template: str) -> set[str]:
    return set(re.findall(r"\w+", template.replace(BARE, " ").casefold()))


def test_each_template_has_one_place_for_the_input_and_one_use() -> None:
    everything = [*ALL.train, *ALL.valid, *ALL.test]
    assert all(template.count(BARE) == 1 for template in everything)
    assert len({" ".join(re.findall(r"\w+", t.casefold())) for t in everything}) == len(everything)
    assert set(PREFIXES) == {"{input}", "Complete: {input}", "Continue: {input}", "Finish this: {input}"}


@pytest.mark.parametrize("template", ALL.test)
def test_test_wordings_differ_by_forty_percent_of_their_words(template: str) -> None:
    for trained in (*ALL.train, *ALL.valid):
        assert len(words(template) - words(trained)) >= 0.4 * len(words(template)), trained


@pytest.mark.parametrize("category", ["capital", "python_error", "date_slashes", "sql_count", "new", "", "é"])
def test_every_category_has_enough_of_each_kind(category: str) -> None:
    found = wordings(category)
    assert len(found.train) >= 6 and len(found.valid) >= 3 and len(found.test) >= 3
    assert set(found.train) <= set(ALL.train) and set(found.test) <= set(ALL.test)


def test_the_kind_comes_from_the_category_then_from_the_set() -> None:
    assert wordings("capital") == wordings("geography", "facts") != wordings("wholly_new")
    assert wordings("git_error", "code_idioms") == wordings("missing_key") != wordings("git")


@pytest.mark.parametrize("template", ALL.train)
def test_frames_come_off_again(template: str) -> None:
    for text in ("x", "{input}", "with open(path) as"):
        assert without_frame(put(template, text)) == text
    assert without_frame("nothing known around it") == "nothing known around it"
