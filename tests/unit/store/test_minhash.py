"""Which chunks are one: equal ones, and long ones that hardly differ; never two facts."""

from __future__ import annotations

import random

import pytest

from engram.store.minhash import LONG, bands, exact_key, near

VOCABULARY = [f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(400)]


def prose(words: int, seed: int = 0) -> str:
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


@pytest.mark.parametrize(
    ("one", "other"), [("Hi", "hi"), ("the code  is 7341", "The code is 7341"), ("Café.", "cafe.")]
)
def test_short_ones_that_differ_in_case_and_space_are_one(one: str, other: str) -> None:
    assert exact_key(one, "user") == exact_key(other, "user")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("my code is 7341", "my code is 7342"),
        ("no!", "no?"),
        ("I like tea", "I like teas"),
        ("-5", "5"),
        ("a b", "ab"),
    ],
)
def test_two_facts_are_two(one: str, other: str) -> None:
    assert exact_key(one, "user") != exact_key(other, "user")
    assert not near(one, other) and not bands(one)


def test_labels_are_kept_apart() -> None:
    assert exact_key("hi", "user") != exact_key("hi", "assistant")


def test_a_long_text_with_a_few_other_words_is_near_and_found() -> None:
    """At the threshold a candidate is missed twice in ten thousand times: here, in none of 60."""
    for seed in range(60):
        words = prose(150, seed).split()
        changed = [*words[:70], "quite", *words[70:]]
        one, other = " ".join(words), " ".join(changed)
        assert near(one, other) and near(other, one) and set(bands(one)) & set(bands(other))


def test_unrelated_long_texts_share_no_band() -> None:
    assert not any(set(bands(prose(120, n))) & set(bands(prose(120, n + 1000))) for n in range(100))


@pytest.mark.parametrize(
    "change", [("7341", "7342"), ("Rufo", "Rex"), ("Rufo", "rufo"), ("KD-204", "KD-205")]
)
def test_long_texts_with_another_number_or_name_are_two(change: tuple[str, str]) -> None:
    text = f"{prose(90)} the code is 7341 and the dog is Rufo with plate KD-204 {prose(90, 1)}"
    assert len(text) > LONG and not near(text, text.replace(*change))


def test_half_of_a_text_is_not_near_it() -> None:
    assert not near(prose(200), " ".join(prose(200).split()[:100]))


def test_keys_are_those_of_earlier_versions() -> None:
    """Stored keys must meet those computed later: a changed function needs a rebuilt index. The numbers are
    from blake2b as hashlib documents it, computed here from its definition."""
    import hashlib

    digest = hashlib.blake2b(b"user\nhi", digest_size=8).digest()
    assert exact_key("Hi", "user") == int.from_bytes(digest, "big", signed=True)
