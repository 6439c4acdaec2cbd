"""Whether a message asks for a key or only mentions it: what a person would be surprised by, and what not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engram.answer.asked import asks_for
from engram.config import LookupSettings
from engram.lookup.canonical import canonical

ASKED = LookupSettings()
NAME, WIFI, BOSS = "dog's name", "wifi password", "my boss"


def asks(message: str, key: str, settings: LookupSettings = ASKED) -> bool:
    return asks_for(message, canonical(key), settings)


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ("what is my dog's name?", NAME),
        ("What's the dog's name", NAME),
        ("what\u2019s my dog's name", NAME),
        ("dog's name", NAME),
        ("DOG'S   NAME?!", NAME),
        ("my dog's name?", NAME),
        ("And the dog's name?", NAME),
        ("Hey, what was my dog's name?", NAME),
        ("do you remember my dog's name", NAME),
        ("Please tell me the wifi password", WIFI),
        ("I changed the router, so can you tell me the wifi password?", WIFI),
        ("We are at the cottage. wifi password?", WIFI),
        ("I am lost.\nWhat is the wifi password", WIFI),
        ("Complete: wifi password", WIFI),
        ('What is "wifi password"?', WIFI),
        ("who is my boss?", BOSS),
        ("What is the capital of France?", "capital of France"),
        ("\u5bc6\u7801\u662f\u4ec0\u4e48\u5417\uff1f", "\u5bc6\u7801\u662f\u4ec0\u4e48\u5417"),
    ],
)
def test_these_ask(message: str, key: str) -> None:
    assert asks(message, key)


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ("who forgot my dog's name", NAME),
        ("who forgot my dog's name?", NAME),
        ("do you like my dog's name?", NAME),
        ("what is your dog's name?", NAME),
        ("what is my sister's dog's name?", NAME),
        ("Rufo is my dog's name", NAME),
        ("I never told you my dog's name.", NAME),
        ("how do I change the wifi password?", WIFI),
        ("Where did I write down the wifi password?", WIFI),
        ("They changed the wifi password.", WIFI),
        ("did you tell my boss?", BOSS),
        ("you are my boss", BOSS),
        ("How is my boss?", BOSS),
        ("I have to see the doctor, the tax office, my boss", BOSS),
    ],
)
def test_these_only_mention_it(message: str, key: str) -> None:
    assert not asks(message, key)


@pytest.mark.parametrize(
    ("message", "answered"),
    [("wifi", True), ("Wifi?", True), ('"wifi"', True), ("what is the wifi", False), ("no wifi", False)],
)
def test_a_short_key_answers_only_by_itself(message: str, answered: bool) -> None:
    assert asks(message, "wifi") == answered
    longer = LookupSettings(shortest_key=4)
    assert asks("what is the wifi", "wifi", longer) and not asks("no wifi", "wifi", longer)
    assert asks(message, "wifi", LookupSettings(when="ends")) == answered
    assert asks(message, "wifi", LookupSettings(when="contains")) == answered


@pytest.mark.parametrize("key", ["SYN:SYN_00271", "PORT:SSH", "build/target", "user@host", "x => y => z"])
def test_a_key_written_like_code_answers_wherever_a_message_ends_with_it(key: str) -> None:
    assert asks(f"Some other words before it {key}", key) and asks(f"forgot {key} ->", key)


def test_the_other_ways_leave_it_to_the_lookup() -> None:
    for when in ("ends", "contains"):
        assert asks("who forgot my dog's name", NAME, LookupSettings(when=when))


@given(st.text(min_size=1, max_size=20).filter(lambda key: canonical(key)))
def test_a_key_by_itself_always_asks(key: str) -> None:
    for message in (key, f" {key} ", f"{key}?", f"{key} ."):
        assert asks(message, key)


@given(
    st.text(alphabet="abcde fgh'\u00e9\u00df", min_size=7, max_size=20).filter(
        lambda key: len(canonical(key).strip("'")) > 5
    )
)
def test_whatever_the_key_a_question_asks_and_a_tale_does_not(key: str) -> None:
    assert asks(f"what is my {key}?", key) and not asks(f"yesterday somebody forgot my {key}", key)
