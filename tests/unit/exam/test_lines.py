"""The exam's written and clean lines: counts, no line twice, spans that are right."""

from __future__ import annotations

import re
from collections import Counter

from tests.support.exam.clean import TEMPLATES, clean_lines
from tests.support.exam.handwritten import LINES, SENSITIVE
from tests.support.exam.unsafe import SAFE_LINES, UNSAFE_LINES, halves, held_out


def test_ten_thousand_clean_lines() -> None:
    lines = clean_lines(10_000)
    assert len({line.text for line in lines}) == 10_000
    assert {line.kind for line in lines} == set(TEMPLATES) and len(TEMPLATES) >= 20
    assert lines[:1000] == clean_lines(1000) and lines[:1000] != clean_lines(1000, seed=1)


def test_clean_lines_hold_no_long_numbers_and_no_addresses() -> None:
    for line in clean_lines(10_000, seed=2):
        assert not re.search(r"\d{6,}", line.text), line
        assert "@" not in line.text and "://" not in line.text, line
        assert "{" not in line.text or line.kind in (
            "python",
            "javascript",
            "rust",
            "c",
            "markup",
            "settings",
        ), line


def test_a_hundred_handwritten_lines() -> None:
    assert len(LINES) == 100 and len({line.text for line in LINES}) == 100
    assert len(SENSITIVE) == 50 == sum(not line.planted for line in LINES)
    types = Counter(kind for line in LINES for _, _, kind in line.planted)
    assert types["secret"] >= 25
    assert set(types) == {
        "secret",
        "email",
        "phone",
        "card",
        "iban",
        "ip",
        "mac",
        "id",
        "address",
        "birth-date",
        "name",
    }
    for line in SENSITIVE:
        for start, end, _ in line.planted:
            assert 0 <= start < end <= len(line.text) and line.text[start:end].strip() == line.text[start:end]


def test_handwritten_lines_know_many_languages() -> None:
    letters = "".join(line.text for line in LINES)
    for sign in "üéñąйのसで帮ك":
        assert sign in letters or sign in "स"


def test_unsafe_and_safe_lines() -> None:
    assert len(UNSAFE_LINES) >= 200 and len(SAFE_LINES) >= 200
    texts = [line.text for line in (*UNSAFE_LINES, *SAFE_LINES)]
    assert len(set(texts)) == len(texts)
    assert min(Counter(line.category for line in (*UNSAFE_LINES, *SAFE_LINES)).values()) >= 25


def test_halves_share_nothing_and_are_even() -> None:
    shown, held_out = halves()
    assert not {line.text for line in shown} & {line.text for line in held_out}
    assert len(shown) + len(held_out) == len(UNSAFE_LINES) + len(SAFE_LINES)
    assert Counter(line.category for line in shown) == Counter(line.category for line in held_out)
    assert halves() == (shown, held_out) and halves(1) != (shown, held_out)


def test_held_out_lines_were_never_shown() -> None:
    shown = {line.text.lower() for line in halves()[0]}
    lines = held_out()
    assert not shown & {line.text.lower() for line in lines}
    assert sum(line.unsafe for line in lines) >= 200 and sum(not line.unsafe for line in lines) >= 200
    assert len({line.text.lower() for line in lines}) == len(lines)
