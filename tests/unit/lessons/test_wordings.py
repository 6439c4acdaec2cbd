"""The promises about wordings: never trained for any pattern, and really different."""

import re

import pytest

from engram.lessons.wordings import BARE, COMPOSED, PREFIXES, every_wording, frame, put, wordings

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


def test_frames_are_found_again() -> None:
    for template in ALL.train:
        for text in ("x", "{input}", "with open(path) as"):
            before, after = frame(put(template, text))
            assert f"{before}{text}{after}" == put(template, text)
    assert frame("nothing known around it") == ("", "")


def test_composed_wordings_are_many_and_keep_the_pattern_apart() -> None:
    assert len(COMPOSED) > 400
    for template in COMPOSED:
        before, after = template.split(BARE)
        assert (before == "" or before[-1] == " ") and (after == "" or after[0] in " \n")


def test_an_ending_that_goes_on_only_follows_a_pattern_that_begins_a_sentence() -> None:
    for template in COMPOSED:
        before, after = template.split(BARE)
        if re.match(r" (is|was|needs|and I) ", after):
            assert before.rstrip()[-1:] in ("", ".", ":", ",") or before == "For example "
