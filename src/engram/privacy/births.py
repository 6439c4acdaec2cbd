"""Dates of birth: a date beside a word that says that somebody was born on it.

Not here: dates of anything else, which say little of a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engram.privacy.findings import BIRTH_DATE, Finding
from engram.privacy.rules import lowered

_BORN = re.compile(
    r"(?<![a-z])(?:born|birth[ _]?(?:day|date)?|date[ _]of[ _]birth|d\.?o\.?b\.?|geboren|geb\.|geburts(?:datum|tag)|"
    r"née?(?: le|\(e\)(?: le)?)|naissance|nacid[oa]|nacimiento|nac\.|cumpleaños|nat[oa] il|nascita|compleanno|"
    r"nascimento|nascid[oa]|aniversário|geboorte(?:datum|dag)?|urodz\w*|ur\.|född|födelse(?:datum|dag)|født|"
    r"fødsels(?:dato|dag)|syntyn\w*|syntymä\w*|doğum\w*|narozen\w*|született|születés\w*|născut\w*|nașter\w*)"
    r"(?![a-z])|рожд|生日|出生|生年月日|생년월일|생일|जन्म|الميلاد"
)
_YEAR = r"(?:19|20)\d{2}"
_DATE = re.compile(
    rf"(?<![\d./-])(?:{_YEAR}[-./]\d{{1,2}}[-./]\d{{1,2}}|\d{{1,2}}[-./]\s?\d{{1,2}}[-./]\s?(?:{_YEAR}|\d{{2}})"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?(?:\s(?:of|de|den))?[\s-][^\W\d_]{{3,12}}\.?,?(?:\s(?:de|del))?[\s-]{_YEAR}"
    rf"|[^\W\d_]{{3,12}}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s{_YEAR}"
    rf"|{_YEAR}\s?[年년]\s?\d{{1,2}}\s?[月월]\s?\d{{1,2}}\s?[日일]?)(?![\d])"
)
AFTER, BEFORE = 40, 40
"""Characters between the word and the date, either way."""


def birth_dates(text: str) -> Iterator[Finding]:
    """The date that follows such a word, else the one before it."""
    for word in _BORN.finditer(lowered(text)):
        near = _DATE.search(text, word.end(), word.end() + AFTER + 24)
        if near and near.start() - word.end() <= AFTER:
            yield Finding(BIRTH_DATE, *near.span(), "after-a-word")
        elif before := list(_DATE.finditer(text, max(0, word.start() - BEFORE), word.start())):
            yield Finding(BIRTH_DATE, *before[-1].span(), "before-a-word")
