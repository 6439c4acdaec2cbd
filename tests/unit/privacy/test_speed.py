"""No text makes the guard slow: four times the text takes about four times the time, whatever it repeats.

A ratio, not a time, so that a busy machine does not matter (processor time is taken).
"""

from __future__ import annotations

import time

import pytest

from engram.privacy.guard import PrivacyGuard

GUARD = PrivacyGuard()
PIECES = [
    *(
        "a",
        "A1",
        "1 ",
        "1-",
        "1.",
        "+1",
        "%41",
        "\\n",
        "=",
        "{",
        '"',
        "\t",
        "〒",
        "市",
        "::",
        "a@",
        "@",
        "://",
    ),
    *("password=", "password ", "key: ", "token is ", "postgres://a:b", "http://a:", "host=", "server="),
    *("-----BEGIN PRIVATE KEY-----", "eyJ", "eyJ.", "sk-", "xox", "aws", "AKIA", "otp ", "cookie: a=b;"),
    *("A ", "1 A ", "Al 1 ", "The ", "A, ", "Am ", "address: ", "born ", "12/12/2012 ", "phone ", "call 1"),
    *("abcd ", "abcd-", "curl ", "mysql ", "you ", "kill ", "i want to ", "group a ", "mail[at]", "A1B2"),
    *("DE12 ", "$6$", "machine ", "AccountKey=", "ff:", "1年"),
]


def seconds(text: str) -> float:
    begun = time.process_time()
    GUARD(text)
    return time.process_time() - begun


@pytest.mark.parametrize("piece", PIECES, ids=range(len(PIECES)))
def test_time_grows_with_the_text(piece: str) -> None:
    short, long = (piece * 2000)[:1000], (piece * 8000)[:4000]
    few = min(seconds(short) for _ in range(3))
    assert min(seconds(long) for _ in range(2)) < 9 * max(few, 0.002)
