"""What the guard makes of a text: placeholders, settings, known values; masking twice is masking once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.exam import personal, secrets

from engram.config import PrivacySettings
from engram.privacy.findings import PLACEHOLDER, TYPES, Finding, disjoint
from engram.privacy.guard import PrivacyGuard

GUARD = PrivacyGuard()
SENSITIVE = [one.text for one in (*secrets.samples(count=160, seed=5), *personal.samples(count=80, seed=5))]
TEXTS = st.lists(st.sampled_from(SENSITIVE) | st.text(max_size=40), max_size=4).map("\n".join)


def masked(text: str, guard: PrivacyGuard = GUARD) -> str | None:
    return guard(text).text


def test_a_value_has_one_number_and_different_ones_differ() -> None:
    assert masked("a@corp.example or a@corp.example") == "[EMAIL] or [EMAIL]"
    assert masked("a@corp.example, b@corp.example, a@corp.example") == "[EMAIL_1], [EMAIL_2], [EMAIL_1]"
    assert masked("[EMAIL] wrote to b@corp.example") == "[EMAIL] wrote to [EMAIL_2]"
    assert masked("4111 1111 1111 1111 is 4111-1111-1111-1111") == "[CARD] is [CARD]"


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = GUARD(text)
    assert once.text is not None
    again = GUARD(once.text)
    assert (again.text, dict(again.found)) == (once.text, {})


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_findings_are_apart_in_order_and_counted(text: str) -> None:
    found = GUARD.find(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(0 <= one.start < one.end <= len(text) and one.type in TYPES for one in found)
    assert sum(GUARD(text).found.values()) == len(found)


@given(st.sampled_from(TYPES), st.integers(1, 9), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_placeholder_is_never_found(kind: str, number: int, around: str) -> None:
    placeholder = f"[{kind.upper()}_{number}]"
    assert PLACEHOLDER.fullmatch(placeholder)
    assert GUARD(f"password: {placeholder}").found == {}
    assert placeholder in (GUARD(f"{around} {placeholder} {around}").text or "")


def test_settings_decide_by_type() -> None:
    text = "mail a@corp.example, card 4111 1111 1111 1111"
    keeping = PrivacyGuard(PrivacySettings(email="keep"))(text)
    assert keeping.text == "mail a@corp.example, card [CARD]"
    assert (keeping.found, keeping.kept) == ({"card": 1}, {"email": 1})
    dropping = PrivacyGuard(PrivacySettings(card="drop"))(text)
    assert dropping.text is None and dropping.found == {"card": 1} and dropping.values == {}


def test_what_a_text_is_about_helps() -> None:
    assert masked("blue-Tiger77") == "blue-Tiger77"
    assert GUARD("blue-Tiger77", about="wifi password").text == "[PASSWORD]"
    assert GUARD("7341", about="locker code").text == "7341"


def test_known_values_are_masked_wherever_they_stand() -> None:
    first = GUARD("my wifi password is blue-Tiger77, keep it")
    assert first.text == "my wifi password is [PASSWORD], keep it"
    assert GUARD("It is blue-Tiger77.", known=first.values).text == "It is [PASSWORD]."


def test_values_are_not_shown() -> None:
    done = GUARD("my card is 4111 1111 1111 1111")
    assert "4111" not in repr(done)


@pytest.mark.parametrize(
    "text",
    [
        "the locker code is 7341",
        "my dog's name is Rufo and my sister lives in Porto",
        "kill -9 1234 ends the process on port 8080",
        "version 1.2.3.4 came out on 2024-05-06 at 10:20:30",
        "the key is under the mat and the token is a wooden coin",
        "password: required, at least 8 characters",
        "api_key = os.environ['API_KEY']",
        "commit 9fceb02d0ae598e95dc970b74767f19372d66ebc fixes the tokenizer",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
        "127.0.0.1:8000 and 0.0.0.0 are this machine",
        "call me tomorrow at 7",
        "git@github.com:someone/project.git",
        "see https://example.com/a?page=2&sort=name",
    ],
)
def test_what_is_not_sensitive_stays(text: str) -> None:
    assert masked(text) == text


def test_a_secret_gives_its_name_to_what_it_overlaps() -> None:
    found = disjoint([Finding("email", 3, 20, "address"), Finding("connection_string", 0, 30, "address")])
    assert found == [Finding("connection_string", 0, 30, "address")]
    assert masked("postgres://anna:p4ssw0rd@db.corp.example:5432/app") == "[CONNECTION_STRING]"


def test_escapes_hide_nothing() -> None:
    address = "postgres://anna:p4ssw0rd@db.corp.example:5432/app"
    for text in (address.replace(":", "%3A").replace("@", "%40"), f'"{{\\"url\\": \\"{address}\\"}}"'):
        assert "p4ssw0rd" not in (masked(text) or "p4ssw0rd")


def test_base64_hides_nothing() -> None:
    import base64

    inside = base64.b64encode(b"user=anna password=p4ssw0rd!x key=AKIAIOSFODNN7QWERTY2").decode()
    assert inside not in (masked(f"data: {inside}") or inside)
